//! Who may import whom (docs/architecture.md): the core never reaches the edges, and the edges never decide.

use ddnsd_testkit::sources;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A part of the core, and the parts of it that it may name. Between the crates, cargo itself holds the layers.
const RULES: &[(&str, &[&str])] = &[
    ("time", &[]),
    ("failure", &[]),
    ("protocol", &[]),
    ("config", &["address", "protocol"]),
    ("address", &["config", "time"]),
    ("services", &["config", "protocol"]),
    ("migrate", &["config", "protocol", "services"]),
    ("netifd", &["address", "time"]),
    ("notice", &["protocol", "state"]),
    ("state", &["address", "protocol", "time"]),
    ("fingerprint", &["config", "state"]),
    ("engine", &["address", "config", "failure", "notice", "protocol", "state", "time"]),
    ("status", &["config", "engine", "notice", "state", "time"]),
];

/// The parts of ours that a text names, as `crate::part`, also in `use crate::{…}`.
fn named(text: &str) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for rest in code.split("crate::").skip(1) {
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let word: String = name.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if !word.is_empty() {
                parts.insert(word);
            }
        }
    }
    parts
}

/// The folders with the program's own code.
const OWN: [&str; 4] = ["src", "crates/core/src", "crates/ubus/src", "crates/uci/src"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The router's build prints next to nothing for `{:?}` (scripts/cross/build.sh), so no sentence may be made with it.
#[test]
fn nothing_for_people_is_made_with_debug() {
    let tests = ["tests", "tests.rs", "model.rs", "rig.rs"];
    let mut checked = 0;
    for path in OWN.iter().flat_map(|folder| sources(&root().join(folder))) {
        if path.iter().any(|part| tests.iter().any(|it| part == *it)) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for (number, line) in code.lines().enumerate() {
            let comment = line.trim_start().starts_with("//");
            assert!(comment || !line.contains(":?}"), "{}:{}: {line}", path.display(), number + 1);
        }
        checked += 1;
    }
    assert!(checked > 100, "only {checked} files");
}

#[test]
fn the_parts_only_name_those_they_may() {
    let root = root().join("crates/core/src");
    let mut checked = 0;
    for (part, allowed) in RULES {
        let (folder, file) = (root.join(part), root.join(format!("{part}.rs")));
        let mut found = if folder.is_dir() { sources(&folder) } else { Vec::new() };
        if file.is_file() {
            found.push(file);
        }
        assert!(
            !found.is_empty(),
            "crates/core/src/{part} is not there any more: correct this list and docs/architecture.md"
        );
        for path in found {
            let text = fs::read_to_string(&path).unwrap();
            for name in named(&text) {
                assert!(name == *part || allowed.contains(&name.as_str()), "{} names crate::{name}", path.display());
            }
            checked += 1;
        }
    }
    assert!(checked > 40, "only {checked} files were found");
}

#[test]
fn the_core_reads_no_clock_no_file_and_no_environment() {
    for folder in OWN.iter().filter(|folder| folder.starts_with("crates/")) {
        // The one edge of a crate that is for others too, behind a feature that the core does not ask for.
        for path in sources(&root().join(folder)).into_iter().filter(|path| !path.ends_with("ubus/src/socket.rs")) {
            let text = fs::read_to_string(&path).unwrap();
            for word in
                ["Instant::now", "SystemTime", "std::env", "std::fs", "std::net::Tcp", "std::thread", "std::process"]
            {
                assert!(!text.contains(word), "{} uses {word}", path.display());
            }
        }
    }
}
