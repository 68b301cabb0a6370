//! `use`, `usev4`, `usev6`: where a host's addresses come from.

use super::super::draft::Source;
use super::super::notes::{self, Notes};
use super::super::pages::Pages;
use super::parse::Settings;

/// Pages that ddclient knows by a name; the others are asked under the URL that is written.
const PAGES: &[(&str, &str)] = &[
    ("dynu", "https://checkip.dynu.com/"),
    ("freedns", "https://freedns.afraid.org/dynamic/check.php"),
    ("he", "https://checkip.dns.he.net/"),
    ("he.net", "https://checkip.dns.he.net/"),
    ("ip4only.me", "https://ip4only.me/api/"),
    ("ip6only.me", "https://ip6only.me/api/"),
    ("ipify-ipv4", "https://api.ipify.org/"),
    ("ipify-ipv6", "https://api6.ipify.org/"),
    ("loopia", "https://dns.loopia.se/checkip/checkip.php"),
    ("myonlineportal", "https://myonlineportal.net/checkip"),
    ("desec-ipv4", "https://checkipv4.dedyn.io/"),
    ("desec-ipv6", "https://checkipv6.dedyn.io/"),
    ("nsupdate.info-ipv4", "https://ipv4.nsupdate.info/myip"),
    ("nsupdate.info-ipv6", "https://ipv6.nsupdate.info/myip"),
    ("zoneedit", "https://dynamic.zoneedit.com/checkip.html"),
];
/// Names of pages that are ddnsd's own, or ddclient's default, which nobody chose.
const DEFAULT_PAGES: &[&str] = &["dyndns", "noip-ipv4", "noip-ipv6"];

/// The families that are wanted, IPv4 first, each with its source.
pub(super) fn sources(settings: &Settings, notes: &mut Notes<'_>) -> Vec<(bool, Source)> {
    let wanted = |name: &str| settings.get(name).map(|it| it.trim().to_ascii_lowercase());
    let off = |way: &Option<String>| way.as_deref().is_some_and(|it| matches!(it, "disabled" | "no" | "none"));
    let (either, four, six) = (wanted("use"), wanted("usev4"), wanted("usev6"));
    let six = six.or_else(|| {
        let asked = settings.get("ipv6").is_some_and(|it| matches!(it.as_str(), "yes" | "1" | "true"));
        asked.then(|| either.clone().unwrap_or_else(|| "web".into()))
    });
    // What is said for both is for IPv4 where IPv6 has a way of its own.
    let only_six = six.is_some() && four.is_none() && either.is_none();
    let four = four.or(either);
    let mut sources = Vec::new();
    if !off(&four) && !only_six {
        sources.push((false, source(settings, four.as_deref(), false, notes)));
    }
    if six.is_some() && !off(&six) {
        sources.push((true, source(settings, six.as_deref(), true, notes)));
    }
    sources
}

fn source(settings: &Settings, way: Option<&str>, ipv6: bool, notes: &mut Notes<'_>) -> Source {
    let family = if ipv6 { "v6" } else { "v4" };
    let value =
        |name: &str| settings.get(&format!("{name}{family}")).or_else(|| settings.get(name)).map(String::as_str);
    match way.map(|way| way.trim_end_matches(family)) {
        None => Source::auto(None),
        Some("if") => match value("if") {
            Some(device) => {
                let interface = notes::device(notes, device, ipv6);
                Source { named: vec![device.to_owned()], ..Source::auto(interface) }
            }
            None => Source::auto(None),
        },
        Some("web") => web(settings, value("web"), notes),
        Some("cmd") => {
            notes::command(notes, "cmd");
            Source::auto(None)
        }
        Some("ip") => {
            notes.changed("the address that is written there is not carried over: ddnsd publishes the default route's");
            Source::auto(None)
        }
        Some(_) => {
            notes.changed(
                "the address was read from the status page of a router; ddnsd runs on the router and takes the \
                 interface that \
                 carries the default route",
            );
            Source::auto(None)
        }
    }
}

fn web(settings: &Settings, page: Option<&str>, notes: &mut Notes<'_>) -> Source {
    let page = page.map(str::trim).filter(|page| !DEFAULT_PAGES.contains(page));
    let pages = page.map(|page| {
        let known = PAGES.iter().find(|(name, _)| *name == page).map(|(_, url)| *url);
        // A name without a dot is one of ddclient's that is not known here.
        Pages::new(known.unwrap_or(page)).filter(|_| page.contains('.') || known.is_some()).unwrap_or_else(|| {
            notes.changed("web is not the URL of a page that is known here: ddnsd's own is asked instead");
            Pages::default()
        })
    });
    let pages = pages.unwrap_or_default();
    if !pages.is_default() {
        notes.changed("the page in web is asked first, and No-IP's where it does not name exactly one public address");
    }
    let daemon = settings.get("daemon").and_then(|it| seconds(it)).map(|it| (it / 60).min(10_080));
    Source { policy: "web", pages, web_interval: daemon.filter(|minutes| *minutes > 10), ..Source::auto(None) }
}

/// `300`, `5m`, `25d`.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" | "seconds" | "second" => 1,
        "m" | "minutes" | "minute" => 60,
        "h" | "hours" | "hour" => 3600,
        "d" | "days" | "day" => 86_400,
        "w" | "weeks" | "week" => 604_800,
        _ => return None,
    };
    Some(digits.parse::<u64>().ok()?.saturating_mul(unit))
}
