//! A provider, or a server of the owner's own, to drafts: one a family.

use super::super::draft::{Account, Draft, Source, Target, is_filler};
use super::super::known::{self, Login};
use super::super::notes::{self, Notes};
use super::super::pages::Pages;
use super::super::unsupported;
use super::super::url::{self, Shape};
use super::parse::Section;
use crate::services::{Service, Table};

/// Services that have a token, which inadyn calls the user name.
const TOKEN_IS_USERNAME: &[&str] = &["duckdns.org", "dynv6.com", "ipv64.net", "regfish.de"];
/// Services that want the zone, which inadyn calls the user name.
const ZONE_IS_USERNAME: &[&str] = &["cloudflare.com", "porkbun.com"];
/// Settings that have been looked at, or make no difference.
const KNOWN: &[&str] = &[
    "append-myip",
    "checkip-command",
    "checkip-path",
    "checkip-server",
    "checkip-ssl",
    "ddns-path",
    "ddns-response",
    "ddns-server",
    "hostname",
    "iface",
    "password",
    "proxied",
    "ssl",
    "ttl",
    "user-agent",
    "username",
    "wildcard",
];

/// What a provider's section asks for.
///
/// # Errors
/// Why it is left out, and the nearest thing that works.
pub(super) fn drafts(
    section: &Section,
    title: &str,
    globals: &Section,
    services: &Table,
    notes: &mut Notes<'_>,
) -> Result<Vec<Draft>, String> {
    if section.settings.iter().any(|it| it.values.iter().any(|value| value.contains("${"))) {
        return Err("a value is taken from the environment, which ddnsd does not read: write it out".into());
    }
    let text = |name| section.get(name).unwrap_or_default().to_owned();
    let mut login = Login {
        hosts: section.values("hostname").iter().filter(|it| !is_filler(it)).cloned().collect(),
        username: text("username"),
        password: text("password"),
    };
    let (family, found) = if section.kind == "custom" {
        (Family::Either, custom(section, &mut login, services, notes)?)
    } else {
        let (family, service) = provider(title, services)?;
        let target = Target::Service(service.name.clone());
        let logins = logins(&service, login);
        (family, Found { target, service: Some(service), logins })
    };
    let mut more = Vec::new();
    let mut logins = found.logins;
    if let Some(service) = &found.service {
        if ZONE_IS_USERNAME.contains(&service.name.as_str()) {
            more.extend(
                logins.first().map(|login| ("zone", login.username.clone())).filter(|(_, zone)| !zone.is_empty()),
            );
            logins.iter_mut().for_each(|login| login.username.clear());
        } else if !service.username {
            logins.iter_mut().for_each(|login| login.username.clear());
        }
    }
    for login in &logins {
        if login.hosts.is_empty() {
            return Err("it names no host".into());
        }
        if !more.is_empty() && login.hosts.iter().any(|host| !host.contains('.')) {
            return Err("hostname is the identifier of a record: write the host's name instead".into());
        }
        if login.password.is_empty() {
            let unread = section.unread.first().map(|why| super::printable(why));
            return Err(unread.map_or("it has no password".into(), |why| {
                format!("it has no password, and the included file cannot be read: {why}")
            }));
        }
    }
    about(section, globals, &found.target, notes);
    let takes_ipv6 = found.service.as_ref().is_none_or(Service::takes_ipv6);
    let allowed = globals.flag("allow-ipv6") == Some(true);
    if family == Family::Six && !takes_ipv6 {
        return Err("it is about IPv6, which this service takes none of as far as the table of services knows".into());
    }
    let families: &[bool] = match family {
        Family::Six => &[true],
        Family::Either if allowed && takes_ipv6 && found.service.is_some() => &[false, true],
        Family::Four | Family::Either => &[false],
    };
    let ca_file = globals.get("ca-trust-file").filter(|it| it.starts_with('/')).map(str::to_owned);
    let forced = globals.get("forced-update").and_then(|it| it.parse().ok());
    let force_interval = forced.map_or(0, |seconds| notes::forced(notes, "forced-update", seconds));
    let mut drafts = Vec::new();
    for &ipv6 in families {
        let source = source(section, globals, ipv6, notes);
        for Login { hosts, username, password } in &logins {
            let account = Account::new(found.target.clone(), username.clone(), password.clone());
            drafts.push(Draft {
                section: title.to_owned(),
                line: section.line,
                enabled: true,
                account: Account { ca_file: ca_file.clone(), force_interval, more: more.clone(), ..account },
                hosts: hosts.clone(),
                ipv6,
                source: source.clone(),
            });
        }
    }
    Ok(drafts)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Four,
    /// IPv4, and IPv6 where the file allows it.
    Either,
    Six,
}

