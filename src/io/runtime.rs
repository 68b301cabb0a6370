//! What must survive a restart, but no reboot: when web detection was asked last (PROTOCOL.md, rule 9).
//!
//! It lies in `/var/run/ddnsd/run`, which is memory, so that nothing periodic writes to flash. Beside a state file
//! that was put somewhere else, it lies there.

use crate::engine::{Memory, MemoryEntry};
use crate::io::store::write_new;
use crate::time::Instant;
use serde_json::Value;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A memory file larger than this is not ours.
const LARGEST: u64 = 64 * 1024;

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
            let mut name = state.as_os_str().to_owned();
            name.push(".run");
            name.into()
        } else {
            "/var/run/ddnsd/run/detection.json".into()
        };
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned();
        MemoryFile { path, boot }
    }

    /// What is remembered; nothing if it cannot be read, or is from before a reboot.
    pub fn load(&self) -> Memory {
        let small = fs::metadata(&self.path).is_ok_and(|it| it.len() <= LARGEST);
        let text = if small { fs::read(&self.path).unwrap_or_default() } else { Vec::new() };
        let file: Value = serde_json::from_slice(&text).unwrap_or_default();
        if file["boot"] != self.boot.as_str() {
            return Memory::default();
        }
        Memory(file["entries"].as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(entry).collect())
    }

    /// Remembers. A failure only means that a restarted ddnsd asks once too early; it is not worth a word.
    pub fn save(&self, memory: &Memory) {
        let entries = memory.0.iter().map(value).collect();
        let text = Value::from_iter(vec![("boot", Value::from(self.boot.as_str())), ("entries", entries)]).to_string();
        // The init script makes the folder for the daemon; a person who runs a command by hand may be the first.
        if let Some(folder) = self.path.parent() {
            let _ = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        }
        let mut temporary = self.path.as_os_str().to_owned();
        temporary.push(".new");
        if write_new(Path::new(&temporary), text.as_bytes()).is_ok() {
            let _ = fs::rename(&temporary, &self.path);
        }
    }
}

fn value(entry: &MemoryEntry) -> Value {
    let millis = |at: Instant| Value::from(at.as_millis());
    let answer = entry
        .answer
        .map(|(address, at)| Value::from_iter(vec![("address", Value::from(address.to_string())), ("at", millis(at))]));
    Value::from_iter(vec![
        ("urls", Value::from(entry.urls.clone())),
        ("ipv6", entry.ipv6.into()),
        ("device", entry.device.clone().into()),
        ("asked", entry.asked.iter().map(|at| Value::from(at.map(millis))).collect()),
        ("answer", answer.into()),
    ])
}

fn entry(value: &Value) -> Option<MemoryEntry> {
    let answer = &value["answer"];
    let urls = value["urls"].as_array()?.iter().map(|url| url.as_str().map(str::to_owned));
    Some(MemoryEntry {
        urls: urls.collect::<Option<_>>()?,
        ipv6: value["ipv6"].as_bool()?,
        device: value["device"].as_str().map(str::to_owned),
        asked: value["asked"].as_array()?.iter().map(|at| at.as_u64().map(Instant::from_millis)).collect(),
        answer: answer["address"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .zip(answer["at"].as_u64().map(Instant::from_millis)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Memory {
        let at = Instant::from_millis(12_345);
        Memory(vec![MemoryEntry {
            urls: vec!["http://a/".into(), "http://b/".into()],
            ipv6: false,
            device: Some("eth0".into()),
            asked: vec![Some(at), None],
            answer: Some(("192.0.2.7".parse().unwrap(), at)),
        }])
    }

    #[test]
    fn what_was_saved_is_loaded_until_the_reboot() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = MemoryFile::beside(&folder.path().join("state.json"), true);
        assert_eq!(file.load(), Memory::default());
        file.save(&sample());
        assert_eq!(file.load(), sample());
        file.boot = "another".into();
        assert_eq!(file.load(), Memory::default());
    }

    #[test]
    fn garbage_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let file = MemoryFile::beside(&folder.path().join("state.json"), true);
        file.save(&sample());
        let text = fs::read(&file.path).unwrap();
        for cut in 0..text.len() {
            fs::write(&file.path, &text[..cut]).unwrap();
            assert_eq!(file.load(), Memory::default());
        }
    }
}
