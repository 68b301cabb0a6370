//! A section to drafts: one, but where a URL means another account for each host.

use super::super::draft::{Account, Draft, Target, force_days, is_filler};
use super::super::known::Login;
use super::api::{self, Api};
use super::old::Old;
use super::source;
use super::target::target;
use crate::services::{Service, Table};

/// The host and user of the example that OpenWrt installs.
const EXAMPLE: &[&str] = &["yourhost.example.com", "mypersonaldomain.dyndns.org"];

/// Reads a section.
///
/// # Errors
/// Why it is left out, and the nearest thing that works.
pub(super) fn drafts(old: &mut Old<'_>, services: &Table) -> Result<Vec<Draft>, String> {
    let mut domain = old.get("domain").unwrap_or_default();
    if is_filler(&domain) {
        // LuCI wants something there, also where the service's key says which host is meant.
        domain = old.get("lookup_host").filter(|it| !is_filler(it)).unwrap_or_default();
    }
    if EXAMPLE.contains(&domain.trim()) && !old.flag("enabled") {
        return Err("is the example that OpenWrt brings, never filled in".into());
    }
    let enabled = old.flag("enabled");
    let mut aim = target(old, services)?;
    let ipv6 = old.flag("use_ipv6");
    let (username, password) = (old.get("username"), old.get("password"));
    let username = aim.literals.username.take().or(username).unwrap_or_default();
    let password = aim.literals.password.take().or(password).unwrap_or_default();
    let hosts = domain.split([',', ' ']).map(str::trim).filter(|it| !is_filler(it)).map(str::to_owned).collect();
    let mut logins = aim.logins(Login { hosts, username, password });
    if logins.iter().all(|login| login.hosts.is_empty()) {
        return Err("it names no host: neither domain nor lookup_host".into());
    }
    if ipv6 && aim.service.as_ref().is_some_and(|service| !service.takes_ipv6()) {
        return Err("it is about IPv6, which this service takes none of as far as the table of services knows".into());
    }
    if logins.iter().any(|login| login.password.is_empty()) {
        return Err("it has no password".into());
    }
    transport(old, &aim.target, aim.service.as_ref());
    let (source, bind) = source::source(old, ipv6, aim.service.as_ref());
    username_for(old, aim.service.as_ref(), &mut logins);
    let model = Account {
        ca_file: ca_file(old),
        proxy: proxy(old),
        bind,
        force_interval: force_interval(old),
        ..Account::new(aim.target, String::new(), String::new())
    };
    let mut drafts = Vec::new();
    for login in logins {
        let plain = |login: &Login| vec![Api { login: login.clone(), more: Vec::new(), usable: true }];
        let apis = aim.service.as_ref().and_then(|service| api::read(old, service, &login));
        for Api { login: Login { hosts, username, password }, more, usable } in apis.unwrap_or_else(|| plain(&login)) {
            drafts.push(Draft {
                section: old.name.clone(),
                line: old.line(),
                enabled: enabled && usable,
                account: Account { username, password, more, ..model.clone() },
                hosts,
                ipv6,
                source: source.clone(),
            });
        }
    }
    Ok(drafts)
}

/// No user for a service that takes the password alone, nor where a form was filled in with 'none'.
fn username_for(old: &mut Old<'_>, service: Option<&Service>, logins: &mut [Login]) {
    let Some(service) = service else { return };
    // At Cloudflare it tells a token from a key.
    let is_needless = !service.username && service.name != "cloudflare.com";
    if is_needless && logins.iter().any(|login| !login.username.is_empty()) {
        old.changed("username is left out: this service takes the password alone");
    }
    for login in logins {
        if is_needless || is_filler(&login.username) {
            login.username.clear();
        }
    }
}

/// https is the default.
fn transport(old: &mut Old<'_>, target: &Target, service: Option<&Service>) {
    let asked = old.flag("use_https");
    match target {
        Target::Url(shape) if shape.is_plain() => old.changed(
            "it is sent over plain http, as before, since the URL has a port of its own, and the password goes in \
             the clear: \
             if the service has https, name its port in option port and leave out option tls",
        ),
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
                "cacert 'IGNORE' is not carried over: certificates are always verified; for a service with a \
                 certificate \
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

/// In days; ddns-scripts' default of three days exists since it forgets what it sent.
fn force_interval(old: &mut Old<'_>) -> u64 {
    let Some(seconds) = old.seconds("force_interval", "force_unit", 3600) else { return 0 };
    let days = force_days(seconds);
    if seconds == 0 {
        old.changed("force_interval '0' ran once, from cron: ddnsd is told of a new address and sends it at once");
    } else if days == 0 {
        old.not_needed("force_interval: ddnsd remembers what the service acknowledged, and sends when it changes");
    } else {
        old.changed(&format!(
            "force_interval is kept as {days} days: leave it out unless the service drops hosts that are not updated"
        ));
    }
    days
}
