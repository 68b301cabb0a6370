//! The attributes of messages, typed.

use super::super::blob::{self, Attrs};
use super::super::blobmsg::{self, BlobmsgError};
use super::super::value::Table;
use super::Status;

/// One attribute of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// How it ended.
    Status(Status),
    /// An object's path.
    ObjPath(String),
    /// An object's id.
    ObjId(u32),
    /// A method's, a notification's or an event's name.
    Method(String),
    /// The id of an object's signature.
    ObjType(u32),
    /// The methods, their arguments and the types of those.
    Signature(Table),
    /// Arguments, or an answer.
    Data(Table),
    /// The object subscribed to.
    Target(u32),
    /// Whether there are subscribers.
    Active(bool),
    /// Whether no answer is wanted.
    NoReply(bool),
    /// The subscribers' objects.
    Subscribers(Vec<u32>),
    /// The caller's user name.
    User(String),
    /// The caller's group name.
    Group(String),
    /// Not known here, or not of the form it must have: kept as it came.
    Raw {
        /// The attribute's id.
        id: u8,
        /// Its bytes.
        data: Vec<u8>,
    },
}

/// The attributes' ids.
pub mod id {
    #![allow(missing_docs, reason = "the names are those of the protocol")]
    pub const STATUS: u8 = 1;
    pub const OBJPATH: u8 = 2;
    pub const OBJID: u8 = 3;
    pub const METHOD: u8 = 4;
    pub const OBJTYPE: u8 = 5;
    pub const SIGNATURE: u8 = 6;
    pub const DATA: u8 = 7;
    pub const TARGET: u8 = 8;
    pub const ACTIVE: u8 = 9;
    pub const NO_REPLY: u8 = 10;
    pub const SUBSCRIBERS: u8 = 11;
    pub const USER: u8 = 12;
    pub const GROUP: u8 = 13;
}

impl Attribute {
    pub(super) fn decode(attr: &blob::Attr<'_>) -> Attribute {
        let number = || attr.data.try_into().ok().map(u32::from_be_bytes);
        let flag = || <[u8; 1]>::try_from(attr.data).ok().map(|[b]| b != 0);
        let text = || blob::string(attr.data);
        let table = || blobmsg::decode_table(attr.data).ok();
        let known = match attr.id {
            id::STATUS => number().map(|n| Attribute::Status(Status(n))),
            id::OBJPATH => text().map(Attribute::ObjPath),
            id::OBJID => number().map(Attribute::ObjId),
            id::METHOD => text().map(Attribute::Method),
            id::OBJTYPE => number().map(Attribute::ObjType),
            id::SIGNATURE => table().map(Attribute::Signature),
            id::DATA => table().map(Attribute::Data),
            id::TARGET => number().map(Attribute::Target),
            id::ACTIVE => flag().map(Attribute::Active),
            id::NO_REPLY => flag().map(Attribute::NoReply),
            id::SUBSCRIBERS => numbers(attr.data).map(Attribute::Subscribers),
            id::USER => text().map(Attribute::User),
            id::GROUP => text().map(Attribute::Group),
            _ => None,
        };
        known.unwrap_or_else(|| Attribute::Raw { id: attr.id, data: attr.data.to_vec() })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), BlobmsgError> {
        let mut result = Ok(());
        match self {
            Attribute::Status(status) => number(out, id::STATUS, status.0),
            Attribute::ObjPath(path) => text(out, id::OBJPATH, path),
            Attribute::ObjId(object) => number(out, id::OBJID, *object),
            Attribute::Method(name) => text(out, id::METHOD, name),
            Attribute::ObjType(kind) => number(out, id::OBJTYPE, *kind),
            Attribute::Signature(table) => {
                blob::put(out, id::SIGNATURE, false, |out| result = blobmsg::encode_table(table, out));
            }
            Attribute::Data(table) => {
                blob::put(out, id::DATA, false, |out| result = blobmsg::encode_table(table, out));
            }
            Attribute::Target(object) => number(out, id::TARGET, *object),
            Attribute::Active(on) => blob::put(out, id::ACTIVE, false, |out| out.push(u8::from(*on))),
            Attribute::NoReply(on) => blob::put(out, id::NO_REPLY, false, |out| out.push(u8::from(*on))),
            Attribute::Subscribers(objects) => blob::put(out, id::SUBSCRIBERS, false, |out| {
                objects.iter().for_each(|object| number(out, 0, *object));
            }),
            Attribute::User(name) => text(out, id::USER, name),
            Attribute::Group(name) => text(out, id::GROUP, name),
            Attribute::Raw { id, data } => blob::put(out, *id, false, |out| out.extend(data)),
        }
        result
    }
}

fn number(out: &mut Vec<u8>, id: u8, n: u32) {
    blob::put(out, id, false, |out| out.extend(n.to_be_bytes()));
}

fn text(out: &mut Vec<u8>, id: u8, text: &str) {
    blob::put(out, id, false, |out| {
        out.extend(blob::c_bytes(text));
        out.push(0);
    });
}

fn numbers(data: &[u8]) -> Option<Vec<u32>> {
    Attrs::new(data).map(|attr| Some(u32::from_be_bytes(attr.ok()?.data.try_into().ok()?))).collect()
}
