//! The address in a page of web detection: plain text, HTML, JSON, or `key=value` lines (docs/protocol.md).
//!
//! The form does not matter: what can be read as an address by itself is one. Exactly one public address of the wanted
//! family has to stand in the first 16 KiB (as often as it likes); else the page is not believed.

use crate::address::is_public;
use crate::failure::{ErrorKind, Failure};
use std::net::IpAddr;

/// How much of a page is looked at.
const LONGEST: usize = 16 * 1024;

/// The address that the page at `url` gives.
///
/// # Errors
/// Why it gives none, in words; nothing of the page is quoted but an address.
pub(super) fn read(url: &str, status: u16, body: &[u8], ipv6: bool) -> Result<IpAddr, Failure> {
    let family = if ipv6 { "IPv6" } else { "IPv4" };
    let page = url.split(['?', '#']).next().unwrap_or_default();
    let failure = |kind, what: String| Err(Failure { kind, message: format!("web detection at {page} {what}") });
    if !(200..300).contains(&status) {
        return failure(ErrorKind::Http, format!("answered with HTTP status {status}"));
    }
    let all = addresses(body);
    let mut wanted = all.clone();
    wanted.retain(|address| address.is_ipv6() == ipv6 && is_public(*address));
    if wanted.len() > 1 {
        // `h=1.1.1.1` in a page of 1.1.1.1: the server speaks of itself.
        wanted.retain(|address| Some(*address) != own(page));
    }
    match (wanted.as_slice(), all.as_slice()) {
        ([address], _) => Ok(*address),
        ([], [other]) => {
            failure(ErrorKind::Protocol, format!("answered {other}, which is not a public {family} address"))
        }
        ([], _) => {
            failure(ErrorKind::Protocol, format!("did not answer with one public {family} address (a captive portal?)"))
        }
        (several, _) => {
            failure(ErrorKind::Protocol, format!("answered {} different public {family} addresses", several.len()))
        }
    }
}

/// The address of the server itself, where the URL names it by that.
fn own(url: &str) -> Option<IpAddr> {
    let authority = url.split_once("://")?.1.split('/').next()?;
    let host = authority.strip_prefix('[').map_or(authority.split(':').next(), |rest| rest.split(']').next())?;
    host.parse().ok()
}

/// Every address in a text, once.
fn addresses(body: &[u8]) -> Vec<IpAddr> {
    let cut = body.len() > LONGEST;
    let text = String::from_utf8_lossy(body.get(..LONGEST).unwrap_or(body));
    let mut found = Vec::new();
    let mut rest = &*text;
    let mut before = None;
    while let Some(start) = rest.find(is_part) {
        before = rest[..start].chars().next_back().or(before.filter(|_| start == 0));
        rest = &rest[start..];
        let end = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        // What the limit has cut may have gone on.
        if let Some(address) = address(run, before, after.chars().next()).filter(|_| !cut || !after.is_empty())
            && !found.contains(&address)
        {
            found.push(address);
        }
        before = run.chars().next_back();
        rest = after;
    }
    found
}

/// What an address is made of.
fn is_part(it: char) -> bool {
    it.is_ascii_hexdigit() || matches!(it, '.' | ':')
}

