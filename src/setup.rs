//! From the configuration file to the configuration: the reading that the pure parts leave to others.

use crate::config::{self, Config, Diagnostic, Severity};
use crate::io::file::{self, Links};
use crate::services::{OnDemand, Source};
use crate::uci;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A configuration file larger than this is not one.
const LARGEST: u64 = 1 << 20;
/// A password file larger than this is not one.
const LARGEST_PASSWORD: u64 = 4096;
/// The table of services that the package brings.
const SERVICES: &str = "/usr/share/ddnsd/services.json";
/// A person's own services.
const OWN_SERVICES: &str = "/etc/ddnsd/services.d";
/// The router's configuration.
const ROUTERS: &str = "/etc/config/ddnsd";
/// Where the init script puts the daemon's copy of it, and of the files that it names, each under a name of its own: the
/// copy is the same text to the byte, and so the account's fingerprint is the same for root and for the daemon.
const HANDED_OVER: &str = "/var/run/ddnsd";

/// Whether this is the daemon's copy.
fn is_handed_over(path: &Path) -> bool {
    path.parent() == Some(Path::new(HANDED_OVER)) && path.file_name().is_some_and(|it| it == "config")
}

/// The configuration as a person knows it: nobody should edit the daemon's copy.
pub fn shown(path: &Path) -> &Path {
    if is_handed_over(path) { Path::new(ROUTERS) } else { path }
}

/// Reads the configuration; whatever is wrong is among its diagnostics.
pub fn load(path: &Path) -> Config {
    reload(path).unwrap_or_else(|diagnostic| Config { diagnostics: vec![diagnostic], ..Config::default() })
}

/// Reads the configuration for a daemon that has one already.
///
/// # Errors
/// The file cannot be read or parsed at all: what is in force stays so.
pub fn reload(path: &Path) -> Result<Config, Diagnostic> {
    let package = parse(path)?;
    let services = OnDemand::new(services);
    let handed_over = is_handed_over(path);
    let mut config = config::build(&package, &services, &mut |account, file| {
        let text = read_secret(path, account, file)?;
        String::from_utf8(text).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
    });
    config.diagnostics.extend(services.mistakes().iter().map(|mistake| warning(None, None, mistake.to_string())));
    look_for_roots(&mut config, handed_over);
    Ok(config)
}

fn warning(section: Option<String>, option: Option<&str>, message: String) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, line: None, section, option: option.map(str::to_owned), message }
}

/// An account's password file, or the copy of it that was handed over.
fn read_secret(config: &Path, account: &str, file: &str) -> io::Result<Vec<u8>> {
    let handed_over = is_handed_over(config);
    if handed_over || config == Path::new(ROUTERS) {
        check_secret(file)?;
    }
    if handed_over {
        let copy = Path::new(HANDED_OVER).join(format!("secret.{account}"));
        return file::read(&copy, Links::Refused, LARGEST_PASSWORD);
    }
    let links = if config == Path::new(ROUTERS) { Links::Refused } else { Links::Followed };
    file::read(Path::new(file), links, LARGEST_PASSWORD)
}

/// Warnings about files with passwords that every user of the system can read or write: for `check` and the log, once.
pub fn exposed(path: &Path) -> Vec<Diagnostic> {
    let path = shown(path);
    let Ok(package) = parse(path) else { return Vec::new() };
    let mut found: Vec<Diagnostic> = Vec::new();
    for section in &package.sections {
        for option in &section.options {
            let uci::Value::Single(value) = &option.value else { continue };
            let file = match option.name.as_str() {
                "password" => path,
                "password_file" => Path::new(value),
                _ => continue,
            };
            if let Some(message) = exposure(file).filter(|message| !found.iter().any(|it| it.message == *message)) {
                found.push(warning(section.name.clone(), Some(&option.name), message));
            }
        }
    }
    found
}

/// What is wrong with a file that holds a password and that everybody can read or write.
fn exposure(path: &Path) -> Option<String> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    let verb = match (mode & 0o002, mode & 0o004) {
        (0, 0) => return None,
        (0, _) => "read",
        _ => "write",
    };
    let path = path.display();
    Some(format!("{path} holds a password, and every user can {verb} it: say chmod 600 {path}"))
}

