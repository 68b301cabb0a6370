//! What changes from outside: the line, web detection's answer, a person's word.

use super::{Account, LastError, Phase, WebLine};
use crate::address::{Selection, Wanted};
use crate::config::{Bind, InterfaceChoice};
use crate::engine::detection::Need;
use crate::engine::{Context, same_addresses};
use crate::failure::Failure;
use crate::notice::{Hold, Kind};
use crate::time::{Instant, Now};
use std::net::IpAddr;
use std::time::Duration;

/// Two readings of when an interface came up that are closer than this are the same.
const SAME_START: Duration = Duration::from_secs(2);

impl Account {
    /// Takes a choice in; true if an interface has come up (or changed) since the last one.
    pub(in crate::engine) fn select(&mut self, now: Now, selection: Selection) -> bool {
        let since = self.last_attempt.unwrap_or(Instant::ZERO);
        // Of an interface that nothing was known of before, only what came up after the last attempt is news.
        let late = selection.came_up.filter(|at| *at + SAME_START > since);
        let (differs, up, fresh) = match &self.selection {
            None => (true, false, late),
            Some(before) => {
                let (up, fresh) = match (before.came_up, selection.came_up) {
                    (Some(before), Some(after)) if after > before + SAME_START => (true, Some(after)),
                    (None, Some(_)) => (true, late),
                    _ => (false, None),
                };
                (!same_addresses(before, &selection), up, fresh)
            }
        };
        self.follow_lines(now, &selection, up);
        let blank = self.selection.as_ref().is_none_or(|before| {
            [&before.ipv4, &before.ipv6].iter().all(|wanted| matches!(wanted, Wanted::Unknown(_) | Wanted::Off))
        });
        self.selection = Some(selection);
        // After a restart every address seems to be new; what the last attempt said already is not.
        let moved = differs && (!blank || self.says_news());
        if moved || fresh.is_some() {
            // An address that was not known before is as old as the line is.
            self.line_changed(if moved && !blank { Some(now.monotonic) } else { fresh });
        }
        up || differs && !blank
    }

    /// Since when each family's line is what it is, for web detection. A line that goes away for a while and comes back
    /// as it was is the same one; netifd says with `up` when it was set up anew.
    fn follow_lines(&mut self, now: Now, selection: &Selection, up: bool) {
        // What is remembered from before a restart was asked on this line, or before it came up.
        let heard = selection.came_up.map_or(Instant::ZERO, |at| Instant::ZERO + at.since(Instant::ZERO + SAME_START));
        for (line, wanted) in self.lines.iter_mut().zip([&selection.ipv4, &selection.ipv6]) {
            match wanted {
                Wanted::Unknown(_) => {}
                Wanted::Web { .. } => {
                    let since = match line {
                        WebLine::Of(before, since) if before == wanted && !up => *since,
                        WebLine::Unheard => heard,
                        _ => now.monotonic,
                    };
                    *line = WebLine::Of(wanted.clone(), since);
                }
                _ => *line = WebLine::Other,
            }
        }
    }

    /// The interface whose address web detection is asked for. Who lets the kernel choose the way does not know it.
    pub(super) fn web_interface(&self, ipv6: bool) -> Option<String> {
        let choice = if ipv6 { &self.config.interface6 } else { &self.config.interface };
        match self.wanted(ipv6) {
            Some(Wanted::Web { interface, .. })
                if self.config.bind != Bind::Never || *choice == InterfaceChoice::Auto =>
            {
                interface.clone()
            }
            _ => None,
        }
    }

    /// Somebody says that the line has changed: netifd's hotplug event, or a person.
    pub(in crate::engine) fn triggered(&mut self) {
        self.line_changed(None);
    }

    /// Another address, or an interface that came up: what a transport failure said of the line before says nothing of
    /// this one (rule 6).
    fn line_changed(&mut self, at: Option<Instant>) {
        if at.is_some() {
            self.line_changed = at;
            self.lookups = 0;
            self.told = self.told.filter(|(why, _)| !matches!(why, Hold::Settling | Hold::LookUp));
        }
        match &mut self.phase {
            Phase::BackOff { transport: true, .. } | Phase::Held { why: Hold::LookUp, .. } => {
                self.phase = Phase::Idle { review: None };
            }
            Phase::Sending(flight) => flight.news = true,
            _ => {}
        }
        if self.error.as_ref().is_none_or(|error| error.failure.kind.is_transport()) {
            self.failures = 0;
        }
    }

