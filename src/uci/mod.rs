//! UCI configuration files: text to packages, sections and options, each with its position.
//!
//! What is left out: files are read by the caller, `/etc/config` is not searched, and deltas
//! (`/tmp/.uci`) are not merged: the daemon reads what was committed.

/// One configuration file: its sections in order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Package {
    /// The name given by a `package` line, if any.
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
    /// Its options, in the order of their first mention; names are unique.
    pub options: Vec<UciOption>,
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
    /// `option name 'value'`
    Single(String),
    /// `list name 'value'`, each with the line that added it.
    List(Vec<(String, usize)>),
}
