//! The update protocol, sans-IO: values to a request, a response to values (docs/protocol.md).
//!
//! ```text
//! Parameters ── request.rs ──▶ Request ──▶ (io) ──▶ Answer ── reply.rs ──▶ Reply
//!                    ▲                                           ▲
//!                    └─────────── Dialect (services.json) ───────┘
//! ```
//!
//! What is left out: when to send (the engine), how bytes travel (`io::http`), what a person is told (`notice`).

mod agent;
pub mod api;
mod code;
mod dialect;
mod encode;
mod foreign;
mod mask;
mod reply;
mod request;
mod retry_after;
mod server;
mod split;
pub mod update;

#[cfg(test)]
mod tests;

pub use agent::{Platform, user_agent};
pub use code::{Class, Code};
pub use dialect::{Credentials, Dialect, Ipv6Server, Place, Word};
pub use mask::mask;
pub use reply::{Answer, HostAnswer, Refusal, Reply, parse};
pub use request::{AddressFamily, Parameters, Request, build};
pub use retry_after::retry_after;
pub use server::Server;
pub use split::batches;
