//! DNS UPDATE with TSIG (RFC 2136, RFC 8945): the zone's own server is told, in its own protocol. Sans-IO.
//!
//! ```text
//!        ┌────────── parent ──────────┐
//!        ▼                            │
//!   SOA of NAME? ── no such zone here ┘──▶ none left: nohost
//!        │ zone
//!        ▼
//!   A? AAAA? of the host ──▶ there already: nochg        ◀── read again, once ──┐
//!        │ old value, TTL                                                       │
//!        ▼                                                                      │
//!   UPDATE: only if unchanged since; delete old, add new ── NXRRSET, YXRRSET ───┘
//! ```
//!
//! Every message is signed, and an answer counts only with a valid signature, but for the refusals that a server cannot
//! sign. [`Run`] decides what to say next; the connection (TCP, one for all messages of a run), the clock and the
//! message ids are the caller's.

mod message;
mod name;
mod plan;
mod reply;
mod run;
mod tsig;

pub use message::{Message, Rcode, Record, Section};
pub use name::Name;
pub use run::{Ending, FamilyEnd, Run, Task};
pub use tsig::{Algorithm, Key, KeyError};
