//! The state file's text: JSON, an object by account, in it one by host (docs/reliability.md).
//!
//! What is as it would be for a new account or host is left out; what a later version may add is passed over. One
//! account at a time is held as JSON.

use super::{AccountState, Acknowledged, Halt, HostState, Reason, State, Wait};
use crate::address::Origin;
use crate::protocol::Code;
use crate::time::UnixTime;
use litemap::LiteMap;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::OnceCell;
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

const VERSION: u64 = 1;

type Object = Map<String, Value>;

impl State {
    /// The file's text.
    pub fn to_json(&self) -> String {
        let mut text = format!("{{\"version\":{VERSION},\"salt\":\"{}\",\"accounts\":{{", hex(&self.salt));
        let mut separator = "";
        for (name, account) in self.accounts.iter() {
            text.push_str(separator);
            text.push_str(&Value::from(name.as_str()).to_string());
            text.push(':');
            text.push_str(&account_value(account).to_string());
            separator = ",";
        }
        text.push_str("}}\n");
        text
    }

    /// Reads the file's text, without ever holding more of it than it is worth.
    ///
    /// # Errors
    /// In words, why it cannot be used: not JSON, not ours, or of a later version.
    pub fn from_json(text: &[u8]) -> Result<State, String> {
        let head = File::read(text, false).map_err(|error| format!("not a state file ({})", words(&error)))?;
        match head.version {
            Some(VERSION) => {}
            Some(later) => return Err(format!("written by a later ddnsd (format {later}, this one knows {VERSION})")),
            None => return Err("not a state file of ddnsd (no \"version\")".into()),
        }
        let file = File::read(text, true).map_err(|error| format!("what it says is broken ({})", words(&error)))?;
        let salt = file.salt.as_deref().and_then(unhex).ok_or("its \"salt\" is broken")?;
        Ok(State { salt, accounts: file.accounts.into_iter().collect() })
    }
}

impl AccountState {
    /// How many bytes it takes in the file.
    pub fn weight(&self, name: &str) -> usize {
        Value::from(name).to_string().len() + account_value(self).to_string().len() + 2
    }
}

/// Only objects are asked of serde for (the rest is a [`Value`] first), and it would quote what stands there instead, a text
/// with `{:?}`.
fn words(error: &serde_json::Error) -> String {
    let said = error.to_string();
    if said.starts_with("invalid type") {
        return format!("no object at line {} column {}", error.line(), error.column());
    }
    said
}

// -- writing ----------------------------------------------------------------------------------------------

/// An object of those fields that are not null.
fn object(fields: Vec<(&str, Value)>) -> Value {
    let mut object = Object::new();
    for (name, value) in fields {
        if !value.is_null() {
            object.insert(name.to_owned(), value);
        }
    }
    Value::Object(object)
}

fn text(value: Option<impl fmt::Display>) -> Value {
    value.map_or(Value::Null, |value| Value::String(value.to_string()))
}

fn moment(value: Option<UnixTime>) -> Value {
    value.map_or(Value::Null, |UnixTime(seconds)| Value::from(seconds))
}

fn flag(value: bool) -> Value {
    if value { Value::Bool(true) } else { Value::Null }
}

fn account_value(account: &AccountState) -> Value {
    let mut hosts = Object::new();
    for (name, host) in account.hosts.iter() {
        hosts.insert(name.clone(), host_value(host));
    }
    object(vec![
        ("fingerprint", text(account.fingerprint.as_deref())),
        ("halt", halt_value(account.halt.as_ref())),
        ("wait", wait_value(account.wait.as_ref())),
        ("basis", text(account.basis.as_deref())),
        ("prefix", text(account.prefix.map(|(base, length)| format!("{base}/{length}")))),
        ("ipv4", acknowledged_value(account.ipv4.as_ref())),
        ("ipv6", acknowledged_value(account.ipv6.as_ref())),
        ("hosts", Value::Object(hosts)),
    ])
}

fn host_value(host: &HostState) -> Value {
    object(vec![
        ("ipv4", text(host.ipv4)),
        ("ipv6", text(host.ipv6)),
        ("unconfirmed", text(host.unconfirmed)),
        ("code", text(host.code.map(Code::as_str))),
        ("updated", moment(host.updated)),
        ("proven", flag(host.proven)),
        ("offline", flag(host.offline)),
        ("offline_wanted", flag(host.offline_wanted)),
        ("nochg", if host.nochg == 0 { Value::Null } else { Value::from(host.nochg) }),
        ("halt", halt_value(host.halt.as_ref())),
    ])
}

fn acknowledged_value(acknowledged: Option<&Acknowledged>) -> Value {
    let Some(acknowledged) = acknowledged else { return Value::Null };
    object(vec![
        ("address", text(Some(acknowledged.address))),
        ("source", text(Some(acknowledged.origin.as_str()))),
        ("interface", text(acknowledged.interface.as_deref())),
    ])
}

