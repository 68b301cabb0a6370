//! What a provider has: an account, zones, records.

use serde_json::{Value, json};

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub id: u64,
    pub zone: String,
    /// The whole name.
    pub host: String,
    pub kind: String,
    pub value: String,
    pub ttl: u64,
    /// What the owner has said beside it; `null` where there is none.
    pub comment: Value,
}

/// An account at a provider.
#[derive(Clone, Debug)]
pub struct World {
    pub username: String,
    pub password: String,
    /// Zones of this account.
    pub zones: Vec<String>,
    /// Zones of somebody else's account.
    pub foreign: Vec<String>,
    pub records: Vec<Record>,
    /// How often something asynchronous has been asked about.
    pub polls: u32,
    next: u64,
}

impl World {
    pub fn new(username: &str, password: &str) -> World {
        World {
            username: username.into(),
            password: password.into(),
            zones: vec!["example.com".into()],
            foreign: vec!["example.net".into()],
            records: Vec::new(),
            polls: 0,
            next: 4200,
        }
    }

    /// A record with a TTL and a comment of its owner's.
    pub fn add(&mut self, host: &str, kind: &str, value: &str) -> u64 {
        let zone = self.zones.iter().find(|zone| host.ends_with(zone.as_str())).cloned().unwrap_or_default();
        self.make(&zone, host, kind, value, 7200, json!("mine"))
    }

    pub fn make(&mut self, zone: &str, host: &str, kind: &str, value: &str, ttl: u64, comment: Value) -> u64 {
        self.next += 1;
        let (zone, host, kind, value) = (zone.into(), host.into(), kind.into(), value.into());
        self.records.push(Record { id: self.next, zone, host, kind, value, ttl, comment });
        self.next
    }

    pub fn owns(&self, zone: &str) -> bool {
        self.zones.iter().any(|it| it == zone)
    }

    pub fn is_foreign(&self, zone: &str) -> bool {
        self.foreign.iter().any(|it| it == zone)
    }

    /// A zone's number.
    pub fn zone_id(&self, zone: &str) -> Option<usize> {
        self.zones.iter().position(|it| it == zone).map(|at| at + 70)
    }

    pub fn zone_of(&self, id: &str) -> Option<String> {
        let at = id.trim_start_matches('z').parse::<usize>().ok()?.checked_sub(70)?;
        self.zones.get(at).cloned()
    }

    pub fn named(&self, host: &str, kind: &str) -> Vec<Record> {
        self.records.iter().filter(|it| it.host == host && it.kind == kind).cloned().collect()
    }

    pub fn in_zone(&self, zone: &str) -> Vec<Record> {
        self.records.iter().filter(|it| it.zone == zone).cloned().collect()
    }

    pub fn by_id(&mut self, id: &str) -> Option<&mut Record> {
        let id: u64 = id.trim_start_matches('r').parse().ok()?;
        self.records.iter_mut().find(|it| it.id == id)
    }

    /// Replaces all records of a name and type by one, as APIs do that have sets.
    pub fn replace(&mut self, zone: &str, host: &str, kind: &str, value: &str, ttl: u64, comment: Value) {
        let before = self.named(host, kind);
        self.records.retain(|it| !(it.host == host && it.kind == kind));
        let id = self.make(zone, host, kind, value, ttl, comment);
        if let (Some(first), Some(record)) = (before.first(), self.by_id(&id.to_string())) {
            record.id = first.id;
        }
    }
}

impl Record {
    /// Its name in its zone.
    pub fn name<'a>(&'a self, apex: &'a str) -> &'a str {
        self.host
            .strip_suffix(&self.zone)
            .map_or(apex, |name| if name.is_empty() { apex } else { &name[..name.len() - 1] })
    }
}
