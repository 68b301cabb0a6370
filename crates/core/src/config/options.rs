//! Every option there is. `docs/configuration.md` describes each; a test compares the two.

/// How an option is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `option NAME 'VALUE'`
    Single,
    /// `list NAME 'VALUE'`, one line for each.
    List,
    /// Either.
    Either,
}

/// The options of `config global`.
pub const GLOBAL_OPTIONS: &[(&str, Shape)] = &[("contact", Shape::Single), ("log_level", Shape::Single)];

/// The options of `config account`.
pub const ACCOUNT_OPTIONS: &[(&str, Shape)] = &[
    ("enabled", Shape::Single),
    ("service", Shape::Single),
    ("username", Shape::Single),
    ("password", Shape::Single),
    ("password_file", Shape::Single),
    ("hostname", Shape::List),
    ("interface", Shape::Either),
    ("interface6", Shape::Either),
    ("lan", Shape::Single),
    ("ipv4", Shape::Single),
    ("ipv6", Shape::Single),
    ("ipv6_suffix", Shape::Single),
    ("offline", Shape::Single),
    ("server", Shape::Single),
    ("path", Shape::Single),
    ("tls", Shape::Single),
    ("port", Shape::Single),
    ("ca_file", Shape::Single),
    ("bind", Shape::Single),
    ("proxy", Shape::Single),
    ("timeout", Shape::Single),
    ("force_interval", Shape::Single),
    ("web_interval", Shape::Single),
    ("web_url", Shape::Either),
    ("web_url6", Shape::Either),
    ("zone", Shape::Single),
    ("create", Shape::Single),
    ("ttl", Shape::Single),
    ("algorithm", Shape::Single),
];

/// What other updaters call an option of ours, ddns-scripts above all.
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("cacert", "ca_file"),
    ("domain", "hostname"),
    ("host", "hostname"),
    ("hosts", "hostname"),
    ("ip_interface", "interface"),
    ("ip_network", "interface"),
    ("ip_source", "ipv4"),
    ("login", "username"),
    ("lookup_host", "hostname"),
    ("pass", "password"),
    ("provider", "service"),
    ("secret", "password"),
    ("service_name", "service"),
    ("update_url", "server"),
    ("url", "server"),
    ("use_https", "tls"),
    ("use_ipv6", "ipv6"),
    ("user", "username"),
];
