//! Web detection: who is asked when, and what came of it (docs/protocol.md, rule 9).
//!
//! Accounts that need the same thing of the same line share one answer; it counts as long as that line has not changed
//! since the question. A page is asked at most once in ten minutes (through each device that has to be named), whatever
//! happens in between; where one fails, the next of the list is asked at once. A page whose name cannot be
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

/// The most interfaces whose answers are kept for one page: names that come and go must not fill the memory.
const MOST_ANSWERS: usize = 16;

/// What an account needs web detection for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The pages, in the order in which they are asked.
    pub urls: Vec<String>,
    /// Whether an IPv6 address is needed.
    pub ipv6: bool,
    /// The device to ask through, where the kernel would take another line.
    pub device: Option<String>,
    /// The interface whose address is looked for, where one was chosen.
    pub interface: Option<String>,
    /// When the line changed last: what was asked before tells nothing of it.
    pub since: Instant,
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
    answers: Vec<Answered>,
    failure: Option<Failure>,
    flight: Option<Flight>,
    /// When the page that is being asked was asked before.
    before: Option<Instant>,
    /// For each page, how often its name could not be resolved, and when it is looked up again.
    unresolved: Vec<(usize, Instant)>,
}

/// A question that is under way.
#[derive(Debug)]
struct Flight {
    ticket: Ticket,
    /// Which page.
    at: usize,
    interface: Option<String>,
    asked: Instant,
}

/// What was found, and what it holds for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The interface whose address was looked for.
    pub interface: Option<String>,
    /// The address.
    pub address: IpAddr,
    /// When the question was asked.
    pub asked: Instant,
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
    /// The answers, one for each interface.
    pub answers: Vec<Answered>,
}

impl Detection {
    /// When the next question is due; `None` while one is under way.
    pub fn due(&self, need: &Need) -> Option<Instant> {
        let Some(entry) = self.entry(need) else { return Some(Instant::ZERO) };
        if entry.flight.is_some() {
            return None;
        }
        match entry.answer(need) {
            Some(answer) if entry.failure.is_none() => {
                Some(answer.asked + need.interval.max(LEAST)).max(entry.allowed())
            }
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
        entry.flight = Some(Flight { ticket, at, interface: need.interface.clone(), asked: now });
        Some((ticket, entry.urls[at].clone()))
    }

    /// Takes an answer in; false if nobody asked.
    pub fn answered(&mut self, now: Instant, ticket: Ticket, result: Result<(u16, Vec<u8>), Failure>) -> bool {
        let is_it = |entry: &&mut Entry| entry.flight.as_ref().is_some_and(|flight| flight.ticket == ticket);
        let Some(entry) = self.entries.iter_mut().find(is_it) else { return false };
        let Some(Flight { at, interface, asked, .. }) = entry.flight.take() else { return false };
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
                entry.answers.retain(|answer| answer.interface != interface);
                if entry.answers.len() >= MOST_ANSWERS {
                    entry.answers.remove(0);
                }
                entry.answers.push(Answered { interface, address, asked });
                entry.failure = None;
            }
            Err(failure) => entry.failure = Some(failure),
        }
        true
    }

    /// The address that was found last, unless the line has changed since it was asked for. A later question that failed
    /// does not take it back.
    pub fn answer(&self, need: &Need) -> Option<IpAddr> {
        self.entry(need)?.answer(need).map(|answer| answer.address)
    }

    /// Why the last question brought nothing.
    pub fn failure(&self, need: &Need) -> Option<&Failure> {
        self.entry(need)?.failure.as_ref()
    }

    /// The line has changed: what failed before says nothing of it.
    pub fn line_changed(&mut self, need: &Need) {
        let entry = self.entry_mut(need);
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
            answers: entry.answers.clone(),
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
                answers: it.answers.into_iter().filter(|it| it.asked <= now).take(MOST_ANSWERS).collect(),
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
                answers: Vec::new(),
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

    /// What holds for this need: asked for the same line, after that changed last.
    fn answer(&self, need: &Need) -> Option<&Answered> {
        self.answers.iter().find(|it| it.interface == need.interface && it.asked >= need.since)
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
        Need {
            urls: vec!["http://a/".into(), "http://b/".into()],
            ipv6: false,
            device: None,
            interface: Some("wan1".into()),
            since: Instant::ZERO,
            interval: LEAST,
        }
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
        let changed = Need { since: start + Duration::from_millis(1), ..single.clone() };
        detection.line_changed(&changed);
        assert_eq!(detection.answer(&changed), None);
        assert_eq!(detection.due(&changed), Some(Instant::from_secs(650)));
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
    fn r09_an_answer_asked_for_before_the_line_changed_is_not_used() {
        let (mut detection, mut tickets) = (Detection::default(), 0);
        let wan1 = Need { urls: vec!["http://a/".into()], ..need() };
        let (first, _) = detection.ask(Instant::from_secs(50), &wan1, &mut tickets).unwrap();
        // The line changes while the question is under way: to another one, and back.
        let wan2 = Need { interface: Some("wan2".into()), since: Instant::from_secs(53), ..wan1.clone() };
        let back = Need { since: Instant::from_secs(55), ..wan1.clone() };
        assert!(detection.answered(Instant::from_secs(56), first, ok("192.0.2.7")));
        assert_eq!((detection.answer(&wan2), detection.answer(&back)), (None, None));
        assert_eq!(detection.answer(&wan1), Some("192.0.2.7".parse().unwrap()), "whose line has not changed");
        assert_eq!(detection.due(&wan2), Some(Instant::from_secs(650)), "asked again as soon as it may be");
        let (second, _) = detection.ask(Instant::from_secs(650), &wan2, &mut tickets).unwrap();
        assert!(detection.answered(Instant::from_secs(651), second, ok("192.0.2.8")));
        assert_eq!(detection.answer(&wan2), Some("192.0.2.8".parse().unwrap()));
        assert_eq!(detection.answer(&wan1), Some("192.0.2.7".parse().unwrap()), "each line has its own");
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
