//! Where an exchange goes, and by when it has to be over.
//!
//! Nothing of the URL but host and port is ever said to a person: its query may carry a password.

use super::url::Url;
use super::{Exchange, Family};
use crate::failure::{ErrorKind, Failure};
use crate::time;
use std::time::{Duration, Instant};

/// What the steps of one exchange share.
#[derive(Debug)]
pub(super) struct Plan {
    /// Path and query. May hold a password.
    pub target: String,
    /// Host and port, as the URL has them.
    pub host_header: String,
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
}

/// What stands for "no deadline" where the clock has no such time.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Plan {
    pub fn new(exchange: &Exchange) -> Result<Plan, Failure> {
        let url = Url::parse(&exchange.url).map_err(refused)?;
        let now = Instant::now();
        Ok(Plan {
            target: url.target.to_owned(),
            host_header: url.authority.to_owned(),
            host: url.host.to_owned(),
            port: url.port,
            tls: url.tls,
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
