//! What the tests and the demo run around the real binary: a simulated service, a bus, a netifd.

pub mod bus;
pub mod certificates;
pub mod provider;
pub mod proxy;
pub mod secret;
pub mod service;
mod skip;
mod sources;

pub use skip::skipped;
pub use sources::sources;
