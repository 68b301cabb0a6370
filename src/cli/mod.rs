//! The command line: one of the two composition roots (the other is [`crate::daemon`]).
//!
//! Each command is a file. Where the daemon runs, a command asks it over ubus; where none answers, it
//! works on the state file itself, under its lock.

mod check;
mod daemon_client;
mod migrate;
mod offline;
mod resume;
mod session;
mod status;
mod table;
mod update;

use crate::arguments::{Arguments, Command, LogTarget};
use crate::exit::Exit;
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
        Command::Migrate(migrate) => migrate::main(arguments, migrate),
    }
}

/// Prints to standard output; a reader that has gone is no reason to fail.
pub fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Says to a person what is wrong.
pub fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "ddnsd: {text}");
}
