//! inadyn's `inadyn.conf`, version 2: a section is a provider with its hosts.

mod parse;
mod provider;

use super::Remark;
use super::draft::Draft;
use super::notes::Notes;
use super::{Error, printable};
use crate::services::Table;
use parse::{Reader, Section};

/// Settings outside of all sections that have no use here.
const NOT_NEEDED: &[&str] =
    &["broken-rtc", "cache-dir", "fake-address", "iterations", "period", "startup-delay", "verify-address"];
/// Those that each provider looks at.
const USED: &[&str] =
    &["allow-ipv6", "ca-trust-file", "checkip-command", "forced-update", "iface", "secure-ssl", "user-agent"];

/// The providers as drafts, and what is to be said of each.
///
/// # Errors
/// The file is broken, or has no provider.
pub(super) fn read(
    text: &[u8],
    services: &Table,
    read: &mut Reader<'_>,
    remarks: &mut Vec<Remark>,
) -> Result<Vec<Draft>, Error> {
    let text = String::from_utf8_lossy(text);
    let (globals, sections) = parse::parse(&text, read)?;
    if sections.is_empty() {
        return Err(Error::Nothing("nothing in it is a provider of inadyn".into()));
    }
    about_globals(&globals, &mut Notes::new(remarks, None, 1));
    let mut drafts = Vec::new();
    for section in &sections {
        let title = if section.title.is_empty() { section.kind.clone() } else { printable(&section.title) };
        let mut said = Vec::new();
        match provider::drafts(
            section,
            &title,
            &globals,
            services,
            &mut Notes::new(&mut said, Some(&title), section.line),
        ) {
            Ok(mut some) => {
                drafts.append(&mut some);
                remarks.append(&mut said);
            }
            Err(why) => Notes::new(remarks, Some(&title), section.line).left_out(why.replace("ddns-scripts", "inadyn")),
        }
    }
    Ok(drafts)
}

fn about_globals(globals: &Section, notes: &mut Notes<'_>) {
    let names = |known: bool| -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for setting in &globals.settings {
            let name = setting.name.as_str();
            if !USED.contains(&name) && NOT_NEEDED.contains(&name) == known && !names.iter().any(|it| it == name) {
                names.push(printable(name));
            }
        }
        names
    };
    for (names, words) in [(names(true), "not needed any more"), (names(false), "not carried over, unknown here")] {
        if !names.is_empty() {
            notes.not_needed(format!("{words}: {}", names.join(", ")));
        }
    }
    if globals.flag("secure-ssl") == Some(false) {
        notes.changed(
            "secure-ssl is not carried over: certificates are always verified; for a service with a certificate of \
             its own, put \
             that into a file and write option ca_file",
        );
    }
    for unread in &globals.unread {
        notes.changed(format!("an included file cannot be read: {}", printable(unread)));
    }
}