fn halt_value(halt: Option<&Halt>) -> Value {
    let Some(halt) = halt else { return Value::Null };
    object(vec![
        ("reason", text(Some(halt.reason.as_str()))),
        ("message", text(Some(halt.message.as_str()))),
        ("since", moment(halt.since)),
    ])
}

fn wait_value(wait: Option<&Wait>) -> Value {
    let Some(wait) = wait else { return Value::Null };
    object(vec![
        ("until", moment(wait.until)),
        ("seconds", Value::from(wait.seconds)),
        ("count", Value::from(wait.count)),
        ("message", text(Some(wait.message.as_str()))),
    ])
}

// -- reading ----------------------------------------------------------------------------------------------

/// An address, a number: whatever reads itself.
fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// `2001:db8:77::/56`
fn prefix(text: &str) -> Option<(Ipv6Addr, u8)> {
    let (base, length) = text.split_once('/')?;
    Some((base.parse().ok()?, length.parse().ok().filter(|length| *length <= 128)?))
}

/// An object, and the first thing in it that cannot be understood. What is asked for is `None` then, as where it is not
/// there or null: a reader asks for everything, and looks for a mistake at the end.
#[derive(Clone, Copy)]
struct Fields<'a> {
    object: &'a Object,
    mistake: &'a OnceCell<String>,
}

impl<'a> Fields<'a> {
    /// Notes a mistake; the first one counts.
    fn wrong(self, what: String) {
        let _ = self.mistake.set(what);
    }

    fn field<T>(self, name: &str, understand: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.object.get(name).filter(|value| !value.is_null())?;
        let understood = understand(value);
        if understood.is_none() {
            self.wrong(format!("its \"{name}\" cannot be understood"));
        }
        understood
    }

    /// What has to be there.
    fn needed<T>(self, name: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.wrong(format!("it has no \"{name}\""));
        }
        value
    }

    fn text(self, name: &str) -> Option<String> {
        self.field(name, Value::as_str).map(str::to_owned)
    }

    fn word<T>(self, name: &str, word: fn(&str) -> Option<T>) -> Option<T> {
        self.field(name, |value| word(value.as_str()?))
    }

    fn number(self, name: &str) -> Option<u64> {
        self.field(name, Value::as_u64)
    }

    fn count(self, name: &str) -> Option<u32> {
        self.field(name, |value| u32::try_from(value.as_u64()?).ok())
    }

    fn moment(self, name: &str) -> Option<UnixTime> {
        self.number(name).map(UnixTime)
    }

    fn flag(self, name: &str) -> bool {
        self.field(name, Value::as_bool).unwrap_or_default()
    }

    fn object(self, name: &str) -> Option<Fields<'a>> {
        self.field(name, Value::as_object).map(|object| Fields { object, ..self })
    }
}

