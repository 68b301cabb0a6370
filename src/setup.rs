//! From the configuration file to the configuration: the reading that the pure parts leave to others.

use crate::config::{self, Config, Diagnostic, Severity};
use crate::services::{OnDemand, Source};
use crate::uci;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A configuration file larger than this is not one.
const LARGEST: u64 = 1 << 20;
/// A password file larger than this is not one.
const LARGEST_PASSWORD: u64 = 4096;
/// The table of services that the package brings.
const SERVICES: &str = "/usr/share/ddnsd/services.json";
/// A person's own services.
const OWN_SERVICES: &str = "/etc/ddnsd/services.d";

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
    let mut config = config::build(&package, &services, &mut |file| {
        let text = read(Path::new(file), LARGEST_PASSWORD)?;
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
    let mut own: Vec<_> = std::fs::read_dir(OWN_SERVICES)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    own.retain(|path| path.extension().is_some_and(|it| it == "json"));
    own.sort();
    shipped_services()
        .into_iter()
        .chain(own)
        .map(|path| match read(&path, LARGEST) {
            Ok(text) => Source::new(path.display().to_string(), String::from_utf8_lossy(&text)),
            Err(error) => Source::unreadable(path.display().to_string(), error),
        })
        .collect()
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

fn parse(path: &Path) -> Result<uci::Package, Diagnostic> {
    let text = read(path, LARGEST).map_err(|error| Diagnostic {
        severity: Severity::Error,
        line: None,
        section: None,
        option: None,
        message: format!("cannot be read: {error}"),
    })?;
    uci::parse(&text).map_err(|error| Diagnostic::from(&error))
}

fn read(path: &Path, largest: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(largest + 1).read_to_end(&mut text)?;
    if text.len() as u64 > largest {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is larger than {largest} bytes")));
    }
    Ok(text)
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
