//! Sections to a [`Config`].

use super::account;
use super::findings::Findings;
use super::options::{ACCOUNT_OPTIONS, GLOBAL_OPTIONS};
use super::reader::{Reader, shown};
use super::values;
use super::{Config, Global, ServiceTable, Severity};
use std::io;
use std::sync::Arc;
use uci::{Package, Section, nearest};

const KINDS: [&str; 2] = ["account", "global"];

/// How many accounts are built: far more than a router has services, and few enough for its memory.
const MOST_ACCOUNTS: usize = 4000;

/// Builds the configuration: every account without a mistake, and every mistake.
///
/// `read_file` reads an account's password file, given the account's name and the file's; what it returns is wiped after use. Diagnostics come in the order of their
/// lines.
pub fn build(
    package: &Package,
    services: &dyn ServiceTable,
    read_file: &mut dyn FnMut(&str, &str) -> io::Result<String>,
) -> Config {
    let mut config = Config::default();
    let mut findings = Findings::default();
    let (mut globals, mut accounts) = (0, 0);
    for section in &package.sections {
        match section.kind.as_str() {
            "global" => {
                let global = global(section, globals, &mut findings);
                if globals == 0 {
                    config.global = global;
                }
                globals += 1;
            }
            "account" if accounts == MOST_ACCOUNTS => {
                let message = format!("is one account too many: ddnsd has {MOST_ACCOUNTS} at most");
                findings.add(Severity::Error, section.line, section.name.as_deref(), None, &message);
            }
            "account" => {
                let (name, label) = account_name(package, section, accounts, &mut findings);
                accounts += 1;
                let reader = Reader::new(section, label, &mut findings);
                let account = account::build(section, reader, name.as_deref(), services, read_file);
                config.accounts.extend(account.map(Arc::new));
            }
            _ => unknown_section(section, &mut findings),
        }
    }
    config.diagnostics = findings.finish();
    config
}

fn global(section: &Section, earlier: usize, findings: &mut Findings) -> Global {
    let label = section.name.clone().unwrap_or_else(|| format!("@global[{earlier}]"));
    let mut reader = Reader::new(section, label, findings);
    if earlier > 0 {
        reader.warn_section("is a second section global and has no effect: put its options into the first");
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
    findings: &mut Findings,
) -> (Option<String>, String) {
    if let Some(name) = &section.name {
        for line in &section.continued {
            let message = format!(
                "goes on from line {}, and UCI makes one account of both: give a second account another name",
                section.line
            );
            findings.add(Severity::Warning, *line, Some(name), None, &message);
        }
        return (Some(name.clone()), name.clone());
    }
    let label = format!("@account[{earlier}]");
    let name = format!("account{}", earlier + 1);
    if package.sections.iter().any(|it| it.name.as_ref() == Some(&name)) {
        let message = format!("has no name, and '{name}' is taken: write config account 'NAME'");
        findings.add(Severity::Error, section.line, Some(&label), None, &message);
        return (None, label);
    }
    let message = format!("has no name and is called '{name}' for its place: write config account 'NAME'");
    findings.add(Severity::Warning, section.line, Some(&label), None, &message);
    (Some(name), label)
}

fn unknown_section(section: &Section, findings: &mut Findings) {
    let kind = section.kind.as_str();
    let meant = nearest(kind, &KINDS).map(|meant| format!("did you mean config {meant}?"));
    let meant = meant.unwrap_or_else(|| "ddnsd knows config global and config account".to_owned());
    let message = format!("a section of type '{}' has no effect: {meant}", shown(kind));
    findings.add(Severity::Warning, section.line, section.name.as_deref(), None, &message);
}
