//! Bytes to words: quotes, escapes, concatenation, comments, continuation lines, as libuci cuts them.
//!
//! libuci works line by line in a buffer that it writes into while it reads, and some of what follows from
//! that is visible in its language. [`Lexer::end`] stands for the end of that buffer: nothing is read beyond
//! it until another line is asked for, which only an open quote and a backslash at the end of a line do.
//! * `;` ends a command, but after a bare word that touches it the rest of the line is lost.
//! * `#` begins a comment even in the middle of a bare word, and ends the line whatever follows.
//! * A bare word takes the one white space character after it with it.

use super::ParseError;

/// A place in the text, both counted from 1; columns count bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    pub(super) fn error(self, message: impl Into<String>) -> ParseError {
        ParseError { line: self.line, column: self.column, message: message.into() }
    }
}

/// One word, unquoted. Empty where the line had no more.
#[derive(Debug)]
pub(super) struct Word {
    pub bytes: Vec<u8>,
    pub place: Place,
}

/// The text and how far it has been read.
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    /// The next byte to read.
    position: usize,
    /// One past the last byte that can be read now.
    end: usize,
    /// Where the first line that has not been fetched begins.
    next_line: usize,
    /// Where the line fetched last begins, and its number.
    line_start: usize,
    line: usize,
}

/// C's `isspace` in the locale `C`.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

impl<'a> Lexer<'a> {
    /// `text` must not hold NUL bytes.
    pub(super) fn new(text: &'a [u8]) -> Self {
        Lexer { text, position: 0, end: 0, next_line: 0, line_start: 0, line: 0 }
    }

    /// Goes on to the next line, wherever the current one was left; `false` at the end of the text, where
    /// nothing is left to read.
    pub(super) fn fetch(&mut self) -> bool {
        if self.next_line >= self.text.len() {
            self.end = self.position;
            return false;
        }
        let rest = &self.text[self.next_line..];
        let length = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |newline| newline + 1);
        self.position = self.next_line;
        self.line_start = self.next_line;
        self.next_line += length;
        self.end = self.next_line;
        self.line += 1;
        true
    }

    pub(super) fn place(&self) -> Place {
        let column = self.position.saturating_sub(self.line_start) + 1;
        Place { line: self.line.max(1), column }
    }

    fn current(&self) -> Option<u8> {
        self.text[..self.end].get(self.position).copied()
    }

    fn skip(&mut self, wanted: fn(u8) -> bool) {
        while self.current().is_some_and(wanted) {
            self.position += 1;
        }
    }

    pub(super) fn skip_space(&mut self) {
        self.skip(is_space);
    }

    /// The word that a command begins with, and whether a blank follows it. Only blanks end it, neither a quote
    /// nor the end of the line does; `None` where nothing but blanks is left.
    pub(super) fn command(&mut self) -> Option<(&'a [u8], Place, bool)> {
        self.skip(is_blank);
        let (start, place) = (self.position, self.place());
        self.skip(|byte| !is_blank(byte));
        let word = &self.text[start..self.position];
        let delimited = self.current().is_some();
        self.position += usize::from(delimited);
        (!word.is_empty()).then_some((word, place, delimited))
    }

    /// The next word of the command; an empty one where there is none.
    pub(super) fn word(&mut self) -> Result<Word, ParseError> {
        self.skip_space();
        let mut word = Word { bytes: Vec::new(), place: self.place() };
        if self.current() == Some(b';') {
            self.position += 1;
            return Ok(word);
        }
        let mut bare = true;
        loop {
            match self.current() {
                None => return Ok(word),
                Some(b'#') => {
                    self.end = self.position;
                    return Ok(word);
                }
                Some(b';') => {
                    if bare {
                        self.end = self.position;
                    }
                    return Ok(word);
                }
                Some(b'\'') => {
                    bare = false;
                    self.single_quoted(&mut word.bytes)?;
                }
                Some(b'"') => {
                    bare = false;
                    self.double_quoted(&mut word.bytes)?;
                }
                Some(b'\\') => {
                    bare = false;
                    self.backslash(&mut word.bytes);
                }
                Some(byte) => self.take(byte, &mut word.bytes),
            }
            if self.current().is_some_and(is_space) {
                self.position += 1;
                return Ok(word);
            }
        }
    }

    fn take(&mut self, byte: u8, into: &mut Vec<u8>) {
        into.push(byte);
        self.position += 1;
    }

    /// A backslash: takes the next byte as it is, or at the end of the line goes on to the next one.
    fn backslash(&mut self, into: &mut Vec<u8>) {
        self.position += 1;
        match &self.text[self.position..self.end] {
            [] | [b'\n', ..] | [b'\r', b'\n'] => {
                self.fetch();
            }
            [byte, ..] => self.take(*byte, into),
        }
    }

    fn double_quoted(&mut self, into: &mut Vec<u8>) -> Result<(), ParseError> {
        let opened = self.place();
        self.position += 1;
        loop {
            match self.current() {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(());
                }
                Some(b'\\') => self.backslash(into),
                Some(byte) => self.take(byte, into),
                None if self.fetch() => {}
                None => return Err(unterminated(opened, '"')),
            }
        }
    }

    fn single_quoted(&mut self, into: &mut Vec<u8>) -> Result<(), ParseError> {
        let opened = self.place();
        self.position += 1;
        loop {
            match self.current() {
                Some(b'\'') => {
                    self.position += 1;
                    return Ok(());
                }
                Some(byte) => self.take(byte, into),
                None if self.fetch() => {}
                None => return Err(unterminated(opened, '\'')),
            }
        }
    }
}

fn unterminated(opened: Place, quote: char) -> ParseError {
    opened.error(format!("the quote {quote} that begins here is never closed: add {quote} at the end of the value"))
}
