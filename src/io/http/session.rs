//! The requests of one run, over one connection.

use super::dial::{self, Dial};
use super::plan::{Plan, Route};
use super::resolve::Resolve;
use super::tls::{Client, Secure};
use super::transport::Ending;
use super::{MAX_HEAD, Socket, failures};
use crate::failure::{ErrorKind, Failure};
use std::io::{self, Read};
use std::sync::Arc;
use ureq::http::header::{CONTENT_LENGTH, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, TRANSFER_ENCODING};
use ureq::http::response::Parts;
use ureq::http::uri::{self, Scheme};
use ureq::http::{self, Method, Uri, Version};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector};
use ureq::{Agent, Proxy, ProxyProtocol};

const RATELIMIT_RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// What is said: one request.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// `GET`, `PUT`, `PATCH`, `POST`.
    pub method: &'a str,
    /// Path and query. May hold a password.
    pub target: &'a str,
    /// Headers, beside `Host`, `Accept` and what says the body's length. May hold a secret.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body; its `Content-Type` is a header like any other.
    pub body: Option<&'a [u8]>,
}

/// What a response says before its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, as the header says it.
    pub retry_after: Option<String>,
    /// `RateLimit-Reset`, as the header says it.
    pub ratelimit_reset: Option<String>,
    /// `Location`, as the header says it.
    pub location: Option<String>,
    /// Whether the body's end is known without the connection's.
    framed: bool,
}

/// The requests of one run: one connection, kept alive, and one deadline over all of it.
#[derive(Debug)]
pub struct Session {
    agent: Agent,
    plan: Arc<Plan>,
    ending: Arc<Ending>,
}

impl Session {
    /// Nothing is connected yet, but the time runs.
    ///
    /// # Errors
    /// The roots cannot be read, or no certificate can carry the server's name.
    pub fn new(route: Route) -> Result<Session, Failure> {
        let plan = Arc::new(Plan::new(route));
        let ending = Arc::new(Ending::default());
        // A file that cannot be read is said before anybody is bothered.
        let client = if plan.route.server.tls { Some(Client::new(&plan)?) } else { None };
        let config = Agent::config_builder()
            .proxy(proxy(&plan)?)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_response_header_size(MAX_HEAD)
            .timeout_global(Some(plan.left().unwrap_or_default()))
            .accept_encoding("")
            .user_agent("")
            .build();
        let chain =
            ().chain(ConnectProxyConnector::default())
                .chain(Dial { plan: plan.clone(), ending: ending.clone() })
                .chain(Secure { plan: plan.clone(), ending: ending.clone(), client });
        let agent = Agent::with_parts(config, chain, Resolve { plan: plan.clone() });
        Ok(Session { agent, plan, ending })
    }

    /// Sends a request, and hands the head and the body of the response to `read`. The body ends with the response; a
    /// body that was read to its end leaves the connection to the next request.
    ///
    /// # Errors
    /// No response, or not the whole of it: in words, without the target and without any secret.
    pub fn exchange(
        &mut self,
        request: &Request<'_>,
        read: &mut dyn FnMut(&Head, &mut dyn Read) -> io::Result<()>,
    ) -> Result<Head, Failure> {
        let http = self.build(request)?;
        let sent = match request.body {
            None => self.agent.run(http.map(|_| ())),
            Some(body) => self.agent.run(http.map(|_| body)),
        };
        let response = sent.map_err(|error| failures::failure(error, &self.plan, &self.ending))?;
        let (parts, body) = response.into_parts();
        let head = head(&parts);
        let mut body = body.into_with_config().limit(u64::MAX).reader();
        read(&head, &mut body).map_err(|error| self.broken(error))?;
        // ureq takes a reset for the end of such a body.
        if let Some(why) = self.ending.broken().filter(|_| !head.framed) {
            return Err(failures::broken(&why, &self.plan));
        }
        Ok(head)
    }

    /// Whether the last response was whole: not so where only the connection's end was its own, and TLS did not say so.
    pub fn was_complete(&self, head: &Head) -> bool {
        head.framed || !self.ending.is_abrupt()
    }

    /// The failure of a response that is longer than it may be.
    pub fn too_long(&self) -> Failure {
        failures::too_long(&self.plan)
    }

    /// A connection without HTTP, under the same rules: device, family, deadline. A proxy is for HTTP alone.
    ///
    /// # Errors
    /// No connection, in words.
    pub fn socket(route: Route) -> Result<Socket, Failure> {
        dial::connect(&Plan::new(Route { proxy: None, ..route }))
    }

    fn build<'a>(&self, request: &Request<'a>) -> Result<http::Request<()>, Failure> {
        let host = &self.plan.route.server.host;
        let refuse = |what: &str| Failure {
            kind: ErrorKind::Http,
            message: format!("the request to {host} cannot be sent: {what} holds characters that no header can"),
        };
        let unsent = || Failure {
            kind: ErrorKind::Http,
            message: format!("the request to {host} cannot be sent: its path is none"),
        };
        let server = &self.plan.route.server;
        let mut uri = uri::Parts::default();
        uri.scheme = Some(if server.tls { Scheme::HTTPS } else { Scheme::HTTP });
        uri.authority = Some(server.authority().parse().map_err(|_| unsent())?);
        uri.path_and_query = Some(request.target.parse().map_err(|_| unsent())?);
        let mut built = http::Request::new(());
        *built.method_mut() = Method::from_bytes(request.method.as_bytes()).map_err(|_| refuse("the method"))?;
        *built.uri_mut() = Uri::from_parts(uri).map_err(|_| unsent())?;
        for (name, value) in request.headers {
            let what = if name.eq_ignore_ascii_case("user-agent") { "the User-Agent" } else { *name };
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| refuse(what))?;
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refuse(what))?;
            built.headers_mut().append(name, value);
        }
        Ok(built)
    }

    /// An error while the body was read: ureq's within std's, or `read`'s own.
    fn broken(&self, error: io::Error) -> Failure {
        let is_ureqs = error.get_ref().is_some_and(|inner| inner.is::<ureq::Error>());
        if !is_ureqs {
            return failures::connection(&error, &self.plan, &self.ending);
        }
        failures::failure(ureq::Error::from(error), &self.plan, &self.ending)
    }
}

fn proxy(plan: &Plan) -> Result<Option<Proxy>, Failure> {
    let Some((host, port)) = &plan.route.proxy else { return Ok(None) };
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    Proxy::builder(ProxyProtocol::Http).host(&host).port(*port).build().map(Some).map_err(|_| Failure {
        kind: ErrorKind::Connect,
        message: format!("{} is no proxy that can be asked", plan.peer_name()),
    })
}

fn head(response: &Parts) -> Head {
    let (status, headers) = (response.status.as_u16(), &response.headers);
    let text = |name: HeaderName| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Head {
        status,
        retry_after: text(RETRY_AFTER),
        ratelimit_reset: text(RATELIMIT_RESET),
        location: text(LOCATION),
        framed: matches!(status, 204 | 304) || headers.contains_key(CONTENT_LENGTH) || is_chunked(response),
    }
}

/// Whether ureq takes the body for chunked. Another transfer coding ends where the connection does, and HTTP/1.0 has none.
fn is_chunked(response: &Parts) -> bool {
    let mut codings = response.headers.get_all(TRANSFER_ENCODING).iter().filter_map(|value| value.to_str().ok());
    response.version != Version::HTTP_10
        && codings.any(|list| list.split(',').any(|coding| coding.trim().eq_ignore_ascii_case("chunked")))
}
