//! The syntax of ddclient.conf, line by line.
//!
//! ```text
//! name=value, name=value                     for every host that follows
//! name=value, name=value host,host           for these hosts
//! name=value, \
//! host                                       one line, written as two
//! ```
//!
//! `#` begins a comment, but in a password. A value may be quoted, in whole or in part.

use std::collections::BTreeMap;

/// The settings of one definition, with those that were said for all before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Definition {
    /// Where it begins.
    pub(super) line: usize,
    pub(super) settings: Settings,
    pub(super) hosts: Vec<String>,
}

/// Names in small letters, and their values.
pub(super) type Settings = BTreeMap<String, String>;

/// The definitions, and the settings that the last of them had from all lines without a host.
pub(super) fn parse(text: &str) -> (Settings, Vec<Definition>) {
    let mut globals = Settings::new();
    let mut definitions = Vec::new();
    let mut passwords = Settings::new();
    let mut joined = String::new();
    let mut begins = 1;
    for (index, line) in text.lines().enumerate() {
        let line = without_password(line.trim_end_matches('\r'), &mut passwords);
        let line = line.split('#').next().unwrap_or_default().trim_end();
        if joined.is_empty() {
            begins = index + 1;
        }
        if let Some(line) = line.strip_suffix('\\') {
            joined.push_str(line);
            joined.push(' ');
            continue;
        }
        joined.push_str(line);
        define(&std::mem::take(&mut joined), begins, &mut passwords, &mut globals, &mut definitions);
    }
    define(&joined, begins, &mut passwords, &mut globals, &mut definitions);
    (globals, definitions)
}

fn define(
    line: &str,
    begins: usize,
    passwords: &mut Settings,
    globals: &mut Settings,
    definitions: &mut Vec<Definition>,
) {
    let (mut settings, rest) = assignments(line);
    for (name, password) in std::mem::take(passwords) {
        // Where the password was taken out there is a place for it, unless another line had it.
        if settings.contains_key(&name) {
            settings.insert(name, password);
        }
    }
    let joined = rest.split(',').map(str::trim).collect::<Vec<_>>().join(",");
    let mut words = joined.split_whitespace();
    let mut hosts: Vec<String> = words.next().map(|it| it.split(',').map(str::to_owned).collect()).unwrap_or_default();
    if let Some(host) = settings.remove("host") {
        hosts.extend(host.split(',').map(|it| it.trim().to_owned()));
    }
    hosts.retain(|it| !it.is_empty());
    for name in ["login", "password"] {
        if let Some(value) = words.next() {
            settings.insert(name.into(), value.into());
        }
    }
    let mut all = globals.clone();
    all.append(&mut settings);
    if hosts.is_empty() {
        *globals = all;
    } else {
        definitions.push(Definition { line: begins, settings: all, hosts });
    }
}

/// The line with `dummy` in a password's place: it may hold whatever means something elsewhere.
fn without_password(line: &str, passwords: &mut Settings) -> String {
    let end = line.find('#').unwrap_or(line.len());
    let Some(at) = line[..end].find("password") else { return line.to_owned() };
    let begin = line[..at].rfind(|it: char| it.is_whitespace() || it == ',').map_or(0, |it| it + 1);
    let after = at + "password".len();
    let Some(value) = line[after..].trim_start().strip_prefix('=') else { return line.to_owned() };
    let value = value.trim_start();
    let (password, tail) = match value.strip_prefix('\'').and_then(|inside| inside.rsplit_once('\'')) {
        Some((password, tail)) => (password, tail),
        None => {
            let end = value.find(char::is_whitespace).unwrap_or(value.len());
            let (password, tail) = value.split_at(end);
            let (password, tail) = match password.strip_suffix('\\') {
                Some(rest) if tail.trim().is_empty() => (rest, "\\"),
                _ => (password, tail),
            };
            // A comma at the end parts it from what follows.
            (password.strip_suffix(',').filter(|it| !it.is_empty()).unwrap_or(password), tail)
        }
    };
    if password.is_empty() {
        return line.to_owned();
    }
    let name = line[begin..after].to_ascii_lowercase();
    passwords.insert(name, password.to_owned());
    format!("{}=dummy {tail}", &line[..after])
}

/// `name=value` at the beginning of a line, and the rest of it.
fn assignments(line: &str) -> (Settings, &str) {
    let mut settings = Settings::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_' && it != '-').unwrap_or(rest.len());
        let is_name = rest.starts_with(|it: char| it.is_ascii_alphabetic());
        let Some(value) = rest[end..].strip_prefix('=').filter(|_| is_name) else { return (settings, rest) };
        let name = rest[..end].to_ascii_lowercase();
        let (value, after) = value_of(value);
        settings.insert(name, value);
        rest = after;
    }
}

/// Up to a comma or a space that is not quoted.
fn value_of(text: &str) -> (String, &str) {
    let mut value = String::new();
    let (mut quote, mut escaped) = (None, false);
    for (at, it) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if it == '\\' {
            escaped = true;
            continue;
        } else if quote == Some(it) {
            quote = None;
            continue;
        } else if quote.is_none() && (it == '"' || it == '\'') {
            quote = Some(it);
            continue;
        } else if quote.is_none() && (it == ',' || it.is_whitespace()) {
            return (value, &text[at..]);
        }
        value.push(it);
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get<'a>(definition: &'a Definition, name: &str) -> &'a str {
        definition.settings.get(name).map_or("", String::as_str)
    }

    #[test]
    fn a_password_may_hold_what_means_something_elsewhere() {
        for (text, password) in [
            ("password=a#b h.example", "a#b"),
            ("password='a, b#=\\' h.example", "a, b#=\\"),
            ("login=x, password=tok, h.example", "tok"),
            ("login=x \\\npassword=tok \\\nh.example", "tok"),
            ("login=x, \\\npassword=tok,\\\nh.example", "tok"),
            ("password=tok\\\nh.example", "tok"),
            ("password=\"quoted\" h.example", "\"quoted\""),
            ("h.example login inline", "inline"),
        ] {
            let (_, definitions) = parse(text);
            assert_eq!(definitions.len(), 1, "{text}");
            assert_eq!(
                (get(&definitions[0], "password"), &definitions[0].hosts),
                (password, &vec!["h.example".into()])
            );
        }
    }

    #[test]
    fn what_stands_before_a_host_is_for_all_that_follow() {
        let (globals, definitions) =
            parse("ssl=yes\nlogin=a\n a.example , b.example\nlogin=b,zone='x y' c.example\nd.example\n");
        let seen: Vec<_> =
            definitions.iter().map(|it| (it.line, get(it, "login"), get(it, "zone"), it.hosts.len())).collect();
        assert_eq!(seen, [(3, "a", "", 2), (4, "b", "x y", 1), (5, "a", "", 1)]);
        assert_eq!(globals.len(), 2);
    }
}
