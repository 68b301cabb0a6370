//! JSON as it arrives: bytes in, in pieces of any size; out comes where each value begins and ends.
//!
//! Holds the place in the document and nothing of what has passed: an answer of any length costs the same memory.
//! What is strict: structure, strings and their UTF-8, literals and the characters of numbers. What is lenient: how digits, sign and
//! exponent of a number follow each other; whoever keeps a number reads it anyway.

use super::pointer::Place;

/// How deep values may nest.
pub(super) const DEEPEST: usize = 64;
/// How much of a member's name is kept: a longer one is nothing that an entry asks for.
const LONGEST_NAME: usize = 256;

/// Who wants to know.
pub(super) trait Listener {
    /// A value begins here, with this byte.
    fn begins(&mut self, path: &[Place], first: u8);
    /// A byte of the values that have begun and not ended.
    fn byte(&mut self, byte: u8);
    /// The value here has ended.
    fn ends(&mut self, path: &[Place]);
}

/// Why the bytes are no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotJson;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A value; `]` too where a list has just begun.
    Value {
        or_end: bool,
    },
    /// A member's name; `}` too where an object has just begun.
    Name {
        or_end: bool,
    },
    InName(Inside),
    Colon,
    InString(Inside),
    Literal(&'static [u8]),
    Number,
    /// A comma, or the end of what the value is in.
    After,
}

/// Where in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Plain,
    Escape,
    /// So many hexadecimal digits are still to come.
    Hex(u8),
    /// So many bytes of a letter are still to come, the next one from this to that.
    Letter(u8, u8, u8),
}

/// The place in a document.
#[derive(Debug)]
pub(super) struct Scan {
    state: State,
    path: Vec<Place>,
    /// The name that is being read, as it is written, with its quotes.
    name: Vec<u8>,
}

impl Scan {
    pub(super) fn new() -> Self {
        Scan { state: State::Value { or_end: false }, path: Vec::new(), name: Vec::new() }
    }

    /// Takes bytes in.
    pub(super) fn feed(&mut self, bytes: &[u8], listener: &mut dyn Listener) -> Result<(), NotJson> {
        bytes.iter().try_for_each(|byte| self.step(*byte, listener))
    }

    /// The bytes have ended: whether they were one whole value.
    pub(super) fn end(&mut self, listener: &mut dyn Listener) -> Result<(), NotJson> {
        if self.state == State::Number {
            self.value_ends(listener);
        }
        if self.state == State::After && self.path.is_empty() { Ok(()) } else { Err(NotJson) }
    }

