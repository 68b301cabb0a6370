//! Values to requests.

use super::Dialect;
use std::net::{Ipv4Addr, Ipv6Addr};

/// What one request says.
#[derive(Clone, Debug)]
pub struct Parameters<'a> {
    /// Hosts and groups, at most what [`batches`] gives.
    pub hostnames: &'a [String],
    /// `option username`.
    pub username: &'a str,
    /// The secret.
    pub password: &'a str,
    /// The IPv4 address, where it is to be said.
    pub ipv4: Option<Ipv4Addr>,
    /// The IPv6 address, where it is to be said.
    pub ipv6: Option<Ipv6Addr>,
    /// `Some(true)` takes the hosts offline, `Some(false)` says NO, `None` says nothing.
    pub offline: Option<bool>,
    /// `option server`.
    pub server: &'a str,
    /// `option path`.
    pub path: &'a str,
    /// `option tls`.
    pub tls: bool,
    /// `option port`.
    pub port: u16,
}

/// One request, ready for the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The absolute URL. May hold a secret (in the query).
    pub url: String,
    /// The whole value of `Authorization`. A secret.
    pub authorization: Option<String>,
    /// The URL with every secret replaced by `***`.
    pub masked: String,
}

/// The request for these values.
pub fn build(_dialect: &Dialect, parameters: &Parameters<'_>) -> Request {
    let url = String::from(parameters.server);
    Request { masked: url.clone(), url, authorization: None }
}

/// The hosts in groups of what one request carries: at most 20, and a list under 4,000 characters.
pub fn batches(_dialect: &Dialect, hostnames: &[String]) -> Vec<Vec<String>> {
    hostnames.chunks(20).map(<[String]>::to_vec).collect()
}
