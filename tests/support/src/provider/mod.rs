//! Simulated providers with a JSON API: one server, one world of zones and records, and a function for each provider
//! that answers as its API does.
//!
//! What a function knows is what docs/services.md says of the provider; a record's TTL and flags stay as they were where
//! the API leaves them, and are lost where a client has to send them along and does not.

mod group_one;
mod group_three;
mod group_two;
mod server;
mod world;

pub use server::{Api, Call, Reply, Trouble};
pub use world::{Record, World};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// One provider.
pub struct Provider {
    /// The entry of the table that is for it.
    pub service: &'static str,
    /// What it answers.
    pub answer: fn(&mut World, &Call) -> Reply,
    /// Whether its entry makes records.
    pub creates: bool,
    /// Whether a record of several can be changed without the others.
    pub several: bool,
    /// Whether a record keeps its comment.
    pub comment: bool,
    /// Whether it can tell wrong credentials as such.
    pub refuses: bool,
}

impl Provider {
    const fn new(service: &'static str, answer: fn(&mut World, &Call) -> Reply) -> Provider {
        Provider { service, answer, creates: true, several: true, comment: false, refuses: true }
    }
}

/// All of them.
pub fn providers() -> Vec<Provider> {
    let mut all = group_one::providers();
    all.extend(group_two::providers());
    all.extend(group_three::providers());
    all
}

/// The provider of a service.
pub fn provider(service: &str) -> Provider {
    providers().into_iter().find(|it| it.service == service).unwrap_or_else(|| panic!("no provider is {service}"))
}

fn error(status: u16, body: Value) -> Reply {
    Reply::json(status, body)
}

/// `@` or nothing to the zone's own name, else the name in the zone.
fn full(name: &str, zone: &str) -> String {
    if name.is_empty() || name == "@" { zone.to_owned() } else { format!("{name}.{zone}") }
}

fn basic(username: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn not_found() -> Reply {
    Reply::json(404, json!({"message": "not found"}))
}
