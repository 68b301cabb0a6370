//! One `config account` to an [`AccountConfig`].

use super::absent;
use super::options::{ACCOUNT_OPTIONS, GLOBAL_OPTIONS};
use super::preset::dyndns2;
use super::reader::{MAX_VALUE, Reader, shown};
use super::{AccountConfig, Bind, Endpoint, InterfaceChoice, Ipv4Policy, Ipv6Policy, Preset, Secret, ServiceTable};
use super::{hostname, records, values};
use std::collections::HashMap;
use std::io;
use uci::{Section, Value, nearest};

const CA_FILE: &str = "/etc/ssl/certs/ca-certificates.crt";
const MOST_HOSTNAMES: usize = 5000;
const MOST_INTERFACES: usize = 16;
const MOST_URLS: usize = 8;
const WEB_URL: &str = "http://ip1.dynupdate.no-ip.com/";
const WEB_URL6: &str = "http://ip1.dynupdate6.no-ip.com/";

/// The account, or `None` where something in it is wrong; `name` is `None` where it can have none.
pub(super) fn build(
    section: &Section,
    mut reader: Reader<'_>,
    name: Option<&str>,
    services: &dyn ServiceTable,
    read_file: &mut dyn FnMut(&str, &str) -> io::Result<String>,
) -> Option<AccountConfig> {
    reader.unknown_options(ACCOUNT_OPTIONS, GLOBAL_OPTIONS, "global");
    let enabled = reader.boolean("enabled", true);
    let service = reader.text("service").map_or("noip", |(service, _)| service);
    let preset = preset(&mut reader, service, services);
    let username = username(&mut reader, &preset);
    let password = password(&mut reader, &mut |file| read_file(name.unwrap_or_default(), file));
    let hostnames = hostnames(&mut reader, preset.records);
    let interface = interfaces(&mut reader, "interface");
    let interface6 = interfaces(&mut reader, "interface6");
    let lan = reader.parsed("lan", values::interface).unwrap_or_else(|| "lan".to_owned());
    let (ipv4, ipv6) = families(&mut reader, &preset);
    let ipv6_suffix = reader.parsed("ipv6_suffix", values::suffix);
    if ipv6_suffix.is_some() && matches!(ipv6, Ipv6Policy::Off | Ipv6Policy::Web) {
        reader.warn("ipv6_suffix", "has no effect: write option ipv6 'auto' with it");
    }
    let offline = reader.boolean("offline", false);
    if offline && !preset.offline {
        reader.error("offline", &format!("service '{service}' cannot take hosts offline: leave this line out"));
    }
    let endpoint = endpoint(&mut reader, &preset, service);
    let bind = bind(&mut reader, &interface, &interface6);
    let force_interval = reader.number("force_interval", 0..=365, "days", 0);
    let web_interval = reader.number("web_interval", 10..=10_080, "minutes", 10);
    let web_url = web_urls(&mut reader, "web_url", &[WEB_URL]);
    let web_url6 = web_urls(&mut reader, "web_url6", &[WEB_URL6]);
    let web_url6_own = web_url6 != [WEB_URL6];
    let records = records::read(&mut reader, &preset, &username, &password, &hostnames);
    let sound = reader.sound;
    Some(AccountConfig {
        name: name?.to_owned(),
        enabled,
        service: service.to_owned(),
        dialect: preset.dialect,
        username,
        identity: identity(section, &password),
        password,
        hostnames,
        interface,
        interface6,
        lan,
        ipv4,
        ipv6,
        ipv6_suffix,
        offline,
        endpoint,
        bind,
        force_interval,
        web_interval,
        web_url,
        web_url6,
        web_url6_own,
        zone: records.zone,
        create: records.create,
        ttl: records.ttl,
        dns_key: records.dns_key,
    })
    .filter(|_| sound)
}

/// The service's preset; where there is none, that of `custom`, so that the other options get checked all the same.
fn preset(reader: &mut Reader<'_>, service: &str, services: &dyn ServiceTable) -> Preset {
    if let Some(preset) = services.preset(service) {
        return preset;
    }
    let advice = match (absent::reason(service), nearest(service, &services.names())) {
        (Some(why), _) => why.to_owned(),
        (None, Some(meant)) => format!("did you mean '{meant}'?"),
        (None, None) => "write one that `ubus call ddnsd services` lists, or 'custom' with option server".to_owned(),
    };
    reader.error("service", &format!("'{}' is no service that ddnsd knows: {advice}", shown(service)));
    Preset { server: "example.invalid".to_owned(), colon: true, ipv6_apart: true, ..dyndns2() }
}

fn username(reader: &mut Reader<'_>, preset: &Preset) -> String {
    let Some((username, _)) = reader.text("username") else {
        if preset.username && !reader.is_set("username") {
            reader.error("username", "is missing: write option username 'user@example.com'");
        }
        return String::new();
    };
    if !preset.username {
        reader.warn("username", "has no effect: this service takes the password alone");
        return String::new();
    }
    if username.contains(':') && !preset.colon {
        reader.error("username", "a username with : cannot be sent to this service: write it without");
    } else if let Some(limit) = preset.email_limit
        && username.contains('@')
        && !username.contains(':')
        && username.chars().count() > limit
    {
        reader.error("username", &format!("an e-mail address has {limit} characters at most with this service"));
    }
    if username.trim() != username {
        reader.warn("username", "begins or ends with a space, which is sent too: is that meant?");
    }
    username.to_owned()
}

