//! What is remembered across reboots (DESIGN.md, section 6), and its JSON.
//!
//! Reading and writing the file is `io::store`'s; this module only knows the text.

use crate::address::Origin;
use crate::protocol::Code;
use crate::time::UnixTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const VERSION: u64 = 1;

/// How many bytes a state file of ours may have where so many hosts are configured. Reading one costs up to thirty
/// times its size in memory, and a hostile one must not cost much.
pub fn largest(hosts: usize) -> u64 {
    384 * 1024 + 1024 * hosts as u64
}

/// Everything that is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct State {
    /// What the fingerprints are salted with; made once.
    pub salt: Vec<u8>,
    /// By the account's name.
    pub accounts: BTreeMap<String, AccountState>,
}

/// What is remembered of one account.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountState {
    /// The salted fingerprint of the configuration that the rest belongs to.
    #[serde(skip_serializing_if = "is_default")]
    pub fingerprint: Option<String>,
    /// Set while the whole account is halted.
    #[serde(skip_serializing_if = "is_default")]
    pub halt: Option<Halt>,
    /// Set while the service has asked to be left alone.
    #[serde(skip_serializing_if = "is_default")]
    pub wait: Option<Wait>,
    /// What the last acknowledged update in `server` mode was based on.
    #[serde(skip_serializing_if = "is_default")]
    pub basis: Option<String>,
    /// The IPv4 address last acknowledged, and where it came from.
    #[serde(skip_serializing_if = "is_default")]
    pub ipv4: Option<Acknowledged>,
    /// The same for IPv6.
    #[serde(skip_serializing_if = "is_default")]
    pub ipv6: Option<Acknowledged>,
    /// By hostname.
    pub hosts: BTreeMap<String, HostState>,
}

/// What is remembered of one host.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HostState {
    /// The IPv4 address that the service last acknowledged.
    #[serde(skip_serializing_if = "is_default")]
    pub ipv4: Option<Ipv4Addr>,
    /// The IPv6 address that the service last acknowledged.
    #[serde(skip_serializing_if = "is_default")]
    pub ipv6: Option<Ipv6Addr>,
    /// Its last answer.
    #[serde(skip_serializing_if = "is_default")]
    pub code: Option<Code>,
    /// When it was acknowledged, where the clock was known.
    #[serde(skip_serializing_if = "is_default")]
    pub updated: Option<UnixTime>,
    /// Whether the service has acknowledged the host under the present configuration (rule 3).
    #[serde(skip_serializing_if = "is_default")]
    pub proven: bool,
    /// Whether the service has taken the host offline.
    #[serde(skip_serializing_if = "is_default")]
    pub offline: bool,
    /// Whether a person wants the host offline.
    #[serde(skip_serializing_if = "is_default")]
    pub offline_wanted: bool,
    /// `nochg` in a row to updates that seemed necessary (rule 10).
    #[serde(skip_serializing_if = "is_default")]
    pub nochg: u32,
    /// Set while the host is halted.
    #[serde(skip_serializing_if = "is_default")]
    pub halt: Option<Halt>,
}

/// An address that was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The address.
    pub address: IpAddr,
    /// Where it came from.
    #[serde(rename = "source")]
    pub origin: Origin,
    /// The netifd interface it belonged to.
    #[serde(default, skip_serializing_if = "is_default")]
    pub interface: Option<String>,
}

/// Why nothing more is sent until a person acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// The sort.
    pub reason: Reason,
    /// What happened, in words.
    pub message: String,
    /// Since when, where the clock was known.
    #[serde(default, skip_serializing_if = "is_default")]
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

    /// The reason of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "nochg-loop" => Some(Reason::NochgLoop),
            "address-mismatch" => Some(Reason::AddressMismatch),
            code => Code::from_word(code).map(Reason::Code),
        }
    }
}

/// A wait that the service asked for. Without a clock its end is not known, only its length: then it is
/// waited for in full, counted from the start of the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Until when, where the clock was known.
    #[serde(default, skip_serializing_if = "is_default")]
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
        let file = File { version: VERSION, salt: hex(&self.salt), accounts: Cow::Borrowed(&self.accounts) };
        // Only a map whose keys are not text could fail.
        let mut text = serde_json::to_string(&file).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Reads the file's text, without ever holding more of it than it is worth.
    ///
    /// # Errors
    /// In words, why it cannot be used: not JSON, not ours, or of a later version.
    pub fn from_json(text: &[u8]) -> Result<State, String> {
        let head: Head = serde_json::from_slice(text).map_err(|error| format!("not a state file ({error})"))?;
        match head.version {
            Some(VERSION) => {}
            Some(later) => return Err(format!("written by a later ddnsd (format {later}, this one knows {VERSION})")),
            None => return Err("not a state file of ddnsd (no \"version\")".into()),
        }
        let file: File<'_> =
            serde_json::from_slice(text).map_err(|error| format!("what it says is broken ({error})"))?;
        let salt = unhex(&file.salt).ok_or("its \"salt\" is broken")?;
        Ok(State { salt, accounts: file.accounts.into_owned() })
    }
}

#[derive(Deserialize)]
struct Head {
    version: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct File<'a> {
    version: u64,
    salt: String,
    accounts: Cow<'a, BTreeMap<String, AccountState>>,
}

/// A type that is one word in the file.
macro_rules! as_word {
    ($kind:ty, $expected:literal) => {
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = Cow::<str>::deserialize(deserializer)?;
                Self::from_word(&word).ok_or_else(|| serde::de::Error::custom($expected))
            }
        }
    };
}

as_word!(Code, "an unknown code");
as_word!(Origin, "an unknown source of an address");
as_word!(Reason, "an unknown reason of a halt");

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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
            ipv4: Some(acknowledged),
            ipv6: None,
            hosts: [("дом.ddns.net".to_owned(), host), ("b".to_owned(), HostState::default())].into(),
        };
        State { salt: vec![0, 255], accounts: [("home".to_owned(), account)].into() }
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
            ("7", "not a state file (invalid type: integer `7`, expected struct Head at line 1 column 1)"),
            ("{}", "not a state file of ddnsd (no \"version\")"),
            ("{\"version\":2,\"accounts\":7}", "written by a later ddnsd (format 2, this one knows 1)"),
            ("{\"version\":1,\"salt\":\"0\",\"accounts\":{}}", "its \"salt\" is broken"),
            (
                "{\"version\":1,\"salt\":\"\",\"accounts\":{\"a\":{\"hosts\":{\"b\":{\"code\":\"x\"}}}}}",
                "what it says is broken (an unknown code at line 1 column 65)",
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
        assert_eq!(state.accounts["a"], AccountState::default());
    }
}
