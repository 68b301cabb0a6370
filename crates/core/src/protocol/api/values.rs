//! What names in templates stand for.

use super::template::{self, Part};
use crate::protocol::request::MASK;
use crate::protocol::{Server, encode};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The names that every entry may use.
pub(super) const GIVEN: [&str; 11] =
    ["host", "zone", "name", "type", "ip", "ttl", "username", "username_head", "username_tail", "password", "basic"];

/// A value of an answer, as the JSON that it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken(pub(super) Box<str>);

impl Taken {
    /// Its text: of a string what it says, of anything else the JSON; of `null` nothing.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match &*self.0 {
            "null" => Cow::Borrowed(""),
            json if json.starts_with('"') => Cow::Owned(serde_json::from_str(json).unwrap_or_default()),
            json => Cow::Borrowed(json),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

/// Who asks, and what for.
#[derive(Clone)]
pub struct Task {
    /// The host, without a final dot.
    pub host: String,
    /// The address that its record is to have.
    pub ip: IpAddr,
    /// `option zone`.
    pub zone: Option<String>,
    /// `option create`.
    pub create: bool,
    /// `option ttl`.
    pub ttl: u32,
    /// `option username`.
    pub username: String,
    /// The secret.
    pub password: String,
    /// Where the API is.
    pub server: Server,
    /// `option path`, in front of every step's.
    pub path: String,
    /// The address that the service acknowledged last for this host and family.
    pub acknowledged: Option<IpAddr>,
}

impl std::fmt::Debug for Task {
    /// Shows no secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Task").field("host", &self.host).field("ip", &self.ip).finish_non_exhaustive()
    }
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// In a path or a query.
    Url,
    /// In a form.
    Form,
    /// As it is.
    Plain,
}

/// All names and their values, as far as they are known.
#[derive(Debug)]
pub(super) struct Values<'a> {
    pub(super) task: &'a Task,
    pub(super) zone: Option<&'a str>,
    pub(super) apex: &'a str,
    /// What `{type}` is, for IPv4 and IPv6.
    pub(super) types: &'a [String; 2],
    pub(super) taken: &'a BTreeMap<String, Taken>,
    /// What is not known stays `{name}`, and secrets are not shown.
    pub(super) shown: bool,
    /// Names that are not known, whatever they stand for otherwise.
    pub(super) unknown: &'a [&'a str],
}

impl Values<'_> {
    /// The value of a name; `None` where it is not known.
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        if let Some(taken) = self.taken.get(name) {
            return Some(taken.text());
        }
        if self.unknown.contains(&name) && !(name == "zone" && self.zone.is_some()) {
            return None;
        }
        let task = self.task;
        Some(Cow::Borrowed(match name {
            "host" => task.host.as_str(),
            "zone" => self.zone?,
            "name" => self.relative()?,
            "type" => &self.types[usize::from(task.ip.is_ipv6())],
            "ip" => return Some(Cow::Owned(task.ip.to_string())),
            "ttl" => return Some(Cow::Owned(task.ttl.to_string())),
            "username" => task.username.as_str(),
            // Services that want three credentials have two of them in one option.
            "username_head" => task.username.split_once(':').map_or(task.username.as_str(), |(head, _)| head),
            "username_tail" => task.username.split_once(':').map_or("", |(_, tail)| tail),
            "password" | "basic" if self.shown => MASK,
            "password" => task.password.as_str(),
            "basic" => {
                let login = format!("{}:{}", task.username, task.password.as_str());
                return Some(Cow::Owned(STANDARD.encode(login)));
            }
            _ => return None,
        }))
    }

    /// The host without its zone.
    fn relative(&self) -> Option<&str> {
        let (host, zone) = (&self.task.host, self.zone?);
        if host.eq_ignore_ascii_case(zone) {
            return Some(self.apex);
        }
        let length = host.len().checked_sub(zone.len() + 1)?;
        host.get(..length)
    }

    /// A template with its values. What an answer did not have is left empty.
    pub(super) fn text(&self, template: &str, form: Writing) -> String {
        let mut text = String::new();
        for part in template::parts(template) {
            let name = match part {
                Part::Text(plain) if form == Writing::Form => {
                    text.push_str(&encode::strict(plain));
                    continue;
                }
                Part::Text(plain) => {
                    text.push_str(plain);
                    continue;
                }
                Part::Name(name) => name,
            };
            let Some(value) = self.value(name) else {
                if self.shown {
                    text.push('{');
                    text.push_str(name);
                    text.push('}');
                }
                continue;
            };
            let masked = self.shown && &*value == MASK;
            match form {
                _ if masked => text.push_str(&value),
                Writing::Plain => text.push_str(&value),
                Writing::Url if name.starts_with("username") || matches!(name, "password" | "basic") => {
                    text.push_str(&encode::strict(&value))
                }
                Writing::Url => text.push_str(&encode::name(&value)),
                Writing::Form => text.push_str(&encode::strict(&value)),
            }
        }
        text
    }

    /// JSON whose strings are templates. A string that is one name keeps the type of what it stands for; a member whose
    /// name stands for nothing that the answer had is left out.
    pub(super) fn json(&self, template: &Value) -> Option<Value> {
        Some(match template {
            Value::String(text) => match template::lone(text) {
                Some(name) => return self.lone(name),
                None => Value::String(self.text(text, Writing::Plain)),
            },
            Value::Array(items) => items.iter().filter_map(|it| self.json(it)).collect(),
            Value::Object(map) => {
                let members = map.iter().filter_map(|(name, it)| Some((name.clone(), self.json(it)?)));
                Value::Object(members.collect::<Map<_, _>>())
            }
            other => other.clone(),
        })
    }

    fn lone(&self, name: &str) -> Option<Value> {
        if let Some(taken) = self.taken.get(name) {
            return Some(taken.json()).filter(|value| !value.is_null());
        }
        match name {
            "ttl" if !self.unknown.contains(&"ttl") => Some(self.task.ttl.into()),
            name => match self.value(name) {
                Some(value) => Some(Value::String(value.into_owned())),
                None if self.shown => Some(Value::String(format!("{{{name}}}"))),
                None => None,
            },
        }
    }
}

/// Whether two texts of an answer and an entry mean the same: addresses as addresses, names in either case and with or
/// without the final dot.
pub(super) fn same(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match (address(one), address(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.')),
    }
}

/// An address as an answer has it; one that is mapped into IPv6 is the IPv4 address.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    text.trim().parse().ok().map(|it: IpAddr| it.to_canonical())
}
