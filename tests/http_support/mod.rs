//! What the tests of the HTTP edge share.

#![allow(dead_code, reason = "each file of tests uses a part")]

use ddnsd::failure::{ErrorKind, Failure};
use ddnsd::io::http::{self, Family, Request, Response, Route};
use ddnsd_testkit::service::{Options, Service, Tls};
use std::time::Duration;

/// Must never show in an error.
pub const SECRET: &str = "c2VjcmV0";

/// Longer than anything here takes, unless it is to time out.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// One request, and how it travels.
#[derive(Clone)]
pub struct Exchange {
    pub url: String,
    pub user_agent: String,
    pub authorization: Option<String>,
    pub ca_file: String,
    pub proxy: Option<(String, u16)>,
    pub device: Option<String>,
    pub family: Option<Family>,
    /// Of a body that is too long, the beginning is enough.
    pub beginning: bool,
    pub timeout: Duration,
}

/// Makes it, as ddnsd does.
pub fn perform(exchange: &Exchange) -> Result<Response, Failure> {
    let (server, target) = http::split(&exchange.url)?;
    let Exchange { ca_file, proxy, device, family, timeout, .. } = exchange.clone();
    let mut headers = vec![("User-Agent", exchange.user_agent.as_str())];
    headers.extend(exchange.authorization.as_deref().map(|it| ("Authorization", it)));
    let request = Request { method: "GET", target: &target, headers: &headers, body: None };
    http::perform(Route { server, ca_file, proxy, device, family, timeout }, &request, exchange.beginning)
}

/// An update as ddnsd sends it, to this service.
pub fn exchange(service: &Service) -> Exchange {
    Exchange {
        url: service.url(&format!("/nic/update?hostname=home.ddns.net&myip=192.0.2.1&password={SECRET}")),
        user_agent: "ddnsd Test-Router/1.0 admin@example.com".to_owned(),
        authorization: Some(format!("Basic {SECRET}")),
        ca_file: service.ca_file().map_or("/nowhere".to_owned(), |path| path.display().to_string()),
        proxy: None,
        device: None,
        family: None,
        beginning: false,
        timeout: PATIENCE,
    }
}

pub fn plain() -> Service {
    Service::start(Options::default()).unwrap()
}

pub fn with_tls(tls: Tls) -> Service {
    Service::start(Options { tls: Some(tls), ..Options::default() }).unwrap()
}

/// The exchange works out.
pub fn answer(exchange: &Exchange) -> Response {
    perform(exchange).unwrap_or_else(|failure| panic!("{failure:?}"))
}

/// The exchange fails in this way; the sentence has no secret and nothing of the query in it.
pub fn failure(exchange: &Exchange, kind: ErrorKind) -> String {
    let Err(failure) = perform(exchange) else { panic!("expected a failure of kind {kind:?}") };
    let Failure { kind: found, message } = failure;
    assert_eq!(found, kind, "{message}");
    for secret in [SECRET, "Basic", "hostname=", "nic/update", "os error"] {
        assert!(!message.contains(secret), "{message:?} holds {secret:?}");
    }
    assert!(!message.contains('\n') && !message.ends_with('.'), "{message:?} is no sentence for a log");
    message
}
