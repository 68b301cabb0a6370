//! The update protocol, sans-IO: values to a request, a response to values (PROTOCOL.md, sections 1, 2 and 5).
//!
//! What is left out: when to send (the engine), how bytes travel (`io::http`).

mod dialect;
mod reply;
mod request;

pub use dialect::Dialect;
pub use reply::{Answer, Code, HostAnswer, Reply, parse};
pub use request::{Parameters, Request, batches, build};
