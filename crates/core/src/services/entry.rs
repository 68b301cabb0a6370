//! One entry of the table: JSON to a [`Service`], with a sentence for every mistake.

use super::fields::{Fields, understood};
use super::steps;
use crate::protocol::{Class, Code, Credentials, Dialect, Ipv6Server, Place, Word};
use serde_json::{Map, Value};
use uci::nearest;

/// What an entry may say; `docs/services.md` explains each.
const KEYS: &[&str] = &[
    "name",
    "aliases",
    "title",
    "server",
    "path",
    "tls",
    "port",
    "url",
    "hint",
    "hostname",
    "hosts",
    "one_domain",
    "groups",
    "ipv4",
    "ipv6",
    "ipv6_prefix",
    "separate",
    "record_type",
    "ipv6_alone",
    "drops",
    "ipv6_server",
    "sender",
    "without_ipv4",
    "without_ipv6",
    "username",
    "password",
    "auth",
    "colon",
    "email_limit",
    "fixed",
    "offline",
    "words",
    "status",
    "once",
    "interval",
    "timeout",
    "protocol",
    "headers",
    "steps",
    "create",
    "apex",
    "types",
    "error",
    "sign",
];

/// One service, as its entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// `option service`.
    pub name: String,
    /// Other names that it is found by.
    pub aliases: Vec<String>,
    /// Its name for people.
    pub title: String,
    /// The server; empty where the account has to say.
    pub server: String,
    /// The path.
    pub path: String,
    /// Whether it has https.
    pub tls: bool,
    /// The port, where it is not the scheme's own.
    pub port: Option<u16>,
    /// Its page about updates, for people; empty if there is none.
    pub url: String,
    /// What to put into username, password and hostname, each a line; empty where it is plain.
    pub hint: Hint,
    /// Whether groups of hosts can be updated by their name.
    pub groups: bool,
    /// Whether it wants a username.
    pub username: bool,
    /// Seconds that an exchange may take, where the service is slow.
    pub timeout: Option<u32>,
    /// How many characters an e-mail address as the username may have.
    pub email_limit: Option<usize>,
    /// How it words requests and answers.
    pub dialect: Dialect,
}

impl Service {
    /// Whether it takes IPv6 addresses.
    pub fn takes_ipv6(&self) -> bool {
        self.dialect.ipv6.is_some() || self.dialect.sender_address && self.dialect.separate_families
    }
}

/// A one-line hint for each field that needs one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// What goes into `option username`.
    pub username: String,
    /// What goes into `option password`.
    pub password: String,
    /// What goes into `list hostname`.
    pub hostname: String,
}

impl Hint {
    /// All of it in one line.
    pub fn line(&self) -> String {
        let fields = [("Username", &self.username), ("Password", &self.password), ("Host name", &self.hostname)];
        let said: Vec<String> = fields
            .iter()
            .filter(|(_, hint)| !hint.is_empty())
            .map(|(field, hint)| format!("{field}: {hint}."))
            .collect();
        said.join(" ")
    }
}

/// Reads an entry.
///
/// # Errors
/// What is wrong, as a sentence without file and line.
pub(super) fn read(text: &str) -> Result<Service, String> {
    let value: Value = serde_json::from_slice(text.as_bytes()).map_err(|error| format!("this is not JSON: {error}"))?;
    let Value::Object(map) = value else { return Err("a service is an object: {…}".into()) };
    known(&map)?;
    let name =
        understood(&map, |fields| fields.text("name"))?.ok_or("a service has a name: \"name\": \"example.net\"")?;
    if name.is_empty() || !name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b".-_".contains(&it))
    {
        return Err("\"name\" is made of a-z, 0-9, '.', '-' and '_'".into());
    }
    understood(&map, |fields| service(fields, name)).map_err(|what| format!("service '{name}': {what}"))
}

fn known(map: &Map<String, Value>) -> Result<(), String> {
    match map.keys().find(|key| !KEYS.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(match nearest(key, KEYS) {
            Some(meant) => format!("\"{key}\" is nothing that a service has: did you mean \"{meant}\"?"),
            None => format!("\"{key}\" is nothing that a service has"),
        }),
    }
}

fn service(fields: &Fields<'_, '_>, name: &str) -> Service {
    let server = fields.text("server");
    if server.is_none() {
        fields.wrong("\"server\" is missing".into());
    }
    let server = server.unwrap_or_default();
    // An API's steps have their paths themselves.
    let is_api = fields.get("steps").is_some();
    let path = fields.text("path").unwrap_or(if is_api { "" } else { "/nic/update" });
    if !(path.starts_with('/') || is_api && path.is_empty()) {
        fields.wrong("\"path\" begins with /".into());
    }
    let credentials = credentials(fields);
    let username = match &credentials {
        Credentials::Basic { .. } => true,
        Credentials::BasicToken => false,
        Credentials::Query { username, .. } => username.is_some() || path.contains("{username}"),
    };
    let dialect = dialect(fields, credentials, server);
    let username = dialect.api.as_ref().map_or(username, |api| api.wants_username());
    let hint = fields.object("hint");
    Service {
        hint: Hint {
            username: hint.line("username", ""),
            password: hint.line("password", ""),
            hostname: hint.line("hostname", ""),
        },
        aliases: fields.texts("aliases"),
        title: fields.line("title", name),
        tls: fields.flag("tls", true),
        port: fields.number("port", 1, 65_535).and_then(|port| u16::try_from(port).ok()),
        url: fields.line("url", ""),
        groups: fields.flag("groups", false),
        username,
        timeout: fields.number("timeout", 1, 300).and_then(|seconds| u32::try_from(seconds).ok()),
        email_limit: fields.number("email_limit", 1, 1000),
        dialect,
        name: name.to_owned(),
        server: server.to_owned(),
        path: path.to_owned(),
    }
}

