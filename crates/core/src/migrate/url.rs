//! `update_url` with its placeholders: what goes where.

use percent_encoding::percent_decode_str;

/// An `update_url`, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) tls: bool,
    pub(super) server: String,
    pub(super) port: Option<u16>,
    /// With `{hostname}`, `{username}`, `{password}` where the old had its placeholders, and the query's fixed part.
    pub(super) path: String,
    /// Credentials before the server: `Authorization: Basic`.
    pub(super) basic: bool,
    /// The parameter that names the host.
    pub(super) hostname: Option<String>,
    /// The parameter of the address.
    pub(super) address: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) fixed: Vec<(String, String)>,
    /// Words of success that the person wrote.
    pub(super) words: Vec<String>,
}

impl Shape {
    /// A port that is not its scheme's: one of http's goes with http.
    pub(super) fn own_port(&self) -> Option<u16> {
        self.port.filter(|port| *port != 80 && *port != 443)
    }

    /// Where https cannot be expected: plain http on a port of its own.
    pub(super) fn is_plain(&self) -> bool {
        !self.tls && self.own_port().is_some()
    }
}

/// What stood in the URL itself instead of in an option. Secrets.
#[derive(Default)]
pub(super) struct Literals {
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
}

/// Names of parameters that hold a secret, where a URL has it written out.
const SECRETS: &[&str] =
    &["password", "pass", "passwd", "pwd", "pw", "token", "key", "apikey", "api_key", "secret", "auth", "k", "p"];
/// Names of parameters whose value is no secret, however it looks.
const HOSTS: &[&str] =
    &["hostname", "host", "hosts", "domain", "domains", "fqdn", "h", "id", "name", "subdomain", "zone"];
const USERS: &[&str] = &["username", "user", "login", "usr", "u"];

/// Takes the URL apart, `[PARAMENC]` and `[PARAMOPT]` already replaced.
///
/// # Errors
/// Why there is no such request in ddnsd. Quotes nothing of the URL.
pub(super) fn shape(url: &str) -> Result<(Shape, Literals), String> {
    let (tls, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err("update_url does not begin with http:// or https://".into()),
    };
    let mut shape = Shape { tls, ..Shape::default() };
    let mut literals = Literals::default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    let host = match authority.rsplit_once('@') {
        Some((credentials, host)) => {
            shape.basic = true;
            let (username, password) = credentials.split_once(':').unwrap_or((credentials, ""));
            literals.username = literal(username, "[USERNAME]")?;
            literals.password = literal(password, "[PASSWORD]")?;
            host
        }
        None => authority,
    };
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (host, None),
    };
    if host.is_empty() || host.contains('[') && !host.starts_with('[') || host.contains("[DOMAIN]") {
        return Err("update_url has no plain server in it".into());
    }
    shape.server = host.to_owned();
    shape.port = match port {
        None => None,
        Some(port) => Some(port.parse().ok().filter(|it| *it > 0).ok_or("update_url has no number as its port")?),
    };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    shape.path = in_path(path)?;
    for piece in query.split('&').filter(|piece| !piece.is_empty()) {
        parameter(&mut shape, &mut literals, piece)?;
    }
    hide(&mut shape, &mut literals)?;
    Ok((shape, literals))
}

/// A secret that stands in the path, or in a parameter whose name does not say so, becomes the password: a service's
/// description, which anyone may read, must not hold it.
fn hide(shape: &mut Shape, literals: &mut Literals) -> Result<(), String> {
    let has_one = shape.password.is_some() || shape.basic || shape.path.contains("{password}");
    let mut found = Vec::new();
    let mut segments: Vec<&str> = shape.path.split('/').collect();
    for segment in segments.iter_mut().filter(|it| is_token(it)) {
        found.push((None, (*segment).to_owned()));
        *segment = "{password}";
    }
    let path = segments.join("/");
    for (name, value) in &shape.fixed {
        let is_secret = is_secret_name(name) && value.len() > 3;
        if is_secret || is_token(value) && !HOSTS.contains(&name.to_ascii_lowercase().as_str()) {
            found.push((Some(name.clone()), value.clone()));
        }
    }
    if found.len() > 1 || has_one && !found.is_empty() {
        return Err("update_url has more than one secret in it, and an account has a place for one".into());
    }
    if let Some((name, secret)) = found.pop() {
        shape.path = path;
        shape.fixed.retain(|(it, _)| Some(it) != name.as_ref());
        shape.password = name;
        literals.password = Some(secret);
    }
    Ok(())
}

