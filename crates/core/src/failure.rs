//! Why an exchange brought nothing: the sorts that `status` names, and the words.

/// The sorts of failure that `status` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The server's name could not be resolved.
    Dns,
    /// No connection: refused, unreachable, reset, or refused by the proxy.
    Connect,
    /// The deadline passed.
    Timeout,
    /// TLS failed: certificate, name, alert, or the roots could not be read.
    Tls,
    /// What came back is not HTTP, or an HTTP error, or too long, or cut off.
    Http,
    /// HTTP, but not the update protocol.
    Protocol,
}

impl ErrorKind {
    /// The word that `status` uses.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorKind::Dns => "dns",
            ErrorKind::Connect => "connect",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Tls => "tls",
            ErrorKind::Http => "http",
            ErrorKind::Protocol => "protocol",
        }
    }

    /// The sort of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        use ErrorKind::*;
        [Dns, Connect, Timeout, Tls, Http, Protocol].into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether the request never got a server's answer: a new address or an interface that comes up
    /// is a reason to try again at once (docs/protocol.md, rule 6).
    pub fn is_transport(self) -> bool {
        matches!(self, ErrorKind::Dns | ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Tls)
    }
}

/// Why an exchange brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The sort.
    pub kind: ErrorKind,
    /// In words, for a person. Without any secret, without the URL's query.
    pub message: String,
}
