//! What netifd last said of the interfaces, and how the next thing that it says is taken in.
//!
//! netifd repeats itself: the same status comes twice, lifetimes count down, and `uptime` is whole
//! seconds. [`Network::apply`] and [`Network::replace`] tell what is news from what is not. Nothing here reads
//! JSON (see `netifd`) or chooses an address (see `select`).
//!
//! One thing netifd does not say: when the prefix of a WAN changes, or only its lifetime, the LAN's share of it
//! changes too, and the LAN's interface gives no notification. The WAN's own status says enough to keep the
//! shares right (`hand_on`), except for the router's own address in a new one: for that a dump is needed.

use super::special::in_prefix;
use crate::time::Instant;
use litemap::LiteMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// Two moments closer than this are one moment: netifd rounds to seconds, and messages take time.
const SAME: Duration = Duration::from_secs(2);

/// What netifd last said of all its interfaces, in the order of the dump (netifd sorts by name too).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// The interfaces, by netifd's name.
    pub interfaces: LiteMap<String, Interface>,
    /// A new share is known without the router's own address in it.
    incomplete: bool,
}

/// What netifd last said of one interface. Lifetimes are deadlines on the monotonic clock; `None` = for ever.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interface {
    /// Whether it is up.
    pub up: bool,
    /// netifd is setting it up.
    pub pending: bool,
    /// netifd, or a protocol's script, has made it for another one.
    pub dynamic: bool,
    /// How it gets its addresses (`proto`: dhcp, pppoe, wireguard …).
    pub proto: Option<String>,
    /// When it came up, from `uptime` (whole seconds) or the change that was seen.
    pub up_since: Option<Instant>,
    /// The device that carries its traffic (`l3_device`).
    pub device: Option<String>,
    /// `metric`: the default for its routes.
    pub metric: u32,
    /// Whether an IPv4 address has a peer (`ptpaddress`): PPP, which lists an old address before the new one.
    pub point_to_point: bool,
    /// `ipv4-address`, in netifd's order.
    pub ipv4: Vec<Ipv4Addr>,
    /// `ipv6-address`.
    pub ipv6: Vec<Lifetime<Ipv6Addr>>,
    /// `ipv6-prefix`: prefixes delegated to this router, as address and length.
    pub prefixes: Vec<Lifetime<(Ipv6Addr, u8)>>,
    /// `assigned` of these prefixes: who has a share in them.
    pub shares: Vec<Share>,
    /// `ipv6-prefix-assignment`: this interface's share of a delegated prefix.
    pub assignments: Vec<Lifetime<Assignment>>,
    /// `route`, those that carry traffic.
    pub routes: Vec<Route>,
}

/// Something that is preferred and valid until.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime<T> {
    /// What it is.
    pub value: T,
    /// From then on it is deprecated.
    pub preferred_until: Option<Instant>,
    /// From then on it is gone, and netifd does not say so.
    pub valid_until: Option<Instant>,
    /// The preferred lifetime as it was last granted, not what is left of it; `None` = for ever. Two
    /// addresses that are renewed at different times would else take turns in being the longest.
    pub granted: Option<Duration>,
}

/// One entry of a delegated prefix's `assigned`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The interface that has it.
    pub interface: String,
    /// The share.
    pub prefix: Ipv6Addr,
    /// Its length.
    pub length: u8,
}

/// One `ipv6-prefix-assignment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The prefix.
    pub prefix: Ipv6Addr,
    /// Its length.
    pub length: u8,
    /// The router's own address in it (`local-address`).
    pub local: Option<Ipv6Addr>,
}

/// One `route`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The destination and its length; a default route has length 0.
    pub target: (IpAddr, u8),
    /// Its metric, where it is not the interface's.
    pub metric: Option<u32>,
    /// The source, where the route is bound to one (length above 0).
    pub source: Option<(IpAddr, u8)>,
    /// The routing table, where it is not the main one.
    pub table: Option<u32>,
    /// From then on it is gone, and netifd does not say so.
    pub valid_until: Option<Instant>,
}