fn dialect(fields: &Fields<'_, '_>, credentials: Credentials, server: &str) -> Dialect {
    let hostname = fields.parameter("hostname", Some("hostname"));
    let ipv4 = fields.parameter("ipv4", Some("myip"));
    let ipv6 = fields.parameter("ipv6", None);
    let ipv6_prefix = fields.parameter("ipv6_prefix", None);
    let dns_update = match fields.text("protocol") {
        None | Some("dyndns2") => false,
        Some("rfc2136") => true,
        Some(_) => {
            fields.wrong("\"protocol\" is \"dyndns2\" or \"rfc2136\"".into());
            false
        }
    };
    let words: Vec<Word> = fields.texts("words").iter().filter_map(|text| fields.right(word(text))).collect();
    let statuses = statuses(&fields.object("status"));
    let api = steps::recipe(fields, &words, &statuses);
    if let Some(api) = api {
        return Dialect { min_interval: min_interval(fields), ..Dialect::of_api(api) };
    }
    Dialect {
        dns_update,
        api: None,
        answers_once: fields.flag("once", hostname.is_none()),
        hosts_per_request: fields.number("hosts", 1, 1000).unwrap_or(if dns_update { 1 } else { 20 }),
        hostname,
        ipv4,
        ipv6,
        ipv6_prefix,
        record_type: fields.parameter("record_type", None),
        ipv6_alone: fields.flag("ipv6_alone", true),
        drops: fields.flag("drops", false),
        one_domain: fields.flag("one_domain", false),
        separate_families: fields.flag("separate", false),
        ipv6_server: fields
            .text("ipv6_server")
            .map(|ipv6| Ipv6Server { instead_of: server.to_owned(), server: ipv6.to_owned() }),
        sender_address: fields.flag("sender", false),
        without_ipv4: fields.pairs("without_ipv4").into_iter().next(),
        without_ipv6: fields.pairs("without_ipv6").into_iter().next(),
        credentials,
        fixed: fields.pairs("fixed"),
        offline: fields.flag("offline", false),
        words,
        statuses,
        min_interval: min_interval(fields),
    }
}

fn min_interval(fields: &Fields<'_, '_>) -> u32 {
    fields.number("interval", 0, 86_400).map_or(0, |it| u32::try_from(it).unwrap_or(u32::MAX))
}

fn credentials(fields: &Fields<'_, '_>) -> Credentials {
    let username = fields.text("username").map(str::to_owned);
    let password = fields.text("password").map(str::to_owned);
    let in_query = username.is_some() || password.is_some();
    match fields.text("auth") {
        None if !in_query => return Credentials::Basic { escape_colon: fields.flag("colon", false) },
        Some("token") if !in_query => return Credentials::BasicToken,
        Some("path") if !in_query => {}
        None => {}
        Some(_) => {
            fields.wrong("\"auth\" is \"token\" or \"path\", without \"username\" and \"password\" beside it".into())
        }
    }
    Credentials::Query { username, password }
}

/// `word=code`, `beginning*=code`, `*anywhere*=code`.
fn word(text: &str) -> Result<Word, String> {
    let wrong = || format!("\"words\": '{text}' is not of the form word=code");
    let (pattern, code) = text.rsplit_once('=').ok_or_else(wrong)?;
    let code = code_of(code)?;
    let (pattern, place) = match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(rest), Some(_)) => (rest.strip_suffix('*').unwrap_or_default(), Place::Anywhere),
        (None, Some(rest)) => (rest, Place::Prefix),
        (Some(_), None) => return Err(wrong()),
        (None, None) => (pattern, Place::Line),
    };
    if pattern.trim().is_empty() {
        return Err(wrong());
    }
    Ok(Word { text: pattern.to_owned(), place, code })
}

/// `{"403": "badauth"}`; a status alone proves no success, but for those that nobody sends by mistake.
fn statuses(fields: &Fields<'_, '_>) -> Vec<(u16, Code)> {
    let mut statuses = Vec::new();
    for status in fields.map.into_iter().flat_map(Map::keys) {
        let Some(code) = fields.right(code_of(fields.text(status).unwrap_or_default())) else { continue };
        match status.parse().ok().filter(|it| (200..600).contains(it)) {
            None => fields.wrong(format!("\"status\": '{status}' is no HTTP status")),
            Some(number) if code.class() == Class::Success && !matches!(number, 201 | 202 | 204) => {
                fields.wrong("\"status\": an HTTP status alone proves no success".into());
            }
            Some(number) => statuses.push((number, code)),
        }
    }
    statuses
}

fn code_of(word: &str) -> Result<Code, String> {
    Code::from_any_word(word).ok_or_else(|| {
        let codes: Vec<&str> = Code::ALL.iter().chain(&[Code::TooOften]).map(|it| it.as_str()).collect();
        match nearest(word, &codes) {
            Some(meant) => format!("'{word}' is no code of the protocol: did you mean '{meant}'?"),
            None => format!("'{word}' is no code of the protocol"),
        }
    })
}
