//! The syntax of inadyn.conf: settings, and sections of settings.
//!
//! ```text
//! name = value          name = { value, value }          include("file")          provider title { … }
//! ```
//!
//! A value is a word, or quoted; `#`, `//` and `/* */` begin comments.

use std::io;
use uci::ParseError;

/// How deep files may include each other.
const DEEPEST: usize = 4;
/// How many files may be included in all.
const MOST_FILES: usize = 64;

/// `name = value`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

/// `provider title { … }`, or what stands outside of all sections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) kind: String,
    pub(super) title: String,
    pub(super) line: usize,
    pub(super) settings: Vec<Setting>,
    /// Included files that could not be read, and why.
    pub(super) unread: Vec<String>,
}

impl Section {
    /// The last one counts.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let setting = self.settings.iter().rev().find(|it| it.name == name)?;
        setting.values.first().map(String::as_str).filter(|it| !it.is_empty())
    }

    pub(super) fn values(&self, name: &str) -> &[String] {
        self.settings.iter().rev().find(|it| it.name == name).map_or(&[], |it| &it.values)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        let value = self.get(name)?;
        Some(matches!(value.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "1"))
    }
}

/// Reads a file.
pub(super) type Reader<'a> = dyn FnMut(&str) -> io::Result<String> + 'a;

/// What stands outside of sections, then the sections.
///
/// # Errors
/// Where the syntax is broken. Quotes nothing of the file.
pub(super) fn parse(text: &str, read: &mut Reader<'_>) -> Result<(Section, Vec<Section>), ParseError> {
    let mut globals = Section::default();
    let mut sections = Vec::new();
    let mut files = 0;
    Parser::new(text).top(&mut globals, &mut sections, read, &mut files)?;
    Ok((globals, sections))
}

struct Parser<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Parser { rest: text, line: 1 }
    }

    fn top(
        &mut self,
        globals: &mut Section,
        sections: &mut Vec<Section>,
        read: &mut Reader<'_>,
        files: &mut usize,
    ) -> Result<(), ParseError> {
        while self.peek().is_some() {
            let line = self.line;
            let name = self.word(true)?;
            if matches!(name.as_str(), "provider" | "custom") && self.peek() != Some('=') {
                let title = if self.peek() == Some('{') { String::new() } else { self.word(true)? };
                self.expect('{', "a section begins with {")?;
                let mut section = Section { kind: name, title, line, ..Section::default() };
                self.body(&mut section, read, files, 0)?;
                self.expect('}', "a section ends with }")?;
                sections.push(section);
            } else {
                self.setting(name, globals, read, files, 0)?;
            }
        }
        Ok(())
    }

    fn body(
        &mut self,
        section: &mut Section,
        read: &mut Reader<'_>,
        files: &mut usize,
        depth: usize,
    ) -> Result<(), ParseError> {
        while self.peek().is_some_and(|it| it != '}') {
            let name = self.word(true)?;
            self.setting(name, section, read, files, depth)?;
        }
        Ok(())
    }

    fn setting(
        &mut self,
        name: String,
        section: &mut Section,
        read: &mut Reader<'_>,
        files: &mut usize,
        depth: usize,
    ) -> Result<(), ParseError> {
        if self.take('(') {
            let file = self.word(false)?;
            self.expect(')', "include(\"FILE\") ends with )")?;
            *files += 1;
            if depth < DEEPEST && *files <= MOST_FILES {
                match read(&file) {
                    Ok(text) => {
                        return Parser::new(&text)
                            .body(section, read, files, depth + 1)
                            .map_err(|_| self.wrong("the file that is included here has another syntax"));
                    }
                    Err(error) => section.unread.push(format!("{file}: {error}")),
                }
            } else {
                section.unread.push(format!("{file}: too many files include each other"));
            }
            return Ok(());
        }
        self.take('+');
        self.expect('=', "a setting is name = value")?;
        let mut values = Vec::new();
        if self.take('{') {
            while self.peek().is_some_and(|it| it != '}') {
                values.push(self.word(false)?);
                if !self.take(',') {
                    break;
                }
            }
            self.expect('}', "a list ends with }")?;
        } else {
            values.push(self.word(false)?);
        }
        section.settings.push(Setting { name: name.to_ascii_lowercase(), values });
        Ok(())
    }

    /// The next character that counts.
    fn peek(&mut self) -> Option<char> {
        loop {
            let trimmed = self.rest.trim_start();
            self.skip(self.rest.len() - trimmed.len());
            let end = if self.rest.starts_with('#') || self.rest.starts_with("//") {
                self.rest.find('\n').unwrap_or(self.rest.len())
            } else if self.rest.starts_with("/*") {
                self.rest.find("*/").map_or(self.rest.len(), |end| end + 2)
            } else {
                return self.rest.chars().next();
            };
            self.skip(end);
        }
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.skip(wanted.len_utf8());
        }
        there
    }

    fn expect(&mut self, wanted: char, message: &str) -> Result<(), ParseError> {
        if self.take(wanted) { Ok(()) } else { Err(self.wrong(message)) }
    }

    /// A word: a name ends at `=`, a value does not.
    fn word(&mut self, is_name: bool) -> Result<String, ParseError> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            Some(it) if !"{}()=,+".contains(it) => {
                let mut word = String::new();
                let mut escaped = false;
                let mut end = self.rest.len();
                for (at, it) in self.rest.char_indices() {
                    if escaped {
                        escaped = false;
                    } else if it == '\\' {
                        escaped = true;
                        continue;
                    } else if it.is_whitespace() || "{}(),\"'#".contains(it) || is_name && "=+".contains(it) {
                        end = at;
                        break;
                    }
                    word.push(it);
                }
                self.skip(end);
                Ok(word)
            }
            _ => Err(self.wrong(if is_name { "a setting's name is due here" } else { "a value is due here" })),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, ParseError> {
        let mut word = String::new();
        let mut escaped = false;
        for (at, it) in self.rest.char_indices().skip(1) {
            match it {
                _ if escaped => {
                    escaped = false;
                    if it != '\n' {
                        word.push(it);
                    }
                }
                '\\' => escaped = true,
                it if it == quote => {
                    self.skip(at + 1);
                    return Ok(word);
                }
                it => word.push(it),
            }
        }
        Err(self.wrong("a quote is not closed"))
    }

    fn skip(&mut self, bytes: usize) {
        let (gone, rest) = self.rest.split_at(bytes);
        self.line += gone.matches('\n').count();
        self.rest = rest;
    }

    fn wrong(&self, message: &str) -> ParseError {
        ParseError { line: self.line, column: 1, message: message.to_owned() }
    }
}
