//! Where the requests of a run go, and by when they have to be over.
//!
//! Nothing of a URL but host and port is ever said to a person: its query may carry a password.

use crate::failure::{ErrorKind, Failure};
use crate::protocol::{AddressFamily, Server};
use crate::time;
use std::time::{Duration, Instant};
use ureq::http::Uri;

/// How the requests of a run travel.
#[derive(Clone, Debug)]
pub struct Route {
    /// Where they go.
    pub server: Server,
    /// The roots to verify against (PEM); only read with TLS.
    pub ca_file: String,
    /// An HTTP proxy that is asked to CONNECT (also for plain http).
    pub proxy: Option<(String, u16)>,
    /// SO_BINDTODEVICE. Only the connection: names are resolved as the system does it.
    pub device: Option<String>,
    /// The only addresses of the server (of the proxy, where there is one) that may be used, where not all may.
    pub family: Option<AddressFamily>,
    /// The whole run, DNS to the last byte.
    pub timeout: Duration,
}

impl Route {
    /// How the server is called in a sentence.
    pub fn name(&self) -> String {
        format!("{} port {}", self.server.host, self.server.port)
    }

    /// The failure of what used the time up.
    pub fn late(&self, what: &str) -> Failure {
        let seconds = time::seconds(self.timeout);
        let unit = if self.timeout == Duration::from_secs(1) { "second" } else { "seconds" };
        Failure { kind: ErrorKind::Timeout, message: format!("{what} within {seconds} {unit}") }
    }
}

/// The server that a URL names, and the path and query there.
///
/// # Errors
/// The URL is none, in words that do not quote it.
pub fn split(url: &str) -> Result<(Server, String), Failure> {
    take_apart(url).map_err(|why| Failure { kind: ErrorKind::Http, message: format!("the URL is not valid: {why}") })
}

fn take_apart(url: &str) -> Result<(Server, String), &'static str> {
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
    if authority.host().is_empty() {
        return Err("it names no server");
    }
    let port = match authority.as_str().rsplit_once(':') {
        // Nobody can be connected to at port 0.
        Some((_, port)) if !port.ends_with(']') => {
            port.parse().ok().filter(|port| *port > 0).ok_or("its port is wrong")?
        }
        _ => Server::own_port(tls),
    };
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    Ok((Server::new(tls, authority.host(), port), target.to_owned()))
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
            None => (&self.route.server.host, self.route.server.port),
        }
    }

    /// How that server is called in a sentence.
    pub fn peer_name(&self) -> String {
        match &self.route.proxy {
            Some((host, port)) => format!("the proxy {host} port {port}"),
            None => self.name(),
        }
    }

    /// How the server is called in a sentence.
    pub fn name(&self) -> String {
        self.route.name()
    }

    /// What is left of the time.
    pub fn left(&self) -> Option<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// The failure of a step that used the time up.
    pub fn late(&self, what: &str) -> Failure {
        self.route.late(what)
    }
}
