//! The edges: everything that touches a descriptor, a file or another machine. They carry, and never decide.

pub mod clock;
pub mod file;
pub mod http;
pub mod kernel_source;
pub mod log;
pub mod platform;
pub mod replace;
pub mod runtime;
pub mod store;
pub use ubus::socket as ubus_socket;
pub mod wake;
