//! From the configuration file to the configuration: the reading that the pure parts leave to others.

use crate::config::{self, Config, Diagnostic, Severity};
use crate::io::file::{self, Links};
use crate::services::{OnDemand, Source};
use crate::uci;
use std::io;
use std::path::{Path, PathBuf};

/// A configuration file larger than this is not one.
const LARGEST: u64 = 1 << 20;
/// A password file larger than this is not one.
const LARGEST_PASSWORD: u64 = 4096;
/// The table of services that the package brings.
const SERVICES: &str = "/usr/share/ddnsd/services.json";
/// A person's own services.
const OWN_SERVICES: &str = "/etc/ddnsd/services.d";
/// The router's configuration, and the copy of it that the init script makes for the daemon.
const ROUTERS: [&str; 2] = ["/etc/config/ddnsd", "/var/run/ddnsd/config"];

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
    let routers = ROUTERS.iter().any(|it| path == Path::new(it));
    let mut config = config::build(&package, &services, &mut |file| {
        if routers {
            check_secret(file)?;
        }
        let links = if routers { Links::Refused } else { Links::Followed };
        let text = file::read(Path::new(file), links, LARGEST_PASSWORD)?;
        String::from_utf8(text).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
    });
    config.diagnostics.extend(services.mistakes().iter().map(|mistake| Diagnostic {
        severity: Severity::Warning,
        line: None,
        section: None,
        option: None,
        message: mistake.to_string(),
    }));
    look_for_roots(&mut config);
    Ok(config)
}

/// The files of the table of services: the package's, then a person's own in the order of their names.
pub fn services() -> Vec<Source> {
    let mut own = Vec::new();
    if let Ok(entries) = std::fs::read_dir(OWN_SERVICES) {
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

/// The init script's rule: as root, it hands the daemon no file but a plain one directly in /etc/ddnsd, whoever asks.
/// Said here too, so that `check`, the command line and the daemon all give the reason, and what to do.
fn check_secret(file: &str) -> io::Result<()> {
    let own = file.strip_prefix("/etc/ddnsd/").filter(|name| !name.starts_with("state.json"));
    // The copies that root has made already.
    let copy = file.strip_prefix("/var/run/ddnsd/").filter(|name| name.starts_with("secret."));
    let named = own.or(copy).is_some_and(|name| !name.is_empty() && !name.starts_with('.') && !name.contains('/'));
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
fn look_for_roots(config: &mut Config) {
    for account in &config.accounts {
        let file = &account.endpoint.ca_file;
        if account.enabled && account.endpoint.tls && !Path::new(file).exists() {
            config.diagnostics.push(Diagnostic {
                severity: Severity::Warning,
                line: None,
                section: Some(account.name.clone()),
                option: Some("ca_file".into()),
                message: format!("{file} is not there: without it no certificate can be verified. Install the package ca-bundle, or name another file"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check_secret;

    #[test]
    fn the_router_takes_password_files_of_one_directory_alone() {
        for file in ["/etc/ddnsd/home.secret", "/etc/ddnsd/a b", "/var/run/ddnsd/secret.home"] {
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