impl<T> Lifetime<T> {
    /// Something without an end.
    pub fn forever(value: T) -> Self {
        Lifetime { value, preferred_until: None, valid_until: None, granted: None }
    }

    /// Something else that lives as long.
    pub fn with<U>(&self, value: U) -> Lifetime<U> {
        let Lifetime { preferred_until, valid_until, granted, .. } = *self;
        Lifetime { value, preferred_until, valid_until, granted }
    }

    /// Neither deprecated nor expired.
    pub fn is_usable(&self, now: Instant) -> bool {
        !self.is_deprecated(now) && !self.is_expired(now)
    }

    /// Its preferred lifetime is over: existing connections only.
    pub fn is_deprecated(&self, now: Instant) -> bool {
        self.preferred_until.is_some_and(|until| until <= now)
    }

    /// Its valid lifetime is over.
    pub fn is_expired(&self, now: Instant) -> bool {
        self.valid_until.is_some_and(|until| until <= now)
    }

    /// When it stops being usable.
    pub fn deadline(&self) -> Option<Instant> {
        self.preferred_until.into_iter().chain(self.valid_until).min()
    }
}

impl Network {
    /// Every interface and its name.
    pub fn interfaces(&self) -> impl Iterator<Item = (&String, &Interface)> {
        self.interfaces.iter()
    }

    /// These interfaces, as one dump tells them.
    pub fn new(interfaces: LiteMap<String, Interface>) -> Self {
        Network { interfaces, incomplete: false }
    }

    /// The interface of that name, with its name.
    pub fn named(&self, name: &str) -> Option<(&str, &Interface)> {
        let at = self.interfaces.find_index(name).ok()?;
        self.interfaces.get_indexed(at).map(|(name, interface)| (name.as_str(), interface))
    }

    /// Whether it is a tunnel to somebody else's network, or one that netifd made for such a tunnel.
    pub fn is_vpn(&self, name: &str) -> bool {
        const VPN: [&str; 13] = [
            "wireguard",
            "amneziawg",
            "openvpn",
            "openconnect",
            "openfortivpn",
            "vpnc",
            "l2tp",
            "pptp",
            "sstp",
            "xfrm",
            "tailscale",
            "netbird",
            "zerotier",
        ];
        let parent = name.strip_suffix("_4").or_else(|| name.strip_suffix("_6"));
        [Some(name), parent].into_iter().flatten().any(|name| {
            let proto = self.interfaces.get(name).and_then(|interface| interface.proto.as_deref());
            proto.is_some_and(|proto| VPN.contains(&proto))
        })
    }

    /// Whether only a dump can tell what an interface's address in its new share of a prefix is.
    pub fn wants_dump(&self) -> bool {
        self.incomplete
    }

    /// Takes in what netifd says of one interface; true where that is news.
    pub fn apply(&mut self, name: String, mut interface: Interface) -> bool {
        let old = self.interfaces.get(&name);
        if let Some(old) = old {
            settle(old, &mut interface);
        }
        if old == Some(&interface) {
            return false;
        }
        let before = old.map(|old| old.prefixes.iter().map(|prefix| prefix.value).collect()).unwrap_or_default();
        self.hand_on(&name, &interface, before);
        self.interfaces.insert(name, interface);
        true
    }

    /// What `name` now says of its prefixes, which were `before`, holds for the others' shares in them.
    fn hand_on(&mut self, name: &str, news: &Interface, before: Vec<(Ipv6Addr, u8)>) {
        let whole = |share: Ipv6Addr| news.prefixes.iter().find(|it| in_prefix(share, it.value.0, it.value.1));
        for (other, interface) in self.interfaces.iter_mut().filter(|(other, it)| *other != name && it.up) {
            let listed: Vec<&Share> = news.shares.iter().filter(|share| share.interface == *other).collect();
            interface.assignments.retain(|it| match whole(it.value.prefix) {
                Some(_) => news.shares.is_empty() || listed.iter().any(|share| share.is(&it.value)),
                None => !before.iter().any(|(base, length)| in_prefix(it.value.prefix, *base, *length)),
            });
            for share in listed {
                if !interface.assignments.iter().any(|it| share.is(&it.value)) {
                    let value = Assignment { prefix: share.prefix, length: share.length, local: None };
                    interface.assignments.push(Lifetime::forever(value));
                    self.incomplete = true;
                }
            }
            for assignment in &mut interface.assignments {
                if let Some(prefix) = whole(assignment.value.prefix) {
                    *assignment = prefix.with(assignment.value);
                }
            }
        }
    }