/// What `read` makes of an object, or why it cannot be understood.
fn understood<T>(value: &Value, read: fn(Fields<'_>) -> T) -> Result<T, String> {
    let object = value.as_object().ok_or("it is no object")?;
    let mistake = OnceCell::new();
    let value = read(Fields { object, mistake: &mistake });
    match mistake.into_inner() {
        None => Ok(value),
        Some(what) => Err(what),
    }
}

fn account(fields: Fields<'_>) -> AccountState {
    let mut hosts = LiteMap::new();
    if let Some(all) = fields.object("hosts") {
        for (name, value) in all.object {
            match understood(value, host) {
                Ok(host) => drop(hosts.insert(name.clone(), host)),
                Err(why) => fields.wrong(format!("host {}: {why}", Value::from(name.as_str()))),
            }
        }
    }
    AccountState {
        fingerprint: fields.text("fingerprint"),
        halt: halt(fields),
        wait: wait(fields),
        basis: fields.text("basis"),
        prefix: fields.word("prefix", prefix),
        ipv4: acknowledged(fields, "ipv4"),
        ipv6: acknowledged(fields, "ipv6"),
        hosts,
    }
}

fn host(fields: Fields<'_>) -> HostState {
    HostState {
        ipv4: fields.word("ipv4", parsed),
        ipv6: fields.word("ipv6", parsed),
        unconfirmed: fields.word("unconfirmed", parsed),
        code: fields.word("code", Code::from_any_word),
        updated: fields.moment("updated"),
        proven: fields.flag("proven"),
        offline: fields.flag("offline"),
        offline_wanted: fields.flag("offline_wanted"),
        nochg: fields.count("nochg").unwrap_or_default(),
        halt: halt(fields),
    }
}

fn acknowledged(fields: Fields<'_>, name: &str) -> Option<Acknowledged> {
    let fields = fields.object(name)?;
    Some(Acknowledged {
        address: fields.needed("address", fields.word("address", parsed))?,
        origin: fields.needed("source", fields.word("source", Origin::from_word))?,
        interface: fields.text("interface"),
    })
}

fn halt(fields: Fields<'_>) -> Option<Halt> {
    let fields = fields.object("halt")?;
    Some(Halt {
        reason: fields.needed("reason", fields.word("reason", Reason::from_word))?,
        message: fields.needed("message", fields.text("message"))?,
        since: fields.moment("since"),
    })
}

fn wait(fields: Fields<'_>) -> Option<Wait> {
    let fields = fields.object("wait")?;
    Some(Wait {
        until: fields.moment("until"),
        seconds: fields.needed("seconds", fields.number("seconds"))?,
        count: fields.needed("count", fields.count("count"))?,
        message: fields.needed("message", fields.text("message"))?,
    })
}

// -- the outermost object, entry by entry -----------------------------------------------------------------

#[derive(Default)]
struct File {
    /// Whether more than the version is wanted: what a later version writes need not be understood.
    whole: bool,
    version: Option<u64>,
    salt: Option<String>,
    accounts: Vec<(String, AccountState)>,
}

impl File {
    fn read(text: &[u8], whole: bool) -> serde_json::Result<File> {
        let mut file = File { whole, ..File::default() };
        let mut json = serde_json::Deserializer::from_slice(text);
        json.deserialize_map(&mut file)?;
        json.end()?;
        Ok(file)
    }
}

impl<'de> Visitor<'de> for &mut File {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "version" => self.version = map.next_value::<Value>()?.as_u64(),
                "salt" if self.whole => self.salt = map.next_value::<Value>()?.as_str().map(str::to_owned),
                "accounts" if self.whole => map.next_value_seed(Accounts(&mut self.accounts))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Accounts<'a>(&'a mut Vec<(String, AccountState)>);

impl<'de> DeserializeSeed<'de> for Accounts<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Accounts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of accounts")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let account = understood(&map.next_value()?, account);
            let account =
                account.map_err(|why| M::Error::custom(format!("account {}: {why}", Value::from(name.as_str()))))?;
            self.0.push((name, account));
        }
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> State {
        let halt = Halt { reason: Reason::NochgLoop, message: "a \"loop\"\n".into(), since: Some(UnixTime(5)) };
        let host = HostState {
            ipv4: "192.0.2.1".parse().ok(),
            ipv6: "2001:db8::1".parse().ok(),
            unconfirmed: "2001:db8::2".parse().ok(),
            code: Some(Code::NotYours),
            updated: Some(UnixTime(7)),
            proven: true,
            offline: true,
            offline_wanted: true,
            nochg: 2,
            halt: Some(halt.clone()),
        };
        let acknowledged = Acknowledged {
            address: "192.0.2.1".parse().unwrap(),
            origin: Origin::Interface,
            interface: Some("wan".into()),
        };
        let account = AccountState {
            fingerprint: Some("00ff".into()),
            halt: Some(Halt { reason: Reason::Code(Code::BadAuth), since: None, ..halt }),
            wait: Some(Wait { until: None, seconds: 1800, count: 1, message: "911".into() }),
            basis: Some("wan".into()),
            prefix: Some(("2001:db8:77::".parse().unwrap(), 56)),
            ipv4: Some(acknowledged),
            ipv6: None,
            hosts: [("дом.ddns.net".to_owned(), host), ("b".to_owned(), HostState::default())].into_iter().collect(),
        };
        State { salt: vec![0, 255], accounts: [("home".to_owned(), account)].into_iter().collect() }
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(State::from_json(sample().to_json().as_bytes()), Ok(sample()));
        assert_eq!(State::default().to_json(), "{\"version\":1,\"salt\":\"\",\"accounts\":{}}\n");
    }

    #[test]
    fn no_part_of_a_file_is_taken_for_the_whole() {
        let text = sample().to_json();
        for cut in 0..text.trim_end().len() {
            assert!(State::from_json(&text.as_bytes()[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_said_in_words() {
        for (text, why) in [
            ("", "not a state file (EOF while parsing a value at line 1 column 0)"),
            ("7", "not a state file (no object at line 1 column 1)"),
            ("\"x\"", "not a state file (no object at line 1 column 3)"),
            ("{}", "not a state file of ddnsd (no \"version\")"),
            ("{\"version\":2,\"accounts\":7}", "written by a later ddnsd (format 2, this one knows 1)"),
            ("{\"version\":1,\"salt\":\"0\",\"accounts\":{}}", "its \"salt\" is broken"),
            (
                "{\"version\":1,\"salt\":\"\",\"accounts\":{\"a\":{\"hosts\":{\"b\":{\"code\":\"x\"}}}}}",
                "what it says is broken (account \"a\": host \"b\": its \"code\" cannot be understood at line 1 column 68)",
            ),
        ] {
            assert_eq!(State::from_json(text.as_bytes()), Err(why.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over() {
        let text =
            "{\"version\":1,\"new\":[{}],\"salt\":\"00\",\"accounts\":{\"a\":{\"hosts\":{},\"more\":{\"x\":1}}}}";
        let state = State::from_json(text.as_bytes()).unwrap();
        assert_eq!(state.accounts[&"a".to_owned()], AccountState::default());
    }
}
