//! ubus, OpenWrt's bus: a bounded codec and a client that does no I/O.
//!
//! ```text
//! bytes ⇄ blob (attributes) ⇄ blobmsg (named, typed values) ⇄ message (header and meaning) ⇄ client (requests, objects)
//! ```
//!
//! Every layer is total: whatever the bytes are, the answer is a value or an error, never a panic, and no length is
//! believed before it was checked. It knows no clock, and a socket only with the feature `socket`. It leaves out what a
//! daemon does not need: passing descriptors, monitoring, and policies.

pub mod blob;
pub mod blobmsg;
pub mod client;
pub mod json;
pub mod message;
#[cfg(feature = "socket")]
pub mod socket;
pub mod value;

pub use client::{Client, Event, Reply, RequestError, RequestId};
pub use message::{Message, Status};
pub use value::{Table, Value};

/// Where ubusd listens on OpenWrt.
pub const DEFAULT_SOCKET: &str = "/var/run/ubus/ubus.sock";

/// The examples of README.md are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
