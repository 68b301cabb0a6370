//! Services of the table, found by the names and the URLs that other programs have for them.

use super::url::{Literals, Shape};
use crate::protocol::Credentials;
use crate::services::{Service, Table};

/// URLs under which services answer beside the one of the table: server, path, the table's name.
const ALSO: &[(&str, &str, &str)] = &[
    ("ipv64.net", "/update.php", "ipv64.net"),
    ("ipv64.net", "/update", "ipv64.net"),
    ("duckdns.org", "/update/", "duckdns.org"),
    ("members.dyndns.org", "/nic/update", "dyn.com"),
    ("members.dyndns.com", "/nic/update", "dyn.com"),
    ("update.dedyn.io", "/", "desec.io"),
    ("update6.dedyn.io", "/", "desec.io"),
    ("update6.dedyn.io", "/update", "desec.io"),
    ("api-ipv4.dynu.com", "/nic/update", "dynu.com"),
    ("api-ipv6.dynu.com", "/nic/update", "dynu.com"),
    ("ddnss.de", "/upd.php", "ddnss.de"),
    ("dynv6.com", "/api/update", "dynv6.com"),
    ("ovh.com", "/nic/update", "ovh.com"),
    ("simply.com", "/nic/update", "simply.com"),
    ("dynamic.zoneedit.com", "/auth/dynamic.html", "zoneedit.com"),
];
/// Parameters of dyndns2 that no service heeds any more.
const HEEDLESS: &[&str] = &["backmx", "mx", "offline", "system", "verbose", "wildcard"];

/// Hosts with the credentials that update them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) hosts: Vec<String>,
    pub(super) username: String,
    pub(super) password: String,
}

/// The service of this name, or the only one that the name begins: `duckdns` is `duckdns.org`.
pub(super) fn by_name(services: &Table, name: &str) -> Option<Service> {
    let name = name.trim().to_ascii_lowercase();
    if name.is_empty() || name == "custom" {
        return None;
    }
    services.service(&name).or_else(|| {
        let begun = |it: &str| it.strip_prefix(&name).is_some_and(|rest| rest.starts_with('.'));
        let mut found = services.services();
        found.retain(|it| begun(&it.name) || it.aliases.iter().any(|alias| begun(alias)));
        let only = found.pop()?;
        found.is_empty().then_some(only)
    })
}