    fn step(&mut self, byte: u8, listener: &mut dyn Listener) -> Result<(), NotJson> {
        if self.state == State::Number {
            if byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E') {
                listener.byte(byte);
                return Ok(());
            }
            self.value_ends(listener);
        }
        let blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let between = !matches!(self.state, State::InName(_) | State::InString(_) | State::Literal(_));
        if blank && between {
            listener.byte(byte);
            return Ok(());
        }
        match self.state {
            State::Value { or_end: true } if byte == b']' => self.container_ends(byte, listener),
            State::Value { .. } => return self.value_begins(byte, listener),
            State::Name { or_end: true } if byte == b'}' => self.container_ends(byte, listener),
            State::Name { .. } if byte == b'"' => {
                listener.byte(byte);
                self.name.clear();
                self.name.push(byte);
                self.state = State::InName(Inside::Plain);
            }
            State::InName(inside) => {
                listener.byte(byte);
                if self.name.len() < LONGEST_NAME {
                    self.name.push(byte);
                }
                self.state = match inside_string(inside, byte)? {
                    Some(inside) => State::InName(inside),
                    None => {
                        // A name that is too long has no end, and so no match.
                        let name = serde_json::from_slice(&self.name).unwrap_or_default();
                        if let Some(place) = self.path.last_mut() {
                            *place = Place::Member(name);
                        }
                        State::Colon
                    }
                };
            }
            State::Colon if byte == b':' => {
                listener.byte(byte);
                self.state = State::Value { or_end: false };
            }
            State::InString(inside) => {
                listener.byte(byte);
                match inside_string(inside, byte)? {
                    Some(inside) => self.state = State::InString(inside),
                    None => self.value_ends(listener),
                }
            }
            State::Literal(rest) => match rest.split_first() {
                Some((expected, rest)) if *expected == byte => {
                    listener.byte(byte);
                    self.state = State::Literal(rest);
                    if rest.is_empty() {
                        self.value_ends(listener);
                    }
                }
                _ => return Err(NotJson),
            },
            State::After => return self.after(byte, listener),
            State::Name { .. } | State::Colon | State::Number => return Err(NotJson),
        }
        Ok(())
    }

    fn value_begins(&mut self, byte: u8, listener: &mut dyn Listener) -> Result<(), NotJson> {
        if matches!(byte, b'{' | b'[') && self.path.len() >= DEEPEST {
            return Err(NotJson);
        }
        let state = match byte {
            b'"' => State::InString(Inside::Plain),
            b'{' => State::Name { or_end: true },
            b'[' => State::Value { or_end: true },
            b't' => State::Literal(b"rue"),
            b'f' => State::Literal(b"alse"),
            b'n' => State::Literal(b"ull"),
            b'-' | b'0'..=b'9' => State::Number,
            _ => return Err(NotJson),
        };
        listener.begins(&self.path, byte);
        listener.byte(byte);
        self.state = state;
        match byte {
            b'{' => self.path.push(Place::Member(String::new())),
            b'[' => self.path.push(Place::Element(0)),
            _ => {}
        }
        Ok(())
    }

    fn value_ends(&mut self, listener: &mut dyn Listener) {
        listener.ends(&self.path);
        self.state = State::After;
    }

    fn container_ends(&mut self, byte: u8, listener: &mut dyn Listener) {
        listener.byte(byte);
        self.path.pop();
        self.value_ends(listener);
    }

    fn after(&mut self, byte: u8, listener: &mut dyn Listener) -> Result<(), NotJson> {
        match (self.path.last_mut(), byte) {
            (Some(Place::Member(_)), b',') => self.state = State::Name { or_end: false },
            (Some(Place::Element(at)), b',') => {
                *at += 1;
                self.state = State::Value { or_end: false };
            }
            (Some(Place::Member(_)), b'}') | (Some(Place::Element(_)), b']') => {
                self.container_ends(byte, listener);
                return Ok(());
            }
            _ => return Err(NotJson),
        }
        listener.byte(byte);
        Ok(())
    }
}

