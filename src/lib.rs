//! ddnsd: dynamic DNS for OpenWrt routers.

pub mod address;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod engine;
pub mod exchange;
pub mod failure;
pub mod fingerprint;
pub mod io;
pub mod netifd;
pub mod notice;
pub mod protocol;
pub mod services;
pub mod setup;
pub mod state;
pub mod status;
pub mod time;
pub mod ubus;
pub mod uci;
