//! The exit statuses of docs/man/ddnsd.8, in one place.

use std::process::ExitCode;

/// Why a command ends, as the shell sees it. The worst of several is the greatest here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Everything is current.
    Current,
    /// A temporary failure: it will be tried again.
    Temporary,
    /// The configuration is invalid.
    Configuration,
    /// Something is halted and needs a person.
    Halted,
    /// The command line makes no sense.
    Usage,
}

impl Exit {
    /// The number.
    pub fn status(self) -> u8 {
        match self {
            Exit::Current => 0,
            Exit::Temporary => 1,
            Exit::Usage => 2,
            Exit::Configuration => 3,
            Exit::Halted => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        exit.status().into()
    }
}
