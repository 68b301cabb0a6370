//! One update of one host: which message comes next, and what came of it. `mod.rs` draws the states.

use super::Name;
use super::message::{self, CNAME, Message, Rcode, SOA, Section};
use super::plan::{Family, Step};
use super::reply::reply;
use super::tsig::{Key, Verdict};
use crate::protocol::{Code, Reply};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An UPDATE's opcode.
const UPDATE: u8 = 5;

/// What to set, and for whom.
#[derive(Clone, Debug)]
pub struct Task {
    /// The host.
    pub host: Name,
    /// `option zone`: this zone alone; otherwise it is looked for.
    pub zone: Option<Name>,
    /// The key.
    pub key: Key,
    /// The IPv4 address to set.
    pub ipv4: Option<Ipv4Addr>,
    /// The IPv6 address to set.
    pub ipv6: Option<Ipv6Addr>,
    /// The IPv4 address that the host was last acknowledged with: among several records that one is meant.
    pub last_ipv4: Option<Ipv4Addr>,
    /// The same for IPv6.
    pub last_ipv6: Option<Ipv6Addr>,
    /// Whether a record that is not there is made.
    pub create: bool,
    /// The TTL of a record that is made, in seconds.
    pub ttl: u32,
}

/// How one family ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyEnd {
    /// The server has set it.
    Good,
    /// It was there already.
    NoChange,
    /// There is no such record, and none was to be made.
    Missing,
    /// There are several, none of them ours.
    Ambiguous,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// So, family by family; `None` where a family was not asked for.
    Families {
        /// IPv4.
        ipv4: Option<FamilyEnd>,
        /// IPv6.
        ipv6: Option<FamilyEnd>,
    },
    /// The server refused, for a reason that has a code.
    Refused {
        /// The code.
        code: Code,
        /// What it said, in words.
        message: String,
    },
    /// The name is a CNAME: an update would vanish without an error.
    Alias,
    /// The two clocks differ by more than a signature allows: how many seconds the server's is ahead, where it said so.
    Clock {
        /// The server's time less ours.
        ahead: Option<i64>,
    },
    /// Something that may be over the next time, in words.
    Failed(String),
}

/// One update of one host, message by message.
#[derive(Debug)]
pub struct Run {
    task: Task,
    families: Vec<Family>,
    state: State,
    /// The request that is under way.
    pending: Option<Pending>,
    /// Whether the records were read again after somebody else had changed them.
    reread: bool,
}

#[derive(Clone, Debug)]
enum State {
    /// Looking for the zone: this name is tried.
    Zone(Name),
    /// Reading the records of a family.
    Read {
        zone: Name,
        family: usize,
    },
    /// Writing.
    Write {
        zone: Name,
    },
    Ended(Ending),
}

#[derive(Debug)]
struct Pending {
    id: u16,
    opcode: u8,
    mac: Vec<u8>,
}

impl Run {
    /// Begins with the question for the zone.
    pub fn new(task: Task) -> Run {
        let first = task.zone.clone().unwrap_or_else(|| task.host.clone());
        let family = |wanted: Option<IpAddr>, last| wanted.map(|wanted| Family::new(wanted, last));
        let families = [
            family(task.ipv4.map(IpAddr::from), task.last_ipv4.map(IpAddr::from)),
            family(task.ipv6.map(IpAddr::from), task.last_ipv6.map(IpAddr::from)),
        ];
        let state = match &task.zone {
            Some(zone) if !task.host.is_within(zone) => State::Ended(Ending::Refused {
                code: Code::NotFqdn,
                message: format!("{} is not in the zone {zone}", task.host),
            }),
            _ => State::Zone(first),
        };
        Run { task, families: families.into_iter().flatten().collect(), state, pending: None, reread: false }
    }

    /// How it ended, once it has.
    pub fn ending(&self) -> Option<&Ending> {
        match &self.state {
            State::Ended(ending) => Some(ending),
            _ => None,
        }
    }

    /// What its end means to an account.
    pub fn reply(&self) -> Reply {
        let ending = self.ending().cloned().unwrap_or_else(|| Ending::Failed("the DNS server was not asked".into()));
        reply(ending, &self.task.host, self.task.ipv4, self.task.ipv6)
    }

