//! A choice that does not flap: a lower one is taken only once the higher one has been without an address for ten
//! seconds; a higher one that comes back is taken at once.
//!
//! ```text
//!  a reload, a renumbering, a restart of netifd:   wan ─ gone ─ 3 s ─ wan      nothing is sent of wan2 in between
//!  the line is really dead:                        wan ─ gone ─ 10 s ─ wan2
//! ```
//!
//! After a start nothing is known of what was before, but the interface whose address was acknowledged last: whoever may
//! be higher has ten seconds from the first dump on. No timer here: the selection says until when it holds.

use super::select::{Choice, Place, assemble};
use super::{Network, Selection, Settling, Wanted, ipv4, ipv6};
use crate::config::{AccountConfig, InterfaceChoice};
use crate::time::Instant;
use std::net::Ipv4Addr;
use std::time::Duration;

/// How long a higher choice may be away.
const HOLD: Duration = Duration::from_secs(10);

/// What one account has chosen so far.
#[derive(Clone, Debug, Default)]
pub struct Steady {
    /// What the configuration named; with other names everything begins anew.
    named: Option<[InterfaceChoice; 2]>,
    last: [Option<Last>; 2],
}

/// The choice of one family that was taken last.
#[derive(Clone, Debug)]
struct Last {
    place: Place,
    /// Since when it has been without an address.
    lost: Option<Instant>,
}

/// What is known after a start.
struct Start<'a> {
    network: &'a Network,
    choice: &'a InterfaceChoice,
    /// When the network was told of first.
    heard: Instant,
    /// The interface whose address was acknowledged last.
    remembered: Option<&'a str>,
}

impl Steady {
    /// The choice for `config`, as [`super::select`] makes it, unless a lower one is held back. `heard` is when the network
    /// was told of first; `remembered` the interfaces whose addresses were acknowledged last, IPv4 and IPv6.
    pub fn select(
        &mut self,
        config: &AccountConfig,
        network: &Network,
        kernel_source: &dyn Fn(&str) -> Option<Ipv4Addr>,
        now: Instant,
        heard: Instant,
        remembered: [Option<&str>; 2],
    ) -> Selection {
        let named = [config.interface.clone(), config.interface6.clone()];
        if self.named.as_ref() != Some(&named) {
            *self = Steady { named: Some(named), last: [None, None] };
        }
        let mut choices = [ipv4::choose(config, network, kernel_source, now), ipv6::choose(config, network, now)];
        let mut settling: Option<Settling> = None;
        for (at, choice) in [&config.interface, &config.interface6].into_iter().enumerate() {
            let start = Start { network, choice, heard, remembered: remembered[at] };
            if let Some(held) = hold(&mut self.last[at], &choices[at], &start, now) {
                choices[at] = Choice::new(Wanted::Unknown(held.message.clone()), None, Some(held.until));
                settling = Some(match settling {
                    Some(other) if other.until <= held.until => other,
                    _ => held,
                });
            }
        }
        let [v4, v6] = choices;
        Selection { settling: settling.map(Box::new), ..assemble(config, network, v4, v6, now) }
    }
}

/// Whether the choice is held back; if not, it is taken.
fn hold(last: &mut Option<Last>, choice: &Choice, start: &Start<'_>, now: Instant) -> Option<Settling> {
    let Some(chosen) = &choice.chosen else {
        if let (Some(last), Wanted::Unknown(_)) = (last, &choice.wanted) {
            last.lost.get_or_insert(now);
        }
        return None;
    };
    let held = match last {
        Some(last) if is_lower(chosen, &last.place, &choice.able) => {
            let since = *last.lost.get_or_insert(now);
            Some((last.place.name.clone(), since + HOLD))
        }
        Some(_) => None,
        None => start.awaits(chosen, &choice.able).map(|higher| (higher, start.heard + HOLD)),
    };
    match held.filter(|(_, until)| *until > now) {
        Some((higher, until)) => {
            let lower = &chosen.name;
            let message = format!("{higher} has no address now; {lower} is taken if that lasts ten seconds");
            Some(Settling { until, message })
        }
        None => {
            *last = Some(Last { place: chosen.clone(), lost: None });
            None
        }
    }
}

/// Whether `chosen` is only the next best to `before`, which nothing is to be had of now.
fn is_lower(chosen: &Place, before: &Place, able: &[Place]) -> bool {
    if chosen.name == before.name {
        return false;
    }
    // One that is still able stands behind the chosen one if its metric has changed, or before it without an address.
    let at = |name: &str| able.iter().position(|place| place.name == name);
    match (at(&chosen.name), at(&before.name)) {
        (Some(chosen), Some(before)) => before < chosen,
        _ => chosen.rank >= before.rank,
    }
}

impl Start<'_> {
    /// Who may be higher than the chosen one, and has not been told of with an address yet.
    fn awaits(&self, chosen: &Place, able: &[Place]) -> Option<String> {
        match self.choice {
            InterfaceChoice::Named(names) => {
                let first = names.first().filter(|first| **first != chosen.name);
                first.cloned()
            }
            InterfaceChoice::Auto => {
                let remembered = self.remembered.filter(|name| *name != chosen.name);
                let at = |name: &str| able.iter().position(|place| place.name == name);
                if let Some(name) = remembered.filter(|name| at(name).is_none_or(|it| Some(it) < at(&chosen.name))) {
                    return Some(name.to_owned());
                }
                let (.., metric) = chosen.rank;
                let mut coming = self.network.interfaces.iter().filter(|(name, interface)| {
                    interface.pending && !interface.up && interface.metric < metric && !self.network.is_vpn(name)
                });
                coming.next().map(|(name, _)| name.clone())
            }
        }
    }
}