    /// Takes in a whole dump; true where it says anything new. An interface that is not in it is gone.
    pub fn replace(&mut self, mut dump: Network) -> bool {
        for (name, interface) in dump.interfaces.iter_mut() {
            if let Some(old) = self.interfaces.get(name) {
                settle(old, interface);
            }
        }
        let changed = self.interfaces != dump.interfaces;
        *self = dump;
        changed
    }
}

/// Where `new` differs from `old` by rounding only, says what `old` said.
fn settle(old: &Interface, new: &mut Interface) {
    if old.up && new.up {
        match (old.up_since, new.up_since) {
            (before, None) => new.up_since = before,
            (before, after) if same(before, after) => new.up_since = before,
            _ => {}
        }
    }
    settle_lifetimes(&old.ipv6, &mut new.ipv6);
    settle_lifetimes(&old.prefixes, &mut new.prefixes);
    settle_lifetimes(&old.assignments, &mut new.assignments);
    let mut routes: Vec<&Route> = old.routes.iter().collect();
    for route in &mut new.routes {
        let is_it = |before: &&Route| before.is_the_same_as(route) && same(before.valid_until, route.valid_until);
        if let Some(before) = take(&mut routes, is_it) {
            route.valid_until = before.valid_until;
        }
    }
}

fn settle_lifetimes<T: PartialEq>(old: &[Lifetime<T>], new: &mut [Lifetime<T>]) {
    let mut old: Vec<&Lifetime<T>> = old.iter().collect();
    for lifetime in new {
        let Some(before) = take(&mut old, |before| before.value == lifetime.value) else { continue };
        if same(before.preferred_until, lifetime.preferred_until) {
            lifetime.preferred_until = before.preferred_until;
            lifetime.granted = before.granted;
        }
        if same(before.valid_until, lifetime.valid_until) {
            lifetime.valid_until = before.valid_until;
        }
    }
}

/// Each old one is the predecessor of one new one: netifd lists what differs in its lifetime only (a default route
/// for each delegated prefix) twice, and in the same order.
fn take<'a, T>(old: &mut Vec<&'a T>, is_it: impl FnMut(&&'a T) -> bool) -> Option<&'a T> {
    old.iter().position(is_it).map(|at| old.remove(at))
}

fn same(a: Option<Instant>, b: Option<Instant>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.since(b).max(b.since(a)) <= SAME,
        (a, b) => a == b,
    }
}

impl Share {
    fn is(&self, assignment: &Assignment) -> bool {
        (self.prefix, self.length) == (assignment.prefix, assignment.length)
    }
}

impl Route {
    /// A default route: the way to everywhere.
    pub fn is_default(&self) -> bool {
        self.target.1 == 0
    }

