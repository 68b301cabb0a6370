//! One HTTP exchange, with one deadline, over verified TLS.

use std::time::Duration;

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
    /// SO_BINDTODEVICE.
    pub device: Option<String>,
    /// Which addresses of the server may be used.
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
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// The sort.
    pub kind: ErrorKind,
    /// In words, for a person: what happened and with which host. Without any secret, without the URL's query.
    pub message: String,
}

/// The sorts of failure that `status` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The server's name could not be resolved.
    Dns,
    /// No connection (refused, unreachable, reset, proxy refused).
    Connect,
    /// The deadline passed.
    Timeout,
    /// TLS failed: certificate, name, alert, or the roots could not be read.
    Tls,
    /// What came back is not HTTP, or more than 16 KiB, or cut off.
    Http,
    /// HTTP, but not the update protocol.
    Protocol,
}
