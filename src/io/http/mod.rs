//! One HTTP exchange, with one deadline, over verified TLS.
//!
//! ```text
//! Exchange -> target -> resolve -> connect [-> tunnel] [-> tls] -> request -> answer -> Response
//!                          '-------------------- one deadline --------------------'
//! ```
//!
//! Redirects are never followed, answers never decompressed, the environment's proxies never used. Whatever the
//! server says is a [`Response`], a status of 400 or more and a redirect too; what is not HTTP is a [`Failure`].
//!
//! Leaves out: what the answer means ([`crate::protocol`]), and when to try again ([`crate::engine`]).

mod anchors;
pub mod answer;
mod channel;
mod connect;
mod date;
mod head;
mod request;
mod resolve;
mod roots;
mod socket;
mod target;
mod tls;
mod tls_words;
mod tunnel;
mod url;
mod words;

use crate::failure::Failure;
use std::time::Duration;
use target::Plan;

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
    /// Whether the beginning of a body that is too long is enough; else such an answer is none.
    pub beginning: bool,
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
    /// `Location`, as the header says it. No redirect is followed, but a person is told what it means.
    pub location: Option<String>,
    /// The body, at most 16 KiB; a byte more where it is longer and its beginning was asked for.
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
    let plan = Plan::new(exchange)?;
    let request = request::head(exchange, &plan)?;
    let addresses = resolve::resolve(&plan)?;
    let mut channel = connect::open(&plan, &addresses)?;
    channel.send(request.as_bytes()).map_err(|error| words::broken(&error, &plan))?;
    answer::receive(&mut channel, exchange.beginning).map_err(|error| words::answer(&error, &plan))
}
