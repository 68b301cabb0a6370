//! What a value of some kind must look like: pure functions whose error is the sentence for the person.

use super::Bind;
use super::hostname::ascii_form;
use super::reader::shown;
use crate::address::Suffix;
use std::net::Ipv6Addr;

/// An e-mail address or a URL that goes into the User-Agent as one word.
pub(super) fn contact(value: &str) -> Result<String, String> {
    if value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(value.to_owned());
    }
    Err(format!("'{}': write one e-mail address in ASCII, without spaces", shown(value)))
}

/// A file that is named whole: the daemon's working directory is nobody's business.
pub(super) fn absolute_path(value: &str) -> Result<String, String> {
    if value.starts_with('/') {
        return Ok(value.to_owned());
    }
    Err(format!("'{}': write the whole path, from / on", shown(value)))
}

/// `option bind`: `auto`, or the words for yes and no that UCI's own tools take.
pub(super) fn bind(value: &str) -> Result<Bind, String> {
    match value.to_ascii_lowercase().as_str() {
        "auto" => Ok(Bind::Auto),
        "1" | "on" | "yes" | "true" | "enabled" => Ok(Bind::Always),
        "0" | "off" | "no" | "false" | "disabled" => Ok(Bind::Never),
        _ => Err(format!("'{}': write auto, 1 or 0", shown(value))),
    }
}

/// The name of a netifd interface.
pub(super) fn interface(value: &str) -> Result<String, String> {
    if value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')) {
        return Ok(value.to_owned());
    }
    let several = value.contains([' ', ',']);
    Err(format!(
        "'{}' is no interface: write {}",
        shown(value),
        if several { "one line for each interface" } else { "a name from /etc/config/network, like wan" }
    ))
}

/// `option path`: a path, perhaps with a query of its own, in which the protocol replaces three names in braces.
pub(super) fn path(value: &str) -> Result<String, String> {
    if !value.starts_with('/') || value.contains("://") {
        return Err("write the path alone, from / on: /nic/update".to_owned());
    }
    let plain = PLACEHOLDERS.iter().fold(value.to_owned(), |rest, placeholder| rest.replace(placeholder, ""));
    if plain.contains(['{', '}', '[', ']']) {
        return Err(format!("only {} are replaced: write other braces and brackets as %XX", PLACEHOLDERS.join(", ")));
    }
    if !plain
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'|'))
    {
        return Err("holds a space or a character that no URL may hold: write it as %XX".to_owned());
    }
    Ok(value.to_owned())
}

const PLACEHOLDERS: [&str; 3] = ["{hostname}", "{username}", "{password}"];

/// `option server`: a name or an address, in the form that a URL takes.
pub(super) fn server(value: &str) -> Result<String, String> {
    let address = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    if let Ok(address) = address.parse::<Ipv6Addr>() {
        return Ok(format!("[{address}]"));
    }
    if value.contains('/') {
        return Err("write the server's name alone, without http:// and path: dynupdate.example.com".to_owned());
    }
    if value.contains([':', '@']) {
        return Err("write the server's name alone; a port goes into option port".to_owned());
    }
    if let Some(ascii) = ascii_form(value) {
        return Err(format!("'{}' is not ASCII: {ascii}", shown(value)));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if value.is_empty()
        || value.len() > 253
        || !value.bytes().all(plain)
        || value.starts_with('.')
        || value.contains("..")
    {
        return Err(format!("'{}' is no server's name: write one like dynupdate.example.com", shown(value)));
    }
    Ok(value.to_owned())
}

/// `option proxy`: host and port. No message quotes it, since people write passwords into such URLs.
pub(super) fn proxy(value: &str) -> Result<(String, u16), String> {
    const FORM: &str = "write it as http://HOST:PORT";
    let Some(rest) = value.strip_prefix("http://") else {
        return Err(format!("{FORM}; other kinds of proxy are not supported"));
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains('@') {
        return Err(format!("{FORM}; a proxy that wants a password is not supported"));
    }
    let (host, port) = rest.rsplit_once(':').ok_or(FORM)?;
    let port = port.parse().ok().filter(|port| *port > 0).ok_or(FORM)?;
    let host = server(host).map_err(|_| FORM)?;
    Ok((host, port))
}

/// One `web_url`: `http://` or `https://`, a host, perhaps a port, perhaps a path. No message quotes it.
pub(super) fn web_url(value: &str) -> Result<String, String> {
    const FORM: &str = "write a URL that begins with http:// or https:// and a host's name";
    let rest = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://")).ok_or(FORM)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("a URL with a username or a password in it is not supported".to_owned());
    }
    if let Some(ascii) = ascii_form(authority) {
        return Err(format!("the host's name is not ASCII: {ascii}"));
    }
    if rest.contains('#') || !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("holds a space, a # or a letter that is not ASCII: write it as %XX".to_owned());
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if host.is_empty() || server(host).is_err() {
        return Err(FORM.to_owned());
    }
    if port.is_some_and(|port| port.parse().ok().is_none_or(|port: u16| port == 0)) {
        return Err("the port after the host's name is not a number from 1 to 65535".to_owned());
    }
    Ok(value.to_owned())
}

/// `option ipv6_suffix`: the lower bits of an address, or a MAC address.
pub(super) fn suffix(value: &str) -> Result<Suffix, String> {
    if let Some(mac) = mac(value) {
        // The group bit: no host has such an address.
        return if mac[0] & 1 == 0 && mac != [0; 6] {
            Ok(Suffix::Mac(mac))
        } else {
            Err(format!("'{}' is no host's MAC address", shown(value)))
        };
    }
    let bits = value.parse::<Ipv6Addr>().map_err(|_| {
        format!(
            "'{}': write the end of the address, like ::1234:5678, or a MAC address, like 02:00:5e:10:00:01",
            shown(value)
        )
    })?;
    let bits = u128::from(bits);
    // A delegated prefix is at least a /48; what lies above belongs to it.
    if bits == 0 || bits >> 80 != 0 {
        return Err(format!(
            "'{}': write only what follows the prefix, like ::1234:5678; the prefix is found by itself",
            shown(value)
        ));
    }
    Ok(Suffix::Interface(bits))
}

/// Six pairs of hexadecimal digits, between `:` or `-`.
fn mac(value: &str) -> Option<[u8; 6]> {
    let separator = if value.contains('-') { '-' } else { ':' };
    let mut mac = [0; 6];
    let mut parts = value.split(separator);
    for byte in &mut mac {
        let part =
            parts.next().filter(|part| part.len() == 2 && part.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(mac)
}
