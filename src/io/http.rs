//! One HTTP exchange, with one deadline, over verified TLS.

use crate::failure::{ErrorKind, Failure};
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

/// Makes the exchange.
///
/// # Errors
/// There is no response: why, and in which sort of failure.
pub fn perform(exchange: &Exchange) -> Result<Response, Failure> {
    let mut builder = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_global(Some(exchange.timeout));
    if exchange.url.starts_with("https:") {
        let pem = std::fs::read(&exchange.ca_file).map_err(|error| Failure {
            kind: ErrorKind::Tls,
            message: format!("the CA file {} cannot be read: {error}", exchange.ca_file),
        })?;
        let roots = ureq::tls::parse_pem(&pem).filter_map(|item| match item {
            Ok(ureq::tls::PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        });
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        builder = builder.tls_config(
            ureq::tls::TlsConfig::builder()
                .root_certs(ureq::tls::RootCerts::new_with_certs(&roots.collect::<Vec<_>>()))
                .unversioned_rustls_crypto_provider(provider)
                .build(),
        );
    }
    let agent: ureq::Agent = builder.build().into();
    let mut request = agent.get(&exchange.url).header("User-Agent", &exchange.user_agent);
    if let Some(authorization) = &exchange.authorization {
        request = request.header("Authorization", authorization);
    }
    let mut response = request.call().map_err(sort)?;
    let header = response.headers().get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = response.body_mut().with_config().limit(16 * 1024).read_to_vec().map_err(sort)?;
    Ok(Response { status: response.status().as_u16(), retry_after: header, body })
}

fn sort(error: ureq::Error) -> Failure {
    let kind = match &error {
        ureq::Error::HostNotFound => ErrorKind::Dns,
        ureq::Error::Timeout(_) => ErrorKind::Timeout,
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => ErrorKind::Tls,
        ureq::Error::Io(_) | ureq::Error::ConnectionFailed | ureq::Error::ConnectProxyFailed(_) => ErrorKind::Connect,
        _ => ErrorKind::Http,
    };
    Failure { kind, message: error.to_string() }
}
