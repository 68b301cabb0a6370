//! What is remembered across reboots (DESIGN.md, section 6), and its JSON.
//!
//! Reading and writing the file is `io::store`'s; this module only knows the text.

use crate::address::Origin;
use crate::protocol::Code;
use crate::time::UnixTime;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const VERSION: u64 = 1;

/// Everything that is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct State {
    /// What the fingerprints are salted with; made once.
    pub salt: Vec<u8>,
    /// By the account's name.
    pub accounts: BTreeMap<String, AccountState>,
}

/// What is remembered of one account.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AccountState {
    /// The salted fingerprint of the configuration that the rest belongs to.
    pub fingerprint: Option<String>,
    /// Set while the whole account is halted.
    pub halt: Option<Halt>,
    /// Set while the service has asked to be left alone.
    pub wait: Option<Wait>,
    /// What the last acknowledged update in `server` mode was based on.
    pub basis: Option<String>,
    /// The IPv4 address last acknowledged, and where it came from.
    pub ipv4: Option<Acknowledged>,
    /// The same for IPv6.
    pub ipv6: Option<Acknowledged>,
    /// By hostname.
    pub hosts: BTreeMap<String, HostState>,
}

/// What is remembered of one host.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HostState {
    /// The IPv4 address that the service last acknowledged.
    pub ipv4: Option<Ipv4Addr>,
    /// The IPv6 address that the service last acknowledged.
    pub ipv6: Option<Ipv6Addr>,
    /// Its last answer.
    pub code: Option<Code>,
    /// When it was acknowledged, where the clock was known.
    pub updated: Option<UnixTime>,
    /// Whether the service has acknowledged the host under the present configuration (rule 3).
    pub proven: bool,
    /// Whether the service has taken the host offline.
    pub offline: bool,
    /// Whether a person wants the host offline.
    pub offline_wanted: bool,
    /// `nochg` in a row to updates that seemed necessary (rule 10).
    pub nochg: u32,
    /// Set while the host is halted.
    pub halt: Option<Halt>,
}

/// An address that was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// The address.
    pub address: IpAddr,
    /// Where it came from.
    pub origin: Origin,
    /// The netifd interface it belonged to.
    pub interface: Option<String>,
}

/// Why nothing more is sent until a person acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// The sort.
    pub reason: Reason,
    /// What happened, in words.
    pub message: String,
    /// Since when, where the clock was known.
    pub since: Option<UnixTime>,
}

/// What a halt is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The service said so.
    Code(Code),
    /// `nochg` three times in a row to updates that seemed necessary (rule 10).
    NochgLoop,
    /// The service set another address than the one sent (rule 11).
    AddressMismatch,
}

impl Reason {
    /// The word that `status` uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Code(code) => code.as_str(),
            Reason::NochgLoop => "nochg-loop",
            Reason::AddressMismatch => "address-mismatch",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        match word {
            "nochg-loop" => Some(Reason::NochgLoop),
            "address-mismatch" => Some(Reason::AddressMismatch),
            code => Code::from_word(code).map(Reason::Code),
        }
    }
}

/// A wait that the service asked for. Without a clock its end is not known, only its length: then it is
/// waited for in full, counted from the start of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Until when, where the clock was known.
    pub until: Option<UnixTime>,
    /// How long it was in all, in seconds; no clock that was set back can make it longer.
    pub seconds: u64,
    /// How many in a row.
    pub count: u32,
    /// Why, in words.
    pub message: String,
}

impl State {
    /// The file's text.
    pub fn to_json(&self) -> String {
        let accounts: Map<String, Value> =
            self.accounts.iter().map(|(name, account)| (name.clone(), account.to_value())).collect();
        let file = json!({"version": VERSION, "salt": hex(&self.salt), "accounts": accounts});
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// In words, why it cannot be used: not JSON, not ours, or of a later version.
    pub fn from_json(text: &[u8]) -> Result<State, String> {
        let file: Value = serde_json::from_slice(text).map_err(|error| format!("not valid JSON ({error})"))?;
        match file.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(later) => return Err(format!("written by a later ddnsd (format {later}, this one knows {VERSION})")),
            None => return Err("not a state file of ddnsd (no \"version\")".into()),
        }
        let salt =
            file.get("salt").and_then(Value::as_str).and_then(unhex).ok_or("its \"salt\" is missing or broken")?;
        let accounts = file.get("accounts").and_then(Value::as_object).ok_or("its \"accounts\" are missing")?;
        let accounts = accounts
            .iter()
            .map(|(name, value)| {
                AccountState::from_value(value)
                    .map(|account| (name.clone(), account))
                    .ok_or_else(|| format!("what it says of account '{name}' is broken"))
            })
            .collect::<Result<_, String>>()?;
        Ok(State { salt, accounts })
    }
}

