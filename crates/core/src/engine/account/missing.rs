//! What the log is told, once, of addresses that are wanted and missing, and that they are back: of one family while the
//! other one is there, and of having none at all.

use super::Account;
use crate::address::Wanted;
use crate::engine::Context;
use crate::time::{Instant, Now};
use std::time::Duration;

/// How long something may be missing without a word: a line that comes up has one family sooner than the other, and
/// netifd or a page of web detection takes a moment to tell anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a family has been missing, and whether that was said.
#[derive(Debug, Default)]
pub(super) enum Absence {
    /// It is there, or not wanted.
    #[default]
    No,
    /// Missing since then; not said yet.
    Since(Instant),
    /// Said, with this reason.
    Said(String),
}

/// Why there is no address at all.
struct Lack {
    why: String,
    /// How web detection failed.
    failure: Option<String>,
    /// Whether that is certain: nothing is under way that might still tell.
    at_once: bool,
}

impl Lack {
    fn text(&self) -> String {
        match &self.failure {
            Some(failure) => format!("{}: {failure}", self.why),
            None => self.why.clone(),
        }
    }

    /// Whether this was said, be it with another failure.
    fn is_said_by(&self, said: &str) -> bool {
        match (&self.failure, said.strip_prefix(self.why.as_str())) {
            (Some(_), Some(rest)) => rest.starts_with(": "),
            (None, Some(rest)) => rest.is_empty(),
            (_, None) => false,
        }
    }
}

impl Account {
    /// When something is to be said.
    pub(super) fn missing_due(&self) -> Option<Instant> {
        let due = |absence: &Absence| match absence {
            Absence::Since(since) => Some(*since + PATIENCE),
            _ => None,
        };
        self.absences.iter().chain([&self.unaddressed]).filter_map(due).min()
    }

    /// Says why there is no address at all to send, and that there is one again.
    pub(super) fn note_unaddressed(&mut self, now: Now, context: &mut Context) {
        let lack = self.lack();
        self.unaddressed = match (std::mem::take(&mut self.unaddressed), lack) {
            (Absence::Said(said), None) if self.is_held_back() => Absence::Said(said),
            (Absence::Said(_), None) if self.config.enabled && !self.halted() && self.is_addressed() => {
                self.note(context, self.addressed_again());
                Absence::No
            }
            (_, None) => Absence::No,
            // Another failure of web detection is no news.
            (Absence::Said(said), Some(lack)) if !lack.at_once || lack.is_said_by(&said) => Absence::Said(said),
            (Absence::No, Some(lack)) if !lack.at_once => Absence::Since(now.monotonic),
            (Absence::Since(since), Some(lack)) if !lack.at_once && since + PATIENCE > now.monotonic => {
                Absence::Since(since)
            }
            (_, Some(lack)) => {
                let why = lack.text();
                self.note(context, format!("waiting for an address: {why}"));
                Absence::Said(why)
            }
        };
    }

    /// Why there is no address to send, where one is wanted and nothing else is waited for.
    fn lack(&self) -> Option<Lack> {
        let offline = self.config.hostnames.iter().all(|name| self.wants_offline(name));
        if !self.config.enabled || self.halted() || offline || self.is_held_back() {
            return None;
        }
        let why = self.missing()?;
        let wanted = [false, true].map(|ipv6| self.wanted(ipv6));
        let first = wanted.into_iter().flatten().find(|wanted| !matches!(wanted, Wanted::Off));
        let failure = match first {
            Some(Wanted::Web { .. }) => self.web_error.as_ref().map(|error| error.failure.message.clone()),
            _ => None,
        };
        let known = matches!(first, Some(Wanted::Unknown(_))) && self.selection.as_ref().is_some_and(|it| it.heard);
        Some(Lack { at_once: known || failure.is_some(), why, failure })
    }

    /// Whether a choice is held back for a moment, which is said as a wait.
    fn is_held_back(&self) -> bool {
        self.selection.as_ref().is_some_and(|selection| selection.settling.is_some())
    }

    fn addressed_again(&self) -> String {
        let sources = [false, true].into_iter().filter_map(|ipv6| self.known(ipv6)).map(|it| match it.interface {
            Some(interface) => format!("{} ({interface})", it.address),
            None => it.address.to_string(),
        });
        let sources: Vec<String> = sources.collect();
        let halted = |name: &String| self.kept.hosts.get(name).is_some_and(|host| host.halt.is_some());
        let settled = self.config.hostnames.iter().all(|name| halted(name) || self.is_settled(name));
        let mut text = "there is an address again".to_owned();
        if !sources.is_empty() {
            text += &format!(": {}", sources.join(" and "));
        }
        if settled { text + "; nothing to send" } else { text }
    }

    /// Says which wanted family is missing, and why, as soon as it has been for a while; and that it is back.
    pub(super) fn note_missing(&mut self, now: Now, context: &mut Context) {
        let heard = self.selection.as_ref().is_some_and(|selection| selection.heard);
        for ipv6 in [false, true] {
            let at = usize::from(ipv6);
            let family = if ipv6 { "IPv6" } else { "IPv4" };
            let why = if heard && self.is_addressed() && !self.halted() { self.family_missing(ipv6) } else { None };
            let absence = std::mem::take(&mut self.absences[at]);
            self.absences[at] = match (absence, why) {
                (Absence::Said(_), None) if self.address(ipv6).is_some() => {
                    self.note(context, format!("the {family} address is there again"));
                    Absence::No
                }
                (Absence::Said(said), None) if !self.is_addressed() => Absence::Said(said),
                (_, None) => Absence::No,
                (Absence::Said(said), Some(why)) if said == why => Absence::Said(said),
                (Absence::No, Some(_)) => Absence::Since(now.monotonic),
                (Absence::Since(since), Some(_)) if since + PATIENCE > now.monotonic => Absence::Since(since),
                (_, Some(why)) => {
                    self.note(context, format!("{family} is wanted and missing: {why}"));
                    Absence::Said(why)
                }
            };
        }
    }
}
