//! What is shown of an account.

use super::Engine;
use super::account::{Account, Batch, LastError, StateWord, Waiting};
use crate::address::Origin;
use crate::config::AccountConfig;
use crate::notice;
use crate::state::{AccountState, Halt};
use crate::time::{Instant, Now};
use std::net::IpAddr;
use std::sync::Arc;

/// One account, as `status` shows it.
pub struct View<'a>(pub(super) &'a Account, pub(super) &'a Engine);

impl<'a> View<'a> {
    /// What follows the request that is under way.
    pub fn requests_after_this(&self) -> Vec<Batch> {
        self.0.rest()
    }

    /// The configuration.
    pub fn config(&self) -> &Arc<AccountConfig> {
        &self.0.config
    }

    /// The interfaces whose addresses were acknowledged last, IPv4 and IPv6.
    pub fn acknowledged_interfaces(&self) -> [Option<&'a str>; 2] {
        let kept = &self.0.kept;
        [&kept.ipv4, &kept.ipv6].map(|kept| kept.as_ref()?.interface.as_deref())
    }

    /// What is remembered.
    pub fn kept(&self) -> &AccountState {
        &self.0.kept
    }

    /// The word for its state.
    pub fn state(&self) -> StateWord {
        self.0.state_word()
    }

    /// Why something that is to be sent has not been sent yet.
    pub fn waiting(&self, now: Now) -> Option<Waiting> {
        self.0.waiting().or_else(|| {
            // The question to web detection, without which there is nothing to send, waits for a slot too.
            let due = self.0.web_needs().into_iter().find(|need| self.1.is_due(need, now))?;
            let held = self.0.missing().is_some() && !self.1.may_ask(self.0, &due, self.1.is_slot_reserved());
            held.then(Waiting::for_slot)
        })
    }

    /// What is halted, each with what to do about it: lines for a log that starts anew, which knows nothing of it.
    pub fn halts(&self) -> Vec<String> {
        let config = self.config();
        let line = |hostname: Option<&str>, halt: &Halt| {
            let host = hostname.map(|name| format!("{name}: ")).unwrap_or_default();
            let advice = notice::advice(halt.reason, &self.0.about(hostname));
            format!("{}: {host}still halted: {}. {advice}", config.name, halt.message)
        };
        let kept = self.kept();
        let hosts = config.hostnames.iter().filter_map(|name| {
            let halt = kept.hosts.get(name)?.halt.as_ref()?;
            Some(line(Some(name), halt))
        });
        kept.halt.iter().map(|halt| line(None, halt)).chain(hosts).collect()
    }

    /// Whether `resume` of the account, or of one host, would end a halt.
    pub fn is_resumable(&self, hostname: Option<&str>) -> bool {
        self.0.is_resumable(hostname)
    }

    /// Whether the whole account is halted: by itself, or because each of its hosts is.
    pub fn halted(&self) -> bool {
        self.0.halted()
    }

    /// The chosen address of a family, and where it came from.
    pub fn address(&self, ipv6: bool) -> Option<(IpAddr, Origin, Option<String>)> {
        self.0.shown_address(ipv6)
    }

    /// Why a family that is wanted has no address; nothing where it has one, or is not wanted.
    pub fn family_missing(&self, ipv6: bool) -> Option<String> {
        self.0.family_missing(ipv6)
    }

    /// Why there is no address at all, in words.
    pub fn missing(&self) -> Option<String> {
        self.0.missing()
    }

    /// The last attempt of this run.
    pub fn last_attempt(&self) -> Option<Instant> {
        self.0.last_attempt
    }

    /// When the next request is due; while there is no address, the next question to web detection.
    pub fn next_attempt(&self) -> Option<Instant> {
        let detection = || self.0.web_needs().iter().filter_map(|need| self.1.detection.due(need)).min();
        self.0.next_attempt().or_else(|| if self.0.missing().is_some() { detection() } else { None })
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.0.failures
    }

    /// The last failure since the last success.
    pub fn error(&self) -> Option<&LastError> {
        self.0.error()
    }

    /// Whether a host's address is what it should be.
    pub fn is_current(&self, hostname: &str) -> bool {
        self.0.is_current(hostname)
    }

    /// Whether a host is to be offline: by the configuration or by a person's word.
    pub fn wants_offline(&self, hostname: &str) -> bool {
        self.0.wants_offline(hostname)
    }
}
