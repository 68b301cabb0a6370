//! ddnsd: dynamic DNS for OpenWrt routers.
//!
//! A guided tour, from the outside in:
//!
//! * [`cli`] and [`daemon`] are the two composition roots: only they see everything.
//! * [`uci`] reads the configuration's text, [`config`] makes typed accounts of it, [`setup`] brings the files.
//! * [`ubus`] speaks to the bus, [`netifd`] understands what comes from it, [`address`] chooses the one right address.
//! * [`engine`] decides: events in, actions out, in simulated or real time ([`time`]).
//! * [`protocol`] turns values into a request and a response into values, [`services`] knows each service's quirks,
//!   [`exchange`] sends one over [`io::http`], [`api`] those of a run.
//! * [`state`] is what is remembered, [`status`] what is shown, [`notice`] what is said to a person.
//! * [`io`] holds the edges: sockets, files, clocks, signals, the log.
//!
//! See `docs/architecture.md`.

pub use ddnsd_core::{
    address, config, engine, failure, fingerprint, migrate, netifd, notice, protocol, services, shorten, state, status,
    time,
};
pub use {ubus, uci};

pub mod api;
pub mod arguments;
pub mod cli;
pub mod daemon;
pub mod dns;
pub mod exchange;
pub mod exit;
pub mod io;
pub mod setup;
