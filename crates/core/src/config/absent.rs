//! Names that people write into `option service` and that are in no table for a reason: why, and the way out.

/// Services with an API of their own and no update protocol, by how their names begin (ddns-scripts adds `.com-v4` and
/// the like). A name that the table has never comes here.
const ONLY_AN_API: &[&str] = &[
    "aliyun",
    "cloudflare",
    "digitalocean",
    "gandi",
    "godaddy",
    "google cloud",
    "cloud.google",
    "hetzner",
    "linode",
    "netcup",
    "porkbun",
    "route53",
    "vultr",
];

/// Why there is no such service, and what to do.
pub(super) fn reason(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    if ONLY_AN_API.iter().any(|beginning| name.starts_with(beginning)) {
        return Some(
            "it is updated through an API of its own, which ddnsd does not speak: point a CNAME at a host of a service that \
             `ubus call ddnsd services` lists (docs/services.md)",
        );
    }
    match name.as_str() {
        "domains.google.com" | "domains.google" | "google.com" | "google" | "googledomains" => Some(
            "Google Domains was closed, and its domains went to Squarespace, which has no dynamic DNS: choose another \
             service, and point a CNAME at its host",
        ),
        "dnsdynamic.org" => Some("it was closed: choose another service"),
        _ => None,
    }
}