/// Whom a section updates, and as whom.
struct Found {
    target: Target,
    service: Option<Service>,
    logins: Vec<Login>,
}

/// `[family@]name[:number]`
fn provider(title: &str, services: &Table) -> Result<(Family, Service), String> {
    let title = title.to_ascii_lowercase();
    let plain = title.split_once(':').map_or(title.as_str(), |(name, _)| name);
    let (family, name) = plain.split_once('@').unwrap_or(("default", plain));
    if name == "he.net" && family.starts_with("ipv6") {
        // The tunnel's end, which is an IPv4 address.
        let service = services.service("tunnelbroker.net").ok_or_else(|| unsupported::reason(name))?;
        return Ok((Family::Four, service));
    }
    let is_six = family == "ipv6" || plain == "default@dynv6.com";
    let service = known::by_name(services, name).or_else(|| {
        // inadyn takes a part of the name where no other name has it.
        let mut found = services.services();
        found.retain(|it| name.len() > 2 && it.name != "custom" && it.name.contains(name));
        let only = found.pop()?;
        found.is_empty().then_some(only)
    });
    let family = match family {
        _ if is_six => Family::Six,
        "ipv4" => Family::Four,
        _ => Family::Either,
    };
    service.map(|service| (family, service)).ok_or_else(|| unsupported::reason(&super::printable(name)))
}

/// The credentials as the service has them.
fn logins(service: &Service, login: Login) -> Vec<Login> {
    if TOKEN_IS_USERNAME.contains(&service.name.as_str()) && !login.username.is_empty() {
        return vec![Login { password: login.username.clone(), username: String::new(), ..login }];
    }
    // Here the domain is what is updated, and the host in it is the user.
    if service.name == "namecheap.com" {
        let domain = |host: String| Login {
            username: host,
            hosts: vec![login.username.clone()],
            password: login.password.clone(),
        };
        return login.hosts.iter().cloned().map(domain).collect();
    }
    vec![login]
}

/// A server of the owner's own: the URL that inadyn would make, then as any other URL.
fn custom(section: &Section, login: &mut Login, services: &Table, notes: &mut Notes<'_>) -> Result<Found, String> {
    let server = section.get("ddns-server").ok_or("it has no ddns-server")?;
    let path = section.get("ddns-path").unwrap_or("/");
    let scheme = if section.flag("ssl") == Some(false) { "http" } else { "https" };
    let mut query = path.replace('[', "%5B").replace(']', "%5D");
    if !["%u", "%p", "%h", "%i"].iter().any(|it| query.contains(it)) {
        query.push_str(if section.flag("append-myip") == Some(true) { "%i" } else { "%h" });
    }
    if let Some((before, after)) = query.split_once("%h") {
        // The domain after the host's name belongs to the host.
        let end = after.find(['&', '/', '?']).unwrap_or(after.len());
        let (domain, rest) = after.split_at(end);
        if domain.starts_with('.') {
            login.hosts.iter_mut().for_each(|host| host.push_str(domain));
            query = format!("{before}%h{rest}");
        }
    }
    let basic =
        if query.contains("%p") || query.contains("%u") || login.username.is_empty() && login.password.is_empty() {
            ""
        } else {
            "[USERNAME]:[PASSWORD]@"
        };
    let query =
        query.replace("%u", "[USERNAME]").replace("%p", "[PASSWORD]").replace("%h", "[DOMAIN]").replace("%i", "[IP]");
    let slash = if query.starts_with('/') { "" } else { "/" };
    let url = format!("{scheme}://{basic}{server}{slash}{query}");
    let (mut shape, mut literals) = url::shape(&url).map_err(|why| why.replace("update_url", "ddns-path"))?;
    let service = known::by_url(services, &shape, &mut literals);
    if let Some(username) = literals.username {
        login.username = username;
    }
    if let Some(password) = literals.password {
        login.password = password;
    }
    let plain = |word: &&String| !word.is_empty() && !word.contains(['*', '=', '"']) && word.is_ascii();
    shape.words = section.values("ddns-response").iter().filter(plain).cloned().collect();
    match service {
        Some(service) => {
            notes.changed(format!("ddns-server and ddns-path are service '{}' of the table", service.name));
            let logins = known::logins(&service, &shape, login);
            Ok(Found { target: Target::Service(service.name.clone()), service: Some(service), logins })
        }
        None => Ok(Found { target: Target::Url(shape), service: None, logins: vec![login.clone()] }),
    }
}

