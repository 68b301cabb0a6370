//! A simulated No-IP service: the update protocol over http or https, in this process.
//!
//! It behaves as docs/protocol.md says the real one does: credentials, hosts and groups with their addresses, `good` and
//! `nochg`, a code per host. A script can put any other answer in front, down to one that drips or breaks off. Every
//! request is recorded, and a test can wait for the next one.
//!
//! ```no_run
//! use ddnsd_testkit::service::{Options, Script, Service, Tls};
//! use std::time::Duration;
//!
//! let service = Service::start(Options { tls: Some(Tls::default()), ..Options::default() }).unwrap();
//! service.account("user@example.com", "secret", &["home.ddns.net"]);
//! service.script([Script::answer(500, "911\r\n")]);
//! // … run ddnsd against service.host(), service.port() and service.ca_file() …
//! let request = service.wait_request(Duration::from_secs(5)).unwrap();
//! assert_eq!(request.query("hostname"), Some("home.ddns.net"));
//! ```
//!
//! Leaves out: other services' names for the parameters, HTTP beyond one GET a connection.

mod connection;
mod message;
mod noip;
mod record;
mod script;
pub(crate) mod server;
mod tls;

pub use crate::certificates::{Bundle, Certificate, Key};
pub use message::Request;
pub use noip::Host;
pub use script::Script;
pub use tls::{Tls, Versions};

use crate::certificates::Identity;
use noip::Table;
use record::Log;
pub(crate) use server::{Server, Stop};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How the service is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; the loopback address by default.
    pub address: IpAddr,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// https, or http where there is none.
    pub tls: Option<Tls>,
    /// Answer `badagent` to a User-Agent that is not of the form that No-IP asks for.
    pub strict_agent: bool,
    /// Accounts may take hosts offline (else `!donator`).
    pub paid: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { address: Ipv4Addr::LOCALHOST.into(), port: 0, tls: None, strict_agent: true, paid: true }
    }
}

/// The running service; dropping it ends every connection and thread.
#[derive(Debug)]
pub struct Service {
    shared: Arc<Shared>,
    server: Server,
    identity: Option<Identity>,
}

/// What the connections share.
#[derive(Debug)]
struct Shared {
    log: Log,
    table: Mutex<Table>,
    script: Mutex<script::Queue>,
}

impl Service {
    /// Listens and serves.
    pub fn start(options: Options) -> io::Result<Service> {
        let table = Table::new(options.strict_agent, options.paid);
        let shared = Arc::new(Shared { log: Log::default(), table: Mutex::new(table), script: Mutex::default() });
        let identity = options.tls.as_ref().map(Tls::identity).transpose()?;
        let config = match (&options.tls, &identity) {
            (Some(tls), Some(identity)) => Some(tls.config(identity)?),
            _ => None,
        };
        let state = shared.clone();
        let server = Server::start(SocketAddr::new(options.address, options.port), move |stream, stop| {
            connection::serve(&state, config.clone(), stream, stop);
        })?;
        Ok(Service { shared, server, identity })
    }

    /// The host to connect to.
    pub fn host(&self) -> String {
        self.server.address().ip().to_string()
    }

    /// The port to connect to.
    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// `http://…` or `https://…`, with the path.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.identity.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.server.address())
    }

    /// What clients are to trust; only with TLS.
    pub fn ca_file(&self) -> Option<&Path> {
        self.identity.as_ref().map(Identity::ca_file)
    }

    /// Adds an account with its hosts (or adds hosts to it, and sets its password).
    pub fn account(&self, login: &str, password: &str, hostnames: &[&str]) {
        self.table().account(login, password, hostnames);
    }

    /// Makes a group of an account's hosts, which can be updated by its name.
    pub fn group(&self, login: &str, group: &str, hostnames: &[&str]) {
        self.table().group(login, group, hostnames);
    }

    /// What the service knows of a host.
    pub fn host_entry(&self, hostname: &str) -> Option<Host> {
        self.table().host(hostname).cloned()
    }

    /// From now on every update is answered with `911` (or no longer).
    pub fn fatal(&self, fatal: bool) {
        self.table().fatal = fatal;
    }

    /// What the next update requests are answered, one each, whatever they ask.
    pub fn script(&self, answers: impl IntoIterator<Item = Script>) {
        locked(&self.shared.script).updates.extend(answers);
    }

    /// What the next address detections are answered, one each.
    pub fn script_detection(&self, answers: impl IntoIterator<Item = Script>) {
        locked(&self.shared.script).detections.extend(answers);
    }

    /// What the page for address detection, `/ip`, says instead of the caller's address.
    pub fn detection(&self, text: &str) {
        locked(&self.shared.script).detected = Some(text.to_owned());
    }

    /// The next request that nobody has taken yet, waited for; an error says what came instead.
    pub fn wait_request(&self, timeout: Duration) -> Result<Request, String> {
        self.shared.log.wait(timeout)
    }

    /// Every request so far, taken or not.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log.all()
    }

    /// How many connections there were, TLS handshakes that failed included.
    pub fn connections(&self) -> usize {
        self.server.connections()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        locked(&self.shared.table)
    }
}

/// A thread that panicked has failed its test already; the others may go on.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
