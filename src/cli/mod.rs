//! The command line: one of the two composition roots (the other is [`crate::daemon`]).
//!
//! Each command is a file. Where the daemon runs, a command asks it over ubus; where none answers, it
//! works on the state file itself, under its lock.

mod check;
mod daemon_client;
mod migrate;
mod offline;
mod probe;
mod resume;
mod session;
mod status;
mod table;
mod update;

use crate::arguments::{Arguments, Command, LogTarget};
use crate::exit::Exit;
use ddnsd_core::printable::printable;
use serde_json::Value;
use std::io::Write;

/// Does what is asked.
pub fn main(arguments: &Arguments, command: &Command) -> Exit {
    crate::io::log::start(arguments.log == Some(LogTarget::Syslog), arguments.level(log::LevelFilter::Warn));
    match command {
        Command::Update(update) => update::main(arguments, update),
        Command::Status => status::main(arguments),
        Command::Resume { account, hostname } => resume::main(arguments, account, hostname.as_deref()),
        Command::Offline { account, hostnames, undo } => offline::main(arguments, account, hostnames, !undo),
        Command::Check => check::main(arguments),
        Command::Probe(probe) => probe::main(arguments, probe),
        Command::Migrate(migrate) => migrate::main(arguments, migrate),
    }
}

/// Prints to standard output; a reader that has gone is no reason to fail.
pub fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Says to a person what is wrong.
pub fn complain(text: &str) {
    let mut out = std::io::stderr().lock();
    for (number, line) in text.lines().enumerate() {
        let _ = writeln!(out, "{}{}", if number == 0 { "ddnsd: " } else { "" }, printable(line));
    }
}

/// A document as it may be shown, in a table and in JSON: text in it may come from the state, the bus or a service.
fn shown(document: Value) -> Value {
    match document {
        Value::String(text) => printable(&text).into(),
        Value::Array(items) => items.into_iter().map(shown).collect(),
        Value::Object(entries) => {
            Value::Object(entries.into_iter().map(|(name, value)| (printable(&name), shown(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_shown_without_what_a_terminal_obeys() {
        let text = "{\"a\":[\"x\\u001b[2J\u{9b}\\u202e\",7],\"b\\n\":null}";
        let document: Value = serde_json::from_str(text).unwrap();
        assert_eq!(shown(document).to_string(), "{\"a\":[\"x [2J  \",7],\"b \":null}");
    }
}
