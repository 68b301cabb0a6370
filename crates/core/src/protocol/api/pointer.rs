//! Where a value stands in an answer: JSON pointers (RFC 6901), in which `*` is the only element of a list.

/// One step of a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// A member of an object, or an element of a list by its number.
    Named(Box<str>),
    /// The only element of a list.
    Only,
}

/// A JSON pointer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pointer {
    segments: Box<[Segment]>,
    text: Box<str>,
}

/// Where the reader of an answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In an object, at the member of this name.
    Member(String),
    /// In a list, at the element of this number.
    Element(usize),
}

impl Pointer {
    /// A pointer as an entry writes it; the empty one is the whole answer.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Pointer, String> {
        let wrong = || format!("'{text}' is no JSON pointer: write it like \"/result/content\"");
        let rest = match text.strip_prefix('/') {
            Some(rest) => rest,
            None if text.is_empty() => return Ok(Pointer::default()),
            None => return Err(wrong()),
        };
        let mut segments = Vec::new();
        for part in rest.split('/') {
            segments.push(match part {
                "*" => Segment::Only,
                part => Segment::Named(part.replace("~1", "/").replace("~0", "~").into()),
            });
        }
        if segments.len() > super::scan::DEEPEST {
            return Err(wrong());
        }
        Ok(Pointer { segments: segments.into(), text: text.into() })
    }

    /// With `{type}` in it replaced.
    pub(super) fn of_type(&self, kind: &str) -> Pointer {
        if !self.text.contains("{type}") {
            return self.clone();
        }
        Pointer::parse(&self.text.replace("{type}", kind)).unwrap_or_else(|_| self.clone())
    }

    /// As the entry writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many steps it has.
    pub(super) fn depth(&self) -> usize {
        self.segments.len()
    }

    /// Whether it leads to this place.
    pub(super) fn leads_to(&self, path: &[Place]) -> bool {
        path.len() == self.segments.len() && self.segments.iter().zip(path).all(|(segment, place)| segment.is(place))
    }
}

impl Segment {
    fn is(&self, place: &Place) -> bool {
        match (self, place) {
            (Segment::Only, Place::Element(_)) => true,
            (Segment::Named(name), Place::Member(member)) => **name == **member,
            (Segment::Named(name), Place::Element(at)) => name.parse() == Ok(*at),
            (Segment::Only, Place::Member(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_and_places() {
        let member = |name: &str| Place::Member(name.to_owned());
        let pointer = |text: &str| Pointer::parse(text).unwrap();
        assert!(pointer("").leads_to(&[]));
        assert!(pointer("/a/0/b").leads_to(&[member("a"), Place::Element(0), member("b")]));
        assert!(pointer("/a/0").leads_to(&[member("a"), member("0")]));
        assert!(!pointer("/a/0").leads_to(&[member("a"), Place::Element(1)]));
        assert!(pointer("/a/*").leads_to(&[member("a"), Place::Element(7)]));
        assert!(!pointer("/a/*").leads_to(&[member("a"), member("*")]));
        assert!(!pointer("/a").leads_to(&[member("a"), member("b")]));
        assert!(pointer("/a~1b~01").leads_to(&[member("a/b~1")]));
        assert!(Pointer::parse("a/b").is_err());
        assert!(Pointer::parse(&"/a".repeat(100)).is_err());
    }
}