/// The address in a run of such characters, between these two.
fn address(run: &str, before: Option<char>, after: Option<char>) -> Option<IpAddr> {
    // `host-192.0.2.7.example.net` and `v1.2.3.4` are names.
    let word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-');
    if after.is_some_and(word) {
        return None;
    }
    // The end of a sentence; `ip:` in front.
    let run = run.strip_suffix(['.', ':']).unwrap_or(run);
    let (run, before) = match run.strip_prefix(':') {
        Some(rest) if !rest.starts_with(':') => (rest, None),
        _ => (run, before),
    };
    if before.is_some_and(word) {
        return None;
    }
    let whole = run.parse::<IpAddr>().ok();
    // `192.0.2.7:54321`, with its port.
    let found = whole.or_else(|| run.split_once(':')?.0.parse().ok().filter(IpAddr::is_ipv4));
    found.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str, ipv6: bool) -> Result<String, String> {
        match read("http://a/?token=s3cret", 200, text.as_bytes(), ipv6) {
            Ok(address) => Ok(address.to_string()),
            Err(failure) => Err(failure.message.strip_prefix("web detection at http://a/ ").unwrap().to_owned()),
        }
    }

    /// Pages that are used in the field.
    #[test]
    fn r09_text_html_json_and_lines_of_keys_are_read() {
        let trace = "fl=1f1\nh=1.1.1.1.example\nip=192.0.2.7\nts=1764.123\nvisit_scheme=https\nuag=curl/8.5.0\ncolo=FRA\n\
                     sliver=none\nhttp=http/2\nloc=DE\ntls=TLSv1.3\nsni=off\nwarp=off\ngateway=off\nrbi=off\nkex=X25519\n";
        for text in [
            "192.0.2.7",
            " 192.0.2.7 \r\n",
            "\u{feff}192.0.2.7",
            "<html><head><title>Current IP Check</title></head><body>Current IP Address: 192.0.2.7</body></html>\r\n",
            "<p>192.0.2.7</p>",
            "{\"ip\":\"192.0.2.7\"}",
            "{\"ip\": \"192.0.2.7\", \"local\": \"192.168.1.1\", \"ipv6\": \"2001:db8::1\"}",
            trace,
            "ip:192.0.2.7",
            "Your address is 192.0.2.7.",
            "192.0.2.7:54321",
            "::ffff:192.0.2.7",
            "<a href=\"http://192.0.2.7/\">192.0.2.7</a>",
            "host-198-51-100-9.example.net 198.51.100.9.example.net 192.0.2.7 v8.8.8.8 1.2.3 1.2.3.4.5 300.1.1.1",
        ] {
            assert_eq!(found(text, false).as_deref(), Ok("192.0.2.7"), "{text:?}");
        }
        for text in [
            "2001:db8::1\n",
            "2001:DB8:0:0:0:0:0:1",
            "ip=2001:db8::1\nts=12:34:56\nmac=00:11:22:33:44:55\n",
            "ip:2001:db8::1",
            "[2001:db8::1]:443",
            "{\"ip\":\"2001:db8::1\",\"v4\":\"192.0.2.7\",\"own\":\"fe80::1\",\"css\":\"a::before\"}",
            "<b>2001:db8::1</b>.",
        ] {
            assert_eq!(found(text, true).as_deref(), Ok("2001:db8::1"), "{text:?}");
        }
    }

    #[test]
    fn r09_only_one_public_address_of_the_family_is_an_answer() {
        let none = "did not answer with one public IPv4 address (a captive portal?)";
        for (text, ipv6, why) in [
            ("2001:db8::1", false, "answered 2001:db8::1, which is not a public IPv4 address"),
            ("192.0.2.7", true, "answered 192.0.2.7, which is not a public IPv6 address"),
            ("192.0.2.7 192.0.2.8", false, "answered 2 different public IPv4 addresses"),
            ("{\"ip\":\"192.0.2.7\",\"dns\":\"198.51.100.1\"}", false, "answered 2 different public IPv4 addresses"),
            ("100.64.1.1", false, "answered 100.64.1.1, which is not a public IPv4 address"),
            ("10.0.0.1 10.0.0.2", false, none),
            ("fe80::1", true, "answered fe80::1, which is not a public IPv6 address"),
            ("", false, none),
            ("<html><title>Welcome</title>Please log in</html>", false, none),
            ("192.0.2", false, none),
            ("192.0.2.07", false, none),
            ("x192.0.2.7", false, none),
            ("192.0.2.7x", false, none),
            ("192.0.2.7-9", false, none),
            ("192.0.2.7.8", false, none),
        ] {
            assert_eq!(found(text, ipv6), Err(why.to_owned()), "{text:?}");
        }
        assert!(read("http://a/", 200, b"\xff\xfe", false).is_err());
        let failure = read("http://a/?token=s3cret", 302, b"192.0.2.7", false).unwrap_err();
        assert_eq!(failure.message, "web detection at http://a/ answered with HTTP status 302");
    }

    #[test]
    fn r09_the_servers_own_address_is_no_answer_beside_another() {
        for (url, body, expected) in [
            ("https://1.1.1.1/cdn-cgi/trace", "h=1.1.1.1\nip=192.0.2.7\n", "192.0.2.7"),
            ("https://[2001:db8::1]:8443/", "2001:db8::1 2001:db8::2", "2001:db8::2"),
            ("http://192.0.2.7:8080/", "192.0.2.7", "192.0.2.7"),
        ] {
            let ipv6 = expected.contains(':');
            assert_eq!(read(url, 200, body.as_bytes(), ipv6).unwrap().to_string(), expected);
        }
        assert!(read("https://1.1.1.1/", 200, b"1.1.1.1 192.0.2.7 192.0.2.8", false).is_err());
    }

    #[test]
    fn r09_only_the_first_16_kib_count() {
        let filled = |before: usize, text: &str| format!("{}{text}", "-".repeat(before - 1) + " ");
        assert_eq!(found(&(filled(100, "192.0.2.7 ") + &filled(LONGEST, "198.51.100.9")), false).unwrap(), "192.0.2.7");
        assert!(found(&filled(LONGEST, "192.0.2.7"), false).is_err());
        // 192.0.2.77, of which the limit leaves 192.0.2.7.
        assert!(found(&filled(LONGEST - 9, "192.0.2.77"), false).is_err());
        assert_eq!(found(&filled(LONGEST - 9, "192.0.2.7"), false).unwrap(), "192.0.2.7", "the page ends there");
    }

    proptest! {
        #[test]
        fn no_page_panics(body in proptest::collection::vec(any::<u8>(), 0..200), ipv6 in any::<bool>()) {
            let _ = read("http://a/", 200, &body, ipv6);
        }

        #[test]
        fn no_text_of_addresses_parts_panics(text in "[0-9a-f:.% é-]{0,60}", ipv6 in any::<bool>()) {
            let _ = read("http://a/", 200, text.as_bytes(), ipv6);
        }

        #[test]
        fn r09_one_address_is_found_in_any_other_text(
            before in "([g-z<>\"={} é]{0,30}[<>\"={} ])?", after in "([<>\"={} ][g-z<>\"={} é]{0,30})?",
            v4 in any::<[u8; 4]>(), v6 in any::<u64>()
        ) {
            for address in [IpAddr::from(v4), IpAddr::V6(((0x2001_0db8_u128 << 96) | u128::from(v6)).into())] {
                let text = format!("{before}{address}{after}");
                let found = read("http://a/", 200, text.as_bytes(), address.is_ipv6()).ok();
                prop_assert_eq!(found, Some(address).filter(|it| is_public(*it)), "{}", text);
            }
        }
    }
}
