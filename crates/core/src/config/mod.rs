//! The configuration as the rest of ddnsd sees it: typed, complete, with every default filled in.
//!
//! UCI text becomes these values in one place, [`build`]; nothing after it reads an option's text again.
//!
//! ```text
//! uci::Package ──▶ build.rs (sections) ──▶ account.rs (one account) ──▶ Config { accounts, diagnostics }
//!                       reader.rs: option by option, typed, every mistake noted
//!                       values.rs, hostname.rs: what a value of some kind must look like
//! ```
//!
//! What is left out: no file is read here (a password file comes through a closure), and the table of services
//! is handed in as a [`ServiceTable`].

mod absent;
mod account;
mod build;
mod diagnostic;
mod findings;
mod hostname;
mod options;
mod preset;
mod punycode;
mod reader;
mod records;
mod secret;
mod values;

pub use build::build;
pub use diagnostic::{Diagnostic, Severity};
pub use options::{ACCOUNT_OPTIONS, GLOBAL_OPTIONS, Shape};
pub use preset::{BuiltIn, Preset, ServiceTable};
pub use secret::Secret;

use crate::address::Suffix;
use crate::protocol::{Credentials, Dialect, update};
use std::sync::Arc;

/// Whether an `option web_url` may say this.
pub(crate) fn is_web_url(value: &str) -> bool {
    values::web_url(value).is_ok()
}

/// `/etc/config/ddnsd`, built: what could be used of it, and what was wrong with the rest.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// `config global`.
    pub global: Global,
    /// The accounts without a mistake, in the order of the file, disabled ones included.
    pub accounts: Vec<Arc<AccountConfig>>,
    /// Every mistake and warning, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// `config global 'global'`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Global {
    /// The User-Agent's maintainer contact.
    pub contact: Option<String>,
    /// How much is logged.
    pub log_level: log::LevelFilter,
}

impl Default for Global {
    fn default() -> Self {
        Global { contact: None, log_level: log::LevelFilter::Info }
    }
}

/// One `config account 'NAME'`.
#[derive(Clone, Debug)]
pub struct AccountConfig {
    /// The section's name.
    pub name: String,
    /// `option enabled`; 1 unless said otherwise.
    pub enabled: bool,
    /// `option service`: a name from the table of services, or `custom`.
    pub service: String,
    /// How that service words requests and answers.
    pub dialect: Arc<Dialect>,
    /// `option username`; empty where the service takes none.
    pub username: String,
    /// `option password`, or the content of `option password_file`.
    pub password: Secret,
    /// `list hostname`: hosts and groups, in the configured order, without duplicates.
    pub hostnames: Vec<String>,
    /// `option interface`, for IPv4.
    pub interface: InterfaceChoice,
    /// `option interface6`, for IPv6.
    pub interface6: InterfaceChoice,
    /// `option lan`: the netifd interface whose assigned prefix `ipv6_suffix` may use.
    pub lan: String,
    /// `option ipv4`.
    pub ipv4: Ipv4Policy,
    /// `option ipv6`.
    pub ipv6: Ipv6Policy,
    /// `option ipv6_suffix`.
    pub ipv6_suffix: Option<Suffix>,
    /// `option offline`: keep these hosts offline.
    pub offline: bool,
    /// Where updates go, and how.
    pub endpoint: Endpoint,
    /// `option bind`.
    pub bind: Bind,
    /// `option force_interval`, in days; 0 = never send without a change.
    pub force_interval: u32,
    /// `option web_interval`, in minutes, 10 at least.
    pub web_interval: u32,
    /// `option web_url`: asked in this order, the next where one fails.
    pub web_url: Vec<String>,
    /// `option web_url6`.
    pub web_url6: Vec<String>,
    /// Whether it is not the default: with `ipv6 'auto'` only a page of one's own is asked. A line without a public
    /// IPv6 address mostly has no way out over IPv6 either, and why there is none is worth more than that a page could
    /// not be reached.
    pub web_url6_own: bool,
    /// `option zone`: the zone that the hosts are in, where it is not to be looked for.
    pub zone: Option<String>,
    /// `option create`: make a record that is not there yet.
    pub create: bool,
    /// `option ttl`: of a record that is made, in seconds.
    pub ttl: u32,
    /// The key of DNS UPDATE; `None` with every other service.
    pub dns_key: Option<Arc<update::Key>>,
    /// What the fingerprint is made of: every option but `enabled`, as `name=value` lines in the order
    /// of their names, and the secret itself (also where it came from a file). Never shown.
    pub identity: Secret,
}

impl AccountConfig {
    /// Whether the username may be that of a DDNS key: No-IP's, and neither an e-mail address nor a group's login.
    pub fn may_have_ddns_key(&self) -> bool {
        self.dialect.credentials == Credentials::Basic { escape_colon: true } && !self.username.contains(['@', ':'])
    }
}

/// Where an account's updates go, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `option server`.
    pub server: String,
    /// `option path`.
    pub path: String,
    /// `option tls`.
    pub tls: bool,
    /// `option port`.
    pub port: u16,
    /// `option ca_file`.
    pub ca_file: String,
    /// `option proxy`: host and port of an HTTP proxy that is asked to CONNECT.
    pub proxy: Option<(String, u16)>,
    /// `option timeout`, in seconds, for the whole exchange.
    pub timeout: u32,
}

/// Which netifd interfaces may give the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InterfaceChoice {
    /// Whichever carries the default route of the family.
    Auto,
    /// These, in failover order: the first with a usable address.
    Named(Vec<String>),
}

/// Where the IPv4 address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ipv4Policy {
    /// The interface's address where it is public, else web detection.
    Auto,
    /// The interface's address, or none.
    Interface,
    /// Web detection.
    Web,
    /// `myip` is left out; the answer's address is the truth.
    Server,
    /// No IPv4.
    Off,
}

/// Whether what goes out leaves through the chosen interface's device (`SO_BINDTODEVICE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bind {
    /// Where it would leave by another line.
    Auto,
    /// Always.
    Always,
    /// By whichever line the kernel takes.
    Never,
}

/// Where the IPv6 address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ipv6Policy {
    /// No IPv6.
    Off,
    /// The interface's address, else web detection where `web_url6` is a page of one's own.
    Auto,
    /// The interface's address, or none.
    Interface,
    /// Web detection.
    Web,
}
