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
mod buffers;
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

pub use crate::protocol::AddressFamily as Family;
pub use plan::{Route, split};
pub use session::{Head, Request, Session};
pub use socket::Socket;

use crate::failure::Failure;
use std::io::Read;

/// How much of a response is read: what is longer is no response to an update.
pub const MAX_BODY: usize = 16 * 1024;

/// How long the status line and the headers of a response may be together.
const MAX_HEAD: usize = 8 * 1024;

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

/// Makes one request and reads the response; blocks, at most as long as the route allows. Of a body that is too long,
/// the `beginning` may be enough.
///
/// # Errors
/// No response: in words, without the request's target and without any secret.
pub fn perform(route: Route, request: &Request<'_>, beginning: bool) -> Result<Response, Failure> {
    let mut session = Session::new(route)?;
    let headers: Vec<_> = request.headers.iter().copied().chain([("Connection", "close")]).collect();
    let request = Request { headers: &headers, ..*request };
    let mut body = Vec::new();
    let head = session
        .exchange(&request, &mut |_, response| response.take(MAX_BODY as u64 + 1).read_to_end(&mut body).map(drop))?;
    if body.len() > MAX_BODY && !beginning {
        return Err(session.too_long());
    }
    let complete = session.was_complete(&head);
    Ok(Response { status: head.status, retry_after: head.retry_after, location: head.location, body, complete })
}