    /// The next message to send, signed, without the length that TCP wants before it; `None` once it has ended.
    /// `id` is a random number, `now` the time in Unix seconds.
    pub fn request(&mut self, id: u16, now: u64) -> Option<Vec<u8>> {
        let host = &self.task.host;
        let (opcode, mut bytes) = match &self.state {
            State::Ended(_) => return None,
            State::Zone(name) => (0, message::query(id, name, SOA)),
            State::Read { family, .. } => (0, message::query(id, host, self.families[*family].kind())),
            State::Write { zone } => {
                let (mut prerequisites, mut changes) = (Vec::new(), Vec::new());
                for family in &self.families {
                    let step = family.step(self.task.create);
                    family.update(host, &step, self.task.ttl, &mut prerequisites, &mut changes);
                }
                (UPDATE, message::update(id, zone, &prerequisites, &changes))
            }
        };
        let mac = self.task.key.sign(&mut bytes, now);
        self.pending = Some(Pending { id, opcode, mac });
        Some(bytes)
    }

    /// Takes the response to the last request.
    pub fn response(&mut self, bytes: &[u8], now: u64) {
        let Some(pending) = self.pending.take() else { return };
        self.state = match self.read(bytes, now, &pending) {
            Ok(message) => self.judge(&message),
            Err(ending) => State::Ended(ending),
        };
    }

    /// A response that counts: to this request, and signed, but for refusals while the zone is looked for, which some
    /// servers do not sign.
    fn read(&self, bytes: &[u8], now: u64, pending: &Pending) -> Result<Message, Ending> {
        let failed = |what: &str| Ending::Failed(format!("the DNS server's answer {what}"));
        let message = Message::read(bytes).ok_or_else(|| failed("is no DNS message"))?;
        if !message.response || message.id != pending.id || message.opcode != pending.opcode {
            return Err(failed("belongs to another request"));
        }
        if message.truncated {
            return Err(failed("is cut off, over TCP"));
        }
        match self.task.key.verify(bytes, &message, &pending.mac, now) {
            Verdict::Good => Ok(message),
            Verdict::BadKey => Err(Ending::Refused {
                code: Code::BadAuth,
                message: "the DNS server does not know the key, or not for this name (BADKEY)".into(),
            }),
            Verdict::BadSignature => Err(Ending::Refused {
                code: Code::BadAuth,
                message: "the DNS server refused the signature: the secret or the algorithm differs (BADSIG)".into(),
            }),
            Verdict::BadTime { server } => {
                let ahead = server.and_then(|server| i64::try_from(server).ok()?.checked_sub_unsigned(now));
                Err(Ending::Clock { ahead })
            }
            Verdict::Unsigned
                if matches!(self.state, State::Zone(_)) && matches!(message.rcode, Rcode::REFUSED | Rcode::NOTAUTH) =>
            {
                Ok(message)
            }
            Verdict::Unsigned => Err(failed(&format!("is not signed ({})", message.rcode.name()))),
            Verdict::Stale => Err(failed("is signed with a time that is too far from now")),
            Verdict::Wrong => Err(failed("is not signed with this key")),
        }
    }

    fn judge(&mut self, message: &Message) -> State {
        match self.state.clone() {
            State::Zone(name) => self.found_zone(message, name),
            State::Read { zone, family } => self.found_records(message, zone, family),
            State::Write { zone } => self.written(message, zone),
            ended @ State::Ended(_) => ended,
        }
    }

    fn found_zone(&mut self, message: &Message, name: Name) -> State {
        let is_zone = message.section(Section::Answer).any(|record| record.kind == SOA && record.owner == name);
        match message.rcode {
            Rcode::NOERROR if is_zone => self.next_read(name, 0),
            Rcode::NOERROR | Rcode::NXDOMAIN | Rcode::REFUSED | Rcode::NOTAUTH => {
                match name.parent().filter(|_| self.task.zone.is_none()) {
                    Some(parent) => State::Zone(parent),
                    None => State::Ended(Ending::Refused { code: Code::NoHost, message: self.no_zone() }),
                }
            }
            rcode => State::Ended(refused(rcode, "the question for the zone")),
        }
    }

