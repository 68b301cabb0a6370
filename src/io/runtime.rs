//! What must survive a restart, but no reboot: the questions to web detection (docs/protocol.md, rule 9), and how hard each
//! account has used its service of late (rules 6 and 12).
//!
//! It lies in `/var/run/ddnsd/run`, which is memory, so that nothing periodic writes to flash. Beside a state file
//! that was put somewhere else, it lies there. Times are the monotonic clock's, so a boot's id belongs to them.

use crate::engine::{AccountMemory, Answered, DetectionMemory, Memory, MemoryEntry};
use crate::failure::{ErrorKind, Failure};
use crate::io::file::{self, Links, with_suffix};
use crate::io::store::write_unsynced;
use crate::time::Instant;
use serde_json::Value;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A memory file of more bytes than this, and so many more for each account, is not ours.
const LARGEST: u64 = 64 * 1024;
const LARGEST_ACCOUNT: u64 = 1024;
/// The characters of a failure's sentence that are kept.
const LONGEST_SENTENCE: usize = 400;

/// The file.
#[derive(Debug)]
pub struct MemoryFile {
    path: PathBuf,
    boot: String,
}

impl MemoryFile {
    /// The file that belongs to a state file.
    pub fn beside(state: &Path, elsewhere: bool) -> Self {
        let path = if elsewhere && !state.starts_with("/etc") {
            with_suffix(state, ".run")
        } else {
            "/var/run/ddnsd/run/memory.json".into()
        };
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned();
        MemoryFile { path, boot }
    }

    /// What is remembered; nothing if it cannot be read, or is from before a reboot. With so many accounts in the
    /// configuration.
    pub fn load(&self, accounts: usize) -> Memory {
        let largest = LARGEST + LARGEST_ACCOUNT * accounts as u64;
        let text = file::read(&self.path, Links::Refused, largest).unwrap_or_default();
        let file: Value = serde_json::from_slice(&text).unwrap_or_default();
        if file["boot"] != self.boot.as_str() {
            return Memory::default();
        }
        let list = |name: &str| file[name].as_array().map(Vec::as_slice).unwrap_or_default();
        Memory {
            detection: DetectionMemory(list("entries").iter().filter_map(entry).collect()),
            accounts: list("accounts").iter().filter_map(account).collect(),
        }
    }

    /// Remembers. A failure only means that a restarted ddnsd asks or sends once too early; it is not worth a word.
    pub fn save(&self, memory: &Memory) {
        let text = Value::from_iter(vec![
            ("boot", Value::from(self.boot.as_str())),
            ("entries", memory.detection.0.iter().map(value).collect()),
            ("accounts", memory.accounts.iter().map(account_value).collect()),
        ])
        .to_string();
        // The init script makes the folder for the daemon; a person who runs a command by hand may be the first.
        if let Some(folder) = self.path.parent() {
            let _ = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        }
        let temporary = with_suffix(&self.path, ".new");
        if write_unsynced(&temporary, text.as_bytes()).is_ok() {
            let _ = fs::rename(&temporary, &self.path);
        }
    }
}

fn account_value(account: &AccountMemory) -> Value {
    let millis = |at: Instant| Value::from(at.as_millis());
    let back_off = account.back_off.as_ref().map(|(until, failure)| {
        let message: String = failure.message.chars().take(LONGEST_SENTENCE).collect();
        Value::from_iter(vec![
            ("until", millis(*until)),
            ("kind", failure.kind.as_str().into()),
            ("message", message.into()),
        ])
    });
    Value::from_iter(vec![
        ("name", Value::from(account.name.as_str())),
        ("fingerprint", account.fingerprint.clone().into()),
        ("tokens", account.tokens.into()),
        ("since", millis(account.since)),
        ("last_attempt", account.last_attempt.map(millis).into()),
        ("tried", account.tried.clone().into()),
        ("failed", account.failed.into()),
        ("failures", account.failures.into()),
        ("back_off", back_off.into()),
    ])
}

fn account(value: &Value) -> Option<AccountMemory> {
    let moment = |value: &Value| value.as_u64().map(Instant::from_millis);
    let count = |value: &Value| value.as_u64().and_then(|count| u32::try_from(count).ok());
    let back_off = &value["back_off"];
    let failure = || {
        let kind = ErrorKind::from_word(back_off["kind"].as_str()?)?;
        let message = back_off["message"].as_str()?.chars().take(LONGEST_SENTENCE).collect();
        Some((moment(&back_off["until"])?, Failure { kind, message }))
    };
    Some(AccountMemory {
        name: value["name"].as_str()?.to_owned(),
        fingerprint: value["fingerprint"].as_str().map(str::to_owned),
        tokens: count(&value["tokens"])?,
        since: moment(&value["since"])?,
        last_attempt: moment(&value["last_attempt"]),
        tried: value["tried"].as_str().map(str::to_owned),
        failed: value["failed"].as_bool()?,
        failures: count(&value["failures"])?,
        back_off: failure(),
    })
}

fn value(entry: &MemoryEntry) -> Value {
    let millis = |at: Instant| Value::from(at.as_millis());
    let answer = |it: &Answered| {
        Value::from_iter(vec![
            ("interface", Value::from(it.interface.clone())),
            ("address", it.address.to_string().into()),
            ("asked", millis(it.asked)),
        ])
    };
    Value::from_iter(vec![
        ("urls", Value::from(entry.urls.clone())),
        ("ipv6", entry.ipv6.into()),
        ("device", entry.device.clone().into()),
        ("asked", entry.asked.iter().map(|at| Value::from(at.map(millis))).collect()),
        ("answers", entry.answers.iter().map(answer).collect()),
    ])
}