    /// Whether it needs web detection for anything, halted or not.
    pub(in crate::engine) fn looks_at_the_web(&self) -> bool {
        let web = |wanted: &Wanted| matches!(wanted, Wanted::Web { .. });
        self.selection.as_ref().is_some_and(|selection| web(&selection.ipv4) || web(&selection.ipv6))
    }

    /// What this account needs from web detection now; nothing while it may not send anyway (rule 4).
    pub(in crate::engine) fn web_needs(&self) -> Vec<Need> {
        let mut needs = Vec::new();
        if !self.config.enabled || self.halted() || matches!(self.phase, Phase::Waiting { .. }) {
            return needs;
        }
        let Some(selection) = &self.selection else { return needs };
        for (wanted, ipv6) in [(&selection.ipv4, false), (&selection.ipv6, true)] {
            if let Wanted::Web { device, .. } = wanted {
                needs.push(Need {
                    urls: if ipv6 { self.config.web_url6.clone() } else { self.config.web_url.clone() },
                    ipv6,
                    device: device.clone(),
                    interface: self.web_interface(ipv6),
                    since: self.lines[usize::from(ipv6)].since(),
                    interval: Duration::from_secs(u64::from(self.config.web_interval) * 60),
                });
            }
        }
        needs
    }

    /// Takes in what web detection knows.
    pub(in crate::engine) fn detected(
        &mut self,
        now: Now,
        ipv6: bool,
        address: Option<IpAddr>,
        failure: Option<&Failure>,
    ) {
        let slot = &mut self.web[usize::from(ipv6)];
        let moved = address.is_some() && *slot != address;
        *slot = address;
        if moved && self.says_news() {
            self.line_changed(None);
        }
        match failure {
            None => self.web_error = None,
            Some(failure) if self.web_error.as_ref().is_none_or(|error| error.failure != *failure) => {
                self.web_error = Some(LastError { failure: failure.clone(), at: now.monotonic });
            }
            Some(_) => {}
        }
    }

    /// A person wants an update now: that ends a back-off, but no halt and no wait (rules 4 to 6). One that is
    /// under way is what they want already.
    pub(in crate::engine) fn requested(&mut self, force: bool) {
        self.forced |= force && !self.halted() && !matches!(self.phase, Phase::Sending(_));
        if matches!(self.phase, Phase::BackOff { .. } | Phase::WaitingClock | Phase::Held { why: Hold::LookUp, .. }) {
            self.phase = Phase::Idle { review: None };
        }
    }

    /// Whether [`Account::resume`] would end anything.
    pub(in crate::engine) fn is_resumable(&self, hostname: Option<&str>) -> bool {
        let hosts = || self.kept.hosts.iter().filter(|(name, _)| hostname.is_none_or(|it| it == *name));
        hostname.is_none() && self.kept.halt.is_some() || hosts().any(|(_, host)| host.halt.is_some())
    }

    /// Ends the halt of the account, or of one host; what was halted is tried once.
    pub(in crate::engine) fn resume(&mut self, context: &mut Context, hostname: Option<&str>) {
        let mut resumed = false;
        if hostname.is_none() && self.kept.halt.take().is_some() {
            self.tell(context, Kind::Resumed, None, "resumed: trying again".into());
            for (_, host) in self.kept.hosts.iter_mut() {
                host.proven = false;
            }
            resumed = true;
        }
        let mut hosts = Vec::new();
        for (name, host) in &mut self.kept.hosts {
            if hostname.is_none_or(|it| it == name) && host.halt.take().is_some() {
                host.proven = false;
                host.nochg = 0;
                hosts.push(name.clone());
            }
        }
        for name in hosts {
            self.tell(context, Kind::Resumed, Some(&name), "resumed: trying again".into());
            resumed = true;
        }
        if resumed {
            context.save();
        }
    }

    /// Marks hosts (all if none is named) as wanted offline, or online again.
    pub(in crate::engine) fn set_offline(&mut self, context: &mut Context, hostnames: &[String], offline: bool) {
        for name in self.config.hostnames.iter().filter(|name| hostnames.is_empty() || hostnames.contains(name)) {
            let host = self.kept.hosts.entry(name.clone()).or_default();
            if host.offline_wanted != offline {
                host.offline_wanted = offline;
                context.save();
            }
        }
    }
}
