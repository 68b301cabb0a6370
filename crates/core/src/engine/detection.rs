//! Web detection: who is asked when, and what came of it (PROTOCOL.md, rule 9).
//!
//! Accounts that need the same thing share one answer. A page is asked at most once in ten minutes,
//! whatever happens in between; where one fails, the next of the list is asked at once. A page whose name cannot be
//! resolved was not asked: just after a change of the line the router's resolver may not know its servers yet, so it is
//! looked up again after 1, 2, 4 and 8 seconds first.

use super::backoff::LOOK_UP_AGAIN;
use super::{Ticket, page};
use crate::failure::{ErrorKind, Failure};
use crate::time::Instant;
use std::net::IpAddr;
use std::time::Duration;

/// The least time between two questions to one page.
const LEAST: Duration = Duration::from_secs(600);

/// What an account needs web detection for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The pages, in the order in which they are asked.
    pub urls: Vec<String>,
    /// Whether an IPv6 address is needed.
    pub ipv6: bool,
    /// The device to ask through, where one was chosen.
    pub device: Option<String>,
    /// How often, ten minutes at least.
    pub interval: Duration,
}

/// Everything that was asked.
#[derive(Debug, Default)]
pub struct Detection {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    urls: Vec<String>,
    ipv6: bool,
    device: Option<String>,
    asked: Vec<Option<Instant>>,
    answer: Option<(IpAddr, Instant)>,
    failure: Option<Failure>,
    flight: Option<(Ticket, usize)>,
    /// When the page that is being asked was asked before.
    before: Option<Instant>,
    /// For each page, how often its name could not be resolved, and when it is looked up again.
    unresolved: Vec<(usize, Instant)>,
}

/// What is remembered until the next reboot.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Memory(pub Vec<MemoryEntry>);

/// One page's part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryEntry {
    /// The pages.
    pub urls: Vec<String>,
    /// Whether an IPv6 address was asked for.
    pub ipv6: bool,
    /// The device.
    pub device: Option<String>,
    /// When each page was asked.
    pub asked: Vec<Option<Instant>>,
    /// The answer, and when.
    pub answer: Option<(IpAddr, Instant)>,
}

impl Detection {
    /// When the next question is due; `None` while one is under way.
    pub fn due(&self, need: &Need) -> Option<Instant> {
        let Some(entry) = self.entry(need) else { return Some(Instant::ZERO) };
        if entry.flight.is_some() {
            return None;
        }
        match entry.answer {
            Some((_, at)) if entry.failure.is_none() => Some(at + need.interval.max(LEAST)).max(entry.allowed()),
            _ => entry.allowed(),
        }
    }

    /// Asks, if a page may be asked now: which one.
    pub fn ask(&mut self, now: Instant, need: &Need, tickets: &mut u64) -> Option<(Ticket, String)> {
        let entry = self.entry_mut(need);
        let at = (0..entry.urls.len()).find(|&at| entry.allowed_at(at) <= now)?;
        *tickets += 1;
        let ticket = Ticket(*tickets);
        entry.before = entry.asked[at].replace(now);
        entry.flight = Some((ticket, at));
        Some((ticket, entry.urls[at].clone()))
    }

    /// Takes an answer in; false if nobody asked.
    pub fn answered(&mut self, now: Instant, ticket: Ticket, result: Result<(u16, Vec<u8>), Failure>) -> bool {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.flight.is_some_and(|(it, _)| it == ticket)) else {
            return false;
        };
        let Some((_, at)) = entry.flight.take() else { return false };
        let url = entry.urls[at].clone();
        let times = entry.unresolved[at].0;
        entry.unresolved[at] = (0, Instant::ZERO);
        if let (Err(Failure { kind: ErrorKind::Dns, .. }), Some(pause)) = (&result, LOOK_UP_AGAIN.get(times)) {
            entry.unresolved[at] = (times + 1, now + *pause);
            entry.asked[at] = entry.before;
            return true;
        }
        match result.and_then(|(status, body)| page::read(&url, status, &body, entry.ipv6)) {
            Ok(address) => {
                entry.answer = Some((address, now));
                entry.failure = None;
            }
            Err(failure) => entry.failure = Some(failure),
        }
        true
    }

    /// The address that was found last, unless the line has changed since. A later question that failed
    /// does not take it back.
    pub fn answer(&self, need: &Need) -> Option<IpAddr> {
        self.entry(need)?.answer.map(|(address, _)| address)
    }

    /// Why the last question brought nothing.
    pub fn failure(&self, need: &Need) -> Option<&Failure> {
        self.entry(need)?.failure.as_ref()
    }

    /// The line has changed: what was found before is not to be trusted any more.
    pub fn doubt(&mut self, need: &Need) {
        let entry = self.entry_mut(need);
        entry.answer = None;
        entry.failure = None;
        entry.unresolved.fill((0, Instant::ZERO));
    }

    /// What is to be remembered until the next reboot.
    pub fn memory(&self) -> Memory {
        let entries = self.entries.iter().map(|entry| MemoryEntry {
            urls: entry.urls.clone(),
            ipv6: entry.ipv6,
            device: entry.device.clone(),
            asked: entry.asked.clone(),
            answer: entry.answer,
        });
        Memory(entries.collect())
    }

    /// Takes up what was remembered; times in the future are not believed.
    pub fn recall(&mut self, now: Instant, memory: Memory) {
        self.entries = memory
            .0
            .into_iter()
            .filter(|it| it.asked.len() == it.urls.len())
            .map(|it| Entry {
                unresolved: vec![(0, Instant::ZERO); it.urls.len()],
                before: None,
                urls: it.urls,
                ipv6: it.ipv6,
                device: it.device,
                asked: it.asked.into_iter().map(|at| at.filter(|at| *at <= now)).collect(),
                answer: it.answer.filter(|(_, at)| *at <= now),
                failure: None,
                flight: None,
            })
            .collect();
    }

    fn entry(&self, need: &Need) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.serves(need))
    }

    fn entry_mut(&mut self, need: &Need) -> &mut Entry {
        let at = self.entries.iter().position(|entry| entry.serves(need)).unwrap_or_else(|| {
            self.entries.push(Entry {
                urls: need.urls.clone(),
                ipv6: need.ipv6,
                device: need.device.clone(),
                asked: vec![None; need.urls.len()],
                answer: None,
                failure: None,
                flight: None,
                before: None,
                unresolved: vec![(0, Instant::ZERO); need.urls.len()],
            });
            self.entries.len() - 1
        });
        &mut self.entries[at]
    }
}

