//! A section to a [`Draft`]: one host, one family, at one service.

use super::old::Old;
use super::target::{Target, target};
use crate::services::{Service, Table};

/// What one section asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    /// The old section.
    pub(super) section: String,
    /// Its line.
    pub(super) line: usize,
    pub(super) enabled: bool,
    pub(super) account: Account,
    pub(super) hosts: Vec<String>,
    pub(super) ipv6: bool,
    pub(super) source: Source,
}

/// What makes two sections one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) target: Target,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) ca_file: Option<String>,
    pub(super) proxy: Option<String>,
    pub(super) bind: bool,
    /// Days.
    pub(super) force_interval: u64,
}

/// Where the address comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Source {
    /// `auto` or `web`.
    pub(super) policy: &'static str,
    pub(super) interface: Option<String>,
    pub(super) web_url: Option<String>,
    /// Minutes.
    pub(super) web_interval: Option<u64>,
}

/// The host and user of the example that OpenWrt installs.
const EXAMPLE: &[&str] = &["yourhost.example.com", "mypersonaldomain.dyndns.org"];
/// Pages that answer with HTML; ddnsd wants the address alone.
const HTML_PAGES: &[&str] =
    &["checkip.dyndns.com", "checkip.dyndns.org", "checkipv6.dyndns.com", "checkipv6.dyndns.org"];

/// Reads a section.
///
/// # Errors
/// Why it is left out, and the nearest thing that works.
pub(super) fn draft(old: &mut Old<'_>, services: &Table) -> Result<Draft, String> {
    let domain = old.get("domain").or_else(|| old.get("lookup_host")).unwrap_or_default();
    if EXAMPLE.contains(&domain.trim()) && !old.flag("enabled") {
        for option in
            ["service_name", "update_url", "username", "password", "use_ipv6", "interface", "ip_source", "ip_network"]
        {
            old.get(option);
        }
        return Err("is the example that OpenWrt brings, never filled in".into());
    }
    let enabled = old.flag("enabled");
    let (target, service, literals) = target(old, services)?;
    let ipv6 = old.flag("use_ipv6");
    let hosts: Vec<String> =
        domain.split([',', ' ']).map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect();
    if hosts.is_empty() {
        return Err("it names no host: neither domain nor lookup_host".into());
    }
    if ipv6 && service.as_ref().is_some_and(|service| !service.takes_ipv6()) {
        return Err("it is about IPv6, which this service takes none of as far as the table of services knows".into());
    }
    let (username, password) = (old.get("username"), old.get("password"));
    let username = literals.username.or(username).unwrap_or_default();
    let password = literals.password.or(password).unwrap_or_default();
    if password.is_empty() {
        return Err("it has no password".into());
    }
    transport(old, &target, service.as_ref());
    let source = source(old, ipv6);
    Ok(Draft {
        section: old.name.clone(),
        line: old.line(),
        enabled,
        account: Account {
            username: username_for(old, service.as_ref(), username),
            password,
            ca_file: ca_file(old),
            proxy: proxy(old),
            bind: bind(old, &source),
            force_interval: force_interval(old),
            target,
        },
        hosts,
        ipv6,
        source,
    })
}

fn username_for(old: &mut Old<'_>, service: Option<&Service>, username: String) -> String {
    match service {
        Some(service) if !service.username && !username.is_empty() => {
            old.changed("username is left out: this service takes the password alone");
            String::new()
        }
        _ => username,
    }
}

/// https is the default.
fn transport(old: &mut Old<'_>, target: &Target, service: Option<&Service>) {
    let asked = old.flag("use_https");
    match target {
        Target::Url(shape) if !asked && !shape.tls => old.changed(
            "it is sent over https now, not http: if the service has no https, add option tls '0', which sends the \
             password in the clear",
        ),
        Target::Service(_) if !asked && service.is_some_and(|service| service.tls) => {
            old.changed("it is sent over https, where use_https was off");
        }
        _ => {}
    }
    if old.get("user_agent").is_some() {
        old.changed("user_agent is left out: ddnsd says what it is, as services ask; set option contact instead");
    }
}

