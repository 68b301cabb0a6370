//! The recorded situations: dumps, and what netifd notified step by step.

use serde_json::Value as Json;
use std::path::PathBuf;

/// One step of a recorded scenario.
#[derive(Clone, Debug)]
pub struct Step {
    /// What was done.
    pub title: String,
    /// When, as a Unix time in seconds.
    pub at: f64,
    /// What netifd then notified: the name and the interface's whole status.
    pub notifications: Vec<(String, Json)>,
}

/// A file of tests/data/ubus.
pub fn data_file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/ubus")).join(name)
}

/// The recorded answer to `network.interface dump`, by its file's name without `.json`: `00-static-wan-up`.
pub fn dump(name: &str) -> Json {
    let file = data_file("dump").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// The recorded scenario `wan`, `dhcp` or `ppp6`: what a subscriber to `network.interface` heard in each step.
pub fn scenario(name: &str) -> Vec<Step> {
    let file = data_file("events").join(format!("{name}-scenario.subscribe.txt"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let mut steps: Vec<Step> = Vec::new();
    for line in text.lines() {
        if let Some(mark) = line.strip_prefix("### ") {
            let (at, title) = mark.split_once(' ').unwrap_or((mark, ""));
            let at = at.parse().unwrap_or_else(|e| panic!("{}: {line}: {e}", file.display()));
            steps.push(Step { title: title.to_owned(), at, notifications: Vec::new() });
        } else if let Some(step) = steps.last_mut() {
            let json: Json = serde_json::from_str(line).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            step.notifications.extend(json.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())));
        }
    }
    steps
}
