//! ddclient's `ddclient.conf`: a definition is one or more hosts, with settings of their own and those for all.

mod host;
mod parse;
mod source;
mod target;

use super::draft::Draft;
use super::notes::Notes;
use super::{Error, Remark, printable};
use crate::services::Table;
use std::io;

/// Settings that steer what ddnsd does by itself or never.
const NOT_NEEDED: &[&str] = &[
    "cache",
    "curl",
    "daemon",
    "debug",
    "exec",
    "fallback",
    "foreground",
    "geturl",
    "jitter",
    "mail",
    "mail-failure",
    "mail-from",
    "max-warn",
    "min-error-interval",
    "min-interval",
    "pid",
    "postscript",
    "priority",
    "quiet",
    "retry",
    "syslog",
    "timeout",
    "verbose",
];

/// The definitions as drafts, and what is to be said of each.
///
/// # Errors
/// The file defines no host.
pub(super) fn read(
    text: &[u8],
    services: &Table,
    read: &mut dyn FnMut(&str) -> io::Result<String>,
    remarks: &mut Vec<Remark>,
) -> Result<Vec<Draft>, Error> {
    let text = String::from_utf8_lossy(text);
    let (globals, definitions) = parse::parse(&text);
    if definitions.is_empty() {
        return Err(Error::Nothing("nothing in it is a host of ddclient".into()));
    }
    let needless: Vec<&str> = NOT_NEEDED.iter().copied().filter(|name| globals.contains_key(*name)).collect();
    if !needless.is_empty() {
        Notes::new(remarks, None, 1).not_needed(format!("not needed any more: {}", needless.join(", ")));
    }
    if globals.contains_key("postscript") || globals.contains_key("mail") || globals.contains_key("mail-failure") {
        Notes::new(remarks, None, 1).changed(
            "postscript and mail are not carried over: scripts in /etc/hotplug.d/ddnsd are run on every change and \
             failure",
        );
    }
    let mut drafts = Vec::new();
    for definition in &definitions {
        let title = printable(&definition.hosts[0]);
        let mut said = Vec::new();
        match host::drafts(
            definition,
            &title,
            services,
            read,
            &mut Notes::new(&mut said, Some(&title), definition.line),
        ) {
            Ok(mut some) => {
                drafts.append(&mut some);
                remarks.append(&mut said);
            }
            Err(why) => {
                Notes::new(remarks, Some(&title), definition.line).left_out(why.replace("ddns-scripts", "ddclient"))
            }
        }
    }
    Ok(drafts)
}