fn is_secret_name(name: &str) -> bool {
    SECRETS.contains(&name.to_ascii_lowercase().as_str())
}

/// Whether a text looks like a key that a machine made.
fn is_token(text: &str) -> bool {
    text.len() >= 16
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_=".contains(&it))
        && text.bytes().any(|it| it.is_ascii_digit())
        && text.bytes().any(|it| it.is_ascii_alphabetic())
}

/// A placeholder, or the text itself.
fn literal(text: &str, placeholder: &str) -> Result<Option<String>, String> {
    if text == placeholder || text.is_empty() {
        return Ok(None);
    }
    if text.contains('[') {
        return Err(format!("update_url has something beside {placeholder} where the credentials stand"));
    }
    Ok(Some(percent_decode_str(text).decode_utf8_lossy().into_owned()))
}

fn in_path(path: &str) -> Result<String, String> {
    let path =
        path.replace("[DOMAIN]", "{hostname}").replace("[USERNAME]", "{username}").replace("[PASSWORD]", "{password}");
    if path.contains("[IP]") {
        return Err(
            "update_url has the address in its path, where ddnsd puts none: if the service takes the sender's \
        address, \
                    write an entry with \"sender\": true in /etc/ddnsd/services.d (docs/services.md)"
                .into(),
        );
    }
    if path.contains(['[', ']']) {
        return Err("update_url has a placeholder in its path that ddns-scripts has not".into());
    }
    Ok(if path.is_empty() { "/".into() } else { path })
}

fn parameter(shape: &mut Shape, literals: &mut Literals, piece: &str) -> Result<(), String> {
    let Some((name, value)) = piece.split_once('=') else {
        // A bare word: fixed, or the secret itself, as in FreeDNS's direct URLs.
        let separator = if shape.path.contains('?') { '&' } else { '?' };
        let is_secret = piece.len() >= 12 && !piece.contains('[') && !shape.basic && shape.password.is_none();
        let word = if is_secret {
            literals.password = Some(percent_decode_str(piece).decode_utf8_lossy().into_owned());
            "{password}".to_owned()
        } else {
            in_path(piece)?
        };
        shape.path.push(separator);
        shape.path.push_str(&word);
        return Ok(());
    };
    if name.contains('[') {
        return Err("update_url has a placeholder in a parameter's name".into());
    }
    let slot = match value {
        "[DOMAIN]" => &mut shape.hostname,
        "[IP]" => &mut shape.address,
        "[USERNAME]" => &mut shape.username,
        "[PASSWORD]" => &mut shape.password,
        value if value.contains('[') => {
            return Err("update_url has a placeholder in the middle of a value, which a table cannot say".into());
        }
        value => {
            let lower = name.to_ascii_lowercase();
            let decoded = percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned();
            if is_secret_name(name) && !shape.basic && shape.password.is_none() && !value.is_empty() {
                literals.password = Some(decoded);
                shape.password = Some(name.to_owned());
            } else if USERS.contains(&lower.as_str()) && !shape.basic && shape.username.is_none() && !value.is_empty() {
                literals.username = Some(decoded);
                shape.username = Some(name.to_owned());
            } else {
                shape.fixed.push((name.to_owned(), decoded));
            }
            return Ok(());
        }
    };
    if slot.replace(name.to_owned()).is_some() {
        return Err("update_url has the same placeholder in two parameters".into());
    }
    Ok(())
}
