//! Values to requests.

use super::{Credentials, Dialect, Server, encode};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::net::{Ipv4Addr, Ipv6Addr};

/// What stands for a secret in [`Request::masked`].
pub(super) const MASK: &str = "***";

/// What one request says.
#[derive(Clone, Debug)]
pub struct Parameters<'a> {
    /// Hosts and groups, at most what [`batches`](super::batches) gives.
    pub hostnames: &'a [String],
    /// `option username`.
    pub username: &'a str,
    /// The secret.
    pub password: &'a str,
    /// The IPv4 address, where it is to be said.
    pub ipv4: Option<Ipv4Addr>,
    /// The IPv6 address, where it is to be said.
    pub ipv6: Option<Ipv6Addr>,
    /// The IPv6 prefix that is delegated to this router, where it is to be said.
    pub ipv6_prefix: Option<(Ipv6Addr, u8)>,
    /// The service is to take the IPv4 address that it sees (`option ipv4 'server'`).
    pub ipv4_from_sender: bool,
    /// `Some(true)` takes the hosts offline, `Some(false)` says NO, `None` says nothing.
    pub offline: Option<bool>,
    /// `option server`.
    pub server: &'a str,
    /// `option path`. `{hostname}`, `{username}` and `{password}` in it are replaced.
    pub path: &'a str,
    /// `option tls`.
    pub tls: bool,
    /// `option port`.
    pub port: u16,
}

/// One request, ready for the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Where it goes.
    pub server: Server,
    /// Path and query. May hold a secret.
    pub target: String,
    /// The whole value of `Authorization`. A secret.
    pub authorization: Option<String>,
    /// The URL with every secret replaced by `***`.
    pub masked: String,
    /// The family that the connection has to have, since the service takes the address from it.
    pub connection: Option<AddressFamily>,
}

impl std::fmt::Debug for Request {
    /// Shows no secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request")
            .field("url", &self.masked)
            .field("authorization", &self.authorization.as_ref().map(|_| MASK))
            .field("connection", &self.connection)
            .finish()
    }
}

impl Request {
    /// The absolute URL. May hold a secret.
    pub fn url(&self) -> String {
        format!("{}{}", self.server, self.target)
    }
}

/// IPv4 or IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFamily {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// The request for these values.
///
/// The parameters stand in this order: hosts, IPv4, IPv6, `offline`, what the service always wants, credentials.
pub fn build(dialect: &Dialect, parameters: &Parameters<'_>) -> Request {
    let mut query = Query::default();
    if let Some(name) = &dialect.hostname {
        query.add(name, &encode::list(parameters.hostnames));
    }
    addresses(&mut query, dialect, parameters);
    if let (Some(offline), true) = (parameters.offline, dialect.offline) {
        query.add("offline", if offline { "YES" } else { "NO" });
    }
    for (name, value) in &dialect.fixed {
        query.add(name, &encode::name(value));
    }
    let authorization = credentials(&mut query, dialect, parameters);
    let server = server(dialect, parameters);
    Request {
        target: target(&path(parameters, &encode::strict(parameters.password)), &query.open),
        masked: format!("{server}{}", target(&path(parameters, MASK), &query.masked)),
        server,
        authorization,
        connection: connection(dialect, parameters),
    }
}

/// A query in the making, and the same for other people's eyes.
#[derive(Default)]
struct Query {
    open: String,
    masked: String,
}

impl Query {
    fn add(&mut self, name: &str, value: &str) {
        self.add_masked(name, value, value);
    }

    fn add_masked(&mut self, name: &str, value: &str, masked: &str) {
        for (query, value) in [(&mut self.open, value), (&mut self.masked, masked)] {
            if !query.is_empty() {
                query.push('&');
            }
            if !name.is_empty() {
                query.push_str(&encode::name(name));
                query.push('=');
            }
            query.push_str(value);
        }
    }
}

