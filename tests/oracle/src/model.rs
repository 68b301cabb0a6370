//! What two UCI parsers are compared by: sections, options and values, as bytes, without positions.

use crate::uci::{Package, Value};

/// A package's sections.
pub type Sections = Vec<Section>;

/// One section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `config KIND`
    pub kind: Vec<u8>,
    /// Its name; `None` for an anonymous one.
    pub name: Option<Vec<u8>>,
    /// Its options in order.
    pub options: Vec<(Vec<u8>, Content)>,
}

/// What an option holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// `option`
    Single(Vec<u8>),
    /// `list`
    List(Vec<Vec<u8>>),
}

/// The same, with each section's options in the order of their names.
///
/// The libuci that we compare with (of 2021) moves an option to the end when it gets another value or becomes a
/// list; the libuci of OpenWrt 23.05 and later leaves it in its place, and so do we.
pub fn sorted(mut sections: Sections) -> Sections {
    for section in &mut sections {
        section.options.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    sections
}

/// Our package, in this form.
pub fn of(package: &Package) -> Sections {
    let content = |value: &Value| match value {
        Value::Single(value) => Content::Single(value.as_bytes().to_vec()),
        Value::List(items) => Content::List(items.iter().map(|(item, _)| item.as_bytes().to_vec()).collect()),
    };
    package
        .sections
        .iter()
        .map(|section| Section {
            kind: section.kind.as_bytes().to_vec(),
            name: section.name.as_ref().map(|name| name.as_bytes().to_vec()),
            options: section
                .options
                .iter()
                .map(|option| (option.name.as_bytes().to_vec(), content(&option.value)))
                .collect(),
        })
        .collect()
}
