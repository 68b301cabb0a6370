//! Text to a [`Package`]: the commands `package`, `config`, `option` and `list`.

use super::Package;
use super::lexer::{Lexer, Place, Word};
use super::nearest::nearest;
use super::tree::Tree;
use std::fmt;

/// The longest text that is parsed: 1 MiB, sixteen times the largest configuration seen on a router.
pub const MAX_BYTES: usize = 1 << 20;

const COMMANDS: [&str; 4] = ["config", "option", "list", "package"];

/// Why a text is not a UCI configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The byte of that line, counted from 1.
    pub column: usize,
    /// What is wrong and what to write instead. Quotes no word that could be a secret.
    pub message: String,
}

impl fmt::Display for ParseError {
    /// `line 3, column 9: …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

/// Reads a whole configuration file, as libuci's `uci_load` does.
///
/// Takes time in proportion to the text's length. A byte order mark is skipped; a text that is longer than
/// [`MAX_BYTES`], has more than [`super::MAX_ENTRIES`] parts, holds a NUL byte or a value that is not UTF-8
/// is refused.
pub fn parse(text: &[u8]) -> Result<Package, ParseError> {
    if text.len() > MAX_BYTES {
        return Err(Place { line: 1, column: 1 }
            .error(format!("the file has {} bytes, more than a configuration's {MAX_BYTES}", text.len())));
    }
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if let Some(position) = text.iter().position(|&byte| byte == 0) {
        return Err(place_of(text, position).error("a NUL byte: this is not a text file, or it was damaged"));
    }
    let mut lexer = Lexer::new(text);
    let mut tree = Tree::default();
    while lexer.fetch() {
        lexer.skip_space();
        while let Some((word, place, delimited)) = lexer.command() {
            let command = match word {
                [b'#', ..] => break,
                b"p" | b"package" => package,
                b"c" | b"config" => config,
                b"o" | b"option" => option,
                b"l" | b"list" => list,
                _ => return Err(unknown_command(word, place)),
            };
            if !delimited {
                return Err(needs_more(word, place));
            }
            command(&mut lexer, &mut tree, place)?;
        }
    }
    Ok(tree.finish())
}

/// `package NAME`: checked, and noted.
fn package(lexer: &mut Lexer<'_>, tree: &mut Tree, place: Place) -> Result<(), ParseError> {
    let word = lexer.word()?;
    if word.bytes.is_empty() {
        return Err(needs_more(b"package", place));
    }
    let name = name(word, "a package name", |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))?;
    end_of_command(lexer)?;
    tree.package(name);
    Ok(())
}

/// `config TYPE ['NAME']`
fn config(lexer: &mut Lexer<'_>, tree: &mut Tree, place: Place) -> Result<(), ParseError> {
    let word = lexer.word()?;
    if word.bytes.is_empty() {
        return Err(needs_more(b"config", place));
    }
    let kind = name(word, "a section type", |byte| byte.is_ascii_graphic())?;
    let word = lexer.word()?;
    let name = if word.bytes.is_empty() { None } else { Some(identifier(word, "a section name")?) };
    end_of_command(lexer)?;
    tree.section(place, kind, name)
}

/// `option NAME 'VALUE'`
fn option(lexer: &mut Lexer<'_>, tree: &mut Tree, place: Place) -> Result<(), ParseError> {
    let (name, value) = assignment(lexer, tree, place, "option")?;
    tree.option(place, name, value)
}

/// `list NAME 'VALUE'`
fn list(lexer: &mut Lexer<'_>, tree: &mut Tree, place: Place) -> Result<(), ParseError> {
    let (name, value) = assignment(lexer, tree, place, "list")?;
    tree.list(place, name, value)
}

fn assignment(lexer: &mut Lexer<'_>, tree: &Tree, place: Place, command: &str) -> Result<(String, String), ParseError> {
    tree.current(place)?;
    let word = lexer.word()?;
    if word.bytes.is_empty() {
        return Err(needs_more(command.as_bytes(), place));
    }
    let name = identifier(word, if command == "list" { "a list name" } else { "an option name" })?;
    let Word { bytes, place } = lexer.word()?;
    let value = String::from_utf8(bytes)
        .map_err(|_| place.error(format!("the value of '{name}' is not UTF-8: save the file in that encoding")))?;
    end_of_command(lexer)?;
    Ok((name, value))
}

/// Nothing, a comment or a `;` may follow; so may, oddly, an empty pair of quotes.
fn end_of_command(lexer: &mut Lexer<'_>) -> Result<(), ParseError> {
    let word = lexer.word()?;
    if word.bytes.is_empty() {
        return Ok(());
    }
    Err(word.place.error("one word too many: put a value with spaces in it between quotes"))
}

fn identifier(word: Word, what: &str) -> Result<String, ParseError> {
    name(word, what, |byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The word, where `allowed` (which allows ASCII only) allows all of it. A message never quotes the word: somebody
/// who writes `option password=secret` must not read the secret in a log.
fn name(word: Word, what: &str, allowed: fn(u8) -> bool) -> Result<String, ParseError> {
    let Word { bytes, place } = word;
    let Some(&wrong) = bytes.iter().find(|&&byte| !allowed(byte)) else {
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    };
    let rule = match what {
        "a section type" => "printable ASCII characters",
        "a package name" => "letters a-z, digits, _ and -",
        _ => "letters a-z, digits and _",
    };
    let wrong =
        if wrong.is_ascii_graphic() { format!("'{}'", char::from(wrong)) } else { format!("byte 0x{wrong:02x}") };
    Err(place.error(format!("{wrong} cannot be in {what}: use {rule} only")))
}

fn unknown_command(word: &[u8], place: Place) -> ParseError {
    let word = word.trim_ascii_end();
    if word.is_empty() || word == b";" {
        return place.error("nothing follows the ';': leave it out");
    }
    match nearest(&String::from_utf8_lossy(word), &COMMANDS) {
        Some(name) if name.as_bytes() == word => needs_more(word, place),
        Some(name) => place.error(format!("this is no command: did you mean '{name}'?")),
        None => place.error("this is no command: a line begins with config, option, list, package or #"),
    }
}

fn needs_more(command: &[u8], place: Place) -> ParseError {
    let command = String::from_utf8_lossy(command);
    place.error(match &*command {
        "package" | "p" => "'package' needs a name: package ddnsd".to_owned(),
        "config" | "c" => "'config' needs a type and a name: config account 'home'".to_owned(),
        "list" | "l" => "'list' needs a name and a value: list hostname 'home.ddns.net'".to_owned(),
        _ => "'option' needs a name and a value: option username 'user@example.com'".to_owned(),
    })
}

fn place_of(text: &[u8], position: usize) -> Place {
    let before = &text[..position];
    let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    Place { line, column: position - line_start + 1 }
}
