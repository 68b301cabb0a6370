//! Where an exchange goes: the URL taken apart, and the deadline.
//!
//! Nothing of the URL but host and port is ever said to a person: its query may carry a password.

use super::{Exchange, Family};
use crate::failure::{ErrorKind, Failure};
use crate::time;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use ureq::http::Uri;
use ureq::http::uri::Scheme;

/// What the steps of one exchange share.
#[derive(Debug)]
pub(super) struct Plan {
    pub uri: Uri,
    /// The name or address in the URL, without the brackets of IPv6.
    pub host: String,
    pub port: u16,
    pub tls: bool,
    pub ca_file: String,
    pub proxy: Option<(String, u16)>,
    pub device: Option<String>,
    pub family: Family,
    pub timeout: Duration,
    pub deadline: Instant,
    /// How many bytes the request takes, at most.
    pub request_size: usize,
    /// Set where the connection ended without TLS's goodbye.
    pub unfinished: AtomicBool,
}

/// What stands for "no deadline" where the clock has no such time.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Plan {
    pub fn new(exchange: &Exchange) -> Result<Plan, Failure> {
        let uri: Uri = exchange.url.parse().map_err(|error| refused(&format!("{error}")))?;
        let tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => return Err(refused("it has to begin with http:// or https://")),
        };
        let authority = uri.authority().ok_or_else(|| refused("it names no server"))?;
        if authority.as_str().contains('@') {
            return Err(refused("a username or password in it belongs into the options username and password"));
        }
        let host = authority.host();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).to_owned();
        if host.is_empty() {
            return Err(refused("it names no server"));
        }
        // A port of 0 cannot be connected to, and "host:" or "host:99999" have none.
        let port = match (authority.port().is_some() || authority.as_str().ends_with(':'), authority.port_u16()) {
            (false, _) if authority.as_str().len() > authority.host().len() => {
                return Err(refused("its port is wrong"));
            }
            (false, _) => {
                if tls {
                    443
                } else {
                    80
                }
            }
            (true, Some(port)) if port > 0 => port,
            (true, _) => return Err(refused("its port is wrong")),
        };
        let now = Instant::now();
        let authorization = exchange.authorization.as_ref().map_or(0, String::len);
        Ok(Plan {
            unfinished: AtomicBool::new(false),
            request_size: exchange.url.len() + host.len() + exchange.user_agent.len() + authorization + 512,
            uri,
            host,
            port,
            tls,
            ca_file: exchange.ca_file.clone(),
            proxy: exchange.proxy.clone(),
            device: exchange.device.clone(),
            family: exchange.family,
            timeout: exchange.timeout,
            deadline: now.checked_add(exchange.timeout.min(FOREVER)).unwrap_or(now),
        })
    }

    /// The server to connect to: the proxy, where there is one.
    pub fn peer(&self) -> (&str, u16) {
        match &self.proxy {
            Some((host, port)) => (host, *port),
            None => (&self.host, self.port),
        }
    }

    /// How that server is called in a sentence.
    pub fn peer_name(&self) -> String {
        match &self.proxy {
            Some((host, port)) => format!("the proxy {host} port {port}"),
            None => self.name(),
        }
    }

    /// How the URL's server is called in a sentence.
    pub fn name(&self) -> String {
        format!("{} port {}", self.host, self.port)
    }

    /// "host:port", as CONNECT wants it.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// What is left of the time.
    pub fn left(&self) -> Option<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// The failure of a step that used the time up.
    pub fn late(&self, what: &str) -> Failure {
        let seconds = time::seconds(self.timeout);
        let unit = if self.timeout == Duration::from_secs(1) { "second" } else { "seconds" };
        Failure { kind: ErrorKind::Timeout, message: format!("{what} within {seconds} {unit}") }
    }
}

fn refused(why: &str) -> Failure {
    Failure { kind: ErrorKind::Http, message: format!("the URL is not valid: {why}") }
}
