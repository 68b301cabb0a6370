//! ddns-scripts' services with an API of their own, where the table has them: what its options mean there.

use super::super::known::Login;
use super::super::unsupported;
use super::old::Old;
use crate::services::Service;

/// A login, and the options that only such a service has.
pub(super) struct Api {
    pub(super) login: Login,
    pub(super) more: Vec<(&'static str, String)>,
    /// Whether the account works as it is.
    pub(super) usable: bool,
}

/// The section's hosts by zone. `None`: the section's service is none with an API.
pub(super) fn read(old: &mut Old<'_>, service: &Service, login: &Login) -> Option<Vec<Api>> {
    let name = old.get("service_name")?.trim().to_ascii_lowercase();
    if !unsupported::is_api(&name) {
        return None;
    }
    let (username, mut more, usable) = match service.name.as_str() {
        "rfc2136" => key(old, &login.username),
        "cloudflare.com" => (String::new(), Vec::new(), is_token(old, &login.username)),
        _ => (login.username.clone(), Vec::new(), true),
    };
    let mut apis: Vec<Api> = Vec::new();
    for host in &login.hosts {
        let (host, zone) = host_and_zone(host);
        let mut options = std::mem::take(&mut more);
        more.clone_from(&options);
        options.extend(zone.map(|zone| ("zone", zone)));
        match apis.iter_mut().find(|api| api.more == options) {
            Some(api) => api.login.hosts.push(host),
            None => apis.push(Api {
                login: Login { hosts: vec![host], username: username.clone(), password: login.password.clone() },
                more: options,
                usable,
            }),
        }
    }
    Some(apis)
}

/// `home@example.com` is `home.example.com` in the zone `example.com`; `@example.com` is the zone itself.
fn host_and_zone(domain: &str) -> (String, Option<String>) {
    match domain.rsplit_once('@') {
        None => (domain.to_owned(), None),
        Some((host, zone)) => {
            let inside = host == zone || host.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'));
            let host = match host {
                "" | "@" => zone.to_owned(),
                host if inside => host.to_owned(),
                host => format!("{host}.{zone}"),
            };
            (host, Some(zone.to_owned()))
        }
    }
}

/// Cloudflare takes a token for `Bearer`, and the account's global key for its e-mail address.
fn is_token(old: &mut Old<'_>, username: &str) -> bool {
    if username.is_empty() || username.eq_ignore_ascii_case("bearer") {
        return true;
    }
    old.changed(
        "the password is the account's global key, which may do anything there, and ddnsd takes a token instead: at \
         Cloudflare \
         choose My Profile, API Tokens, Create Token, the template 'Edit zone DNS' and this zone, write the token into \
         option password, and set option enabled '1'",
    );
    false
}

/// DNS UPDATE: `dns_server` is the zone's own server, and the user name is the key's, perhaps with the algorithm.
fn key(old: &mut Old<'_>, username: &str) -> (String, Vec<(&'static str, String)>, bool) {
    let mut more = Vec::new();
    if let Some(server) = old.get("dns_server") {
        let server = server.trim().replace('#', ":");
        match server.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') => {
                more.push(("server", host.to_owned()));
                more.push(("port", port.to_owned()));
            }
            _ => more.push(("server", server)),
        }
    }
    match username.split_once(':') {
        Some((algorithm, key)) => {
            more.push(("algorithm", algorithm.to_ascii_lowercase()));
            (key.to_owned(), more, true)
        }
        None => (username.to_owned(), more, true),
    }
}