/// What follows this byte inside a string; `None` after its end.
fn inside_string(inside: Inside, byte: u8) -> Result<Option<Inside>, NotJson> {
    Ok(Some(match (inside, byte) {
        (Inside::Plain, b'"') => return Ok(None),
        (Inside::Plain, b'\\') => Inside::Escape,
        (Inside::Plain, 0..0x20) => return Err(NotJson),
        (Inside::Plain, 0x20..0x80) => Inside::Plain,
        // No shorter form of the same letter, no surrogate, nothing beyond U+10FFFF.
        (Inside::Plain, 0xc2..=0xdf) => Inside::Letter(1, 0x80, 0xbf),
        (Inside::Plain, 0xe0) => Inside::Letter(2, 0xa0, 0xbf),
        (Inside::Plain, 0xed) => Inside::Letter(2, 0x80, 0x9f),
        (Inside::Plain, 0xe1..=0xef) => Inside::Letter(2, 0x80, 0xbf),
        (Inside::Plain, 0xf0) => Inside::Letter(3, 0x90, 0xbf),
        (Inside::Plain, 0xf1..=0xf3) => Inside::Letter(3, 0x80, 0xbf),
        (Inside::Plain, 0xf4) => Inside::Letter(3, 0x80, 0x8f),
        (Inside::Letter(left, low, high), byte) if (low..=high).contains(&byte) => match left {
            1 => Inside::Plain,
            _ => Inside::Letter(left - 1, 0x80, 0xbf),
        },
        (Inside::Escape, b'u') => Inside::Hex(4),
        (Inside::Escape, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Inside::Plain,
        (Inside::Hex(left), byte) if byte.is_ascii_hexdigit() => {
            if left > 1 {
                Inside::Hex(left - 1)
            } else {
                Inside::Plain
            }
        }
        _ => return Err(NotJson),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// Writes down every scalar with its place.
    #[derive(Default)]
    struct Scalars {
        open: Vec<String>,
        seen: Vec<String>,
    }

    impl Listener for Scalars {
        fn begins(&mut self, _: &[Place], _: u8) {
            self.open.push(String::new());
        }

        fn byte(&mut self, byte: u8) {
            self.open.iter_mut().for_each(|it| it.push(char::from(byte)));
        }

        fn ends(&mut self, path: &[Place]) {
            let path: Vec<String> = path
                .iter()
                .map(|place| match place {
                    Place::Member(name) => name.clone(),
                    Place::Element(at) => at.to_string(),
                })
                .collect();
            let value = self.open.pop().unwrap();
            self.seen.push(format!("/{} {value}", path.join("/")));
        }
    }

    fn scan(text: &[u8]) -> Result<Vec<String>, NotJson> {
        let (mut scan, mut listener) = (Scan::new(), Scalars::default());
        scan.feed(text, &mut listener)?;
        scan.end(&mut listener)?;
        assert!(listener.open.is_empty());
        Ok(listener.seen)
    }

    #[test]
    fn every_value_with_its_place_and_its_bytes() {
        let text = r#" {"a": [1, "x\"]", {"b": null}], "c": {"d": -2.5e3, "e": []}, "\u0066": true} "#;
        assert_eq!(
            scan(text.as_bytes()).unwrap(),
            [
                "/a/0 1",
                "/a/1 \"x\\\"]\"",
                "/a/2/b null",
                "/a/2 {\"b\": null}",
                "/a [1, \"x\\\"]\", {\"b\": null}]",
                "/c/d -2.5e3",
                "/c/e []",
                "/c {\"d\": -2.5e3, \"e\": []}",
                "/f true",
                &format!("/ {}", text.trim()),
            ]
        );
        assert_eq!(scan(b"7").unwrap(), ["/ 7"]);
    }

    #[test]
    fn no_prefix_of_json_is_json() {
        let text = json!({"a": [1, "é\"\\", {"b": [[], {}]}], "c": {"d": false}}).to_string();
        for end in 0..text.len() {
            assert_eq!(scan(&text.as_bytes()[..end]), Err(NotJson), "{}", &text[..end]);
        }
        scan(text.as_bytes()).unwrap();
    }

    /// The story: an answer that was damaged within a letter was taken for one that has no such record.
    #[test]
    fn strings_are_utf_8() {
        for first in 0..=255_u8 {
            for second in [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0] {
                for rest in [&[][..], &[0x80], &[0xbf, 0x80], &[0x80, 0x7f], &[0x80; 3]] {
                    let text = [&b"[\""[..], &[first, second], rest, b"\"]"].concat();
                    assert_eq!(scan(&text).is_ok(), serde_json::from_slice::<Value>(&text).is_ok(), "{text:02x?}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_json_is_none() {
        for text in [
            "",
            " ",
            "<html>",
            "{]",
            "[}",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "tru",
            "truE",
            "[1 2]",
            "1 2",
            "{} {}",
            "\"a\nb\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "{,}",
            "[,]",
            "{\"a\":1,}",
            "nul",
            "\u{feff}{}",
        ] {
            assert_eq!(scan(text.as_bytes()), Err(NotJson), "{text}");
            assert!(serde_json::from_str::<Value>(text).is_err(), "{text}");
        }
        assert!(scan("[".repeat(65).as_bytes()).is_err());
        let deep = format!("{}1{}", "[".repeat(64), "]".repeat(64));
        assert!(scan(deep.as_bytes()).is_ok());
    }
}