/// The service that the URL is about, and credentials that stood in its path.
pub(super) fn by_url(services: &Table, shape: &Shape, literals: &mut Literals) -> Option<Service> {
    let is_no_ip = |server: &str| {
        ["no-ip.com", "noip.com"]
            .iter()
            .any(|domain| server.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    };
    if is_no_ip(&shape.server) {
        return services.service("noip");
    }
    services.services().into_iter().find(|service| says_the_same(service, shape, literals))
}

/// The service at this server, whatever the path: its account is the same. One with a user name rather than without.
pub(super) fn by_server(services: &Table, server: &str) -> Option<Service> {
    let server = plain(server);
    let mut found = services.services();
    found.retain(|it| !it.server.is_empty() && plain(&it.server) == server);
    let with_user = found.iter().position(|it| matches!(it.dialect.credentials, Credentials::Basic { .. }));
    if found.is_empty() { None } else { Some(found.swap_remove(with_user.unwrap_or(0))) }
}

/// Without the part that chooses the family.
fn plain(server: &str) -> &str {
    ["www.", "ipv4.", "ipv6.", "ip4.", "ip6."].iter().find_map(|it| server.strip_prefix(it)).unwrap_or(server)
}

/// Whether the service is at the URL's server and path: then what the path has in place of the password.
fn is_at(service: &Service, shape: &Shape) -> Option<Option<String>> {
    if service.server.is_empty() || shape.own_port().is_some() {
        return None;
    }
    let server = shape.server.to_ascii_lowercase();
    let also = ALSO
        .iter()
        .any(|(host, path, name)| service.name == *name && plain(&server) == plain(host) && shape.path == *path);
    let six = service.dialect.ipv6_server.as_ref();
    let same = plain(&server) == plain(&service.server) || six.is_some_and(|six| six.server == server);
    if also {
        return Some(None);
    }
    if !same {
        return None;
    }
    let separators = ['/', '?', '&'];
    let (ours, theirs): (Vec<&str>, Vec<&str>) =
        (service.path.split(separators).collect(), shape.path.split(separators).collect());
    if ours.len() != theirs.len() {
        return None;
    }
    let mut secret = None;
    for (ours, theirs) in ours.into_iter().zip(theirs) {
        match ours {
            "{password}" if !theirs.is_empty() => {
                if theirs != "{password}" {
                    secret = Some(theirs.to_owned());
                }
            }
            ours if ours == theirs => {}
            _ => return None,
        }
    }
    Some(secret)
}

/// Whether the service's own requests have the URL's path and every parameter that the URL has.
///
/// Names are compared, not values: people put the host into `[USERNAME]` where a guide told them to.
fn says_the_same(service: &Service, shape: &Shape, literals: &mut Literals) -> bool {
    let dialect = &service.dialect;
    let has_basic = matches!(dialect.credentials, Credentials::Basic { .. });
    let Some(secret) = is_at(service, shape).filter(|_| has_basic == shape.basic) else { return false };
    let mut known: Vec<&str> =
        [&dialect.hostname, &dialect.ipv4, &dialect.ipv6].into_iter().flatten().map(String::as_str).collect();
    if let Credentials::Query { username, password } = &dialect.credentials {
        known.extend(username.iter().chain(password).map(String::as_str));
    }
    let mut pairs: Vec<&(String, String)> = dialect.fixed.iter().collect();
    pairs.extend(dialect.without_ipv4.iter().chain(&dialect.without_ipv6));
    let is_address = |name: &str| [&dialect.ipv4, &dialect.ipv6].into_iter().flatten().any(|it| it == name);
    // The address's own name does not matter: services take several, and the table has the one that is sure.
    let named = [&shape.hostname, &shape.username, &shape.password];
    let same = named.into_iter().flatten().all(|name| known.contains(&name.as_str()))
        && shape.fixed.iter().all(|pair| {
            let (name, value) = (pair.0.as_str(), pair.1.as_str());
            pairs.contains(&pair)
                || HEEDLESS.contains(&name)
                || known.contains(&name) && (!is_address(name) || value.is_empty())
        });
    if same && secret.is_some() {
        literals.password = secret;
    }
    same
}

/// Who is updated, by the parameters of the service: the URL may have put the host where the service wants the user.
pub(super) fn logins(service: &Service, shape: &Shape, login: &Login) -> Vec<Login> {
    let dialect = &service.dialect;
    let has = |slot: &Option<String>, name: &str| slot.as_deref() == Some(name);
    let value = |name: &str| -> Option<Vec<String>> {
        if has(&shape.hostname, name) {
            return Some(login.hosts.clone());
        }
        if has(&shape.username, name) {
            return Some(vec![login.username.clone()]);
        }
        if has(&shape.password, name) {
            return Some(vec![login.password.clone()]);
        }
        let (_, value) = shape.fixed.iter().find(|(it, value)| it == name && !value.is_empty())?;
        Some(vec![value.clone()])
    };
    let hosts = match dialect.hostname.as_deref().and_then(value) {
        // The first label alone, as a guide to DuckDNS has it, is the host that the section names.
        Some(labels) if labels.iter().all(|label| login.hosts.iter().any(|host| begins(host, label))) => {
            login.hosts.clone()
        }
        Some(hosts) => hosts.iter().flat_map(|it| it.split(',')).map(|it| it.trim().to_owned()).collect(),
        None => login.hosts.clone(),
    };
    let Credentials::Query { username, password } = &dialect.credentials else {
        return vec![Login { hosts, ..login.clone() }];
    };
    let password = password.as_deref().and_then(value).and_then(|it| it.into_iter().next());
    let password = password.unwrap_or_else(|| login.password.clone());
    let usernames = username.as_deref().and_then(value).unwrap_or_else(|| vec![login.username.clone()]);
    let login = |username| Login { hosts: hosts.clone(), username, password: password.clone() };
    usernames.into_iter().map(login).collect()
}

fn begins(host: &str, label: &str) -> bool {
    host.strip_prefix(label).is_some_and(|rest| rest.starts_with('.')) && !label.contains('.')
}