    fn is_the_same_as(&self, other: &Route) -> bool {
        let key = |route: &Route| (route.target, route.metric, route.source, route.table);
        key(self) == key(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);

    fn at(secs: u64) -> Instant {
        Instant::from_secs(secs)
    }

    /// An interface as `netifd` reads it at `now`, up for `uptime`, with one address.
    fn heard(now: u64, uptime: u64, preferred: u64) -> Interface {
        Interface {
            up: true,
            up_since: Some(at(now - uptime)),
            ipv6: vec![Lifetime {
                value: ADDRESS,
                preferred_until: Some(at(now + preferred)),
                valid_until: Some(at(now + 2 * preferred)),
                granted: Some(Duration::from_secs(preferred)),
            }],
            ..Interface::default()
        }
    }

    fn network(interface: Interface) -> Network {
        Network::new([("wan6".into(), interface)].into_iter().collect())
    }

    #[test]
    fn the_same_status_later_is_no_news() {
        let mut known = network(heard(1000, 10, 1800));
        let first = known.clone();
        let mut later = heard(1600, 611, 1199);
        later.ipv6[0].valid_until = Some(at(1000 + 3600));
        assert!(!known.apply("wan6".into(), later.clone()));
        assert!(!known.replace(network(later)));
        assert_eq!(known, first, "rounding does not creep in");
        assert_eq!(known.interfaces.get("wan6").unwrap().ipv6[0].granted, Some(Duration::from_secs(1800)));
    }

    /// Two default routes that differed in their lifetime alone (998 and 999 s) were both taken for the first one, so
    /// that the second one seemed to have changed with each repetition.
    #[test]
    fn what_differs_in_its_lifetime_alone_is_told_apart() {
        let twice = |now: u64, passed: u64| {
            let mut interface = heard(now, 10 + passed, 1800 - passed);
            interface.ipv6[0].valid_until = Some(at(now + 3600 - passed));
            interface.ipv6.push(Lifetime { preferred_until: Some(at(now + 300 - passed)), ..interface.ipv6[0] });
            let route = |left: u64| Route {
                target: ("::".parse().unwrap(), 0),
                metric: None,
                source: None,
                table: None,
                valid_until: Some(at(now + left - passed)),
            };
            interface.routes = vec![route(998), route(999), route(600)];
            interface
        };
        let mut known = network(twice(1000, 0));
        let first = known.clone();
        for late in [0, 1] {
            assert!(!known.apply("wan6".into(), twice(1000 + 100 + late, 100)), "{late} s late");
            assert!(!known.replace(network(twice(1000 + 100 + late, 100))), "{late} s late");
        }
        assert_eq!(known, first);
        let mut fewer = twice(1100, 100);
        fewer.routes.pop();
        assert!(known.apply("wan6".into(), fewer), "one that is gone is news");
    }

    #[test]
    fn rounding_never_adds_up() {
        let mut known = network(heard(1000, 10, 1800));
        // Each one is a second off its predecessor: after three it is too far from the first.
        let news: Vec<bool> = (1..=3).map(|n| known.apply("wan6".into(), heard(1000 + n, 10 + n, 1800))).collect();
        assert_eq!(news, [false, false, true]);
    }

    #[test]
    fn a_renewal_is_news_and_grants_anew() {
        let mut known = network(heard(1000, 10, 1800));
        assert!(known.apply("wan6".into(), heard(1900, 910, 1500)));
        assert_eq!(known.interfaces.get("wan6").unwrap().ipv6[0].granted, Some(Duration::from_secs(1500)));
        assert_eq!(known.interfaces.get("wan6").unwrap().up_since, Some(at(990)));
    }

    #[test]
    fn down_and_up_again_is_news_even_at_once() {
        let mut known = network(heard(1000, 10, 1800));
        assert!(known.apply("wan6".into(), Interface::default()));
        assert!(!known.apply("wan6".into(), Interface::default()), "down comes twice");
        let mut back = heard(1001, 0, 1800);
        assert!(known.apply("wan6".into(), back.clone()));
        assert_eq!(known.interfaces.get("wan6").unwrap().up_since, Some(at(1001)));
        back.up_since = None;
        assert!(!known.apply("wan6".into(), back), "a status without uptime does not forget it");
    }

    #[test]
    fn an_interface_that_vanished_is_news() {
        let mut known = network(heard(1000, 10, 1800));
        assert!(known.replace(Network::default()));
        assert!(!known.replace(Network::default()));
    }

    #[test]
    fn a_deadline_is_the_earlier_end() {
        let mut lifetime = Lifetime::forever(ADDRESS);
        assert_eq!(lifetime.deadline(), None);
        lifetime.valid_until = Some(at(5));
        assert_eq!(lifetime.deadline(), Some(at(5)));
        lifetime.preferred_until = Some(at(4));
        assert_eq!(lifetime.deadline(), Some(at(4)));
        assert!(lifetime.is_usable(Instant::from_millis(3_999)) && !lifetime.is_usable(at(4)));
    }
}
