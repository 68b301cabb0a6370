//! A definition to drafts: its protocol is a service of the table, or a server of the owner's own.

use super::super::draft::{Account, Draft, is_filler};
use super::super::known::Login;
use super::super::notes::{self, Notes};
use super::parse::{Definition, Settings};
use super::source;
use super::target::target;
use crate::services::{Service, Table};
use std::io;

/// Protocols that have the zone in `zone`, and no place for it but an API's.
const WITH_ZONE: &[&str] =
    &["cloudflare", "digitalocean", "gandi", "godaddy", "hetzner", "netcup", "ns1", "nsupdate", "porkbun"];
/// Settings that are looked at, or spoken of.
const KNOWN: &[&str] = &[
    "apikey",
    "backupmx",
    "custom",
    "login",
    "max-interval",
    "mx",
    "password",
    "protocol",
    "proxy",
    "root-domain",
    "script",
    "secretapikey",
    "server",
    "static",
    "ttl",
    "wildcard",
    "zone",
];
/// What a definition asks for.
///
/// # Errors
/// Why it is left out, and the nearest thing that works.
pub(super) fn drafts(
    definition: &Definition,
    title: &str,
    services: &Table,
    read: &mut dyn FnMut(&str) -> io::Result<String>,
    notes: &mut Notes<'_>,
) -> Result<Vec<Draft>, String> {
    let settings = &definition.settings;
    if let Some(name) = settings.keys().find(|name| name.ends_with("_env")) {
        let name = super::printable(name);
        return Err(format!("{name} is taken from the environment, which ddnsd does not read: write it out"));
    }
    let text = |name: &str| settings.get(name).cloned().unwrap_or_default();
    let protocol = settings.get("protocol").map_or("dyndns2", String::as_str).to_ascii_lowercase();
    let (target, service) = target(&protocol, settings, services, notes)?;
    let login = Login { hosts: definition.hosts.clone(), username: text("login"), password: text("password") };
    let mut more = Vec::new();
    let logins = match &service {
        Some(service) => logins(service, &protocol, settings, login, &mut more, read)?,
        None => vec![login],
    };
    if logins.iter().any(|login| login.password.is_empty()) {
        return Err("it has no password".into());
    }
    let sources = source::sources(settings, notes);
    if sources.is_empty() {
        return Err("it wants neither an IPv4 nor an IPv6 address".into());
    }
    let takes_ipv6 = service.as_ref().is_none_or(Service::takes_ipv6);
    if !takes_ipv6 && sources.iter().all(|(ipv6, _)| *ipv6) {
        return Err("it is about IPv6, which this service takes none of as far as the table of services knows".into());
    }
    if !takes_ipv6 && sources.iter().any(|(ipv6, _)| *ipv6) {
        notes.changed(
            "the IPv6 address is left out, which this service takes none of as far as the table of services knows",
        );
    }
    about(settings, notes);
    let forced = settings.get("max-interval").and_then(|it| source::seconds(it));
    let model = Account {
        ca_file: settings.get("ssl_ca_file").filter(|it| it.starts_with('/')).cloned(),
        proxy: proxy(settings, notes),
        force_interval: forced.map_or(0, |seconds| notes::forced(notes, "max-interval", seconds)),
        more,
        ..Account::new(target, String::new(), String::new())
    };
    let mut drafts = Vec::new();
    for (ipv6, source) in sources.into_iter().filter(|(ipv6, _)| !ipv6 || takes_ipv6) {
        for Login { hosts, username, password } in logins.clone() {
            drafts.push(Draft {
                section: title.to_owned(),
                line: definition.line,
                enabled: true,
                account: Account { username, password, ..model.clone() },
                hosts,
                ipv6,
                source: source.clone(),
            });
        }
    }
    Ok(drafts)
}

