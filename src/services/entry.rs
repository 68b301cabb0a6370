//! One entry of the table: JSON to a [`Service`], with a sentence for every mistake.

use crate::protocol::{Class, Code, Credentials, Dialect, Ipv6Server, Place, Word};
use crate::uci::nearest;
use serde_json::{Map, Value};

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
    "groups",
    "ipv4",
    "ipv6",
    "separate",
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
    /// How many characters an e-mail address as the username may have.
    pub email_limit: Option<usize>,
    /// How it words requests and answers.
    pub dialect: Dialect,
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
    let fields = Fields(&map);
    fields.known()?;
    let name = fields.text("name")?.ok_or("a service has a name: \"name\": \"example.net\"")?;
    if name.is_empty() || !name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b".-_".contains(&it))
    {
        return Err("\"name\" is made of a-z, 0-9, '.', '-' and '_'".into());
    }
    service(&fields, name.to_owned()).map_err(|what| format!("service '{name}': {what}"))
}

fn service(fields: &Fields<'_>, name: String) -> Result<Service, String> {
    let server = fields.text("server")?.ok_or("\"server\" is missing")?.to_owned();
    let path = fields.text("path")?.unwrap_or("/nic/update").to_owned();
    if !path.starts_with('/') {
        return Err("\"path\" begins with /".into());
    }
    let credentials = credentials(fields)?;
    let username = match &credentials {
        Credentials::Basic { .. } => true,
        Credentials::BasicToken => false,
        Credentials::Query { username, .. } => username.is_some() || path.contains("{username}"),
    };
    let hint = fields.object("hint")?;
    let hint = Hint {
        username: hint.text("username")?.unwrap_or_default().to_owned(),
        password: hint.text("password")?.unwrap_or_default().to_owned(),
        hostname: hint.text("hostname")?.unwrap_or_default().to_owned(),
    };
    Ok(Service {
        aliases: fields.texts("aliases")?,
        title: fields.text("title")?.unwrap_or(&name).to_owned(),
        tls: fields.flag("tls", true)?,
        port: match fields.number("port", 1, 65_535)? {
            Some(port) => u16::try_from(port).ok(),
            None => None,
        },
        url: fields.text("url")?.unwrap_or_default().to_owned(),
        hint,
        groups: fields.flag("groups", false)?,
        username,
        email_limit: fields.number("email_limit", 1, 1000)?,
        dialect: dialect(fields, credentials, &server)?,
        name,
        server,
        path,
    })
}

fn dialect(fields: &Fields<'_>, credentials: Credentials, server: &str) -> Result<Dialect, String> {
    let hostname = fields.parameter("hostname", "hostname")?;
    let ipv4 = fields.parameter("ipv4", "myip")?;
    let ipv6 = match fields.0.get("ipv6") {
        None => None,
        Some(_) => fields.parameter("ipv6", "")?,
    };
    Ok(Dialect {
        answers_once: fields.flag("once", hostname.is_none())?,
        hosts_per_request: fields.number("hosts", 1, 1000)?.unwrap_or(20),
        hostname,
        ipv4,
        ipv6,
        separate_families: fields.flag("separate", false)?,
        ipv6_server: fields
            .text("ipv6_server")?
            .map(|ipv6| Ipv6Server { instead_of: server.to_owned(), server: ipv6.to_owned() }),
        sender_address: fields.flag("sender", false)?,
        without_ipv4: fields.pair("without_ipv4")?,
        without_ipv6: fields.pair("without_ipv6")?,
        credentials,
        fixed: fields.pairs("fixed")?,
        offline: fields.flag("offline", false)?,
        words: fields.texts("words")?.iter().map(|text| word(text)).collect::<Result<_, _>>()?,
        statuses: statuses(fields)?,
        min_interval: fields.number("interval", 0, 86_400)?.map_or(0, |it| u32::try_from(it).unwrap_or(u32::MAX)),
    })
}

