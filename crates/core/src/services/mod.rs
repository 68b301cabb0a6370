//! The table of services: what differs between them, as data (docs/protocol.md; `docs/services.md`).
//!
//! ```text
//! /usr/share/ddnsd/services.json ─┐                    ┌─▶ Preset (the configuration)
//! /etc/ddnsd/services.d/*.json ───┼─ split.rs ─ entry.rs ─▶ Service
//! builtin.json (noip, custom) ────┘                    └─▶ document (the ubus method, LuCI)
//! ```
//!
//! A [`Table`] keeps the texts and where each service stands in them, not the services: one is parsed when it is
//! asked for. [`OnDemand`] does not even read the texts until a name is asked for that is not built in, so that a
//! daemon whose accounts are all No-IP's never opens the file, and any daemon drops it when the configuration is built.
//!
//! What is left out: files are read by the caller.

mod entry;
mod fields;
mod split;
mod steps;

pub use entry::{Hint, Service};

use crate::config::{Preset, ServiceTable};
use crate::protocol::Dialect;
use serde_json::Value;
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;

/// `noip` and `custom`: there without any file.
const BUILT_IN: &str = include_str!("builtin.json");

/// One file of services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's name, for mistakes.
    file: String,
    /// What it holds, or why it cannot be read.
    text: Result<String, String>,
}

impl Source {
    /// A file's name and what it holds.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Source { file: file.into(), text: Ok(text.into()) }
    }

    /// A file that cannot be read, and why.
    pub fn unreadable(file: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Source { file: file.into(), text: Err(format!("cannot be read: {why}")) }
    }
}

/// Something that is wrong in a file of services; that entry is left out, the others count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// The line, counted from 1, in which the entry begins.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, line {}: {}", self.file, self.line, self.message)
    }
}

/// Where services stand in their texts.
#[derive(Debug)]
pub struct Table {
    sources: Vec<Source>,
    places: Vec<Where>,
    mistakes: Vec<Mistake>,
}

/// One entry's place.
#[derive(Debug)]
struct Where {
    source: usize,
    range: Range<usize>,
    name: String,
    aliases: Vec<String>,
}

impl Table {
    /// The services of these files and those that are built in. A name in a later file replaces the same name in
    /// an earlier one.
    pub fn new(files: impl IntoIterator<Item = Source>) -> Self {
        let mut sources = vec![Source::new("(built in)", BUILT_IN)];
        sources.extend(files);
        Table::of(sources)
    }

    fn of(sources: Vec<Source>) -> Self {
        let (mut places, mut mistakes): (Vec<Where>, Vec<Mistake>) = (Vec::new(), Vec::new());
        for (index, source) in sources.iter().enumerate() {
            let mut wrong = |line, message| mistakes.push(Mistake { file: source.file.clone(), line, message });
            let text = source.text.as_deref().map_err(|why| (1, why.clone()));
            let elements = text.and_then(|text| split::elements(text).map_err(|(line, what)| (line, what.to_owned())));
            let elements = match elements {
                Ok(elements) => elements,
                Err((line, message)) => {
                    wrong(line, message);
                    continue;
                }
            };
            for element in elements {
                match entry::read(element.text) {
                    Err(message) => wrong(element.line, message),
                    Ok(service) if index > 0 && is_built_in(&service.name) => {
                        wrong(
                            element.line,
                            format!("service '{}' is built in: give this one another name", service.name),
                        );
                    }
                    Ok(Service { name, aliases, .. }) => {
                        places.retain(|place| place.name != name);
                        let range = element.start..element.start + element.text.len();
                        places.push(Where { source: index, range, name, aliases });
                    }
                }
            }
        }
        Table { sources, places, mistakes }
    }

    /// What is wrong in the files.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// The service of this name, or else of this alias.
    pub fn service(&self, name: &str) -> Option<Service> {
        let by_name = self.places.iter().find(|place| place.name == name);
        let place = by_name.or_else(|| self.places.iter().find(|place| place.aliases.iter().any(|it| it == name)))?;
        self.read(place)
    }

