//! DNS messages (RFC 1035, RFC 2136): written without compression, read whole or not at all.

use super::Name;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Types of records.
pub(super) const A: u16 = 1;
pub(super) const CNAME: u16 = 5;
pub(super) const SOA: u16 = 6;
pub(super) const AAAA: u16 = 28;
pub(super) const TSIG: u16 = 250;
/// Classes.
pub(super) const IN: u16 = 1;
pub(super) const NONE: u16 = 254;
pub(super) const ANY: u16 = 255;
/// More records than this are in no answer of ours.
const MOST_RECORDS: usize = 4096;

/// The result of a request (RFC 1035, 2136, 8945): the header's four bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rcode(pub u8);

impl Rcode {
    /// It worked.
    pub const NOERROR: Rcode = Rcode(0);
    /// The server could not read the request.
    pub const FORMERR: Rcode = Rcode(1);
    /// The server has failed.
    pub const SERVFAIL: Rcode = Rcode(2);
    /// There is no such name.
    pub const NXDOMAIN: Rcode = Rcode(3);
    /// The server does not do that.
    pub const NOTIMP: Rcode = Rcode(4);
    /// The server's policy forbids it.
    pub const REFUSED: Rcode = Rcode(5);
    /// A set of records is there that should not be.
    pub const YXRRSET: Rcode = Rcode(7);
    /// A set of records is not there that should be.
    pub const NXRRSET: Rcode = Rcode(8);
    /// The server is not the zone's, or the signature is wrong.
    pub const NOTAUTH: Rcode = Rcode(9);
    /// The name is not in the zone.
    pub const NOTZONE: Rcode = Rcode(10);

    /// Its name in the RFCs.
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 11] = [
            "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
            "NOTAUTH", "NOTZONE",
        ];
        NAMES.get(usize::from(self.0)).copied().unwrap_or("an unknown code")
    }
}

/// Where a record stands: answer (or prerequisite), authority (or update), additional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Answers; of an UPDATE the prerequisites.
    Answer,
    /// Authority; of an UPDATE what is to change.
    Authority,
    /// Additional.
    Additional,
}

/// One resource record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose it is.
    pub owner: Name,
    /// Its type.
    pub kind: u16,
    /// Its class.
    pub class: u16,
    /// How long it may be cached, in seconds.
    pub ttl: u32,
    /// Its data, as on the wire.
    pub data: Vec<u8>,
}

impl Record {
    /// The address of an A or AAAA record.
    pub fn address(&self) -> Option<IpAddr> {
        match self.kind {
            A => Some(Ipv4Addr::from(<[u8; 4]>::try_from(self.data.as_slice()).ok()?).into()),
            AAAA => Some(Ipv6Addr::from(<[u8; 16]>::try_from(self.data.as_slice()).ok()?).into()),
            _ => None,
        }
    }
}

/// A message that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The id of the request that it answers.
    pub id: u16,
    /// Whether it is a response.
    pub response: bool,
    /// What was asked for: QUERY 0, UPDATE 5.
    pub opcode: u8,
    /// Whether the server answers for its own zone.
    pub authoritative: bool,
    /// Whether it was cut off.
    pub truncated: bool,
    /// The result.
    pub rcode: Rcode,
    /// The question, or an UPDATE's zone: name and type.
    pub question: Option<(Name, u16)>,
    /// The records, in their order.
    pub records: Vec<(Section, Record)>,
    /// Where the last record of the additional section begins: a TSIG is that.
    pub(super) last_at: usize,
}

impl Message {
    /// Reads a message; `None` where it is none, to the last byte.
    pub fn read(bytes: &[u8]) -> Option<Message> {
        let flags = number(bytes, 2)?;
        let count = |at| number(bytes, at).map(usize::from);
        let (questions, answers, authorities, additional) = (count(4)?, count(6)?, count(8)?, count(10)?);
        let mut at = 12;
        let mut question = None;
        for _ in 0..questions {
            let (name, next) = Name::read(bytes, at)?;
            question = question.or(Some((name, number(bytes, next)?)));
            number(bytes, next + 2)?;
            at = next + 4;
        }
        let total = answers + authorities + additional;
        if total > MOST_RECORDS {
            return None;
        }
        let mut records = Vec::new();
        let mut last_at = at;
        for index in 0..total {
            last_at = at;
            let section = match index {
                _ if index < answers => Section::Answer,
                _ if index < answers + authorities => Section::Authority,
                _ => Section::Additional,
            };
            let (owner, fixed) = Name::read(bytes, at)?;
            let length = usize::from(number(bytes, fixed + 8)?);
            let data = bytes.get(fixed + 10..fixed + 10 + length)?;
            let ttl = u32::from(number(bytes, fixed + 4)?) << 16 | u32::from(number(bytes, fixed + 6)?);
            let record = Record {
                owner,
                kind: number(bytes, fixed)?,
                class: number(bytes, fixed + 2)?,
                ttl,
                data: data.to_vec(),
            };
            records.push((section, record));
            at = fixed + 10 + length;
        }
        if at != bytes.len() {
            return None;
        }
        Some(Message {
            id: number(bytes, 0)?,
            response: flags & 0x8000 != 0,
            opcode: (flags >> 11 & 0xf) as u8,
            authoritative: flags & 0x0400 != 0,
            truncated: flags & 0x0200 != 0,
            rcode: Rcode((flags & 0xf) as u8),
            question,
            records,
            last_at,
        })
    }

    /// The records of a section.
    pub fn section(&self, section: Section) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(move |(it, _)| *it == section).map(|(_, record)| record)
    }
}

/// A query for one type at one name. It asks the server itself: no recursion.
pub(super) fn query(id: u16, name: &Name, kind: u16) -> Vec<u8> {
    let mut out = header(id, 0, [1, 0, 0]);
    question(&mut out, name, kind);
    out
}

/// An UPDATE of a zone.
pub(super) fn update(id: u16, zone: &Name, prerequisites: &[Record], changes: &[Record]) -> Vec<u8> {
    // A handful of each: two families.
    let mut out = header(id, 5 << 11, [1, prerequisites.len() as u16, changes.len() as u16]);
    question(&mut out, zone, SOA);
    for record in prerequisites.iter().chain(changes) {
        put(&mut out, record);
    }
    out
}

fn header(id: u16, flags: u16, counts: [u16; 3]) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    for field in [id, flags, counts[0], counts[1], counts[2], 0] {
        out.extend(field.to_be_bytes());
    }
    out
}

fn question(out: &mut Vec<u8>, name: &Name, kind: u16) {
    out.extend(name.wire());
    out.extend(kind.to_be_bytes());
    out.extend(IN.to_be_bytes());
}

/// Appends a record; the header's counts are the caller's.
pub(super) fn put(out: &mut Vec<u8>, record: &Record) {
    out.extend(record.owner.wire());
    out.extend(record.kind.to_be_bytes());
    out.extend(record.class.to_be_bytes());
    out.extend(record.ttl.to_be_bytes());
    // The longest data of ours is a signature's.
    out.extend((record.data.len() as u16).to_be_bytes());
    out.extend(&record.data);
}

/// A number of 16 bits.
pub(super) fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}
