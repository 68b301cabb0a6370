//! Another updater's configuration to one of ddnsd, with a remark for whatever changes.
//!
//! ```text
//! /etc/config/ddns ─ ddns_scripts/ ─┐
//! inadyn.conf ────── inadyn/ ───────┼─▶ Draft (hosts of one family) ─ merge.rs ─▶ account ─ print.rs ─▶ text, remarks,
//! ddclient.conf ──── ddclient/ ─────┘      known.rs, url.rs: which service of the table                   own services
//! ```
//!
//! What belongs to one account at the service becomes one account here, IPv4 and IPv6 together, but for sections that
//! were about different lines. What is printed passes ddnsd's own configuration builder: an account that would not
//! is left out, with the builder's reason.
//!
//! What is left out: no file is read or written, and nothing of the old program is stopped, here. A file that the old
//! configuration includes comes through a closure.

mod ddclient;
mod ddns_scripts;
mod draft;
mod format;
mod inadyn;
mod known;
mod merge;
mod notes;
mod pages;
mod print;
#[cfg(test)]
mod tests;
mod unsupported;
mod url;

use crate::services::Table;
use format::Format;
use std::fmt;
use std::io;
use uci::ParseError;

/// What a person wants of a migration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Accounts are enabled where their old section was. Otherwise every one gets `option enabled '0'`, so that
    /// two programs never update the same host.
    pub enable: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// Whose configuration it was: `ddns-scripts`, `inadyn`, `ddclient`.
    pub program: &'static str,
    /// The new `/etc/config/ddnsd`, with a comment for what changed. Holds the accounts' passwords.
    pub text: String,
    /// Services that are in no table, made of `update_url`: to be written to `/etc/ddnsd/services.d/FILE`.
    pub services: Vec<OwnService>,
    /// What changed, and what could not be carried over, in the order of the old file.
    pub remarks: Vec<Remark>,
    /// How many accounts `text` has.
    pub accounts: usize,
}

/// A file for `/etc/ddnsd/services.d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnService {
    /// The file's name.
    pub file: String,
    /// What it holds (`docs/services.md`). Holds no secret.
    pub text: String,
}

/// Something that a person should know. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// How much it matters.
    pub kind: RemarkKind,
    /// The old section's name, where it is about one (`@service[1]` for an anonymous one).
    pub section: Option<String>,
    /// The line of the old file.
    pub line: usize,
    /// What, why, and the nearest thing that works.
    pub message: String,
}

/// How much a [`Remark`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemarkKind {
    /// The section has no counterpart in the new configuration.
    LeftOut,
    /// It works otherwise than before.
    Changed,
    /// ddnsd does not need it.
    NotNeeded,
}

impl fmt::Display for Remark {
    /// `line 12, section 'home': …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(section) = &self.section {
            write!(f, ", section '{section}'")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Why there is nothing to migrate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The file cannot be parsed.
    Syntax(ParseError),
    /// The file can be read, and has nothing to carry over: what it has.
    Nothing(String),
}

impl From<ParseError> for Error {
    fn from(error: ParseError) -> Self {
        Error::Syntax(error)
    }
}

/// [`migrate_with`] for a configuration that includes no other files.
///
/// # Errors
/// As [`migrate_with`].
pub fn migrate(text: &[u8], services: &Table, options: Options) -> Result<Migration, Error> {
    migrate_with(text, services, options, &mut |_| Err(io::ErrorKind::NotFound.into()))
}

/// Makes a configuration of ddnsd out of another program's, which is recognised by its content.
///
/// Files that it includes are read by `read`.
///
/// # Errors
/// The text cannot be parsed, or has nothing to carry over.
pub fn migrate_with(
    text: &[u8],
    services: &Table,
    options: Options,
    read: &mut dyn FnMut(&str) -> io::Result<String>,
) -> Result<Migration, Error> {
    let mut remarks = Vec::new();
    let format = Format::of(text);
    let drafts = match format {
        Format::DdnsScripts => ddns_scripts::read(text, services, &mut remarks)?,
        Format::Inadyn => inadyn::read(text, services, read, &mut remarks)?,
        Format::Ddclient => ddclient::read(text, services, read, &mut remarks)?,
    };
    let accounts = merge::merge(drafts, &mut remarks);
    let printed = print::print(&accounts, services, options, &mut remarks);
    // Stable: what is said of one section keeps its order.
    remarks.sort_by_key(|remark| remark.line);
    let text = print::assemble(format, &printed, &remarks);
    let services = printed.iter().filter_map(|it| it.service.clone()).collect();
    let program = format.program();
    Ok(Migration { program, text, services, remarks, accounts: printed.len() })
}

/// A text of the old file as part of a message.
fn printable(text: &str) -> String {
    let mut text: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).take(80).collect();
    text.truncate(text.trim_end().len());
    text
}
