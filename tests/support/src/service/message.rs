//! One HTTP request, as the service saw it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use std::io::{self, Read};
use std::net::SocketAddr;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// How long a request may be.
const MAX_HEAD: usize = 64 * 1024;

/// One request, and what was answered.
#[derive(Clone, Debug)]
pub struct Request {
    /// When it had been read.
    pub at: Instant,
    /// The same in Unix seconds.
    pub unix: f64,
    /// `GET`.
    pub method: String,
    /// Path and query, as they were sent.
    pub target: String,
    /// The headers in their order, as they were sent.
    pub headers: Vec<(String, String)>,
    /// `TLSv1.2` or `TLSv1.3`, or nothing over http.
    pub tls: Option<&'static str>,
    /// Who asked.
    pub peer: SocketAddr,
    /// The status that was answered; 0 where the answer was none.
    pub status: u16,
    /// The body that was answered.
    pub body: String,
    query: Vec<(String, String)>,
}

impl Request {
    /// Reads up to the blank line; `None` at the end of the stream.
    pub(super) fn read(
        stream: &mut impl Read,
        tls: Option<&'static str>,
        peer: SocketAddr,
    ) -> io::Result<Option<Request>> {
        let mut head = Vec::new();
        let mut chunk = [0; 4096];
        while !head.windows(4).any(|window| window == b"\r\n\r\n") {
            match stream.read(&mut chunk) {
                Ok(0) => return Ok(None),
                Ok(count) => head.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if head.len() > MAX_HEAD || !head[0].is_ascii_uppercase() {
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
        }
        Ok(Some(Request::parse(&String::from_utf8_lossy(&head), tls, peer)))
    }

    fn parse(head: &str, tls: Option<&'static str>, peer: SocketAddr) -> Request {
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default().to_owned();
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        let query = target.split_once('?').map_or(Vec::new(), |(_, query)| parse_query(query));
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        Request { at: Instant::now(), unix, method, target, headers, tls, peer, status: 0, body: String::new(), query }
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A header's value; names in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A query parameter's value, decoded.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Username and password of HTTP Basic authentication.
    pub fn credentials(&self) -> Option<(String, String)> {
        let encoded = self.header("authorization")?.strip_prefix("Basic ")?;
        let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
    }

    /// As one JSON object.
    pub fn to_json(&self) -> Value {
        let headers: Map<String, Value> =
            self.headers.iter().map(|(name, value)| (name.to_lowercase(), json!(value))).collect();
        let query: Map<String, Value> = self.query.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({
            "at": self.unix, "method": self.method, "target": self.target, "path": self.path(), "query": query,
            "headers": headers, "tls": self.tls, "peer": self.peer.to_string(),
            "status": self.status, "body": self.body,
        })
    }
}

fn parse_query(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (decode(k), decode(v))).collect()
}