impl Entry {
    fn serves(&self, need: &Need) -> bool {
        self.urls == need.urls && self.ipv6 == need.ipv6 && self.device == need.device
    }

    /// When the page `at` may be asked again.
    fn allowed_at(&self, at: usize) -> Instant {
        self.asked[at].map_or(Instant::ZERO, |asked| asked + LEAST).max(self.unresolved[at].1)
    }

    /// When any page may be asked again.
    fn allowed(&self) -> Option<Instant> {
        (0..self.urls.len()).map(|at| self.allowed_at(at)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need() -> Need {
        Need { urls: vec!["http://a/".into(), "http://b/".into()], ipv6: false, device: None, interval: LEAST }
    }

    fn ok(text: &str) -> Result<(u16, Vec<u8>), Failure> {
        Ok((200, text.as_bytes().to_vec()))
    }

    #[test]
    fn r09_a_page_is_asked_once_in_ten_minutes_and_the_next_one_at_once() {
        let (mut detection, mut tickets, need) = (Detection::default(), 0, need());
        let start = Instant::from_secs(50);
        let (first, url) = detection.ask(start, &need, &mut tickets).unwrap();
        assert_eq!(url, "http://a/");
        assert_eq!(detection.due(&need), None);
        assert!(detection.answered(start, first, ok("<html>")));
        assert_eq!(detection.due(&need), Some(Instant::ZERO));
        let (second, url) = detection.ask(start, &need, &mut tickets).unwrap();
        assert_eq!(url, "http://b/");
        assert!(detection.answered(start, second, ok("10.0.0.1")));
        assert!(detection.failure(&need).unwrap().message.contains("not a public IPv4 address"));
        assert_eq!(detection.due(&need), Some(Instant::from_secs(650)));
        assert_eq!(detection.ask(Instant::from_secs(649), &need, &mut tickets), None);
        assert!(detection.ask(Instant::from_secs(650), &need, &mut tickets).is_some());
    }

    #[test]
    fn r09_a_changed_line_cannot_make_it_ask_earlier() {
        let (mut detection, mut tickets, need) = (Detection::default(), 0, need());
        let start = Instant::from_secs(50);
        let single = Need { urls: vec!["http://a/".into()], ..need };
        let (first, _) = detection.ask(start, &single, &mut tickets).unwrap();
        assert!(detection.answered(start, first, ok("192.0.2.7\r\n")));
        assert_eq!(detection.answer(&single), Some("192.0.2.7".parse().unwrap()));
        detection.doubt(&single);
        assert_eq!(detection.answer(&single), None);
        assert_eq!(detection.due(&single), Some(Instant::from_secs(650)));
    }

    /// It was once asked again ten minutes later, because the router's resolver was some milliseconds late.
    #[test]
    fn r09_a_page_whose_name_is_not_resolved_was_not_asked() {
        let (mut detection, mut tickets, need) = (Detection::default(), 0, need());
        let unresolved = || Err(Failure { kind: ErrorKind::Dns, message: "no such name".into() });
        let mut now = Instant::from_secs(50);
        for pause in [1, 2, 4, 8] {
            for url in ["http://a/", "http://b/"] {
                let (ticket, asked) = detection.ask(now, &need, &mut tickets).unwrap();
                assert_eq!(asked, url, "the next one at once");
                assert!(detection.answered(now, ticket, unresolved()));
                assert_eq!(detection.failure(&need), None);
            }
            assert_eq!(detection.ask(now, &need, &mut tickets), None);
            now = now + Duration::from_secs(pause);
            assert_eq!(detection.due(&need), Some(now));
        }
        for _ in 0..2 {
            let (ticket, _) = detection.ask(now, &need, &mut tickets).unwrap();
            assert!(detection.answered(now, ticket, unresolved()));
        }
        assert!(detection.failure(&need).is_some());
        assert_eq!(detection.due(&need), Some(now + LEAST), "then it is a failure as any other");
    }

    #[test]
    fn memory_survives_a_restart_but_not_a_jump_into_the_past() {
        let (mut detection, mut tickets, need) = (Detection::default(), 0, need());
        let start = Instant::from_secs(50);
        let (first, _) = detection.ask(start, &need, &mut tickets).unwrap();
        assert!(detection.answered(start, first, ok("192.0.2.7")));
        let mut again = Detection::default();
        again.recall(Instant::from_secs(60), detection.memory());
        assert_eq!(again.answer(&need), Some("192.0.2.7".parse().unwrap()));
        assert_eq!(again.due(&need), Some(Instant::from_secs(650)));
        let mut earlier = Detection::default();
        earlier.recall(Instant::from_secs(40), detection.memory());
        assert_eq!(earlier.answer(&need), None);
    }
}
