//! Everything that ddnsd decides, and nothing that it does: no clock, no descriptor, no environment, no thread.
//!
//! * [`config`] makes typed accounts of a UCI package, [`services`] knows each service's quirks.
//! * [`netifd`] understands what comes from the bus, [`address`] chooses the one right address.
//! * [`engine`] decides: events in, actions out, in simulated or real time ([`time`]).
//! * [`protocol`] turns values into a request and a response into values.
//! * [`state`] is what is remembered, [`status`] what is shown, [`notice`] what is said to a person.
//! * [`migrate`] turns the configuration of other clients into ddnsd's.

pub mod address;
pub mod config;
pub mod engine;
pub mod failure;
pub mod fingerprint;
pub mod migrate;
pub mod netifd;
pub mod notice;
pub mod printable;
pub mod protocol;
pub mod services;
pub mod shorten;
pub mod state;
pub mod status;
pub mod time;