fn password(reader: &mut Reader<'_>, read_file: &mut dyn FnMut(&str) -> io::Result<String>) -> Secret {
    let direct = reader.text("password").map(|(password, _)| Secret::new(password.to_owned()));
    let file = reader.parsed("password_file", values::absolute_path);
    match (reader.is_set("password"), reader.is_set("password_file")) {
        (true, true) => reader.error("password_file", "password is set too: leave one of the two out"),
        (false, false) => {
            let advice = "is missing: write option password 'SECRET' or option password_file '/etc/ddnsd/home.secret'";
            reader.error("password", advice);
        }
        _ => {}
    }
    match (direct, file) {
        (Some(password), _) => password,
        (None, Some(file)) => match secret_of_file(&file, read_file) {
            Ok(password) => password,
            Err(message) => {
                reader.error("password_file", &message);
                Secret::default()
            }
        },
        (None, None) => Secret::default(),
    }
}

/// The file's content without the newline that editors put at its end.
fn secret_of_file(file: &str, read_file: &mut dyn FnMut(&str) -> io::Result<String>) -> Result<Secret, String> {
    let name = shown(file);
    let content = read_file(file).map_err(|error| {
        // "No such file or directory (os error 2)": the number helps nobody here.
        let reason = error.to_string();
        format!("cannot read {name}: {}", reason.split(" (os error").next().unwrap_or(&reason))
    })?;
    let content = Secret::new(content);
    let text = content.reveal();
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() {
        return Err(format!("{name} is empty: write the password into it"));
    }
    if text.len() > MAX_VALUE || text.chars().any(char::is_control) {
        return Err(format!("{name} holds more than a password: write one line into it"));
    }
    Ok(Secret::new(text.to_owned()))
}