/// The credentials as the service has them.
fn logins(
    service: &Service,
    protocol: &str,
    settings: &Settings,
    login: Login,
    more: &mut Vec<(&'static str, String)>,
    read: &mut dyn FnMut(&str) -> io::Result<String>,
) -> Result<Vec<Login>, String> {
    let zone = settings.get("zone").or(settings.get("root-domain"));
    if WITH_ZONE.contains(&protocol) {
        more.extend(zone.map(|zone| ("zone", zone.clone())));
    }
    let domain = match service.name.as_str() {
        // Here the domain is what is updated, and the host in it is the user.
        "namecheap.com" => Some(login.username.clone()),
        "dynadot.com" => zone.cloned(),
        _ => None,
    };
    if let Some(domain) = domain {
        let one = |host: &String| Login {
            username: match host.strip_suffix(&domain).map(|label| label.trim_end_matches('.')) {
                Some("") => "@".into(),
                Some(label) => label.into(),
                None => host.clone(),
            },
            hosts: vec![domain.clone()],
            password: login.password.clone(),
        };
        return Ok(login.hosts.iter().map(one).collect());
    }
    match service.name.as_str() {
        "cloudflare.com" if !matches!(login.username.as_str(), "" | "token") => Err(
            "the password is the account's global key, and ddnsd takes a token: at Cloudflare choose My Profile, API \
             Tokens, \
             Create Token, the template 'Edit zone DNS' and this zone; then write option service 'cloudflare.com', \
             the token into option password, and list hostname"
                .into(),
        ),
        "rfc2136" => {
            let server = settings.get("server").ok_or("it has no server")?;
            more.push(("server", server.clone()));
            key_file(&login, more, read).map(|login| vec![login])
        }
        "porkbun.com" => {
            let text = |name: &str| settings.get(name).cloned().unwrap_or_default();
            Ok(vec![Login { username: text("apikey"), password: text("secretapikey"), ..login }])
        }
        _ if !service.username || is_filler(&login.username) => Ok(vec![Login { username: String::new(), ..login }]),
        _ => Ok(vec![login]),
    }
}

/// nsupdate's key file: `key "name" { algorithm hmac-sha256; secret "…"; };`
fn key_file(
    login: &Login,
    more: &mut Vec<(&'static str, String)>,
    read: &mut dyn FnMut(&str) -> io::Result<String>,
) -> Result<Login, String> {
    if !login.password.starts_with('/') {
        return Err("its password is not the file of a key".into());
    }
    let file = super::printable(&login.password);
    let text = read(&login.password).map_err(|error| format!("the key's file {file} cannot be read: {error}"))?;
    let words: Vec<&str> =
        text.split(|it: char| it.is_whitespace() || "{};\"".contains(it)).filter(|it| !it.is_empty()).collect();
    let after = |name: &str| {
        words.iter().position(|it| *it == name).and_then(|at| words.get(at + 1)).map(|it| (*it).to_owned())
    };
    let (Some(name), Some(secret)) = (after("key"), after("secret")) else {
        return Err(format!(
            "the key's file {file} is not in the form of BIND's: key \"NAME\" {{ algorithm …; secret …; }};"
        ));
    };
    more.extend(after("algorithm").map(|algorithm| ("algorithm", algorithm.to_ascii_lowercase())));
    Ok(Login { hosts: login.hosts.clone(), username: name, password: secret })
}

fn proxy(settings: &Settings, notes: &mut Notes<'_>) -> Option<String> {
    let value = settings.get("proxy").filter(|it| !is_filler(it))?;
    let value = value.trim_start_matches("http://").trim_end_matches('/');
    if value.contains('@') {
        notes.changed("proxy is not carried over, since it wants a password, which ddnsd does not send to proxies");
        return None;
    }
    let port = if value.contains(':') { "" } else { ":80" };
    Some(format!("http://{value}{port}"))
}

/// What works otherwise, and what is not needed.
fn about(settings: &Settings, notes: &mut Notes<'_>) {
    let is_on = |name: &str| settings.get(name).is_some_and(|it| !matches!(it.as_str(), "no" | "0" | "false" | ""));
    let set: Vec<&str> =
        ["wildcard", "mx", "backupmx", "custom", "static"].into_iter().filter(|it| is_on(it)).collect();
    if !set.is_empty() {
        notes.changed(format!("not carried over: {}; set it once at the service, which keeps it", set.join(", ")));
    }
    if settings.contains_key("ttl") {
        notes.not_needed("not needed any more: ttl, which stays as it is at the service");
    }
    let families = ["use", "if", "web", "ip", "cmd", "fw", "ssl"];
    let unknown: Vec<String> = settings
        .keys()
        .filter(|name| {
            !KNOWN.contains(&name.as_str())
                && !super::NOT_NEEDED.contains(&name.as_str())
                && !families.iter().any(|it| name.starts_with(it))
        })
        .map(|name| super::printable(name))
        .collect();
    if !unknown.is_empty() {
        notes.not_needed(format!("not carried over, unknown here: {}", unknown.join(", ")));
    }
    if settings.contains_key("ssl_ca_dir") {
        notes.changed(
            "ssl_ca_dir names a directory; ddnsd wants a file: write option ca_file if it is not the system's",
        );
    }
}
