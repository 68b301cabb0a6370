//! Messages: a header of 8 bytes and a blob of attributes.
//!
//! ```text
//! version u8 = 0 | type u8 | seq u16 | peer u32 | blob: length u32 (its 4 bytes included), attributes
//! ```
//!
//! All big-endian. `seq` pairs a request with its answers; `peer` is the object asked, or the client that asks. Reading
//! keeps the attributes in order, and those that are unknown or of the wrong form as raw bytes, so that a message can be
//! written again as it was, and so that an INVOKE with broken arguments can still be answered.

mod attribute;
mod frames;
mod kind;

pub use attribute::{Attribute, id};
pub use frames::{Frames, size};
pub use kind::{Kind, Status};

use super::blob::{self, Attrs, BlobError, HEADER, MAX_BLOB};
use super::blobmsg::BlobmsgError;
use super::value::Table;
use std::fmt;

/// The bytes in front of a message's blob.
pub const HEADER_SIZE: usize = 8;

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// What it is about.
    pub kind: Kind,
    /// Pairs requests and answers.
    pub seq: u16,
    /// The object asked, or the client that asks.
    pub peer: u32,
    /// What it says, in order.
    pub attributes: Vec<Attribute>,
}

/// Defines accessors to the first attribute of a kind that is of the right form.
macro_rules! accessors {
    ($($(#[$doc:meta])* $name:ident, $variant:ident, $of:ty, $value:pat => $result:expr;)*) => {
        $($(#[$doc])* pub fn $name(&self) -> Option<$of> {
            self.attributes.iter().find_map(|a| if let Attribute::$variant($value) = a { Some($result) } else { None })
        })*
    };
}

impl Message {
    /// A message without attributes yet.
    pub fn new(kind: Kind, seq: u16, peer: u32) -> Message {
        Message { kind, seq, peer, attributes: Vec::new() }
    }

    /// The same message with one attribute more.
    pub fn with(mut self, attribute: Attribute) -> Message {
        self.attributes.push(attribute);
        self
    }

    accessors! {
        /// How it ended.
        status, Status, Status, v => *v;
        /// The path.
        objpath, ObjPath, &str, v => v.as_str();
        /// The object.
        objid, ObjId, u32, v => *v;
        /// The name of the method, notification or event.
        method, Method, &str, v => v.as_str();
        /// The id of the signature.
        objtype, ObjType, u32, v => *v;
        /// The methods.
        signature, Signature, &Table, v => v;
        /// The arguments or the answer.
        data, Data, &Table, v => v;
        /// The object subscribed to.
        target, Target, u32, v => *v;
        /// Whether there are subscribers.
        active, Active, bool, v => *v;
        /// The subscribers.
        subscribers, Subscribers, &[u32], v => v.as_slice();
        /// The caller's user.
        user, User, &str, v => v.as_str();
        /// The caller's group.
        group, Group, &str, v => v.as_str();
    }

    /// Whether the sender wants no answer.
    pub fn no_reply(&self) -> bool {
        self.attributes.contains(&Attribute::NoReply(true))
    }

    /// Whether it has an attribute `id` that is not of the form it must have.
    pub fn is_broken(&self, id: u8) -> bool {
        self.attributes.iter().any(|a| matches!(a, Attribute::Raw { id: raw, .. } if *raw == id))
    }

    /// The message as it goes over the wire.
    pub fn encode(&self) -> Result<Vec<u8>, BlobmsgError> {
        let [seq_high, seq_low] = self.seq.to_be_bytes();
        let mut out = vec![0, self.kind.code(), seq_high, seq_low];
        out.extend(self.peer.to_be_bytes());
        let mut result = Ok(());
        blob::put(&mut out, 0, false, |out| result = self.attributes.iter().try_for_each(|a| a.encode(out)));
        result?;
        if out.len() > HEADER_SIZE + MAX_BLOB {
            return Err(BlobError::TooLarge.into());
        }
        Ok(out)
    }

    /// Reads one whole message, exactly as long as its length says.
    pub fn decode(bytes: &[u8]) -> Result<Message, MessageError> {
        let size = size(bytes)?.ok_or(MessageError::Blob(BlobError::Truncated))?;
        if bytes.len() != size {
            return Err(MessageError::Blob(BlobError::Length));
        }
        // `size` has seen the header and the length: 12 bytes are there.
        let mut message =
            Message::new(Kind::from_code(bytes[1]), u16::from_be_bytes([bytes[2], bytes[3]]), be32(&bytes[4..8]));
        for attr in Attrs::new(&bytes[HEADER_SIZE + HEADER..]) {
            message.attributes.push(Attribute::decode(&attr.map_err(MessageError::Blob)?));
        }
        Ok(message)
    }
}

fn be32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |n, b| n << 8 | u32::from(*b))
}

/// Why the bytes on a connection are no messages: it cannot be used any longer, as where the next one starts is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// Another version of the protocol than 0.
    Version(u8),
    /// The blob's own length or that of an attribute is wrong.
    Blob(BlobError),
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MessageError::Version(n) => {
                write!(f, "the bus speaks version {n} of its protocol, not 0")
            }
            MessageError::Blob(error) => write!(f, "a message on the bus is broken: {error}"),
        }
    }
}

impl std::error::Error for MessageError {}
