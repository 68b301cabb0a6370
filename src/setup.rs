//! From the configuration file to the configuration: the reading that the pure parts leave to others.

use crate::config::{self, BuiltIn, Config, Diagnostic, Severity};
use crate::uci;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A configuration file larger than this is not one.
const LARGEST: u64 = 1 << 20;
/// A password file larger than this is not one.
const LARGEST_PASSWORD: u64 = 4096;

/// Reads the configuration; whatever is wrong is among its diagnostics.
pub fn load(path: &Path) -> Config {
    match parse(path) {
        Ok(package) => {
            let mut config = config::build(&package, &BuiltIn, &mut |file| {
                let text = read(Path::new(file), LARGEST_PASSWORD)?;
                String::from_utf8(text).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
            });
            look_for_roots(&mut config);
            config
        }
        Err(diagnostic) => Config { diagnostics: vec![diagnostic], ..Config::default() },
    }
}

/// Reads the configuration for a daemon that has one already.
///
/// # Errors
/// The file cannot be read or parsed at all: what is in force stays so.
pub fn reload(path: &Path) -> Result<Config, Diagnostic> {
    parse(path)?;
    Ok(load(path))
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
