//! A server, and how it is spoken to.

use std::fmt;

/// A server, and how it is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Its name or address, without the brackets that a URL puts around IPv6.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl Server {
    /// The server of these options, with or without brackets around IPv6.
    pub fn new(tls: bool, host: &str, port: u16) -> Server {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        Server { tls, host: bare.to_owned(), port }
    }

    /// The port where nobody names one.
    pub fn own_port(tls: bool) -> u16 {
        if tls { 443 } else { 80 }
    }

    /// Host and port as a URL and the `Host` header have them: the port only where it is not the scheme's own.
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == Server::own_port(self.tls) { host } else { format!("{host}:{}", self.port) }
    }
}

impl fmt::Display for Server {
    /// How a URL there begins.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.tls { "https://" } else { "http://" })?;
        f.write_str(&self.authority())
    }
}
