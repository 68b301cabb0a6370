//! What is known: the addresses, whether hosts have them, and the word for all that.

use super::answer::duration;
use super::{Account, LastError, Phase};
use crate::address::{Origin, Source, Wanted};
use crate::notice::Hold;
use crate::time::Instant;
use std::net::{IpAddr, Ipv6Addr};

/// The words of `status` for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "docs/ubus.md lists them")]
pub enum StateWord {
    Current,
    Pending,
    Updating,
    WaitingAddress,
    WaitingClock,
    Backoff,
    Halted,
    Disabled,
}

impl StateWord {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            StateWord::Current => "current",
            StateWord::Pending => "pending",
            StateWord::Updating => "updating",
            StateWord::WaitingAddress => "waiting_address",
            StateWord::WaitingClock => "waiting_clock",
            StateWord::Backoff => "backoff",
            StateWord::Halted => "halted",
            StateWord::Disabled => "disabled",
        }
    }
}

/// Why something that is to be sent has not been sent yet (`status.waiting`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The sort.
    pub why: Hold,
    /// Until when, where that is known.
    pub until: Option<Instant>,
    /// In words; the same for as long as the wait lasts.
    pub message: String,
}

impl Waiting {
    /// For a free slot.
    pub(in crate::engine) fn for_slot() -> Self {
        Waiting { why: Hold::Workers, until: None, message: Hold::Workers.sentence("") }
    }
}

impl Account {
    /// Why something that is to be sent has not been sent yet.
    pub(in crate::engine) fn waiting(&self) -> Option<Waiting> {
        if !self.config.enabled || self.halted() {
            return None;
        }
        let (why, until) = match self.phase {
            Phase::Held { why, until } => (why, Some(until)),
            Phase::Ready { .. } => (Hold::Workers, None),
            Phase::Waiting { until } => (Hold::Service, Some(until)),
            Phase::WaitingClock => (Hold::Clock, None),
            Phase::Idle { .. } => {
                let settling = self.selection.as_ref().and_then(|selection| selection.settling.as_ref())?;
                let (until, message) = (Some(settling.until), settling.message.clone());
                return Some(Waiting { why: Hold::Settling, until, message });
            }
            Phase::Sending(_) | Phase::BackOff { .. } => return None,
        };
        let message = match (why, &self.error) {
            (Hold::Service | Hold::Clock, Some(error)) => why.after(&error.failure.message),
            (Hold::Interval, _) => why.sentence(&duration(self.least())),
            _ => why.sentence(""),
        };
        Some(Waiting { why, until, message })
    }

    /// The addresses that a request would say now, as one text; `None` where there is nothing to say.
    pub(super) fn says(&self) -> Option<String> {
        let addresses = [self.address(false), self.address(true)].into_iter().flatten().map(|it| it.to_string());
        let all: Vec<String> = addresses.chain(self.basis()).collect();
        (!all.is_empty()).then(|| all.join(","))
    }

    /// Whether it would say something else than the last attempt said.
    pub(super) fn says_news(&self) -> bool {
        let says = self.says();
        says.is_some() && says != self.tried
    }

    pub(super) fn wanted(&self, ipv6: bool) -> Option<&Wanted> {
        self.selection.as_ref().map(|it| if ipv6 { &it.ipv6 } else { &it.ipv4 })
    }

    /// The address of a family, where it is known.
    pub(super) fn address(&self, ipv6: bool) -> Option<IpAddr> {
        match self.wanted(ipv6)? {
            Wanted::Known(source) => Some(source.address),
            Wanted::Web { .. } => self.web[usize::from(ipv6)],
            Wanted::Off | Wanted::Server { .. } | Wanted::Unknown(_) => None,
        }
    }

    /// The same with where it came from.
    pub(super) fn known(&self, ipv6: bool) -> Option<Source> {
        match self.wanted(ipv6)? {
            Wanted::Known(source) => Some(source.clone()),
            Wanted::Web { device, .. } => Some(Source {
                address: self.address(ipv6)?,
                origin: Origin::Web,
                interface: self.web_interface(ipv6),
                device: device.clone(),
            }),
            Wanted::Off | Wanted::Server { .. } | Wanted::Unknown(_) => None,
        }
    }