fn entry(value: &Value) -> Option<MemoryEntry> {
    let answer = |value: &Value| {
        Some(Answered {
            interface: value["interface"].as_str().map(str::to_owned),
            address: value["address"].as_str()?.parse().ok()?,
            asked: Instant::from_millis(value["asked"].as_u64()?),
        })
    };
    let urls = value["urls"].as_array()?.iter().map(|url| url.as_str().map(str::to_owned));
    Some(MemoryEntry {
        urls: urls.collect::<Option<_>>()?,
        ipv6: value["ipv6"].as_bool()?,
        device: value["device"].as_str().map(str::to_owned),
        asked: value["asked"].as_array()?.iter().map(|at| at.as_u64().map(Instant::from_millis)).collect(),
        answers: value["answers"].as_array()?.iter().filter_map(answer).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Memory {
        let at = Instant::from_millis(12_345);
        let failure = Failure { kind: ErrorKind::Connect, message: "no \"connection\"\n".into() };
        let entry = MemoryEntry {
            urls: vec!["http://a/".into(), "http://b/".into()],
            ipv6: false,
            device: Some("eth0".into()),
            asked: vec![Some(at), None],
            answers: vec![
                Answered { interface: None, address: "192.0.2.7".parse().unwrap(), asked: at },
                Answered { interface: Some("wan".into()), address: "192.0.2.8".parse().unwrap(), asked: at },
            ],
        };
        let account = AccountMemory {
            name: "home".into(),
            fingerprint: Some("00ff".into()),
            tokens: 1,
            since: at,
            last_attempt: Some(at),
            tried: Some("192.0.2.7".into()),
            failed: true,
            failures: 3,
            back_off: Some((at, failure)),
        };
        let other =
            AccountMemory { name: "work".into(), last_attempt: None, tried: None, back_off: None, ..account.clone() };
        Memory { detection: DetectionMemory(vec![entry]), accounts: vec![account, other] }
    }

    fn file(folder: &tempfile::TempDir) -> MemoryFile {
        MemoryFile::beside(&folder.path().join("state.json"), true)
    }

    #[test]
    fn what_was_saved_is_loaded_until_the_reboot() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = file(&folder);
        assert_eq!(file.load(2), Memory::default());
        file.save(&sample());
        assert_eq!(file.load(2), sample());
        file.boot = "another".into();
        assert_eq!(file.load(2), Memory::default());
    }

    #[test]
    fn garbage_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        file.save(&sample());
        let text = fs::read(&file.path).unwrap();
        for cut in 0..text.len() {
            fs::write(&file.path, &text[..cut]).unwrap();
            assert_eq!(file.load(2), Memory::default());
        }
    }

    #[test]
    fn what_cannot_be_understood_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        file.save(&sample());
        let text = fs::read_to_string(&file.path).unwrap();
        for (right, wrong) in [
            ("\"tokens\":1", "\"tokens\":-1"),
            ("\"since\":12345", "\"since\":\"x\""),
            ("\"failures\":3", "\"failures\":18446744073709551615"),
            ("\"name\":\"home\"", "\"name\":7"),
        ] {
            assert!(text.contains(right), "{right}");
            fs::write(&file.path, text.replacen(right, wrong, 1)).unwrap();
            let names: Vec<String> = file.load(2).accounts.into_iter().map(|account| account.name).collect();
            assert_eq!(names, ["work"], "{wrong}");
        }
        fs::write(&file.path, text.replace("\"connect\"", "\"explode\"")).unwrap();
        assert_eq!(file.load(2).accounts[0].back_off, None);
    }

    /// A pipe in its place would be waited for, for ever; what else is no plain file is not read either.
    #[test]
    fn nothing_but_a_plain_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        rustix::fs::mkfifoat(rustix::fs::CWD, &file.path, 0o600.into()).unwrap();
        assert_eq!(file.load(2), Memory::default());
        file.save(&sample());
        assert_eq!(file.load(2), sample(), "and it is written anew");
    }

    /// root's command line would otherwise leave a file that the daemon cannot read.
    #[test]
    fn a_file_belongs_to_the_owner_of_its_directory() {
        use std::os::unix::fs::{MetadataExt, chown};
        let folder = tempfile::tempdir().unwrap();
        if chown(folder.path(), Some(64_917), Some(64_917)).is_err() {
            return;
        }
        let file = file(&folder);
        file.save(&sample());
        let owner = fs::metadata(&file.path).unwrap();
        assert_eq!((owner.uid(), owner.gid(), file.load(2)), (64_917, 64_917, sample()));
    }

    /// A link to `/dev/zero` in its place was read until the router's memory was full.
    #[test]
    fn no_more_is_read_than_it_may_be_long() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder);
        file.save(&sample());
        let mut text = fs::read(&file.path).unwrap();
        text.resize(100_000, b' ');
        fs::write(&file.path, &text).unwrap();
        assert_eq!(file.load(1000), sample());
        assert_eq!(file.load(2), Memory::default());
        fs::remove_file(&file.path).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &file.path).unwrap();
        assert_eq!(file.load(2), Memory::default());
    }
}
