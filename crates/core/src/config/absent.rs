//! Names that people write into `option service` and that are in no table for a reason: why, and the way out.

/// Services whose API no entry can describe, by how their names begin (ddns-scripts adds `-v1` and the like).
const ONLY_A_PROGRAM: &[&str] = &["google cloud", "cloud.google", "route53", "transip"];

/// Why there is no such service, and what to do.
pub(super) fn reason(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    if ONLY_A_PROGRAM.iter().any(|beginning| name.starts_with(beginning)) {
        return Some(
            "its API takes more than an entry can say (docs/services.md): point a CNAME at a host of a service that \
             `ubus call ddnsd services` lists",
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
