//! What the tests and the demo run around the real binary: a simulated service, a bus, a netifd.

pub mod bus;