    /// Every service: No-IP first, `custom` last, the others by their title.
    pub fn services(&self) -> Vec<Service> {
        let mut services: Vec<Service> = self.places.iter().filter_map(|place| self.read(place)).collect();
        let rank = |service: &Service| match service.name.as_str() {
            "noip" => 0,
            "custom" => 2,
            _ => 1,
        };
        services
            .sort_by_cached_key(|service| (rank(service), service.title.to_ascii_lowercase(), service.name.clone()));
        services
    }

    fn read(&self, place: &Where) -> Option<Service> {
        let text = self.sources.get(place.source)?.text.as_ref().ok()?.get(place.range.clone())?;
        entry::read(text).ok()
    }
}

impl ServiceTable for Table {
    fn preset(&self, name: &str) -> Option<Preset> {
        self.service(name).map(Preset::from)
    }

    fn names(&self) -> Vec<&str> {
        self.places.iter().map(|place| place.name.as_str()).collect()
    }
}

impl From<Service> for Preset {
    fn from(service: Service) -> Self {
        let ipv6 = service.takes_ipv6();
        let dialect = service.dialect;
        Preset {
            server: service.server,
            path: service.path,
            tls: service.tls,
            port: service.port,
            ipv6,
            ipv6_apart: dialect.ipv6.is_some() && dialect.ipv6 != dialect.ipv4 && !dialect.separate_families,
            ipv6_alone: dialect.ipv6_alone,
            offline: dialect.offline,
            records: dialect.sets_records(),
            username: service.username,
            colon: dialect.takes_colon(),
            timeout: service.timeout,
            email_limit: service.email_limit,
            dialect: Arc::new(dialect),
        }
    }
}

/// A table whose files are read when a name is asked for that is not built in.
pub struct OnDemand<F> {
    read: F,
    built_in: Table,
    table: OnceCell<Table>,
}

impl<F: Fn() -> Vec<Source>> OnDemand<F> {
    /// `read` gives the files, the shipped one first.
    pub fn new(read: F) -> Self {
        OnDemand { read, built_in: Table::new([]), table: OnceCell::new() }
    }

    /// What is wrong in the files, so far as they have been read.
    pub fn mistakes(&self) -> &[Mistake] {
        self.table.get().map_or(&[], Table::mistakes)
    }

    fn table(&self) -> &Table {
        self.table.get_or_init(|| Table::new((self.read)()))
    }
}

impl<F: Fn() -> Vec<Source>> ServiceTable for OnDemand<F> {
    fn preset(&self, name: &str) -> Option<Preset> {
        self.built_in.preset(name).or_else(|| self.table().preset(name))
    }

    fn names(&self) -> Vec<&str> {
        self.table().names()
    }
}

/// The reply of the ubus method `services`. `hint` is one line for all fields; what a service has not is an empty
/// text.
pub fn document(table: &Table) -> Value {
    let services: Value = table
        .services()
        .iter()
        .map(|service| {
            Value::from_iter(vec![
                ("name", Value::from(service.name.as_str())),
                ("title", service.title.as_str().into()),
                ("server", service.server.as_str().into()),
                ("path", service.path.as_str().into()),
                ("ipv6", service.takes_ipv6().into()),
                ("offline", service.dialect.offline.into()),
                ("groups", service.groups.into()),
                ("url", service.url.as_str().into()),
                ("hint", service.hint.line().into()),
                ("kind", kind(&service.dialect).into()),
                ("username", service.username.into()),
                ("create", creates(&service.dialect).into()),
                ("labels", labels(&service.hint)),
            ])
        })
        .collect();
    Value::from_iter(vec![("services", services)])
}

/// How the service is spoken to, by which a list of services can be grouped.
fn kind(dialect: &Dialect) -> &'static str {
    match dialect {
        Dialect { dns_update: true, .. } => "rfc2136",
        Dialect { api: Some(_), .. } => "api",
        _ => "dyndns2",
    }
}

/// Whether `option create` can make a record.
fn creates(dialect: &Dialect) -> bool {
    dialect.dns_update || dialect.api.as_ref().is_some_and(|api| !api.create.is_empty())
}

/// What goes into each field, where that is not plain.
fn labels(hint: &Hint) -> Value {
    let fields = [("username", &hint.username), ("password", &hint.password), ("hostname", &hint.hostname)];
    fields.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, text.as_str())).collect()
}

fn is_built_in(name: &str) -> bool {
    matches!(name, "noip" | "rfc2136" | "custom")
}
