//! A JSON array to its elements, without building the whole: so that one service can be looked up in a file of
//! ninety while only one of them is in memory.
//!
//! Looks at brackets and strings only; whether an element is JSON is for the parser to say.

/// One element: its text, where that begins in the file (in bytes), and in which line, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) line: usize,
}

/// The elements of an array; a file may also be a single object.
///
/// # Errors
/// The line, and what is wrong there.
pub(super) fn elements(text: &str) -> Result<Vec<Element<'_>>, (usize, &'static str)> {
    let byte_order_mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut scan = Scan { text, at: byte_order_mark, line: 1 };
    scan.blanks();
    match scan.peek() {
        Some(b'{') => {
            let element = scan.element()?;
            scan.end()?;
            Ok(vec![element])
        }
        Some(b'[') => {
            scan.at += 1;
            array(&mut scan)
        }
        _ => Err((scan.line, "a list of services is expected: [ {…}, {…} ]")),
    }
}

fn array<'a>(scan: &mut Scan<'a>) -> Result<Vec<Element<'a>>, (usize, &'static str)> {
    let mut elements = Vec::new();
    scan.blanks();
    if scan.peek() == Some(b']') {
        scan.at += 1;
        scan.end()?;
        return Ok(elements);
    }
    loop {
        scan.blanks();
        if scan.peek() != Some(b'{') {
            return Err((scan.line, "a service is expected here: {…}"));
        }
        elements.push(scan.element()?);
        scan.blanks();
        match scan.peek() {
            Some(b',') => scan.at += 1,
            Some(b']') => {
                scan.at += 1;
                scan.end()?;
                return Ok(elements);
            }
            _ => return Err((scan.line, "a comma or ] is expected between services")),
        }
    }
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn step(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        self.line += usize::from(byte == b'\n');
        Some(byte)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.step();
        }
    }

    fn end(&mut self) -> Result<(), (usize, &'static str)> {
        self.blanks();
        if self.at == self.text.len() { Ok(()) } else { Err((self.line, "nothing more is expected after the list")) }
    }

    /// An object, from its `{` to the `}` that belongs to it.
    fn element(&mut self) -> Result<Element<'a>, (usize, &'static str)> {
        let (start, line) = (self.at, self.line);
        let (mut depth, mut quoted) = (0usize, false);
        while let Some(byte) = self.step() {
            match (quoted, byte) {
                (true, b'\\') => {
                    self.step();
                }
                (_, b'"') => quoted = !quoted,
                (false, b'{' | b'[') => depth += 1,
                (false, b'}' | b']') => {
                    depth -= 1;
                    if depth == 0 {
                        // Both ends are ASCII, so the slice is on character boundaries.
                        return Ok(Element { text: &self.text[start..self.at], start, line });
                    }
                }
                _ => {}
            }
        }
        Err((line, "this service has no end: a } or a quote is missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_and_their_lines() {
        let text = "\u{feff}[\n {\"a\": \"}]\\\"\"},\n\n{\"b\": [{}]}\r\n]\n";
        let elements = elements(text).unwrap();
        assert_eq!(
            elements,
            [
                Element { text: "{\"a\": \"}]\\\"\"}", start: 6, line: 2 },
                Element { text: "{\"b\": [{}]}", start: 22, line: 4 }
            ]
        );
        assert_eq!(super::elements(" {\"a\":1} ").unwrap().len(), 1);
        assert!(super::elements("[]").unwrap().is_empty());
    }

    #[test]
    fn err_with_the_line() {
        let table = [
            ("", 1, "a list of services is expected: [ {…}, {…} ]"),
            ("\n\"x\"", 2, "a list of services is expected: [ {…}, {…} ]"),
            ("[\n{},\n]", 3, "a service is expected here: {…}"),
            ("[{}\n{}]", 2, "a comma or ] is expected between services"),
            ("[{}]\nx", 2, "nothing more is expected after the list"),
            ("[\n{\"a\":\n\"}", 2, "this service has no end: a } or a quote is missing"),
        ];
        for (text, line, message) in table {
            assert_eq!(elements(text), Err((line, message)), "{text:?}");
        }
    }

    #[test]
    fn no_prefix_panics() {
        let text = "[{\"é\":\"}\\\"\",\"b\":[{}]},\n{\"c\":1}]";
        for (end, _) in text.char_indices() {
            assert!(elements(&text[..end]).is_err());
        }
    }
}