fn hostnames(reader: &mut Reader<'_>, records: bool) -> Vec<String> {
    if !reader.is_set("hostname") {
        reader.error("hostname", "is missing: write list hostname 'home.ddns.net', one line for each host or group");
    }
    if reader.is_option("hostname") {
        reader.warn("hostname", "is a list, of which UCI keeps one where it is an option: write list hostname 'NAME'");
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut hostnames = Vec::new();
    for (value, line) in reader.items("hostname", MOST_HOSTNAMES) {
        // A record has a name of DNS: written as people write it, it is the same one.
        let ascii = if records && !value.is_ascii() { hostname::in_ascii(value) } else { None };
        match hostname::hostname(ascii.as_deref().unwrap_or(value)) {
            Err(message) => reader.error_at("hostname", line, &message),
            Ok(hostname) if seen.insert(hostname.to_ascii_lowercase(), line).is_none() => hostnames.push(hostname),
            Ok(_) => {
                reader.warn_at("hostname", line, &format!("'{}' stands here twice: it is sent once", shown(value)))
            }
        }
    }
    hostnames
}

fn interfaces(reader: &mut Reader<'_>, option: &str) -> InterfaceChoice {
    let mut names: Vec<String> = Vec::new();
    let mut auto = false;
    let items = reader.items(option, MOST_INTERFACES);
    let several = items.len() > 1;
    for (value, line) in items {
        match values::interface(value) {
            Ok(name) if name == "auto" && several => {
                reader.error_at(option, line, "'auto' stands alone: leave it out, or the other interfaces");
            }
            Ok(name) if name == "auto" => auto = true,
            Ok(name) if names.contains(&name) => {
                reader.warn_at(option, line, &format!("'{name}' stands here twice: the first one counts"));
            }
            Ok(name) => names.push(name),
            Err(message) => reader.error_at(option, line, &message),
        }
    }
    if auto || names.is_empty() { InterfaceChoice::Auto } else { InterfaceChoice::Named(names) }
}

/// `auto`, or a word for yes or no.
fn bind(reader: &mut Reader<'_>, interface: &InterfaceChoice, interface6: &InterfaceChoice) -> Bind {
    let bind = reader.parsed("bind", values::bind).unwrap_or(Bind::Auto);
    let named = [interface, interface6].iter().any(|choice| matches!(choice, InterfaceChoice::Named(_)));
    if bind == Bind::Never && named {
        let words = "with 0 web detection, and a service that looks at the sender, see the default route's line and not \
                     that of the named interface: leave it out unless that is meant";
        reader.warn("bind", words);
    }
    bind
}

fn families(reader: &mut Reader<'_>, preset: &Preset) -> (Ipv4Policy, Ipv6Policy) {
    let ipv4 = [
        ("auto", Ipv4Policy::Auto),
        ("interface", Ipv4Policy::Interface),
        ("web", Ipv4Policy::Web),
        ("server", Ipv4Policy::Server),
        ("off", Ipv4Policy::Off),
    ];
    let ipv6 = [
        ("off", Ipv6Policy::Off),
        ("auto", Ipv6Policy::Auto),
        ("interface", Ipv6Policy::Interface),
        ("web", Ipv6Policy::Web),
    ];
    let ipv4 = reader.word("ipv4", &ipv4, Ipv4Policy::Auto);
    let ipv6 = reader.word("ipv6", &ipv6, Ipv6Policy::Off);
    match (ipv4, ipv6) {
        (Ipv4Policy::Off, Ipv6Policy::Off) if reader.is_set("ipv6") => {
            reader.error("ipv6", "IPv4 and IPv6 are both off: turn one of them on, or write option enabled '0'");
        }
        (Ipv4Policy::Off, Ipv6Policy::Off) => {
            reader.error("ipv4", "IPv4 is off and IPv6 is not on: write option ipv6 'auto', or option enabled '0'");
        }
        (_, Ipv6Policy::Off) => {}
        _ if !preset.ipv6 => reader.error("ipv6", "this service takes no IPv6 address: leave this line out"),
        (Ipv4Policy::Off | Ipv4Policy::Server, _) if !preset.ipv6_alone => {
            let advice = "this service makes up an IPv4 address where none is sent beside the IPv6 address: write option \
                          ipv4 'auto' or 'web', or option ipv6 'off'";
            reader.error("ipv4", advice);
        }
        (Ipv4Policy::Server, _) if !preset.records && !preset.ipv6_apart => {
            let advice = "'server' sends no address, but an IPv6 address goes into the same list: write option ipv4 'auto' \
                          or 'web', or option ipv6 'off'";
            reader.error("ipv4", advice);
        }
        _ => {}
    }
    if ipv4 == Ipv4Policy::Server && preset.records {
        reader.error("ipv4", "this service is told an address, it looks at none: write option ipv4 'auto' or 'web'");
    }
    (ipv4, ipv6)
}

fn endpoint(reader: &mut Reader<'_>, preset: &Preset, service: &str) -> Endpoint {
    let server = reader.parsed("server", values::server);
    if preset.server.is_empty() && !reader.is_set("server") {
        reader.error("server", &format!("is missing: service '{service}' needs option server 'dynupdate.example.com'"));
    }
    let path = reader.parsed("path", values::path);
    let tls = reader.boolean("tls", preset.tls);
    let default = preset.port.filter(|_| tls == preset.tls).unwrap_or(if tls { 443 } else { 80 });
    let port = reader.number("port", 1..=65_535, "", u32::from(default));
    match (tls, port) {
        (true, 80 | 8245) => {
            reader.warn("port", &format!("{port} is a port for plain http: with it goes option tls '0'"))
        }
        (false, 443) => reader.warn("port", "443 is the port for https: with it goes option tls '1'"),
        _ => {}
    }
    Endpoint {
        server: server.unwrap_or_else(|| preset.server.clone()),
        path: path.unwrap_or_else(|| preset.path.clone()),
        tls,
        port: u16::try_from(port).unwrap_or(default),
        ca_file: reader.parsed("ca_file", values::absolute_path).unwrap_or_else(|| CA_FILE.to_owned()),
        proxy: reader.parsed("proxy", values::proxy),
        timeout: reader.number("timeout", 1..=300, "seconds", preset.timeout.unwrap_or(30)),
    }
}

fn web_urls(reader: &mut Reader<'_>, option: &str, default: &[&str]) -> Vec<String> {
    let mut urls = Vec::new();
    for (value, line) in reader.items(option, MOST_URLS) {
        match values::web_url(value) {
            Ok(url) => urls.push(url),
            Err(message) => reader.error_at(option, line, &message),
        }
    }
    if urls.is_empty() { default.iter().map(|url| (*url).to_owned()).collect() } else { urls }
}

/// What the fingerprint is made of; values hold no line break, so no two configurations share one.
fn identity(section: &Section, password: &Secret) -> Secret {
    let mut lines = Vec::new();
    for option in &section.options {
        let name = option.name.as_str();
        let known = ACCOUNT_OPTIONS.iter().any(|(it, _)| *it == name);
        // The password counts, wherever it stands: the daemon's copy of the configuration names another file. So it does
        // for the CA, which decides whom ddnsd trusts, and not what the service answers.
        if !known || matches!(name, "enabled" | "password" | "password_file" | "ca_file") {
            continue;
        }
        match &option.value {
            Value::Single(value) => lines.push((name, value.as_str())),
            Value::List(items) => lines.extend(items.iter().map(|(item, _)| (name, item.as_str()))),
        }
    }
    lines.push(("password", password.reveal()));
    // Stable: a list keeps its order.
    lines.sort_by_key(|(name, _)| *name);
    let length = lines.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut text = String::with_capacity(length);
    for (name, value) in lines {
        text.push_str(name);
        text.push('=');
        text.push_str(value);
        text.push('\n');
    }
    Secret::new(text)
}
