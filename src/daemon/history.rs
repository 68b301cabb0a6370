//! The last hundred things that happened, and the log's line for each, repetitions folded.

use crate::notice::{Kind, Occurrence};
use crate::time::UnixTime;
use litemap::LiteMap;
use std::collections::VecDeque;

/// How many are kept (docs/ubus.md).
const KEPT: usize = 100;

/// What happened, newest first.
#[derive(Debug, Default)]
pub struct History {
    entries: VecDeque<Entry>,
    repeated: LiteMap<String, (String, u32)>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, by the wall clock of that moment.
    pub at: UnixTime,
    /// The account.
    pub account: String,
    /// What it is.
    pub kind: Kind,
    /// The sentence.
    pub message: String,
}

impl History {
    /// Takes it in, and says what the log should say: nothing where the same failure has been said before,
    /// but for the 2nd, 4th, 8th, … time in a row.
    pub fn record(&mut self, at: UnixTime, occurrence: &Occurrence) -> Option<String> {
        let message = match &occurrence.hostname {
            Some(hostname) => format!("{hostname}: {}", occurrence.message),
            None => occurrence.message.clone(),
        };
        self.entries.truncate(KEPT - 1);
        self.entries.push_front(Entry { at, account: occurrence.account.clone(), kind: occurrence.kind, message });
        self.fold(occurrence)
    }

    fn fold(&mut self, occurrence: &Occurrence) -> Option<String> {
        let line = occurrence.line();
        if occurrence.kind != Kind::Failed {
            self.repeated.remove(&occurrence.account);
            return Some(line);
        }
        // When the next attempt is differs each time; what happened does not.
        let what = occurrence.message.split("; next attempt in").next().unwrap_or_default();
        let entry = self.repeated.entry(occurrence.account.clone()).or_default();
        if entry.0 != what {
            *entry = (what.to_owned(), 1);
            return Some(line);
        }
        entry.1 = entry.1.saturating_add(1);
        entry.1.is_power_of_two().then(|| format!("{line} ({} times in a row)", entry.1))
    }

    /// The newest `limit` of an account, or of all.
    pub fn newest<'a>(&'a self, account: Option<&'a str>, limit: usize) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| account.is_none_or(|name| entry.account == name)).take(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occurrence(kind: Kind, message: &str) -> Occurrence {
        Occurrence {
            account: "home".into(),
            hostname: None,
            kind,
            ipv4: None,
            ipv6: None,
            code: None,
            message: message.into(),
        }
    }

    #[test]
    fn the_last_hundred_are_kept_newest_first() {
        let mut history = History::default();
        for at in 0..250 {
            history.record(UnixTime(at), &occurrence(Kind::Updated, "x"));
        }
        let times: Vec<u64> = history.newest(None, usize::MAX).map(|entry| entry.at.0).collect();
        assert_eq!(times, (150..250).rev().collect::<Vec<u64>>());
        assert_eq!(history.newest(Some("home"), 2).count(), 2);
        assert_eq!(history.newest(Some("other"), 2).count(), 0);
    }

    #[test]
    fn repeated_failures_are_folded() {
        let mut history = History::default();
        let mut said = Vec::new();
        for minutes in 1..=9 {
            let message = format!("no connection; next attempt in {minutes} minutes");
            if let Some(line) = history.record(UnixTime(minutes), &occurrence(Kind::Failed, &message)) {
                said.push(line);
            }
        }
        assert_eq!(
            said,
            [
                "home: no connection; next attempt in 1 minutes",
                "home: no connection; next attempt in 2 minutes (2 times in a row)",
                "home: no connection; next attempt in 4 minutes (4 times in a row)",
                "home: no connection; next attempt in 8 minutes (8 times in a row)",
            ]
        );
        assert!(history.record(UnixTime(10), &occurrence(Kind::Updated, "updated")).is_some());
        assert!(history.record(UnixTime(11), &occurrence(Kind::Failed, "no connection")).is_some());
    }
}
