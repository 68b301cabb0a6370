//! Where the requests of a run go, and by when they have to be over.
//!
//! Nothing of a URL but host and port is ever said to a person: its query may carry a password.

use super::{Exchange, Family};
use crate::failure::{ErrorKind, Failure};
use crate::time;
use std::time::{Duration, Instant};
use ureq::http::Uri;

/// How the requests of a run travel.
#[derive(Clone, Debug)]
pub struct Route {
    /// The server's name or address, without the brackets of IPv6.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// The roots to verify against (PEM); only read with TLS.
    pub ca_file: String,
    /// An HTTP proxy that is asked to CONNECT (also for plain http).
    pub proxy: Option<(String, u16)>,
    /// SO_BINDTODEVICE. Only the connection: names are resolved as the system does it.
    pub device: Option<String>,
    /// Which addresses of the server (of the proxy, where there is one) may be used.
    pub family: Family,
    /// The whole run, DNS to the last byte.
    pub timeout: Duration,
}

impl Route {
    /// The way to an exchange's URL, and the path and query there.
    ///
    /// # Errors
    /// The URL is none, in words that do not quote it.
    pub(super) fn to_url(exchange: &Exchange) -> Result<(Route, String), Failure> {
        let (tls, host, port, target) = take_apart(&exchange.url)
            .map_err(|why| Failure { kind: ErrorKind::Http, message: format!("the URL is not valid: {why}") })?;
        let route = Route {
            host,
            port,
            tls,
            ca_file: exchange.ca_file.clone(),
            proxy: exchange.proxy.clone(),
            device: exchange.device.clone(),
            family: exchange.family,
            timeout: exchange.timeout,
        };
        Ok((route, target))
    }

    /// Host and port for a URL and for the `Host` header: the port only where it is not the scheme's own.
    pub(super) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == if self.tls { 443 } else { 80 } { host } else { format!("{host}:{}", self.port) }
    }
}

fn take_apart(url: &str) -> Result<(bool, String, u16, String), &'static str> {
    let tls = match (url.starts_with("https://"), url.starts_with("http://")) {
        (true, _) => true,
        (_, true) => false,
        _ => return Err("it has to begin with http:// or https://"),
    };
    // What ends a request line, or begins what is never sent to a server.
    if !url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return Err("it holds a character that no request can");
    }
    if url.split("//").nth(1).is_none_or(|rest| rest.is_empty() || rest.starts_with(['/', '?', ':'])) {
        return Err("it names no server");
    }
    let uri: Uri = url.parse().map_err(|_| "it names no server that can be connected to")?;
    let authority = uri.authority().ok_or("it names no server")?;
    if authority.as_str().contains('@') {
        return Err("a username or password in it belongs into the options username and password");
    }
    let host = authority.host();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if host.is_empty() {
        return Err("it names no server");
    }
    let port = match authority.as_str().rsplit_once(':') {
        // Nobody can be connected to at port 0.
        Some((_, port)) if !port.ends_with(']') => {
            port.parse().ok().filter(|port| *port > 0).ok_or("its port is wrong")?
        }
        _ if tls => 443,
        _ => 80,
    };
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    Ok((tls, host.to_owned(), port, target.to_owned()))
}

/// What the steps of one run share.
#[derive(Debug)]
pub(super) struct Plan {
    pub route: Route,
    pub deadline: Instant,
}

/// What stands for "no deadline" where the clock has no such time.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Plan {
    pub fn new(route: Route) -> Plan {
        let now = Instant::now();
        let deadline = now.checked_add(route.timeout.min(FOREVER)).unwrap_or(now);
        Plan { route, deadline }
    }

    /// The server to connect to: the proxy, where there is one.
    pub fn peer(&self) -> (&str, u16) {
        match &self.route.proxy {
            Some((host, port)) => (host, *port),
            None => (&self.route.host, self.route.port),
        }
    }

    /// How that server is called in a sentence.
    pub fn peer_name(&self) -> String {
        match &self.route.proxy {
            Some((host, port)) => format!("the proxy {host} port {port}"),
            None => self.name(),
        }
    }

    /// How the URL's server is called in a sentence.
    pub fn name(&self) -> String {
        format!("{} port {}", self.route.host, self.route.port)
    }

    /// What is left of the time.
    pub fn left(&self) -> Option<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// The failure of a step that used the time up.
    pub fn late(&self, what: &str) -> Failure {
        let seconds = time::seconds(self.route.timeout);
        let unit = if self.route.timeout == Duration::from_secs(1) { "second" } else { "seconds" };
        Failure { kind: ErrorKind::Timeout, message: format!("{what} within {seconds} {unit}") }
    }
}
