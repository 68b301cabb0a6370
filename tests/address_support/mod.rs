//! What the tests of the address choice share.
#![allow(dead_code)]

use ddnsd::address::{Network, Wanted};
use ddnsd::config::{AccountConfig, BuiltIn};
use ddnsd::netifd::parse_dump;
use ddnsd::time::Instant;
use serde_json::{Value, json};
use std::sync::Arc;

/// Where the recorded answers of `ubus call network.interface dump` are.
pub const DUMPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/dump");

/// An account with these options, as a person would write them.
pub fn account(options: &str) -> Arc<AccountConfig> {
    let text = format!(
        "config account 'home'\n option username 'user'\n option password 'x'\n list hostname 'home.ddns.net'\n{options}"
    );
    let package = ddnsd::uci::parse(text.as_bytes()).unwrap();
    let config = ddnsd::config::build(&package, &BuiltIn, &mut |_, _| Ok(String::new()));
    assert_eq!(config.diagnostics, [], "{options}");
    config.accounts[0].clone()
}

/// One recorded dump, as it would have been read at `now`.
pub fn dump(name: &str, now: Instant) -> Network {
    let text = std::fs::read_to_string(format!("{DUMPS}/{name}.json")).unwrap();
    parse_dump(&serde_json::from_str(&text).unwrap(), now)
}

/// A choice as the tables write it: the address and its interface, or the reason.
pub fn show(wanted: &Wanted) -> String {
    let or_none = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".into());
    match wanted {
        Wanted::Off => "off".into(),
        Wanted::Known(source) => format!("{} {}", source.address, or_none(&source.interface)),
        Wanted::Web { interface, .. } => format!("web {}", or_none(interface)),
        Wanted::Server { basis, .. } => format!("server [{basis}]"),
        Wanted::Unknown(reason) => reason.clone(),
    }
}

/// A network as netifd would say it: interfaces by name, as in a dump.
pub fn network(interfaces: &Value, now: Instant) -> Network {
    let named = interfaces.as_object().unwrap().iter().map(|(name, status)| {
        let mut status = status.clone();
        status["interface"] = Value::from(name.as_str());
        status
    });
    parse_dump(&json!({"interface": named.collect::<Vec<_>>()}), now)
}
