//! One HTTP exchange, with one deadline, over verified TLS.
//!
//! ```text
//! Exchange -> target -> resolve -> connect [-> tunnel] [-> tls] -> ureq -> Response
//!                          '---------- one deadline ----------'
//! ```
//!
//! Redirects are never followed, answers never decompressed, the environment's proxies never used. Whatever the
//! server says is a [`Response`], a status of 400 or more and a redirect too; what is not HTTP is a [`Failure`].
//!
//! Leaves out: what the answer means ([`crate::protocol`]), and when to try again ([`crate::engine`]).

mod anchors;
mod connect;
mod date;
mod resolve;
mod roots;
mod socket;
mod target;
mod tls;
mod tls_words;
mod transport;
mod tunnel;
mod words;

use crate::failure::{ErrorKind, Failure};
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use target::Plan;
use ureq::Agent;
use ureq::http::{HeaderValue, Request, header};

/// How much of an answer is read: what is longer is no answer to an update.
pub const MAX_BODY: usize = 16 * 1024;

/// How long the status line and the headers of an answer may be together.
const MAX_HEAD: usize = 8 * 1024;

/// What to send, and how.
#[derive(Clone)]
pub struct Exchange {
    /// Absolute URL, `http://` or `https://`, port included where it is not the scheme's own.
    pub url: String,
    /// The `User-Agent` header; the request has no other than this, `Host`, `Accept`, `Connection` and `Authorization`.
    pub user_agent: String,
    /// The whole value of the `Authorization` header. A secret.
    pub authorization: Option<String>,
    /// The roots to verify against (PEM); only read for https.
    pub ca_file: String,
    /// An HTTP proxy that is asked to CONNECT (also for plain http).
    pub proxy: Option<(String, u16)>,
    /// SO_BINDTODEVICE. Only the connection: names are resolved as the system does it.
    pub device: Option<String>,
    /// Which addresses of the server (of the proxy, where there is one) may be used.
    pub family: Family,
    /// The whole exchange, DNS to the answer's last byte.
    pub timeout: Duration,
}

/// Which addresses of the server may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Either.
    Any,
    /// IPv4 only: the answer's address matters.
    Ipv4,
    /// IPv6 only.
    Ipv6,
}

/// What came back: any HTTP response at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, as the header says it.
    pub retry_after: Option<String>,
    /// The body, at most 16 KiB.
    pub body: Vec<u8>,
    /// False where the body had no length and the connection ended without TLS's goodbye: it may have been cut off, by
    /// a server without manners or by somebody on the way (RFC 9112, section 9.8).
    pub complete: bool,
}

/// Sends the request and reads the answer; blocks, at most as long as `timeout` says.
///
/// Resolving a name cannot be interrupted: it runs on a thread of its own, which is left to itself when the time is up
/// (the system's resolver gives up within a minute).
pub fn perform(exchange: &Exchange) -> Result<Response, Failure> {
    let plan = Arc::new(Plan::new(exchange)?);
    ask(exchange, &plan).map_err(|error| words::failure(error, &plan))
}

fn ask(exchange: &Exchange, plan: &Arc<Plan>) -> Result<Response, ureq::Error> {
    let config = Agent::config_builder()
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_response_header_size(MAX_HEAD)
        .max_idle_connections(0)
        .build();
    let agent = Agent::with_parts(config, connect::Connect(plan.clone()), resolve::Resolve(plan.clone()));
    let response = agent.run(request(exchange, plan)?)?;
    let status = response.status().as_u16();
    let retry_after = response.headers().get(header::RETRY_AFTER);
    let retry_after = retry_after.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let mut body = Vec::new();
    response.into_body().into_reader().take(MAX_BODY as u64 + 1).read_to_end(&mut body)?;
    if body.len() > MAX_BODY {
        return Err(ureq::Error::BodyExceedsLimit(MAX_BODY as u64));
    }
    let complete = !plan.unfinished.load(Ordering::Relaxed);
    Ok(Response { status, retry_after, body, complete })
}

/// The request. Values that would end a header are refused here, without being said.
fn request(exchange: &Exchange, plan: &Plan) -> Result<Request<()>, ureq::Error> {
    let refuse = |what: &str| {
        let message =
            format!("the request to {} cannot be sent: {what} holds characters that no header can", plan.host);
        words::carry(Failure { kind: ErrorKind::Http, message })
    };
    let mut request = Request::get(plan.uri.clone())
        .header(header::USER_AGENT, header_value(&exchange.user_agent).ok_or_else(|| refuse("the User-Agent"))?)
        .header(header::CONNECTION, HeaderValue::from_static("close"));
    if let Some(authorization) = &exchange.authorization {
        let mut value = header_value(authorization).ok_or_else(|| refuse("the Authorization"))?;
        value.set_sensitive(true);
        request = request.header(header::AUTHORIZATION, value);
    }
    Ok(request.body(())?)
}

/// Visible ASCII, spaces and bytes over 127; nothing that could end the line.
fn header_value(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_bytes(text.as_bytes()).ok()
}