    pub(super) fn basis(&self) -> Option<String> {
        match &self.selection.as_ref()?.ipv4 {
            Wanted::Server { basis, .. } => Some(basis.clone()),
            _ => None,
        }
    }

    /// The delegated IPv6 prefix, where the service takes one.
    pub(super) fn prefix(&self) -> Option<(Ipv6Addr, u8)> {
        self.selection.as_ref()?.prefix
    }

    /// Whether there is anything to say.
    pub(super) fn is_addressed(&self) -> bool {
        let ipv4 = self.address(false).is_some() || self.basis().is_some();
        ipv4 || self.address(true).is_some() && self.config.dialect.ipv6_alone
    }

    /// The device that updates have to leave through.
    pub(super) fn device(&self) -> Option<String> {
        self.selection.as_ref()?.device.as_deref().map(str::to_owned)
    }

    /// Whether a wanted family has no address (yet).
    pub(super) fn is_incomplete(&self) -> bool {
        self.selection.as_ref().is_none_or(|selection| {
            [(&selection.ipv4, false), (&selection.ipv6, true)].into_iter().any(|(wanted, ipv6)| match wanted {
                Wanted::Unknown(_) => true,
                Wanted::Web { .. } => self.web[usize::from(ipv6)].is_none(),
                _ => false,
            })
        })
    }

    /// Why a family that is wanted has no address, in words; nothing where it has one, or is not wanted.
    pub(in crate::engine) fn family_missing(&self, ipv6: bool) -> Option<String> {
        if !self.config.enabled {
            return None;
        }
        match self.wanted(ipv6)? {
            Wanted::Unknown(why) => Some(why.clone()),
            Wanted::Web { .. } if self.address(ipv6).is_none() => {
                let family = if ipv6 { "IPv6" } else { "IPv4" };
                let why = match &self.web_error {
                    _ if self.halted() => ": it is not asked while the account is halted".to_owned(),
                    Some(error) => format!(": {}", error.failure.message),
                    None => String::new(),
                };
                Some(format!("web detection has not found the {family} address yet{why}"))
            }
            _ => None,
        }
    }

    /// Whether a host has an acknowledged address of a family that is wanted and missing: nobody can tell whether it is
    /// still right, and nothing can be sent to mend it.
    fn is_unconfirmed(&self, hostname: &str) -> bool {
        let Some(host) = self.kept.hosts.get(hostname).filter(|_| !self.wants_offline(hostname)) else { return false };
        let known = self.selection.as_ref().is_some_and(|selection| selection.heard && selection.settling.is_none());
        let acknowledged = [host.ipv4.is_some(), host.ipv6.is_some()];
        known
            && [false, true]
                .into_iter()
                .any(|ipv6| acknowledged[usize::from(ipv6)] && self.family_missing(ipv6).is_some())
    }

    /// Why there is no address at all to send, in words.
    pub(in crate::engine) fn missing(&self) -> Option<String> {
        let Some(selection) = &self.selection else { return Some("the network's state is not known yet".into()) };
        if self.is_addressed() {
            return None;
        }
        if self.address(true).is_some() {
            let why = match &selection.ipv4 {
                Wanted::Unknown(why) => why.as_str(),
                Wanted::Web { .. } => "web detection has not found that yet",
                _ => "there is none",
            };
            let service = &self.config.service;
            return Some(format!("{service} takes no IPv6 address without the IPv4 address beside it: {why}"));
        }
        for (wanted, ipv6) in [(&selection.ipv4, false), (&selection.ipv6, true)] {
            match wanted {
                Wanted::Unknown(why) => return Some(why.clone()),
                Wanted::Web { .. } => {
                    let family = if ipv6 { "IPv6" } else { "IPv4" };
                    return Some(format!("web detection has not found the {family} address yet"));
                }
                _ => {}
            }
        }
        Some("neither an IPv4 nor an IPv6 address is wanted".into())
    }

