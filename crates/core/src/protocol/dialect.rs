//! How one service words requests and answers: data, no behaviour of its own.
//!
//! [`Dialect::default`] is No-IP's, which is dyndns2 with IPv6 in `myip` and `:` allowed in usernames. Every other
//! service differs from it by what its entry in the table of services says (`docs/services.md`).

use super::Code;
use super::api::Recipe;
use std::sync::Arc;

/// How one service words requests and answers; `Dialect::default()` is No-IP's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The service is the zone's own server and speaks DNS UPDATE ([`super::update`]); nothing below but
    /// `hosts_per_request` and `min_interval` counts then.
    pub dns_update: bool,
    /// The service has an API of its own, which this describes; of what stands below, only what every service has
    /// counts then.
    pub api: Option<Arc<Recipe>>,
    /// The parameter that lists the hosts; `None` where the login or the path names them.
    pub hostname: Option<String>,
    /// How many hosts one request carries, 1 at least.
    pub hosts_per_request: usize,
    /// The parameter of the IPv4 address; `None` where it is never sent.
    pub ipv4: Option<String>,
    /// The parameter of the IPv6 address. The same name as IPv4's joins the two: `myip=v4,v6`.
    pub ipv6: Option<String>,
    /// The parameter that takes the IPv6 prefix delegated to this router (`2001:db8:77::/56`), where there is one.
    pub ipv6_prefix: Option<String>,
    /// One request carries one family: two addresses are two requests.
    pub separate_families: bool,
    /// The parameter that names the record's type, `A` or `AAAA`, where the service wants to be told.
    pub record_type: Option<String>,
    /// An IPv6 address may be sent without an IPv4 one. Where not, the service would take something else for the IPv4
    /// address that it was not told.
    pub ipv6_alone: bool,
    /// The service deletes the family that a request leaves out.
    pub drops: bool,
    /// The hosts of one request have to lie in one domain.
    pub one_domain: bool,
    /// Another server for requests that only say an IPv6 address.
    pub ipv6_server: Option<Ipv6Server>,
    /// The service takes the address that it sees, whatever it is told: the connection's family matters.
    pub sender_address: bool,
    /// The parameter and value that keep the service from guessing, or deleting, an IPv4 address that is not sent.
    pub without_ipv4: Option<(String, String)>,
    /// The same for IPv6.
    pub without_ipv6: Option<(String, String)>,
    /// Where username and password go.
    pub credentials: Credentials,
    /// Parameters that every request has.
    pub fixed: Vec<(String, String)>,
    /// Whether `offline=YES` is understood.
    pub offline: bool,
    /// Words of the service's own, in the order in which they are tried, before the protocol's.
    pub words: Vec<Word>,
    /// What an HTTP status means where the body has no code; a success only for one that is nothing else (201, 202, 204).
    pub statuses: Vec<(u16, Code)>,
    /// One success counts for every host of the request.
    pub answers_once: bool,
    /// Seconds that the service wants between two updates of an account; 0 = no more than docs/protocol.md asks for.
    pub min_interval: u32,
}

/// The server that IPv6 addresses are told to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ipv6Server {
    /// In place of this one; a server that an account sets itself stays.
    pub instead_of: String,
    /// The server.
    pub server: String,
}

/// Where username and password go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// `Authorization: Basic`.
    Basic {
        /// A `:` in the username goes as `%3A` (No-IP's own client's form); otherwise it cannot be sent.
        escape_colon: bool,
    },
    /// `Authorization: Basic` with the password as the username, too.
    BasicToken,
    /// In parameters; a nameless one (`""`) is its bare value. `None` leaves it out (the path may hold it).
    Query {
        /// The username's parameter.
        username: Option<String>,
        /// The password's parameter.
        password: Option<String>,
    },
}

/// A word of the service's own and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word, or a phrase.
    pub text: String,
    /// Where it has to stand.
    pub place: Place,
    /// The protocol's code for it.
    pub code: Code,
}

/// Where a [`Word`] has to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is the line, or the line's beginning and followed by a blank.
    Line,
    /// It is the line's beginning.
    Prefix,
    /// Anywhere in the body; it then counts for every host.
    Anywhere,
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect {
            dns_update: false,
            api: None,
            hostname: Some("hostname".into()),
            hosts_per_request: 20,
            ipv4: Some("myip".into()),
            ipv6: Some("myip".into()),
            ipv6_prefix: None,
            separate_families: false,
            record_type: None,
            ipv6_alone: true,
            drops: false,
            one_domain: false,
            ipv6_server: None,
            sender_address: false,
            without_ipv4: None,
            without_ipv6: None,
            credentials: Credentials::Basic { escape_colon: true },
            fixed: Vec::new(),
            offline: true,
            words: Vec::new(),
            statuses: Vec::new(),
            answers_once: false,
            min_interval: 0,
        }
    }
}

impl Dialect {
    /// Plain dyndns2: as No-IP's, but a username with `:` cannot be sent (docs/protocol.md).
    pub fn dyndns2() -> Self {
        Dialect { credentials: Credentials::Basic { escape_colon: false }, ..Dialect::default() }
    }

    /// An API's: each host and each family is a run of its own.
    pub fn of_api(recipe: Recipe) -> Self {
        Dialect {
            ipv4: Some("A".into()),
            ipv6: Some("AAAA".into()),
            hosts_per_request: 1,
            separate_families: true,
            // Nothing here is `Authorization: Basic`.
            credentials: Credentials::Query { username: None, password: None },
            offline: false,
            api: Some(Arc::new(recipe)),
            ..Dialect::default()
        }
    }

    /// Whether it sets records of a zone: DNS UPDATE, and whatever has an API.
    pub fn sets_records(&self) -> bool {
        self.dns_update || self.api.is_some()
    }

    /// Whether a username may hold `:`.
    pub fn takes_colon(&self) -> bool {
        !matches!(self.credentials, Credentials::Basic { escape_colon: false })
    }

    /// Whether the two families share a parameter.
    pub(super) fn joined(&self) -> bool {
        self.ipv6.is_some() && self.ipv4 == self.ipv6
    }
}
