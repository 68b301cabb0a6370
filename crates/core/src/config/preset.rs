//! What the configuration has to know of a service; the table itself is `services.rs`.

use crate::protocol::Dialect;
use std::sync::Arc;

/// What the table of services says of one service, as far as an account's options depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Where `option server` is not set. Empty: the account has to say.
    pub server: String,
    /// Where `option path` is not set.
    pub path: String,
    /// Where `option tls` is not set.
    pub tls: bool,
    /// Where `option port` is not set; `None` = 443 with TLS, 80 without.
    pub port: Option<u16>,
    /// Whether it takes IPv6 addresses.
    pub ipv6: bool,
    /// Whether the IPv6 address has a parameter of its own, so that it can be sent while IPv4 is left to the service
    /// (`ipv4 'server'`).
    pub ipv6_apart: bool,
    /// Whether it takes an IPv6 address without an IPv4 one.
    pub ipv6_alone: bool,
    /// Whether it can take hosts offline.
    pub offline: bool,
    /// Whether it sets records of a zone: `zone`, `create` and `ttl` count.
    pub records: bool,
    /// Whether it wants a username.
    pub username: bool,
    /// Whether a username may hold `:` (which `Authorization: Basic` cannot carry as it is).
    pub colon: bool,
    /// Where `option timeout` is not set; `None` = 30 seconds.
    pub timeout: Option<u32>,
    /// How many characters an e-mail address as the username may have.
    pub email_limit: Option<usize>,
    /// How it words requests and answers.
    pub dialect: Arc<Dialect>,
}

/// The table of services, as the configuration asks it.
pub trait ServiceTable {
    /// The service of this name.
    fn preset(&self, name: &str) -> Option<Preset>;

    /// Every name, for `did you mean`.
    fn names(&self) -> Vec<&str>;
}

/// What is known without any table: `noip`, and `custom` for whatever speaks dyndns2.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltIn;

impl ServiceTable for BuiltIn {
    fn preset(&self, name: &str) -> Option<Preset> {
        match name {
            "custom" => Some(dyndns2()),
            "noip" => Some(Preset {
                server: "dynupdate.no-ip.com".to_owned(),
                colon: true,
                email_limit: Some(50),
                dialect: Arc::new(Dialect::default()),
                ..dyndns2()
            }),
            _ => None,
        }
    }

    fn names(&self) -> Vec<&str> {
        vec!["noip", "custom"]
    }
}

/// A service that speaks plain dyndns2, at a server that the account names.
pub(super) fn dyndns2() -> Preset {
    Preset {
        server: String::new(),
        path: "/nic/update".to_owned(),
        tls: true,
        port: None,
        ipv6: true,
        ipv6_apart: false,
        ipv6_alone: true,
        offline: true,
        records: false,
        username: true,
        colon: false,
        timeout: None,
        email_limit: None,
        dialect: Arc::new(Dialect::dyndns2()),
    }
}