    fn no_zone(&self) -> String {
        match &self.task.zone {
            Some(zone) => format!("the DNS server has no zone {zone}"),
            None => format!("the DNS server has no zone that {} is in", self.task.host),
        }
    }

    fn found_records(&mut self, message: &Message, zone: Name, family: usize) -> State {
        if !matches!(message.rcode, Rcode::NOERROR | Rcode::NXDOMAIN) {
            return State::Ended(refused(message.rcode, "the question for the record"));
        }
        if !message.authoritative {
            let message = "the DNS server is not the zone's own: it does not answer with authority".into();
            return State::Ended(Ending::Refused { code: Code::BadSys, message });
        }
        let own = || message.section(Section::Answer).filter(|record| record.owner == self.task.host);
        if own().any(|record| record.kind == CNAME) {
            return State::Ended(Ending::Alias);
        }
        let kind = self.families[family].kind();
        let records = own().filter(|record| record.kind == kind && record.address().is_some()).cloned().collect();
        self.families[family].records = Some(records);
        self.next_read(zone, family + 1)
    }

    /// The next family is read; after the last one it is written, where there is something to write.
    fn next_read(&mut self, zone: Name, family: usize) -> State {
        if family < self.families.len() {
            return State::Read { zone, family };
        }
        let steps: Vec<Step> = self.families.iter().map(|it| it.step(self.task.create)).collect();
        let ambiguous = steps.contains(&Step::Ended(FamilyEnd::Ambiguous));
        if ambiguous || steps.iter().all(|step| matches!(step, Step::Ended(_))) {
            return State::Ended(self.ending_of(|step| match step {
                Step::Ended(end) => end,
                // Not written: what is ambiguous stops the host as a whole.
                Step::Replace { .. } | Step::Create => FamilyEnd::Ambiguous,
            }));
        }
        State::Write { zone }
    }

    fn written(&mut self, message: &Message, zone: Name) -> State {
        match message.rcode {
            Rcode::NOERROR => State::Ended(self.ending_of(|step| match step {
                Step::Ended(end) => end,
                Step::Replace { .. } | Step::Create => FamilyEnd::Good,
            })),
            Rcode::NXRRSET | Rcode::YXRRSET if !self.reread => {
                self.reread = true;
                self.next_read(zone, 0)
            }
            Rcode::NXRRSET | Rcode::YXRRSET => {
                State::Ended(Ending::Failed("somebody else changes the record at the same time".into()))
            }
            Rcode::REFUSED => State::Ended(Ending::Refused {
                code: Code::NotYours,
                message: format!("the DNS server's policy does not let this key change {} (REFUSED)", self.task.host),
            }),
            Rcode::NXDOMAIN => State::Ended(Ending::Refused {
                code: Code::NoHost,
                message: format!("the DNS server knows no {} (NXDOMAIN)", self.task.host),
            }),
            Rcode::NOTZONE => State::Ended(Ending::Refused {
                code: Code::NotFqdn,
                message: format!("{} is not in the zone {zone} (NOTZONE)", self.task.host),
            }),
            rcode => State::Ended(refused(rcode, "the update")),
        }
    }

    fn ending_of(&self, of: impl Fn(Step) -> FamilyEnd) -> Ending {
        let (mut ipv4, mut ipv6) = (None, None);
        for family in &self.families {
            let slot = if family.wanted.is_ipv4() { &mut ipv4 } else { &mut ipv6 };
            *slot = Some(of(family.step(self.task.create)));
        }
        Ending::Families { ipv4, ipv6 }
    }
}

/// A code of the server's that means the same wherever it comes.
fn refused(rcode: Rcode, what: &str) -> Ending {
    let message = format!("the DNS server answered {what} with {}", rcode.name());
    match rcode {
        Rcode::SERVFAIL => Ending::Refused { code: Code::DnsError, message },
        Rcode::NOTIMP | Rcode::FORMERR => Ending::Refused { code: Code::BadSys, message },
        _ => Ending::Failed(message),
    }
}
