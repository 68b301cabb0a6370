//! The command line: one of the two composition roots (the other is [`crate::daemon`]).
//!
//! Each command is a file. Where the daemon runs, a command asks it over ubus; where none answers, it
//! works on the state file itself, under its lock.

mod arguments;
mod check;
mod daemon_client;
mod exit;
mod help;
mod migrate;
mod offline;
mod resume;
mod session;
mod status;
mod table;
mod update;

pub use arguments::{Arguments, Command, LogTarget, Parsed, parse};
pub use exit::Exit;

use std::ffi::OsString;
use std::io::Write;

/// Does what the arguments (without the program's name) say.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match parse(arguments) {
        Parsed::Command(arguments) => arguments,
        Parsed::Text(text, asked) => {
            print(text);
            return if asked { Exit::Current } else { Exit::Usage };
        }
        Parsed::Wrong(why) => {
            complain(&format!("{why}\nSay 'ddnsd --help' for what there is."));
            return Exit::Usage;
        }
    };
    if !matches!(arguments.command, Command::Run) {
        crate::io::log::start(arguments.log == Some(LogTarget::Syslog), level(&arguments, log::LevelFilter::Warn));
    }
    match &arguments.command {
        Command::Run => crate::daemon::main(&arguments),
        Command::Update(update) => update::main(&arguments, update),
        Command::Status => status::main(&arguments),
        Command::Resume { account, hostname } => resume::main(&arguments, account, hostname.as_deref()),
        Command::Offline { account, hostnames, undo } => offline::main(&arguments, account, hostnames, !undo),
        Command::Check => check::main(&arguments),
        Command::Migrate(migrate) => migrate::main(&arguments, migrate),
    }
}

/// How much is logged: what was configured, or more where `-v` says so.
pub fn level(arguments: &Arguments, configured: log::LevelFilter) -> log::LevelFilter {
    match arguments.verbose {
        0 => configured,
        1 => configured.max(log::LevelFilter::Info),
        _ => log::LevelFilter::Trace,
    }
}

/// Prints to standard output; a reader that has gone is no reason to fail.
fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Says to a person what is wrong.
fn complain(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "ddnsd: {text}");
}
