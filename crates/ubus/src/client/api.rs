//! What a client is asked for and what it says: requests, replies, calls, events.

use super::super::blobmsg::BlobmsgError;
use super::super::message::{MessageError, Status};
use super::super::value::{Table, Type};
use super::MAX_IN_FLIGHT;
use std::fmt;

/// Names one request of one client; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(super) u64);

/// A method of an object to publish: its name, its arguments and their types.
#[derive(Clone, Copy, Debug)]
pub struct Method<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its arguments, by name and type. They are only shown: ubusd checks nothing.
    pub arguments: &'a [(&'a str, Type)],
}

/// An object that a lookup found.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectInfo {
    /// Its path.
    pub path: String,
    /// Its id, until it goes away.
    pub id: u32,
    /// Its methods: a table of tables with the types of the arguments.
    pub signature: Table,
}

/// What a request brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// To a lookup: what matched, at least one.
    Objects(Vec<ObjectInfo>),
    /// To an added object: its id.
    Object(u32),
    /// To a call: its answer; usually one table, none where the method has nothing to say.
    Data(Vec<Table>),
    /// To anything else.
    Done,
}

impl Reply {
    /// The answer to a call: the first table; an empty one where there is none.
    pub fn into_table(self) -> Table {
        match self {
            Reply::Data(tables) => tables.into_iter().next().unwrap_or_default(),
            _ => Table::new(),
        }
    }
}

/// Why a request brought nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum RequestError {
    /// The other side said so.
    Status(Status),
    /// To a call by path: there is no such object, or none that the ACL lets us see. (A status `NOT_FOUND` is then the
    /// object's own word.)
    NoObject,
    /// The answer is not what was asked for; the words say why.
    Malformed(&'static str),
    /// Our own message does not fit on the bus.
    Encode(BlobmsgError),
    /// [`MAX_IN_FLIGHT`] requests wait already.
    Busy,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RequestError::Status(status) => status.fmt(f),
            RequestError::NoObject => f.write_str("there is no such object on the bus"),
            RequestError::Malformed(what) => f.write_str(what),
            RequestError::Encode(error) => write!(f, "the request cannot be sent: {error}"),
            RequestError::Busy => write!(f, "{MAX_IN_FLIGHT} requests wait for an answer already"),
        }
    }
}

impl std::error::Error for RequestError {}

/// The right, and the duty, to answer one call. Not to be had twice: answering uses it up.
#[derive(Debug, PartialEq, Eq)]
pub struct CallToken {
    pub(super) object: u32,
    pub(super) peer: u32,
    pub(super) seq: u16,
    pub(super) no_reply: bool,
}

impl CallToken {
    /// Whether the caller wants no answer; [`super::Client::answer`] then sends none.
    pub fn no_reply(&self) -> bool {
        self.no_reply
    }

    /// The caller's client id. 0 is ubusd itself: an event.
    pub fn peer(&self) -> u32 {
        self.peer
    }
}

/// Somebody invoked an object of ours: called a method, sent a notification or an event; which, the object tells.
#[derive(Debug, PartialEq)]
pub struct Call {
    /// The object of ours.
    pub object: u32,
    /// The name of the method, the notification or the event.
    pub method: String,
    /// The arguments.
    pub arguments: Table,
    /// Who calls, as ubusd knows it.
    pub user: Option<String>,
    /// The caller's group.
    pub group: Option<String>,
    /// To answer it with.
    pub token: CallToken,
}

/// What happened.
#[derive(Debug, PartialEq)]
pub enum Event {
    /// The server has greeted us.
    Hello {
        /// Our client id.
        client: u32,
    },
    /// A request has ended.
    Reply {
        /// Which.
        request: RequestId,
        /// How.
        result: Result<Reply, RequestError>,
    },
    /// An object of ours was invoked.
    Call(Call),
    /// An object that we had subscribed to has gone; when it comes back we are not subscribed.
    Unsubscribed {
        /// The object of ours that was subscribed.
        object: u32,
        /// The object that has gone.
        target: u32,
    },
    /// An object of ours has its first subscriber, or has lost its last.
    Subscribers {
        /// Which.
        object: u32,
        /// Whether there are any now.
        active: bool,
    },
    /// What came is not ubus. The last event: close the connection.
    Broken(MessageError),
}
