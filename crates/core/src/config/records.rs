//! The options of services that set records of a zone: `zone`, `create`, `ttl`, and the key of DNS UPDATE.

use super::reader::{Reader, shown};
use super::{Preset, Secret};
use crate::protocol::update::{Algorithm, Key, KeyError, Name};
use std::sync::Arc;

/// What an account says of records.
pub(super) struct Records {
    pub zone: Option<String>,
    pub create: bool,
    pub ttl: u32,
    pub dns_key: Option<Arc<Key>>,
}

/// The TTL of a record that is made, in seconds.
const TTL: u32 = 300;

pub(super) fn read(
    reader: &mut Reader<'_>,
    preset: &Preset,
    username: &str,
    password: &Secret,
    hostnames: &[String],
) -> Records {
    let zone = reader.parsed("zone", zone);
    let create = reader.boolean("create", false);
    let ttl = reader.number("ttl", 1..=0x7fff_ffff, "seconds", TTL);
    let algorithm = algorithm(reader);
    let dns_update = preset.dialect.dns_update;
    for (option, without_effect) in [
        ("zone", zone.is_some() && !preset.records),
        ("create", create && !preset.records),
        ("ttl", ttl != TTL && !preset.records),
        ("algorithm", algorithm != Algorithm::Sha256 && !dns_update),
    ] {
        if without_effect {
            reader.warn(option, "has no effect with this service: leave this line out");
        }
    }
    if preset.records {
        names(reader, hostnames, zone.as_deref());
    }
    let in_a_header = preset.dialect.api.as_ref().is_some_and(|api| {
        api.headers.iter().any(|(_, template)| template.contains("{password}") || template.contains("{username}"))
    });
    if in_a_header {
        for (option, value) in [("username", username), ("password", password.reveal())] {
            if !value.bytes().all(|it| it.is_ascii_graphic() || it == b' ') {
                let what = "holds a character that no header can carry: copy it from the provider's page once more";
                let option = if option == "password" && !reader.is_set("password") { "password_file" } else { option };
                reader.error(option, what);
            }
        }
    }
    let dns_key = if dns_update { key(reader, username, algorithm, password) } else { None };
    Records { zone, create, ttl, dns_key }
}

fn zone(value: &str) -> Result<String, String> {
    match Name::parse(value) {
        Some(name) => Ok(name.to_string()),
        None => Err(format!("'{}' is no zone: write its name, such as example.com", shown(value))),
    }
}

/// Records have names of DNS, and those of the zone.
fn names(reader: &mut Reader<'_>, hostnames: &[String], zone: Option<&str>) {
    let zone = zone.and_then(Name::parse);
    for hostname in hostnames {
        let ordinary = |it: char| it.is_ascii_alphanumeric() || "-_.*".contains(it);
        match (Name::parse(hostname).filter(|_| hostname.chars().all(ordinary)), &zone) {
            (None, _) => {
                let message = format!("'{}' is no DNS name: write one such as home.example.com", shown(hostname));
                reader.error("hostname", &message);
            }
            (Some(name), Some(zone)) if !name.is_within(zone) => {
                let message = format!("'{}' is not in the zone {zone}: correct one of the two", shown(hostname));
                reader.error("hostname", &message);
            }
            _ => {}
        }
    }
}

fn algorithm(reader: &mut Reader<'_>) -> Algorithm {
    let parse = |value: &str| {
        Algorithm::from_name(value).ok_or_else(|| {
            if value.to_ascii_lowercase().contains("md5") {
                return "hmac-md5 is broken, and servers leave it out: make a new key with hmac-sha256".to_owned();
            }
            let names = Algorithm::ALL.map(Algorithm::as_str).join(", ");
            format!("'{}' is no algorithm: write one of {names}", shown(value))
        })
    };
    reader.parsed("algorithm", parse).unwrap_or(Algorithm::Sha256)
}

fn key(reader: &mut Reader<'_>, username: &str, algorithm: Algorithm, password: &Secret) -> Option<Arc<Key>> {
    if username.is_empty() || password.reveal().is_empty() {
        // Missing, which was said.
        return None;
    }
    match Key::new(username, algorithm, password.reveal()) {
        Ok(key) => return Some(Arc::new(key)),
        Err(KeyError::Name) => {
            reader.error("username", "is no name of a key: write the name that the server's configuration has for it");
        }
        Err(KeyError::Secret) => {
            let option = if reader.is_set("password") { "password" } else { "password_file" };
            reader.error(option, "is no secret of a key: write the base64 text that the server's configuration has");
        }
    }
    None
}
