//! Templates: texts in which `{name}` stands for a value.
//!
//! A brace that does not enclose a name (a-z, 0-9, `_`) is a brace: `{"fqdn":"{host}"}` holds one name.

/// What a template is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// As it stands.
    Text(&'a str),
    /// The value of this name.
    Name(&'a str),
}

/// The parts of a template.
pub(super) fn parts(template: &str) -> Parts<'_> {
    Parts { rest: template }
}

/// The names in a template.
pub(super) fn names(template: &str) -> impl Iterator<Item = &str> {
    parts(template).filter_map(|part| match part {
        Part::Name(name) => Some(name),
        Part::Text(_) => None,
    })
}

/// The name, where the template is one name and nothing else.
pub(super) fn lone(template: &str) -> Option<&str> {
    let mut parts = parts(template);
    match (parts.next(), parts.next()) {
        (Some(Part::Name(name)), None) => Some(name),
        _ => None,
    }
}

pub(super) struct Parts<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut from = 0;
        while let Some(at) = self.rest[from..].find('{').map(|at| from + at) {
            let Some(name) = name_at(&self.rest[at..]) else {
                from = at + 1;
                continue;
            };
            if at == 0 {
                self.rest = &self.rest[name.len() + 2..];
                return Some(Part::Name(name));
            }
            let (text, rest) = self.rest.split_at(at);
            self.rest = rest;
            return Some(Part::Text(text));
        }
        Some(Part::Text(std::mem::take(&mut self.rest)))
    }
}

/// The name in the braces that a text begins with.
fn name_at(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    is_name(name).then_some(name)
}

/// Whether this can be a name.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use Part::{Name, Text};

    #[test]
    fn texts_names_and_plain_braces() {
        let table: [(&str, &[Part<'_>]); 8] = [
            ("", &[]),
            ("/v4/zones", &[Text("/v4/zones")]),
            ("{zone}", &[Name("zone")]),
            (
                "/z/{zone}/{name}?type={type}",
                &[Text("/z/"), Name("zone"), Text("/"), Name("name"), Text("?type="), Name("type")],
            ),
            ("{\"fqdn\":\"{host}\"}", &[Text("{\"fqdn\":\""), Name("host"), Text("\"}")]),
            ("{}{Zone}{", &[Text("{}{Zone}{")]),
            ("{{a}}", &[Text("{"), Name("a"), Text("}")]),
            ("é{x}é", &[Text("é"), Name("x"), Text("é")]),
        ];
        for (template, expected) in table {
            assert_eq!(parts(template).collect::<Vec<_>>(), expected, "{template}");
        }
        assert_eq!(lone("{ttl}"), Some("ttl"));
        assert_eq!((lone("{ttl}s"), lone("ttl"), lone("")), (None, None, None));
        assert_eq!(names("{a}/{b_2}/{\"c\"}").collect::<Vec<_>>(), ["a", "b_2"]);
    }
}
