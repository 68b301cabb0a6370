//! OpenWrt's own C code as the oracle: libuci for configuration files, libubox for blobmsg.
//!
//! The C sources come with the crate `libuci-sys`; `scripts/checks/oracle.sh` installs what building them needs and runs
//! the tests. This crate has a lock file of its own, so that none of this reaches ddnsd.

pub use {ubus, uci};

pub mod blob_c;
pub mod generate;
pub mod model;
pub mod random;
pub mod uci_c;
