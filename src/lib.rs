//! ddnsd: dynamic DNS for OpenWrt routers.

pub mod address;
pub mod config;
pub mod io;
pub mod protocol;
pub mod time;
pub mod uci;
