//! What is due: which hosts differ from what the service acknowledged, and the requests that they need.

use super::{Account, Batch};
use crate::address::Source;
use crate::protocol::batches;
use crate::state::HostState;
use crate::time::{Instant, Now};
use std::net::IpAddr;
use std::time::Duration;

impl Account {
    /// The requests that are due, gates aside: hosts to be taken offline, then the others, each in the
    /// configured order.
    pub(super) fn due(&self, now: Now) -> Vec<Batch> {
        // Taking a host offline needs no address, but says one where there is one (rule 7): first look.
        if self.selection.is_none() {
            return Vec::new();
        }
        let addressed = self.is_addressed();
        let (mut online, mut offline) = (Vec::new(), Vec::new());
        let blank = HostState::default();
        for name in &self.config.hostnames {
            let host = self.kept.hosts.get(name).unwrap_or(&blank);
            if host.halt.is_some() {
                continue;
            }
            if self.wants_offline(name) {
                if !host.offline || !host.proven || self.forced {
                    offline.push(name.clone());
                }
            } else if addressed
                && (self.forced || !host.proven || host.offline || self.differs(host) || self.is_overdue(host, now))
            {
                online.push(name.clone());
            }
        }
        let mut due = self.requests(offline, true);
        due.extend(self.requests(online, false));
        due
    }

    /// The requests that these hosts need: as many hosts in each as the service takes, and one for each family
    /// where it wants them apart.
    pub(super) fn requests(&self, hostnames: Vec<String>, offline: bool) -> Vec<Batch> {
        if hostnames.is_empty() {
            return Vec::new();
        }
        let (ipv4, ipv6, basis) = (self.known(false), self.known(true), self.basis());
        let mut requests = Vec::new();
        for hostnames in batches(&self.config.dialect, &hostnames) {
            for (ipv4, ipv6) in self.families(&hostnames, offline, &ipv4, &ipv6) {
                requests.push(Batch {
                    necessary: hostnames.iter().map(|name| !offline && self.is_necessary(name)).collect(),
                    hostnames: hostnames.clone(),
                    ipv4,
                    prefix: self.prefix(),
                    ipv6,
                    offline,
                    basis: basis.clone(),
                    device: self.device(),
                    recall: None,
                });
            }
        }
        requests
    }

    /// What each request for these hosts says: both families together or, where the service wants them apart, each
    /// in a request of its own; then one that has not changed is not sent for the other's sake (rule 1).
    fn families(
        &self,
        hostnames: &[String],
        offline: bool,
        ipv4: &Option<Source>,
        ipv6: &Option<Source>,
    ) -> Vec<(Option<Source>, Option<Source>)> {
        if !self.config.dialect.separate_families || ipv4.is_none() || ipv6.is_none() || offline {
            return vec![(ipv4.clone(), ipv6.clone())];
        }
        let by_address = hostnames.iter().all(|name| self.is_necessary(name));
        let due = |source: &Option<Source>| {
            let address = source.as_ref().map(|source| source.address);
            let told = |name: &String| {
                let host = self.kept.hosts.get(name);
                host.is_some_and(|it| address == it.ipv4.map(IpAddr::V4) || address == it.ipv6.map(IpAddr::V6))
            };
            !by_address || !hostnames.iter().all(told)
        };
        let mut apart = Vec::new();
        if due(ipv4) {
            apart.push((ipv4.clone(), None));
        }
        if due(ipv6) {
            apart.push((None, ipv6.clone()));
        }
        apart
    }

    /// Whether a host is sent because its address differs, and for no other reason (rule 10).
    pub(super) fn is_necessary(&self, name: &str) -> bool {
        let host = self.kept.hosts.get(name);
        host.is_some_and(|host| host.proven && !host.offline && !self.forced && self.differs_by_address(host))
    }

    /// Whether what the service acknowledged is not what should be there (rule 1).
    pub(super) fn differs(&self, host: &HostState) -> bool {
        self.differs_by_address(host)
            || self.basis().is_some_and(|basis| self.kept.basis.as_ref() != Some(&basis))
            || self.prefix().is_some_and(|prefix| self.kept.prefix != Some(prefix))
    }

    pub(super) fn differs_by_address(&self, host: &HostState) -> bool {
        // What was told once and not confirmed is not told again for that: it would make a loop (rule 11).
        let differs = |ipv6: bool, has: Option<IpAddr>| {
            self.address(ipv6).is_some_and(|it| has != Some(it) && host.unconfirmed != Some(it))
        };
        differs(false, host.ipv4.map(IpAddr::V4)) || differs(true, host.ipv6.map(IpAddr::V6))
    }

    /// Whether `force_interval` has passed since the last acknowledgement.
    pub(super) fn is_overdue(&self, host: &HostState, now: Now) -> bool {
        match (self.force_interval(), host.updated, now.wall) {
            (Some(interval), Some(updated), Some(wall)) => wall.0.saturating_sub(updated.0) >= interval,
            _ => false,
        }
    }

    pub(super) fn force_interval(&self) -> Option<u64> {
        (self.config.force_interval > 0).then(|| u64::from(self.config.force_interval) * 86_400)
    }

    /// When the first host becomes overdue.
    pub(super) fn review(&self, now: Now) -> Option<Instant> {
        let (interval, wall) = (self.force_interval()?, now.wall?);
        if self.missing().is_some() {
            return None;
        }
        let hosts = self.kept.hosts.iter().filter(|(name, host)| host.halt.is_none() && !self.wants_offline(name));
        let due = hosts.filter_map(|(_, host)| host.updated).map(|updated| updated.0.saturating_add(interval)).min()?;
        Some(now.monotonic + Duration::from_secs(due.saturating_sub(wall.0)))
    }
}
