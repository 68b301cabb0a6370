//! Whose configuration a file is, by its content.

/// The programs whose configuration can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    DdnsScripts,
    Inadyn,
    Ddclient,
}

/// What only ddclient calls so.
const DDCLIENT: &[&str] = &[
    "daemon", "login", "pid", "protocol", "server", "ssl", "syslog", "use", "usev4", "usev6", "web", "webv4", "webv6",
];
/// What inadyn calls so outside of its sections.
const INADYN: &[&str] = &[
    "allow-ipv6",
    "broken-rtc",
    "ca-trust-file",
    "fake-address",
    "forced-update",
    "iface",
    "iterations",
    "period",
    "secure-ssl",
    "user-agent",
    "verify-address",
];

impl Format {
    /// The program's name.
    pub(super) fn program(self) -> &'static str {
        match self {
            Format::DdnsScripts => "ddns-scripts",
            Format::Inadyn => "inadyn",
            Format::Ddclient => "ddclient",
        }
    }

    /// What its file is called.
    pub(super) fn file(self) -> &'static str {
        match self {
            Format::DdnsScripts => "ddns-scripts' /etc/config/ddns",
            Format::Inadyn => "inadyn.conf",
            Format::Ddclient => "ddclient.conf",
        }
    }

    /// The format; a file that says nothing is taken for ddns-scripts'.
    pub(super) fn of(text: &[u8]) -> Format {
        let text = String::from_utf8_lossy(text);
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let first = |line: &str| line.split([' ', '\t']).next().unwrap_or_default().to_owned();
        if lines().next().is_some_and(|line| matches!(first(line).as_str(), "config" | "package")) {
            return Format::DdnsScripts;
        }
        // A section's brace may stand in the next line; an option's value may say anything.
        let section = |line: &str| {
            matches!(first(line).as_str(), "provider" | "custom")
                && !line.contains("='")
                && !line.split_whitespace().nth(1).unwrap_or("=").starts_with('=')
        };
        if lines().any(section) {
            return Format::Inadyn;
        }
        let names = |known: &[&str]| {
            lines().any(|line| {
                line.split([',', ' ', '\t'])
                    .any(|word| word.split_once('=').is_some_and(|(name, _)| known.contains(&name)))
                    || line.split_once('=').is_some_and(|(name, _)| known.contains(&name.trim()))
            })
        };
        // Many programs have a `server=` or a `use=`; who has sections in brackets or braces, too, is none of these.
        let other = lines().any(|line| line.starts_with(['[', '{', '<']));
        if other {
            Format::DdnsScripts
        } else if names(DDCLIENT) {
            Format::Ddclient
        } else if names(INADYN) {
            Format::Inadyn
        } else {
            Format::DdnsScripts
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The story: a file with sections in brackets had a line that ddclient could have, and each of its lines became an
    /// account.
    #[test]
    fn what_is_neither_programs_file_is_taken_for_neither() {
        for text in ["[server]\nuse=web\nlogin=x\n", "{\n \"protocol\": 1\n}\nserver=x", "<a>\nserver=x\n</a>"] {
            assert_eq!(Format::of(text.as_bytes()), Format::DdnsScripts, "{text}");
        }
        assert_eq!(Format::of(b"use=web\nlogin=x\n"), Format::Ddclient);
        assert_eq!(Format::of(b"period = 300\n"), Format::Inadyn);
    }
}