fn credentials(fields: &Fields<'_>) -> Result<Credentials, String> {
    let username = fields.text("username")?.map(str::to_owned);
    let password = fields.text("password")?.map(str::to_owned);
    let in_query = username.is_some() || password.is_some();
    match fields.text("auth")? {
        None if in_query => Ok(Credentials::Query { username, password }),
        None => Ok(Credentials::Basic { escape_colon: fields.flag("colon", false)? }),
        Some("token") if !in_query => Ok(Credentials::BasicToken),
        Some("path") if !in_query => Ok(Credentials::Query { username: None, password: None }),
        Some(_) => Err("\"auth\" is \"token\" or \"path\", without \"username\" and \"password\" beside it".into()),
    }
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

/// `{"403": "badauth"}`; a status alone proves no success.
fn statuses(fields: &Fields<'_>) -> Result<Vec<(u16, Code)>, String> {
    let object = fields.object("status")?;
    let mut statuses = Vec::new();
    for status in object.0.keys() {
        let code = code_of(object.text(status)?.unwrap_or_default())?;
        let number = status.parse().ok().filter(|it| (200..600).contains(it));
        let number = number.ok_or_else(|| format!("\"status\": '{status}' is no HTTP status"))?;
        if code.class() == Class::Success {
            return Err("\"status\": an HTTP status alone proves no success".into());
        }
        statuses.push((number, code));
    }
    Ok(statuses)
}

fn code_of(word: &str) -> Result<Code, String> {
    Code::from_word(word).ok_or_else(|| match nearest(word, Code::ALL.iter().map(|it| it.as_str())) {
        Some(meant) => format!("'{word}' is no code of the protocol: did you mean '{meant}'?"),
        None => format!("'{word}' is no code of the protocol"),
    })
}

/// Typed access to an object.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn known(&self) -> Result<(), String> {
        match self.0.keys().find(|key| !KEYS.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => Err(match nearest(key, KEYS.iter().copied()) {
                Some(meant) => format!("\"{key}\" is nothing that a service has: did you mean \"{meant}\"?"),
                None => format!("\"{key}\" is nothing that a service has"),
            }),
        }
    }

    fn text(&self, key: &str) -> Result<Option<&'a str>, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.chars().all(|it| !it.is_control()) => Ok(Some(text)),
            Some(_) => Err(format!("\"{key}\" is a text")),
        }
    }

    fn texts(&self, key: &str) -> Result<Vec<String>, String> {
        let wrong = || format!("\"{key}\" is a list of texts");
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
            }
            Some(_) => Err(wrong()),
        }
    }

    fn flag(&self, key: &str, otherwise: bool) -> Result<bool, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(otherwise),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(format!("\"{key}\" is true or false")),
        }
    }

    fn number(&self, key: &str, least: usize, most: usize) -> Result<Option<usize>, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let number = value.as_u64().and_then(|it| usize::try_from(it).ok());
                let number = number.filter(|it| (least..=most).contains(it));
                number.map(Some).ok_or_else(|| format!("\"{key}\" is a number from {least} to {most}"))
            }
        }
    }

    /// A parameter's name; `null` leaves the parameter out.
    fn parameter(&self, key: &str, otherwise: &str) -> Result<Option<String>, String> {
        match self.0.get(key) {
            None => Ok(Some(otherwise.to_owned())),
            Some(Value::Null) => Ok(None),
            Some(Value::String(name)) if !name.is_empty() => Ok(Some(name.clone())),
            Some(_) => Err(format!("\"{key}\" is the name of a parameter, or null")),
        }
    }

    /// `name=value`.
    fn pair(&self, key: &str) -> Result<Option<(String, String)>, String> {
        Ok(self.pairs(key)?.into_iter().next())
    }

    /// `name=value&name=value`.
    fn pairs(&self, key: &str) -> Result<Vec<(String, String)>, String> {
        let text = self.text(key)?.unwrap_or_default();
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
                _ => Err(format!("\"{key}\" is of the form name=value")),
            })
            .collect()
    }

    fn object(&self, key: &str) -> Result<Fields<'a>, String> {
        static EMPTY: std::sync::OnceLock<Map<String, Value>> = std::sync::OnceLock::new();
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(Fields(EMPTY.get_or_init(Map::new))),
            Some(Value::Object(map)) => Ok(Fields(map)),
            Some(_) => Err(format!("\"{key}\" is an object")),
        }
    }
}
