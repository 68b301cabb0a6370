//! One section's options, typed: each question is answered with a value, and what was wrong is noted.

use super::Severity;
use super::findings::Findings;
use super::options::{ALIASES, Shape};
use std::ops::RangeInclusive;
use uci::{Section, UciOption, Value, nearest};

/// The longest value that any option takes, in bytes.
pub(super) const MAX_VALUE: usize = 1024;

/// A section being read.
pub(super) struct Reader<'a> {
    section: &'a Section,
    label: String,
    findings: &'a mut Findings,
    /// No error so far.
    pub(super) sound: bool,
}

/// A value and the line it stands in.
pub(super) type Located<'a> = (&'a str, usize);

impl<'a> Reader<'a> {
    pub(super) fn new(section: &'a Section, label: String, findings: &'a mut Findings) -> Self {
        Reader { section, label, findings, sound: true }
    }

    /// Notes a mistake: at the option's line where it is set, else at the section's.
    pub(super) fn error(&mut self, option: &str, message: &str) {
        let line = self.line(option);
        self.error_at(option, line, message);
    }

    pub(super) fn error_at(&mut self, option: &str, line: usize, message: &str) {
        self.sound = false;
        self.note(Severity::Error, Some(option), line, message);
    }

    pub(super) fn warn(&mut self, option: &str, message: &str) {
        let line = self.line(option);
        self.warn_at(option, line, message);
    }

    pub(super) fn warn_at(&mut self, option: &str, line: usize, message: &str) {
        self.note(Severity::Warning, Some(option), line, message);
    }

    /// A warning about the section as a whole.
    pub(super) fn warn_section(&mut self, message: &str) {
        self.note(Severity::Warning, None, self.section.line, message);
    }

    fn note(&mut self, severity: Severity, option: Option<&str>, line: usize, message: &str) {
        self.findings.add(severity, line, Some(&self.label), option, message);
    }

    fn find(&self, name: &str) -> Option<&'a UciOption> {
        self.section.option(name)
    }

    fn line(&self, option: &str) -> usize {
        self.find(option).map_or(self.section.line, |option| option.line)
    }

    /// Whether the option is set, to whatever.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// Whether it is written as `option NAME`, not as a list.
    pub(super) fn is_option(&self, name: &str) -> bool {
        matches!(self.find(name), Some(UciOption { value: Value::Single(_), .. }))
    }

    /// `option NAME`.
    pub(super) fn text(&mut self, name: &str) -> Option<Located<'a>> {
        let option = self.find(name)?;
        match &option.value {
            Value::Single(value) => self.checked(name, (value, option.line)),
            Value::List(_) => {
                self.error(name, &format!("takes one value: write it once, as option {name}, not as list {name}"));
                None
            }
        }
    }

    /// `list NAME`, or `option NAME` as a list of one; `most` are allowed.
    pub(super) fn items(&mut self, name: &str, most: usize) -> Vec<Located<'a>> {
        match self.find(name) {
            None => Vec::new(),
            Some(UciOption { value: Value::Single(value), line, .. }) => {
                self.checked(name, (value, *line)).into_iter().collect()
            }
            Some(UciOption { value: Value::List(items), .. }) => {
                if let Some((_, line)) = items.get(most) {
                    self.error_at(name, *line, &format!("is one line too many: there may be {most}"));
                }
                items.iter().take(most).filter_map(|(item, line)| self.checked(name, (item, *line))).collect()
            }
        }
    }

    fn checked(&mut self, name: &str, (value, line): Located<'a>) -> Option<Located<'a>> {
        if value.is_empty() {
            self.error_at(name, line, &format!("is empty: leave out the line list {name} ''"));
        } else if value.chars().any(char::is_control) {
            self.error_at(name, line, "holds a line break or another control character: leave it out");
        } else if value.len() > MAX_VALUE {
            self.error_at(
                name,
                line,
                &format!("has {} bytes, more than the {MAX_VALUE} that are allowed", value.len()),
            );
        } else {
            return Some((value, line));
        }
        None
    }

    /// What `parse` makes of `option NAME`; its error is the message.
    pub(super) fn parsed<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let (value, line) = self.text(name)?;
        match parse(value) {
            Ok(value) => Some(value),
            Err(message) => {
                self.error_at(name, line, &message);
                None
            }
        }
    }

    /// The words for yes and no that UCI's own tools take.
    pub(super) fn boolean(&mut self, name: &str, default: bool) -> bool {
        let parse = |value: &str| match value.to_ascii_lowercase().as_str() {
            "1" | "on" | "yes" | "true" | "enabled" => Ok(true),
            "0" | "off" | "no" | "false" | "disabled" => Ok(false),
            _ => Err(format!("'{}' is neither yes nor no: write 1 or 0", shown(value))),
        };
        self.parsed(name, parse).unwrap_or(default)
    }

    /// A whole number; `unit` is what it counts (`seconds`), or empty.
    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<u32>, unit: &str, default: u32) -> u32 {
        let parse = |value: &str| {
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            value.parse().ok().filter(|number| digits && range.contains(number)).ok_or_else(|| {
                let (unit, gap) = (unit, if unit.is_empty() { "" } else { " " });
                format!("'{}': write a number from {} to {}{gap}{unit}", shown(value), range.start(), range.end())
            })
        };
        self.parsed(name, parse).unwrap_or(default)
    }

    /// One word of these.
    pub(super) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)], default: T) -> T {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.one_of(name, &names).map_or(default, |at| words[at].1)
    }

    /// Which of these words it is.
    fn one_of(&mut self, name: &str, words: &[&str]) -> Option<usize> {
        let parse = |value: &str| {
            words.iter().position(|word| *word == value).ok_or_else(|| {
                let meant = nearest(value, words).map(|word| format!("; did you mean '{word}'?"));
                format!("'{}' is none of {}{}", shown(value), words.join(", "), meant.unwrap_or_default())
            })
        };
        self.parsed(name, parse)
    }

    /// Warns of options that are none of `known`; `elsewhere` are those of the other type of section, `place`.
    pub(super) fn unknown_options(&mut self, known: &[(&str, Shape)], elsewhere: &[(&str, Shape)], place: &str) {
        let names: Vec<&str> = known.iter().map(|(it, _)| *it).collect();
        for option in &self.section.options {
            let name = option.name.as_str();
            if known.iter().any(|(it, _)| *it == name) {
                continue;
            }
            let message = if self.findings.is_full() {
                // Nobody will read it.
                String::new()
            } else if elsewhere.iter().any(|(it, _)| *it == name) {
                format!("has no effect here: it belongs into a section {place}")
            } else if let Some((_, ours)) = ALIASES.iter().find(|(alias, ours)| *alias == name && has(known, ours)) {
                format!("is not known and has no effect: ddnsd's name for it is '{ours}'")
            } else if let Some(meant) = nearest(name, &names) {
                format!("is not known and has no effect: did you mean '{meant}'?")
            } else {
                "is not known and has no effect".to_owned()
            };
            self.warn_at(name, option.line, &message);
        }
    }
}

fn has(known: &[(&str, Shape)], name: &str) -> bool {
    known.iter().any(|(it, _)| *it == name)
}

/// A value for a message, never a secret one: short, and without control characters.
pub(super) fn shown(value: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = value.chars().take(LONGEST).map(|c| if c.is_control() { '?' } else { c }).collect();
    if value.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
