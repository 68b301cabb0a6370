//! The types of message and the statuses, by their numbers.

use std::fmt;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The server's first word; `peer` is the client's id.
    Hello,
    /// The end of an answer.
    Status,
    /// Part of an answer.
    Data,
    /// Is anybody there?
    Ping,
    /// Which objects are there?
    Lookup,
    /// A call, a notification or an event.
    Invoke,
    /// Publish an object.
    AddObject,
    /// Withdraw it.
    RemoveObject,
    /// Hear an object's notifications.
    Subscribe,
    /// No longer; from the server: the object has gone.
    Unsubscribe,
    /// Tell the subscribers; from the server: whether there are any.
    Notify,
    /// Watch all traffic.
    Monitor,
    /// Not known here.
    Other(u8),
}

const KINDS: [Kind; 12] = [
    Kind::Hello,
    Kind::Status,
    Kind::Data,
    Kind::Ping,
    Kind::Lookup,
    Kind::Invoke,
    Kind::AddObject,
    Kind::RemoveObject,
    Kind::Subscribe,
    Kind::Unsubscribe,
    Kind::Notify,
    Kind::Monitor,
];

impl Kind {
    /// The type with this number.
    pub fn from_code(code: u8) -> Kind {
        KINDS.get(usize::from(code)).copied().unwrap_or(Kind::Other(code))
    }

    /// Its number on the wire.
    pub fn code(self) -> u8 {
        match self {
            Kind::Other(code) => code,
            // At most 12 kinds: the index fits.
            kind => KINDS.iter().position(|k| *k == kind).unwrap_or(0) as u8,
        }
    }
}

/// How a request ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(
    /// The number on the wire.
    pub u32,
);

impl Status {
    /// Done.
    pub const OK: Status = Status(0);
    /// No such type of message.
    pub const INVALID_COMMAND: Status = Status(1);
    /// The arguments are wrong.
    pub const INVALID_ARGUMENT: Status = Status(2);
    /// The object has no such method.
    pub const METHOD_NOT_FOUND: Status = Status(3);
    /// No such object, or none that the ACL lets us see.
    pub const NOT_FOUND: Status = Status(4);
    /// An answer without data.
    pub const NO_DATA: Status = Status(5);
    /// Not allowed.
    pub const PERMISSION_DENIED: Status = Status(6);
    /// It took too long.
    pub const TIMEOUT: Status = Status(7);
    /// Not supported.
    pub const NOT_SUPPORTED: Status = Status(8);
    /// Anything else.
    pub const UNKNOWN_ERROR: Status = Status(9);
    /// No connection.
    pub const CONNECTION_FAILED: Status = Status(10);
}

const STATUS_WORDS: [&str; 11] = [
    "ok",
    "invalid command",
    "invalid argument",
    "method not found",
    "not found",
    "no data",
    "permission denied",
    "timed out",
    "not supported",
    "unknown error",
    "connection failed",
];

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match STATUS_WORDS.get(self.0 as usize) {
            Some(words) => f.write_str(words),
            None => write!(f, "ubus status {}", self.0),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({}: {self})", self.0)
    }
}
