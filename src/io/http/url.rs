//! A URL taken apart into what an exchange needs (RFC 3986, section 3).
//!
//! No reason quotes the URL: its query may carry a password.

/// Where a request goes, and what it asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url<'a> {
    pub tls: bool,
    /// Host and port as the URL has them: the `Host` header.
    pub authority: &'a str,
    /// The name or address, without the brackets of IPv6.
    pub host: &'a str,
    pub port: u16,
    /// Path and query: what the request line asks for. Without a path it begins with the query's `?`, or is empty.
    pub target: &'a str,
}

impl Url<'_> {
    pub fn parse(url: &str) -> Result<Url<'_>, &'static str> {
        let (tls, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err("it has to begin with http:// or https://"),
        };
        // What ends a request line, or begins what is never sent to a server.
        if !rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err("it holds a character that no request can");
        }
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err("a username or password in it belongs into the options username and password");
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err("it names no server");
        }
        let port = match port {
            None if tls => 443,
            None => 80,
            // Nobody can be connected to at port 0.
            Some(port) => port.parse().ok().filter(|port| *port > 0).ok_or("its port is wrong")?,
        };
        Ok(Url { tls, authority, host, port, target })
    }
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn the_parts() {
        let parts = |url| {
            let Url { tls, authority, host, port, target } = Url::parse(url).unwrap();
            (tls, authority, host, port, target)
        };
        assert_eq!(parts("http://host"), (false, "host", "host", 80, ""));
        assert_eq!(parts("https://host/a?b:c@d/e"), (true, "host", "host", 443, "/a?b:c@d/e"));
        assert_eq!(parts("https://host:8443?myip=1"), (true, "host:8443", "host", 8443, "?myip=1"));
        assert_eq!(parts("http://[::1]/"), (false, "[::1]", "::1", 80, "/"));
        assert_eq!(parts("http://[::1]:8080/"), (false, "[::1]:8080", "::1", 8080, "/"));
    }
}