fn source(section: &Section, globals: &Section, ipv6: bool, notes: &mut Notes<'_>) -> Source {
    if section.get("checkip-command").or(globals.get("checkip-command")).is_some() {
        notes::command(notes, "checkip-command");
        return Source::auto(None);
    }
    if let Some(iface) = section.get("iface").or(globals.get("iface")) {
        let interface = notes::device(notes, iface, ipv6);
        return Source { named: vec![iface.to_owned()], ..Source::auto(interface) };
    }
    let Some(server) = section.get("checkip-server").filter(|it| *it != "default" && !ipv6) else {
        return Source::auto(None);
    };
    let scheme = if section.flag("checkip-ssl") == Some(false) { "http" } else { "https" };
    let path = section.get("checkip-path").unwrap_or("/");
    let slash = if path.starts_with('/') { "" } else { "/" };
    let pages = Pages::new(&format!("{scheme}://{server}{slash}{path}")).unwrap_or_else(|| {
        notes.changed("checkip-server and checkip-path are not the URL of a page: ddnsd's own is asked instead");
        Pages::default()
    });
    if !pages.is_default() {
        notes.changed(
            "the page in checkip-server is asked first, and No-IP's where it does not name exactly one public address",
        );
    }
    let period = globals.get("period").and_then(|it| it.parse::<u64>().ok()).map(|it| (it / 60).min(10_080));
    Source { policy: "web", pages, web_interval: period.filter(|minutes| *minutes > 10), ..Source::auto(None) }
}

/// What works otherwise, and what is not needed.
fn about(section: &Section, globals: &Section, target: &Target, notes: &mut Notes<'_>) {
    match target {
        Target::Url(shape) => about_url(shape, notes),
        Target::Service(_) if section.flag("ssl") == Some(false) => {
            notes.changed("it is sent over https, where ssl was off")
        }
        Target::Service(_) => {}
    }
    if section.flag("wildcard") == Some(true) {
        notes.changed("wildcard is not carried over: set it once at the service, which keeps it");
    }
    if section.get("user-agent").or(globals.get("user-agent")).is_some() {
        notes.changed("user-agent is left out: ddnsd says what it is, as services ask; set option contact instead");
    }
    let kept: Vec<&str> = ["ttl", "proxied"].into_iter().filter(|it| section.get(it).is_some()).collect();
    if !kept.is_empty() {
        notes.not_needed(format!("not needed any more: {}, which stay as they are at the service", kept.join(", ")));
    }
    let unknown = |name: &str| !KNOWN.contains(&name);
    let unknown: Vec<String> =
        section.settings.iter().filter(|it| unknown(&it.name)).map(|it| super::printable(&it.name)).collect();
    if !unknown.is_empty() {
        notes.not_needed(format!("not carried over, unknown here: {}", unknown.join(", ")));
    }
}

fn about_url(shape: &Shape, notes: &mut Notes<'_>) {
    if shape.is_plain() {
        notes.changed(
            "it is sent over plain http, as before, since the server has a port of its own, and the password goes in \
             the clear",
        );
    } else if !shape.tls {
        notes.changed(
            "it is sent over https now, not http: if the service has no https, add option tls '0', which sends the \
             password in the clear",
        );
    }
}
