//! Commands to sections and options: what repeats and what merges, as in libuci.

use super::{Package, ParseError, Section, UciOption, Value, lexer::Place};
use std::collections::HashMap;

/// How many sections, options and list items a file may have: a bound for memory.
pub const MAX_ENTRIES: usize = 32_768;

/// One text for both, as the sections' map has it: a second kind of map would be code again.
fn option_key(section: usize, name: &str) -> String {
    format!("{section}.{name}")
}

/// A package under construction; every command takes constant time.
#[derive(Default)]
pub(super) struct Tree {
    package: Package,
    /// Section by name; anonymous ones by the name that libuci would make up.
    sections: HashMap<String, usize>,
    /// Option by section and name, as [`option_key`] has them.
    options: HashMap<String, usize>,
    /// The section that `option` and `list` go to.
    current: Option<usize>,
    entries: usize,
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
            self.current = Some(index);
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
        self.current = Some(index);
        Ok(())
    }

    /// The section that `option` and `list` go to.
    pub(super) fn current(&self, place: Place) -> Result<usize, ParseError> {
        let advice = "this belongs to no section: write a line like config account 'home' above it";
        self.current.ok_or_else(|| place.error(advice))
    }

    /// `option NAME 'VALUE'`: an empty value changes nothing.
    pub(super) fn option(&mut self, place: Place, name: String, value: String) -> Result<(), ParseError> {
        let current = self.current(place)?;
        if value.is_empty() {
            return Ok(());
        }
        if let Some(earlier) = self.earlier(current, &name) {
            earlier.value = Value::Single(value);
            earlier.line = place.line;
            return Ok(());
        }
        self.append(place, current, name, Value::Single(value))
    }

    /// `list NAME 'VALUE'`: an option of that name becomes the first item.
    pub(super) fn list(&mut self, place: Place, name: String, value: String) -> Result<(), ParseError> {
        let current = self.current(place)?;
        let item = (value, place.line);
        if let Some(earlier) = self.earlier(current, &name) {
            match &mut earlier.value {
                Value::List(items) => items.push(item),
                Value::Single(first) => {
                    let first = std::mem::take(first);
                    earlier.value = Value::List(vec![(first, earlier.line), item]);
                }
            }
            return self.count(place);
        }
        self.append(place, current, name, Value::List(vec![item]))
    }

    pub(super) fn finish(self) -> Package {
        self.package
    }

    fn earlier(&mut self, current: usize, name: &str) -> Option<&mut UciOption> {
        let index = *self.options.get(&option_key(current, name))?;
        self.package.sections.get_mut(current)?.options.get_mut(index)
    }

    fn append(&mut self, place: Place, current: usize, name: String, value: Value) -> Result<(), ParseError> {
        self.count(place)?;
        let options = &mut self.package.sections[current].options;
        self.options.insert(option_key(current, &name), options.len());
        options.push(UciOption { name, value, line: place.line });
        Ok(())
    }

    fn count(&mut self, place: Place) -> Result<(), ParseError> {
        if self.entries == MAX_ENTRIES {
            return Err(place.error(format!("the file has more than {MAX_ENTRIES} sections, options and list items")));
        }
        self.entries += 1;
        Ok(())
    }
}

/// The name that libuci gives to an anonymous section when it opens: the section's number and 16 bits of a
/// DJB hash of its type. `config KIND 'cfg01…'` further down reopens the section.
fn made_up_name(number: usize, kind: &str) -> String {
    let hash = kind.bytes().fold(5381u32, |hash, byte| hash.wrapping_mul(33).wrapping_add(u32::from(byte)));
    format!("cfg{number:02x}{:04x}", hash & 0xffff)
}