impl AccountState {
    fn to_value(&self) -> Value {
        let hosts: Map<String, Value> = self.hosts.iter().map(|(name, host)| (name.clone(), host.to_value())).collect();
        let mut map = Map::new();
        put(&mut map, "fingerprint", self.fingerprint.clone().map(Value::from));
        put(&mut map, "halt", self.halt.as_ref().map(Halt::to_value));
        put(&mut map, "wait", self.wait.as_ref().map(Wait::to_value));
        put(&mut map, "basis", self.basis.clone().map(Value::from));
        put(&mut map, "ipv4", self.ipv4.as_ref().map(Acknowledged::to_value));
        put(&mut map, "ipv6", self.ipv6.as_ref().map(Acknowledged::to_value));
        map.insert("hosts".into(), hosts.into());
        map.into()
    }

    fn from_value(value: &Value) -> Option<Self> {
        let map = value.as_object()?;
        Some(AccountState {
            fingerprint: text(map, "fingerprint")?,
            halt: optional(map, "halt", Halt::from_value)?,
            wait: optional(map, "wait", Wait::from_value)?,
            basis: text(map, "basis")?,
            ipv4: optional(map, "ipv4", Acknowledged::from_value)?,
            ipv6: optional(map, "ipv6", Acknowledged::from_value)?,
            hosts: map
                .get("hosts")?
                .as_object()?
                .iter()
                .map(|(name, host)| Some((name.clone(), HostState::from_value(host)?)))
                .collect::<Option<_>>()?,
        })
    }
}

impl HostState {
    fn to_value(&self) -> Value {
        let mut map = Map::new();
        put(&mut map, "ipv4", self.ipv4.map(|address| address.to_string().into()));
        put(&mut map, "ipv6", self.ipv6.map(|address| address.to_string().into()));
        put(&mut map, "code", self.code.map(|code| code.as_str().into()));
        put(&mut map, "updated", self.updated.map(|time| time.0.into()));
        put(&mut map, "halt", self.halt.as_ref().map(Halt::to_value));
        put(&mut map, "nochg", (self.nochg > 0).then(|| self.nochg.into()));
        for (name, flag) in
            [("proven", self.proven), ("offline", self.offline), ("offline_wanted", self.offline_wanted)]
        {
            put(&mut map, name, flag.then(|| true.into()));
        }
        map.into()
    }

    fn from_value(value: &Value) -> Option<Self> {
        let map = value.as_object()?;
        let flag = |name: &str| optional(map, name, Value::as_bool).map(Option::unwrap_or_default);
        Some(HostState {
            ipv4: optional(map, "ipv4", parsed)?,
            ipv6: optional(map, "ipv6", parsed)?,
            code: optional(map, "code", |code| Code::from_word(code.as_str()?))?,
            updated: optional(map, "updated", time)?,
            proven: flag("proven")?,
            offline: flag("offline")?,
            offline_wanted: flag("offline_wanted")?,
            nochg: optional(map, "nochg", |count| u32::try_from(count.as_u64()?).ok())?.unwrap_or(0),
            halt: optional(map, "halt", Halt::from_value)?,
        })
    }
}

impl Acknowledged {
    fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("address".into(), self.address.to_string().into());
        map.insert("source".into(), self.origin.as_str().into());
        put(&mut map, "interface", self.interface.clone().map(Value::from));
        map.into()
    }

    fn from_value(value: &Value) -> Option<Self> {
        let map = value.as_object()?;
        Some(Acknowledged {
            address: parsed(map.get("address")?)?,
            origin: Origin::from_word(map.get("source")?.as_str()?)?,
            interface: text(map, "interface")?,
        })
    }
}

impl Halt {
    fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("reason".into(), self.reason.as_str().into());
        map.insert("message".into(), self.message.clone().into());
        put(&mut map, "since", self.since.map(|time| time.0.into()));
        map.into()
    }

    fn from_value(value: &Value) -> Option<Self> {
        let map = value.as_object()?;
        Some(Halt {
            reason: Reason::from_word(map.get("reason")?.as_str()?)?,
            message: map.get("message")?.as_str()?.to_owned(),
            since: optional(map, "since", time)?,
        })
    }
}

impl Wait {
    fn to_value(&self) -> Value {
        let mut map = Map::new();
        put(&mut map, "until", self.until.map(|time| time.0.into()));
        map.insert("seconds".into(), self.seconds.into());
        map.insert("count".into(), self.count.into());
        map.insert("message".into(), self.message.clone().into());
        map.into()
    }

    fn from_value(value: &Value) -> Option<Self> {
        let map = value.as_object()?;
        Some(Wait {
            until: optional(map, "until", time)?,
            seconds: map.get("seconds")?.as_u64()?,
            count: u32::try_from(map.get("count")?.as_u64()?).ok()?,
            message: map.get("message")?.as_str()?.to_owned(),
        })
    }
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        map.insert(name.into(), value);
    }
}

/// An absent or null member is `Some(None)`, a broken one `None`.
fn optional<'a, T>(
    map: &'a Map<String, Value>,
    name: &str,
    read: impl Fn(&'a Value) -> Option<T>,
) -> Option<Option<T>> {
    match map.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(value) => read(value).map(Some),
    }
}

fn text(map: &Map<String, Value>, name: &str) -> Option<Option<String>> {
    optional(map, name, |value| value.as_str().map(str::to_owned))
}

fn parsed<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

fn time(value: &Value) -> Option<UnixTime> {
    value.as_u64().map(UnixTime)
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}
