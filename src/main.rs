//! The binary: arguments, then a command, then an exit status.

use ddnsd::arguments::{Parsed, parse};
use ddnsd::exit::Exit;
use ddnsd::{cli, daemon, io};
use std::process::ExitCode;

fn main() -> ExitCode {
    io::platform::keep_memory_private();
    let exit = match parse(std::env::args_os().skip(1)) {
        Parsed::Run(arguments) => daemon::main(&arguments),
        Parsed::Command(arguments, command) => cli::main(&arguments, &command),
        Parsed::Text(text, asked) => {
            cli::print(text);
            if asked { Exit::Current } else { Exit::Usage }
        }
        Parsed::Wrong(why) => {
            cli::complain(&format!("{why}\nSay 'ddnsd --help' for what there is."));
            Exit::Usage
        }
    };
    exit.into()
}
