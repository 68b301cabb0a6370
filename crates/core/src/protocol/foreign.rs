//! What an answer is that is not the protocol's, in words. Nothing of the answer itself is quoted: a service may
//! send back what it was sent, the secret included.

use super::Server;

const HTML: &str = "an HTML page: a captive portal, a proxy, or option server and path are not right";

/// A redirect, and what the person can do where it only wants https.
pub(super) fn redirect(status: u16, asked: &Server, location: Option<&str>) -> String {
    let wanted = location.and_then(|location| {
        let (scheme, rest) = location.trim().split_once("://")?;
        scheme.eq_ignore_ascii_case("https").then(|| authority(rest))
    });
    if let Some((host, tls_port)) = wanted
        && !asked.tls
        && host.trim_matches(['[', ']']).eq_ignore_ascii_case(&asked.host)
    {
        // Only a number is quoted: the rest is the service's text.
        let tls_port = tls_port.and_then(|port| port.parse::<u16>().ok()).filter(|port| *port != 443);
        let advice = match tls_port {
            Some(port) => format!("option tls '1' and option port '{port}'"),
            None if asked.port != Server::own_port(false) => "option tls '1', and leave option port out".into(),
            None => "option tls '1'".into(),
        };
        return format!(
            "the answer is a redirect to https at the same server (HTTP {status}), which is never followed: write {advice}"
        );
    }
    format!(
        "the answer is a redirect to another address (HTTP {status}), which is never followed: a captive portal, or option server and path are not right"
    )
}

/// Host and port, where there is one, of what follows `scheme://`.
fn authority(rest: &str) -> (&str, Option<&str>) {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, authority)| authority);
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

pub(super) fn empty(status: u16) -> String {
    format!("the answer is empty ({})", name(status))
}

pub(super) fn unknown(status: u16, body: &str) -> String {
    let text = body.trim_start();
    let what = if is_html(text) {
        HTML
    } else if text.starts_with('<') {
        "a page of markup instead of a code of the update protocol"
    } else if text.starts_with('{') || text.starts_with('[') {
        "JSON instead of a code of the update protocol"
    } else if text.chars().any(|it| it == '\u{fffd}' || (it.is_control() && !it.is_ascii_whitespace())) {
        "bytes that are no text"
    } else {
        "not a code of the update protocol"
    };
    format!("the answer is {what} ({})", name(status))
}

pub(super) fn not_an_address() -> String {
    "the answer reports success for something that is no address".into()
}

pub(super) fn cut_off() -> String {
    "the answer ends in the middle of an address".into()
}

pub(super) fn miscounted(lines: usize, hosts: usize) -> String {
    let lines = if lines == 1 { "1 line".into() } else { format!("{lines} lines") };
    let hosts = if hosts == 1 { "1 host".into() } else { format!("{hosts} hosts") };
    format!("the answer has {lines} for {hosts}: it is cut off, or not from this service")
}

/// An HTTP status with its name, where a person may have to know it.
fn name(status: u16) -> String {
    let name = match status {
        400 => " Bad Request",
        403 => " Forbidden",
        404 => " Not Found: option server and path may not be right",
        405 => " Method Not Allowed",
        407 => " Proxy Authentication Required",
        500 => " Internal Server Error",
        502 => " Bad Gateway",
        503 => " Service Unavailable",
        504 => " Gateway Timeout",
        _ => "",
    };
    format!("HTTP {status}{name}")
}

/// What stands where an API's JSON should.
pub(super) fn unknown_api(status: u16, body: &str) -> String {
    let text = body.trim_start();
    if text.is_empty() {
        return empty(status);
    }
    let what = if is_html(text) {
        HTML
    } else if text.starts_with('{') || text.starts_with('[') {
        "JSON that is cut off or broken"
    } else {
        "not JSON"
    };
    format!("the answer is {what} ({})", name(status))
}

/// Whether this begins as a page of HTML does.
pub(super) fn is_html(body: &str) -> bool {
    let text = body.trim_start();
    let lower: String = text.chars().take(512).collect::<String>().to_ascii_lowercase();
    lower.starts_with("<!doctype html") || lower.contains("<html") || lower.contains("<head")
}
