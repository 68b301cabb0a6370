//! HTTP over verified TLS: ureq, with three parts of ours in its chain, under one deadline.
//!
//! ```text
//! Session ─ ureq ─▶ resolve (IPv4 first) ─▶ CONNECT, where there is a proxy ─▶ dial (device) ─▶ tls ─▶ request, response
//!                   ours                    ureq's                             ours             ours   ureq's
//! ```
//!
//! A [`Session`] makes the requests of one run over one connection; [`perform`] is a session of one request. Redirects
//! are never followed, bodies never decompressed, the environment's proxies never used. Whatever the server says is a
//! response, a status of 400 or more and a redirect too; what is not HTTP is a [`Failure`].
//!
//! Leaves out: what the response means ([`crate::protocol`]), and when to try again ([`crate::engine`]).

mod anchors;
mod date;
mod dial;
mod failures;
mod plan;
mod resolve;
mod roots;
mod session;
mod socket;
mod tls;
mod tls_words;
mod transport;

pub use plan::Route;
pub use session::{Head, Request, Session};
pub use socket::Socket;

use crate::failure::Failure;
use std::io::Read;
use std::time::Duration;

/// How much of a response is read: what is longer is no response to an update.
pub const MAX_BODY: usize = 16 * 1024;

/// How long the status line and the headers of a response may be together.
const MAX_HEAD: usize = 8 * 1024;

/// One request, and how it travels.
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
    /// Of a body that is too long, the beginning is enough.
    pub beginning: bool,
    /// The whole exchange, DNS to the response's last byte.
    pub timeout: Duration,
}

/// Which addresses of the server may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Either.
    Any,
    /// IPv4 only: the sender's address matters.
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
    /// `Location`, as the header says it.
    pub location: Option<String>,
    /// The body, at most 16 KiB (and a byte more, where the beginning of a longer one is enough).
    pub body: Vec<u8>,
    /// False where the body had no length and the connection ended without TLS's close_notify: it may have been cut off,
    /// by a careless server or by somebody on the way (RFC 9112, section 9.8).
    pub complete: bool,
}

/// Sends one GET and reads the response; blocks, at most as long as `timeout` says.
///
/// # Errors
/// No response: in words, without the URL's query and without any secret.
pub fn perform(exchange: &Exchange) -> Result<Response, Failure> {
    let (route, target) = Route::to_url(exchange)?;
    let mut headers = vec![("User-Agent", exchange.user_agent.as_str()), ("Connection", "close")];
    if let Some(authorization) = &exchange.authorization {
        headers.push(("Authorization", authorization));
    }
    let request = Request { method: "GET", target: &target, headers: &headers, body: None };
    let mut session = Session::new(route)?;
    let (head, body) = session.exchange(&request, |_, body| {
        let mut text = Vec::new();
        body.take(MAX_BODY as u64 + 1).read_to_end(&mut text)?;
        Ok(text)
    })?;
    if body.len() > MAX_BODY && !exchange.beginning {
        return Err(session.too_long());
    }
    let complete = session.was_complete(&head);
    Ok(Response { status: head.status, retry_after: head.retry_after, location: head.location, body, complete })
}