    pub(in crate::engine) fn shown_address(&self, ipv6: bool) -> Option<(IpAddr, Origin, Option<String>)> {
        if let Some(source) = self.known(ipv6) {
            return Some((source.address, source.origin, source.interface));
        }
        let kept = if ipv6 { &self.kept.ipv6 } else { &self.kept.ipv4 };
        let in_use = match self.wanted(ipv6) {
            None | Some(Wanted::Server { .. }) => kept.as_ref(),
            _ => None,
        };
        in_use.map(|kept| (kept.address, kept.origin, kept.interface.clone()))
    }

    /// The last failure since the last success, of the service or else of web detection.
    pub(in crate::engine) fn error(&self) -> Option<&LastError> {
        self.error.as_ref().or(self.web_error.as_ref())
    }

    pub(in crate::engine) fn halted(&self) -> bool {
        let hosts = &self.kept.hosts;
        self.kept.halt.is_some()
            || self.config.hostnames.iter().all(|name| hosts.get(name).is_some_and(|host| host.halt.is_some()))
                && !self.config.hostnames.is_empty()
    }

    pub(in crate::engine) fn wants_offline(&self, hostname: &str) -> bool {
        self.config.offline || self.kept.hosts.get(hostname).is_some_and(|host| host.offline_wanted)
    }

    /// Whether a host has what it should have: the service has acknowledged all of it.
    pub(in crate::engine) fn is_current(&self, hostname: &str) -> bool {
        let unconfirmed = self.kept.hosts.get(hostname).and_then(|host| host.unconfirmed);
        let open = unconfirmed.is_some_and(|it| [false, true].iter().any(|&ipv6| self.address(ipv6) == Some(it)));
        self.is_settled(hostname) && !open && !self.is_unconfirmed(hostname)
    }

    /// Whether nothing is to be sent for a host.
    pub(super) fn is_settled(&self, hostname: &str) -> bool {
        self.kept.hosts.get(hostname).is_some_and(|host| {
            host.proven
                && host.halt.is_none()
                && if self.wants_offline(hostname) { host.offline } else { !host.offline && !self.differs(host) }
        })
    }

    pub(in crate::engine) fn state_word(&self) -> StateWord {
        if !self.config.enabled {
            return StateWord::Disabled;
        }
        if self.halted() {
            return StateWord::Halted;
        }
        match self.phase {
            Phase::Sending(_) => StateWord::Updating,
            Phase::WaitingClock => StateWord::WaitingClock,
            Phase::BackOff { .. } | Phase::Waiting { .. } => StateWord::Backoff,
            Phase::Held { .. } | Phase::Ready { .. } => StateWord::Pending,
            Phase::Idle { .. } => {
                let open = |name: &&String| self.kept.hosts.get(*name).is_none_or(|host| host.halt.is_none());
                if self.selection.as_ref().is_some_and(|selection| selection.settling.is_none())
                    && self.missing().is_some()
                    && !self.config.hostnames.iter().all(|name| self.wants_offline(name))
                {
                    StateWord::WaitingAddress
                } else if self.selection.as_ref().is_some_and(|selection| selection.settling.is_some()) {
                    StateWord::Pending
                } else if self.config.hostnames.iter().filter(open).any(|name| self.is_unconfirmed(name))
                    && self.config.hostnames.iter().filter(open).all(|name| self.is_settled(name))
                {
                    StateWord::WaitingAddress
                } else if self.config.hostnames.iter().filter(open).all(|name| self.is_settled(name)) {
                    StateWord::Current
                } else {
                    StateWord::Pending
                }
            }
        }
    }

    pub(in crate::engine) fn next_attempt(&self) -> Option<Instant> {
        if !self.config.enabled || self.halted() {
            return None;
        }
        let settling = self.selection.as_ref().and_then(|selection| selection.settling.as_ref());
        self.phase_deadline().or(settling.map(|settling| settling.until))
    }
}
