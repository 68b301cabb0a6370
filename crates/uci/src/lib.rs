//! UCI configuration files: text to packages, sections and options, each with its position, and back.
//!
//! [`parse`] reads as libuci's `uci_load` does, its odd corners included (`tests/oracle` compares the two on a
//! hundred thousand files); what is read otherwise on purpose stands in `docs/configuration.md`.
//!
//! ```text
//! bytes ── lexer.rs ──▶ words ── parse.rs ──▶ commands ── tree.rs ──▶ Package ── print.rs ──▶ text
//! ```
//!
//! What is left out: files are read by the caller, `/etc/config` is not searched, and deltas
//! (`/tmp/.uci`) are not merged: the daemon reads what was committed.

mod lexer;
mod nearest;
mod parse;
mod print;
mod tree;

pub use nearest::nearest;
pub use parse::{MAX_BYTES, ParseError, parse};
pub use print::print;
pub use tree::MAX_ENTRIES;

/// One configuration file: its sections in order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Package {
    /// The name given by the last `package` line, if any. Like libuci on loading a file, the parser
    /// checks such a line and draws no conclusion from it.
    pub name: Option<String>,
    /// The sections, in the order of the file.
    pub sections: Vec<Section>,
}

/// One `config TYPE 'NAME'` and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The section's type (`account`).
    pub kind: String,
    /// Its name; `None` for an anonymous section.
    pub name: Option<String>,
    /// The line of `config`, counted from 1.
    pub line: usize,
    /// Where further `config` lines of the same type and name continue it.
    pub continued: Vec<usize>,
    /// Its options, in the order of their first mention; names are unique.
    pub options: Vec<UciOption>,
}

impl Section {
    /// The option or list of this name.
    pub fn option(&self, name: &str) -> Option<&UciOption> {
        self.options.iter().find(|option| option.name == name)
    }

    /// The value of `option NAME`; `None` where there is none, or where it is a list.
    pub fn get(&self, name: &str) -> Option<&str> {
        match &self.option(name)?.value {
            Value::Single(value) => Some(value),
            Value::List(_) => None,
        }
    }
}

/// One option or list of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UciOption {
    /// The option's name.
    pub name: String,
    /// What it holds.
    pub value: Value,
    /// The line that set it last (for a list: its first item's), counted from 1.
    pub line: usize,
}

/// What an option holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `option name 'value'`; never empty after parsing, since UCI takes an empty option for none.
    Single(String),
    /// `list name 'value'`, each with the line that added it; items can be empty.
    List(Vec<(String, usize)>),
}
