//! Commands to sections and options: what repeats, what merges, what moves, as in libuci.

use super::{Package, ParseError, Section, UciOption, Value, lexer::Place};
use std::collections::HashMap;

/// How many sections, options and list items a file may set, each mention counted: a bound for memory.
pub const MAX_ENTRIES: usize = 65_536;

/// A package under construction.
///
/// An option that is replaced leaves its place empty (a nameless option) until [`Tree::finish`], so that
/// every command takes constant time.
#[derive(Default)]
pub(super) struct Tree {
    package: Package,
    /// Section by name; anonymous ones by the name that libuci would make up.
    sections: HashMap<String, usize>,
    /// Option by section and name.
    options: HashMap<(usize, String), usize>,
    current: Current,
    entries: usize,
}

/// The section that `option` and `list` go to.
#[derive(Clone, Copy, Default)]
enum Current {
    /// No `config` yet.
    #[default]
    None,
    Section(usize),
    /// libuci loses track of a section that is opened for the third time, and refuses what follows.
    Lost(usize),
}

impl Tree {
    pub(super) fn package(&mut self, name: String) {
        self.package.name = Some(name);
    }

    /// `config KIND 'NAME'`.
    pub(super) fn section(&mut self, place: Place, kind: String, name: Option<String>) -> Result<(), ParseError> {
        if let Some(name) = &name
            && let Some(&index) = self.sections.get(name)
        {
            let earlier = &mut self.package.sections[index];
            if earlier.kind != kind {
                return Err(place.error(format!(
                    "section '{name}' is of type '{kind}' here, and of type '{}' in line {}: give one of them another name",
                    earlier.kind, earlier.line
                )));
            }
            earlier.continued.push(place.line);
            self.current = if earlier.continued.len() > 1 { Current::Lost(index) } else { Current::Section(index) };
            return Ok(());
        }
        self.count(place)?;
        let index = self.package.sections.len();
        let key = name.clone().unwrap_or_else(|| made_up_name(index + 1, &kind));
        self.sections.entry(key).or_insert(index);
        self.package.sections.push(Section {
            kind,
            name,
            line: place.line,
            continued: Vec::new(),
            options: Vec::new(),
        });
        self.current = Current::Section(index);
        Ok(())
    }

    /// The section that `option` and `list` go to.
    pub(super) fn current(&self, place: Place) -> Result<usize, ParseError> {
        match self.current {
            Current::Section(index) => Ok(index),
            Current::None => {
                Err(place.error("this belongs to no section: write a line like config account 'home' above it"))
            }
            Current::Lost(index) => Err(place.error(format!(
                "the section that begins in line {} is continued here for the second time, which UCI cannot read: put its lines together",
                self.package.sections[index].line
            ))),
        }
    }

    /// `option NAME 'VALUE'`: an empty value changes nothing, another value moves the option to the end.
    pub(super) fn option(&mut self, place: Place, name: String, value: String) -> Result<(), ParseError> {
        let current = self.current(place)?;
        if value.is_empty() {
            return Ok(());
        }
        if let Some(&index) = self.options.get(&(current, name.clone())) {
            let earlier = &mut self.package.sections[current].options[index];
            if earlier.value == Value::Single(value.clone()) {
                earlier.line = place.line;
                return Ok(());
            }
            vacate(earlier);
        }
        self.append(place, current, name, Value::Single(value))
    }

    /// `list NAME 'VALUE'`: an option of that name becomes the first item.
    pub(super) fn list(&mut self, place: Place, name: String, value: String) -> Result<(), ParseError> {
        let current = self.current(place)?;
        let mut items = Vec::new();
        if let Some(&index) = self.options.get(&(current, name.clone())) {
            self.count(place)?;
            let earlier = &mut self.package.sections[current].options[index];
            if let Value::List(list) = &mut earlier.value {
                list.push((value, place.line));
                return Ok(());
            }
            if let Value::Single(first) = vacate(earlier) {
                items.push((first, earlier.line));
            }
        }
        let line = items.first().map_or(place.line, |(_, line)| *line);
        items.push((value, place.line));
        self.append(Place { line, ..place }, current, name, Value::List(items))
    }

    pub(super) fn finish(mut self) -> Package {
        for section in &mut self.package.sections {
            section.options.retain(|option| !option.name.is_empty());
        }
        self.package
    }

    fn append(&mut self, place: Place, current: usize, name: String, value: Value) -> Result<(), ParseError> {
        self.count(place)?;
        let options = &mut self.package.sections[current].options;
        self.options.insert((current, name.clone()), options.len());
        options.push(UciOption { name, value, line: place.line });
        Ok(())
    }

    fn count(&mut self, place: Place) -> Result<(), ParseError> {
        if self.entries == MAX_ENTRIES {
            return Err(place.error(format!("the file sets more than {MAX_ENTRIES} sections, options and list items")));
        }
        self.entries += 1;
        Ok(())
    }
}

/// Takes an option's value out and its name away.
fn vacate(option: &mut UciOption) -> Value {
    option.name = String::new();
    std::mem::replace(&mut option.value, Value::List(Vec::new()))
}

/// The name that libuci gives to an anonymous section when it opens: the section's number and 16 bits of a
/// DJB hash of its type. `config KIND 'cfg01…'` further down reopens the section.
fn made_up_name(number: usize, kind: &str) -> String {
    let hash = kind.bytes().fold(5381u32, |hash, byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte)));
    format!("cfg{number:02x}{:04x}", hash & 0xffff)
}
