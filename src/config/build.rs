//! Sections to a [`Config`].

use super::account;
use super::options::{ACCOUNT_OPTIONS, GLOBAL_OPTIONS};
use super::reader::{Reader, shown};
use super::values;
use super::{Config, Diagnostic, Global, ServiceTable, Severity};
use crate::uci::{Package, Section, nearest};
use std::io;
use std::sync::Arc;

const KINDS: [&str; 2] = ["account", "global"];

/// Builds the configuration: every account without a mistake, and every mistake.
///
/// `read_file` reads a password file; what it returns is wiped after use. Diagnostics come in the order of their
/// lines.
pub fn build(
    package: &Package,
    services: &dyn ServiceTable,
    read_file: &mut dyn FnMut(&str) -> io::Result<String>,
) -> Config {
    let mut config = Config::default();
    let mut globals = 0;
    let mut accounts = 0;
    for section in &package.sections {
        match section.kind.as_str() {
            "global" => {
                let global = global(section, globals, &mut config.diagnostics);
                if globals == 0 {
                    config.global = global;
                }
                globals += 1;
            }
            "account" => {
                let (name, label) = account_name(package, section, accounts, &mut config.diagnostics);
                accounts += 1;
                let reader = Reader::new(section, label, &mut config.diagnostics);
                let account = account::build(section, reader, name.as_deref(), services, read_file);
                config.accounts.extend(account.map(Arc::new));
            }
            _ => config.diagnostics.push(unknown_section(section)),
        }
    }
    config.diagnostics.sort_by_key(|diagnostic| diagnostic.line);
    config
}

fn global(section: &Section, earlier: usize, diagnostics: &mut Vec<Diagnostic>) -> Global {
    let label = section.name.clone().unwrap_or_else(|| format!("@global[{earlier}]"));
    let mut reader = Reader::new(section, label, diagnostics);
    if earlier > 0 {
        reader.note_section(
            Severity::Warning,
            section.line,
            "is a second section global and has no effect: put its options into the first".to_owned(),
        );
    }
    reader.unknown_options(GLOBAL_OPTIONS, ACCOUNT_OPTIONS, "account");
    let levels = [
        ("error", log::LevelFilter::Error),
        ("warn", log::LevelFilter::Warn),
        ("info", log::LevelFilter::Info),
        ("debug", log::LevelFilter::Debug),
    ];
    Global {
        contact: reader.parsed("contact", values::contact),
        log_level: reader.word("log_level", &levels, log::LevelFilter::Info),
    }
}

/// What an account is called, by itself and by messages.
///
/// An anonymous section works, as it does everywhere in OpenWrt: it is called by its place. `None` where even that
/// is taken.
fn account_name(
    package: &Package,
    section: &Section,
    earlier: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Option<String>, String) {
    if let Some(name) = &section.name {
        for line in &section.continued {
            diagnostics.push(Diagnostic {
                severity: Severity::Warning,
                line: Some(*line),
                section: Some(name.clone()),
                option: None,
                message: format!(
                    "goes on from line {}, and UCI makes one account of both: give a second account another name",
                    section.line
                ),
            });
        }
        return (Some(name.clone()), name.clone());
    }
    let label = format!("@account[{earlier}]");
    let name = format!("account{}", earlier + 1);
    let taken = package.sections.iter().any(|it| it.name.as_ref() == Some(&name));
    let (severity, message) = if taken {
        (Severity::Error, format!("has no name, and '{name}' is taken: write config account 'NAME'"))
    } else {
        let message = format!("has no name and is called '{name}' for its place: write config account 'NAME'");
        (Severity::Warning, message)
    };
    let diagnostic =
        Diagnostic { severity, line: Some(section.line), section: Some(label.clone()), option: None, message };
    diagnostics.push(diagnostic);
    ((!taken).then_some(name), label)
}

fn unknown_section(section: &Section) -> Diagnostic {
    let kind = section.kind.as_str();
    let meant = nearest(kind, KINDS).map(|meant| format!("did you mean config {meant}?"));
    let meant = meant.unwrap_or_else(|| "ddnsd knows config global and config account".to_owned());
    Diagnostic {
        severity: Severity::Warning,
        line: Some(section.line),
        section: section.name.clone(),
        option: None,
        message: format!("a section of type '{}' has no effect: {meant}", shown(kind)),
    }
}