/// The certificates to verify against.
fn ca_file(old: &mut Old<'_>) -> Option<String> {
    let value = old.get("cacert")?;
    match value.trim() {
        "IGNORE" => {
            old.changed(
                "cacert 'IGNORE' is not carried over: certificates are always verified; for a service with a certificate \
                 of its own, put that into a file and write option ca_file",
            );
            None
        }
        "/etc/ssl/certs" | "/etc/ssl/certs/" | "/etc/ssl/certs/ca-certificates.crt" => None,
        file if file.starts_with('/') && (file.ends_with(".crt") || file.ends_with(".pem")) => Some(file.to_owned()),
        _ => {
            old.changed("cacert names a directory; ddnsd wants a file: write option ca_file if it is not the system's");
            None
        }
    }
}

fn proxy(old: &mut Old<'_>) -> Option<String> {
    let value = old.get("proxy")?;
    let value = value.trim().trim_start_matches("http://").trim_end_matches('/');
    if value.contains('@') {
        old.changed("proxy is not carried over, since it wants a password, which ddnsd does not send to proxies");
        return None;
    }
    Some(format!("http://{value}"))
}

/// ddnsd binds to the chosen interface, or to none.
fn bind(old: &mut Old<'_>, source: &Source) -> bool {
    let Some(network) = old.get("bind_network") else { return false };
    if source.interface.as_deref() == Some(network.as_str()) {
        return true;
    }
    old.changed("bind_network is not carried over: with option bind '1' ddnsd sends through the interface that gives the address, and through no other");
    false
}

/// In days; ddns-scripts' default of three days exists since it forgets what it sent.
fn force_interval(old: &mut Old<'_>) -> u64 {
    const DAY: u64 = 86_400;
    match old.seconds("force_interval", "force_unit", 3600) {
        None => 0,
        Some(0) => {
            old.changed("force_interval '0' ran once, from cron: ddnsd is told of a new address and sends it at once");
            0
        }
        Some(seconds) if seconds <= 3 * DAY => {
            old.not_needed("force_interval: ddnsd remembers what the service acknowledged, and sends when it changes");
            0
        }
        Some(seconds) => {
            let days = seconds.div_ceil(DAY).min(365);
            old.changed(&format!(
                "force_interval is kept as {days} days: leave it out unless the service drops hosts that are not updated"
            ));
            days
        }
    }
}

fn source(old: &mut Old<'_>, ipv6: bool) -> Source {
    let (family, interface) = if ipv6 { ("IPv6", "interface6") } else { ("IPv4", "interface") };
    let auto = Source { policy: "auto", ..Source::default() };
    match old.get("ip_source").as_deref() {
        Some("web") => web(old, ipv6),
        Some("interface") => {
            let device = old.get("ip_interface").unwrap_or_else(|| "eth1".into());
            old.changed(&format!(
                "the {family} address was read from the device {device}; ddnsd takes the interface that carries the \
                 default route: if it is another one, name it in option {interface}"
            ));
            auto
        }
        Some("script") => {
            old.get("ip_script");
            old.changed(&format!(
                "ip_script is not carried over, since ddnsd runs no scripts: the {family} address is the default \
                 route's; a script may say 'ddnsd update ACCOUNT --{} ADDRESS'",
                family.to_ascii_lowercase()
            ));
            auto
        }
        source => {
            if source.is_some_and(|source| source != "network") {
                old.changed("ip_source is none of network, web, interface and script: taken as network");
            }
            let network = old.get("ip_network").unwrap_or_else(|| if ipv6 { "wan6" } else { "wan" }.into());
            Source { interface: Some(network), ..auto }
        }
    }
}

fn web(old: &mut Old<'_>, ipv6: bool) -> Source {
    let page = old.get("ip_url").map(|page| page.trim().to_owned()).filter(|page| !is_html(page));
    if page.is_some() {
        old.changed("the page in ip_url has to answer with the address alone, as plain text");
    } else if ipv6 {
        old.changed("the IPv6 address is taken from the interface, which has the one that the internet sees");
        return Source { policy: "auto", ..Source::default() };
    }
    let minutes = old.seconds("check_interval", "check_unit", 60).map(|seconds| (seconds / 60).min(10_080));
    Source { policy: "web", web_url: page, web_interval: minutes.filter(|minutes| *minutes > 10), interface: None }
}

fn is_html(page: &str) -> bool {
    let rest = page.trim_start_matches("http://").trim_start_matches("https://");
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    HTML_PAGES.contains(&host)
}
