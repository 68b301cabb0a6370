//! What one section, provider or host line of an old configuration asks for, whichever program it was written for.

use super::pages::Pages;
use super::url::Shape;

/// Hosts of one family, at one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    /// The old section.
    pub(super) section: String,
    /// Its line.
    pub(super) line: usize,
    pub(super) enabled: bool,
    pub(super) account: Account,
    pub(super) hosts: Vec<String>,
    pub(super) ipv6: bool,
    pub(super) source: Source,
}

/// Whom a section updates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A service of the table, by its name.
    Service(String),
    /// A URL of the person's own.
    Url(Shape),
}

/// What makes two sections one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) target: Target,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) ca_file: Option<String>,
    pub(super) proxy: Option<String>,
    pub(super) bind: bool,
    /// `tls '0'`: the old URL is plain http on a port of its own.
    pub(super) plain: bool,
    /// Days.
    pub(super) force_interval: u64,
    /// Options that only some services have, such as `zone`.
    pub(super) more: Vec<(&'static str, String)>,
}

impl Account {
    pub(super) fn new(target: Target, username: String, password: String) -> Self {
        Account {
            plain: matches!(&target, Target::Url(shape) if shape.is_plain()),
            target,
            username,
            password,
            ca_file: None,
            proxy: None,
            bind: false,
            force_interval: 0,
            more: Vec::new(),
        }
    }
}

/// Where the address comes from. Two that differ in anything are never one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// `auto`, `web`, `server`.
    pub(super) policy: &'static str,
    /// netifd's interface.
    pub(super) interface: Option<String>,
    pub(super) pages: Pages,
    /// Minutes.
    pub(super) web_interval: Option<u64>,
    /// The interfaces and devices that the old section named: which line it was about, though not all of it can be
    /// said.
    pub(super) named: Vec<String>,
}

impl Source {
    /// The interface's address where it is public, else a page's.
    pub(super) fn auto(interface: Option<String>) -> Self {
        Source { policy: "auto", interface, pages: Pages::default(), web_interval: None, named: Vec::new() }
    }
}

/// The name of netifd's interface, where a device's or an alias's name says it: `pppoe-wan`, `@wan`.
pub(super) fn network_of(name: &str) -> Option<&str> {
    const TUNNELS: &[&str] =
        &["@", "pppoe-", "pppoa-", "pptp-", "l2tp-", "3g-", "6in4-", "6to4-", "6rd-", "464-", "ds-", "map-", "ppp-"];
    let rest = TUNNELS.iter().find_map(|tunnel| name.strip_prefix(tunnel))?;
    Some(rest).filter(|rest| !rest.is_empty())
}

/// Whether a program's owner wrote that there is no such value, since a form wanted one.
pub(super) fn is_filler(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "" | "none" | "na" | "n/a" | "-" | "null")
}

/// A forced update in days, and what is to be said of it; the old programs' own intervals are not needed here.
pub(super) fn force_days(seconds: u64) -> u64 {
    const DAY: u64 = 86_400;
    if seconds <= 3 * DAY { 0 } else { seconds.div_ceil(DAY).min(365) }
}