fn addresses(query: &mut Query, dialect: &Dialect, parameters: &Parameters<'_>) {
    let ipv4 = parameters.ipv4.map(|address| address.to_string());
    let ipv6 = parameters.ipv6.map(|address| address.to_string());
    if dialect.joined() {
        let both: Vec<String> = ipv4.iter().chain(&ipv6).cloned().collect();
        if let (Some(name), false) = (&dialect.ipv4, both.is_empty()) {
            query.add(name, &both.join(","));
        }
    } else {
        for (name, address) in [(&dialect.ipv4, &ipv4), (&dialect.ipv6, &ipv6)] {
            if let (Some(name), Some(address)) = (name, address) {
                query.add(name, address);
            }
        }
    }
    if let (Some(name), Some((base, length))) = (&dialect.ipv6_prefix, parameters.ipv6_prefix) {
        // The slash is literal, as the services write it: a query may carry one.
        query.add(name, &format!("{base}/{length}"));
    }
    if let (Some(name), Some(value)) = (&dialect.record_type, record_type(&ipv4, &ipv6)) {
        query.add(name, value);
    }
    // A family is only declared absent beside one that is there: a request without any asks the service to look.
    let absent = [
        (ipv4.is_none() && ipv6.is_some() && !parameters.ipv4_from_sender, &dialect.without_ipv4),
        (ipv6.is_none() && (ipv4.is_some() || parameters.ipv4_from_sender), &dialect.without_ipv6),
    ];
    for (absent, declaration) in absent {
        if let (true, Some((name, value))) = (absent, declaration) {
            query.add(name, &encode::name(value));
        }
    }
}

/// The type of the one record that the request is about.
fn record_type(ipv4: &Option<String>, ipv6: &Option<String>) -> Option<&'static str> {
    match (ipv4, ipv6) {
        (Some(_), _) => Some("A"),
        (None, Some(_)) => Some("AAAA"),
        (None, None) => None,
    }
}

fn credentials(query: &mut Query, dialect: &Dialect, parameters: &Parameters<'_>) -> Option<String> {
    let basic =
        |username: &str| Some(format!("Basic {}", STANDARD.encode(format!("{username}:{}", parameters.password))));
    match &dialect.credentials {
        Credentials::Basic { escape_colon: true } => basic(&parameters.username.replace(':', "%3A")),
        Credentials::Basic { escape_colon: false } => basic(parameters.username),
        Credentials::BasicToken => basic(parameters.password),
        Credentials::Query { username, password } => {
            if let Some(name) = username {
                query.add(name, &encode::strict(parameters.username));
            }
            if let Some(name) = password {
                query.add_masked(name, &encode::strict(parameters.password), MASK);
            }
            None
        }
    }
}

/// The account's server, or the one that the service has for IPv6 alone.
fn server(dialect: &Dialect, parameters: &Parameters<'_>) -> Server {
    let only_ipv6 = parameters.ipv6.is_some() && parameters.ipv4.is_none();
    let host = match &dialect.ipv6_server {
        Some(ipv6) if only_ipv6 && ipv6.instead_of == parameters.server => ipv6.server.as_str(),
        _ => parameters.server,
    };
    Server::new(parameters.tls, host, parameters.port)
}

fn path(parameters: &Parameters<'_>, password: &str) -> String {
    let mut rest = parameters.path;
    let mut path = String::new();
    if !rest.starts_with('/') {
        path.push('/');
    }
    let hosts = encode::list(parameters.hostnames);
    let username = encode::strict(parameters.username);
    let values = [("{hostname}", hosts.as_str()), ("{username}", &username), ("{password}", password)];
    while let Some(at) = rest.find('{') {
        path.push_str(&encode::path(&rest[..at]));
        rest = &rest[at..];
        match values.iter().find(|(placeholder, _)| rest.starts_with(placeholder)) {
            Some((placeholder, value)) => {
                path.push_str(value);
                rest = &rest[placeholder.len()..];
            }
            None => {
                path.push_str(&encode::path("{"));
                rest = &rest[1..];
            }
        }
    }
    path.push_str(&encode::path(rest));
    path
}

fn target(path: &str, query: &str) -> String {
    let between = match (query.is_empty(), path.split_once('?')) {
        (true, _) => "",
        (false, None) => "?",
        (false, Some((_, ""))) => "",
        (false, Some(_)) => "&",
    };
    format!("{path}{between}{query}")
}

fn connection(dialect: &Dialect, parameters: &Parameters<'_>) -> Option<AddressFamily> {
    if parameters.ipv4_from_sender {
        return Some(AddressFamily::Ipv4);
    }
    if !dialect.sender_address {
        return None;
    }
    match (parameters.ipv4, parameters.ipv6) {
        (None, Some(_)) => Some(AddressFamily::Ipv6),
        _ => Some(AddressFamily::Ipv4),
    }
}