/// The files of the table of services: the package's, then a person's own in the order of their names.
pub fn services() -> Vec<Source> {
    let mut own = Vec::new();
    // The folder may have been made by the daemon's user: where it leads is not for root to follow.
    let is_folder = std::fs::symlink_metadata(OWN_SERVICES).is_ok_and(|it| it.is_dir());
    if let Some(entries) = is_folder.then(|| std::fs::read_dir(OWN_SERVICES).ok()).flatten() {
        for entry in entries.flatten() {
            own.push(entry.path());
        }
    }
    own.retain(|path| path.extension().is_some_and(|it| it == "json"));
    own.sort_unstable();
    let mut files: Vec<PathBuf> = shipped_services().into_iter().collect();
    files.append(&mut own);
    let mut sources = Vec::new();
    for path in &files {
        let name = path.display().to_string();
        // The daemon's user may write beside it: what it links to is not for root to read.
        let links = if path.starts_with(OWN_SERVICES) { Links::Refused } else { Links::Followed };
        sources.push(match file::read(path, links, LARGEST) {
            Ok(text) => Source::new(name, String::from_utf8_lossy(&text)),
            Err(error) => Source::unreadable(name, error),
        });
    }
    sources
}

/// Where the shipped table is: installed, or in the source tree that a program runs from without being installed.
fn shipped_services() -> Option<PathBuf> {
    let installed = PathBuf::from(SERVICES);
    if installed.exists() {
        return Some(installed);
    }
    let program = std::env::current_exe().ok()?;
    let build = program.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == "target"))?;
    Some(build.parent()?.join("files").join(SERVICES.trim_start_matches('/'))).filter(|path| path.exists())
}

/// The init script's rule: as root, it hands the daemon no password file but a plain one directly in /etc/ddnsd, whoever
/// asks. Said here too, so that `check`, the command line and the daemon all give the reason, and what to do.
fn check_secret(file: &str) -> io::Result<()> {
    let own = file.strip_prefix("/etc/ddnsd/").filter(|name| !name.starts_with("state.json"));
    let named = own.is_some_and(|name| !name.is_empty() && !name.starts_with('.') && !name.contains('/'));
    // What is not there, or is closed to this user, is left to the reading: it knows why.
    if named && std::fs::symlink_metadata(file).map_or(true, |it| it.is_file()) {
        return Ok(());
    }
    Err(io::Error::other(
        "it must be a plain file directly in /etc/ddnsd, such as /etc/ddnsd/home.secret: put it there",
    ))
}

fn parse(path: &Path) -> Result<uci::Package, Diagnostic> {
    let text = file::read(path, Links::Followed, LARGEST).map_err(|error| Diagnostic {
        severity: Severity::Error,
        line: None,
        section: None,
        option: None,
        message: format!("cannot be read: {error}"),
    })?;
    uci::parse(&text).map_err(|error| Diagnostic::from(&error))
}

/// Without roots no certificate can be verified: better said before the first update fails.
fn look_for_roots(config: &mut Config, handed_over: bool) {
    for account in &mut config.accounts {
        let named = account.endpoint.ca_file.clone();
        if handed_over && !named.starts_with("/etc/ssl/") {
            let copy = format!("{HANDED_OVER}/ca.{}", account.name);
            Arc::make_mut(account).endpoint.ca_file = copy;
        }
        let endpoint = &account.endpoint;
        if account.enabled && endpoint.tls && !Path::new(&endpoint.ca_file).exists() {
            let advice =
                "without it no certificate can be verified. Install the package ca-bundle, or name another file";
            let message = format!("{named} is not there: {advice}");
            config.diagnostics.push(warning(Some(account.name.clone()), Some("ca_file"), message));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check_secret;

    #[test]
    fn the_router_takes_password_files_of_one_directory_alone() {
        for file in ["/etc/ddnsd/home.secret", "/etc/ddnsd/a b"] {
            assert!(check_secret(file).is_ok(), "{file}");
        }
        for file in [
            "/etc/shadow",
            "/etc/ddnsd",
            "/etc/ddnsd/",
            "/etc/ddnsd/../shadow",
            "/etc/ddnsd//etc/shadow",
            "/etc/ddnsd/sub/secret",
            "/etc/ddnsd/.hidden",
            "/etc/ddnsd/state.json",
            "/etc/ddnsd/state.json.bad",
            "/etc/ddnsd2/secret",
            "/var/run/ddnsd/secret.home",
            "/var/run/ddnsd/config",
            "/var/run/ddnsd/run/x",
            "/var/run/ddnsd/secret./x",
            "",
        ] {
            let said = check_secret(file).unwrap_err().to_string();
            assert_eq!(
                said, "it must be a plain file directly in /etc/ddnsd, such as /etc/ddnsd/home.secret: put it there",
                "{file}"
            );
        }
    }
}
