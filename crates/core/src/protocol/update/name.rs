//! Domain names in wire format (RFC 1035, section 3.1).

use std::fmt;

/// The longest name on the wire, its final zero included.
const LONGEST: usize = 255;
/// The longest label.
const LONGEST_LABEL: usize = 63;

/// A domain name: labels with their lengths and the root's zero, in lower case, for DNS knows no case. That is also the
/// canonical form that signatures are made over (RFC 4034, section 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(Vec<u8>);

impl Name {
    /// The name of a text such as `home.example.com`, with or without the final dot; `None` where that is none.
    pub fn parse(text: &str) -> Option<Name> {
        let text = text.strip_suffix('.').unwrap_or(text);
        let mut wire = Vec::with_capacity(text.len() + 2);
        for label in text.split('.') {
            if label.is_empty() || label.len() > LONGEST_LABEL || label.contains('\\') || !label.is_ascii() {
                return None;
            }
            // The length was just checked.
            wire.push(label.len() as u8);
            wire.extend(label.bytes().map(|byte| byte.to_ascii_lowercase()));
        }
        wire.push(0);
        (wire.len() <= LONGEST).then_some(Name(wire))
    }

    /// Reads a name that begins at `at` in a message, and where what follows it begins. Pointers of compression only
    /// lead backwards, so that there is an end.
    pub fn read(message: &[u8], at: usize) -> Option<(Name, usize)> {
        let (mut wire, mut at, mut barrier, mut next) = (Vec::new(), at, at, None);
        loop {
            let length = *message.get(at)?;
            match length {
                0 => {
                    wire.push(0);
                    return Some((Name(wire), next.unwrap_or(at + 1)));
                }
                1..=63 => {
                    let end = at + 1 + usize::from(length);
                    let label = message.get(at + 1..end)?;
                    if wire.len() + 1 + label.len() >= LONGEST {
                        return None;
                    }
                    wire.push(length);
                    wire.extend(label.iter().map(u8::to_ascii_lowercase));
                    at = end;
                }
                0xc0.. => {
                    let target = usize::from(length & 0x3f) << 8 | usize::from(*message.get(at + 1)?);
                    if target >= barrier {
                        return None;
                    }
                    next = next.or(Some(at + 2));
                    (at, barrier) = (target, target);
                }
                _ => return None,
            }
        }
    }

    /// Its bytes, as a message and a signature have them.
    pub fn wire(&self) -> &[u8] {
        &self.0
    }

    /// The name without its first label; `None` where that would be the root.
    pub fn parent(&self) -> Option<Name> {
        let rest = self.0.get(1 + usize::from(*self.0.first()?)..)?;
        (rest.len() > 1).then(|| Name(rest.to_vec()))
    }

    /// Whether it is `zone` or below it.
    pub fn is_within(&self, zone: &Name) -> bool {
        let mut name = Some(self.clone());
        while let Some(it) = name {
            if it == *zone {
                return true;
            }
            name = it.parent();
        }
        false
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_slice();
        let mut first = true;
        while let [length, tail @ ..] = rest
            && *length > 0
        {
            let (label, more) = tail.split_at_checked(usize::from(*length)).unwrap_or((tail, &[]));
            if !first {
                f.write_str(".")?;
            }
            first = false;
            for byte in label {
                let shown = if byte.is_ascii_graphic() { char::from(*byte) } else { '?' };
                write!(f, "{shown}")?;
            }
            rest = more;
        }
        if first { f.write_str(".") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_labels_in_lower_case() {
        let name = Name::parse("Home.Example.COM.").unwrap();
        assert_eq!(name.wire(), b"\x04home\x07example\x03com\0");
        assert_eq!(name.to_string(), "home.example.com");
        assert_eq!(Name::parse("*.example.com").unwrap().wire(), b"\x01*\x07example\x03com\0");
        for bad in ["", ".", "a..b", ".a", "a\\b", "ä.example", &"a".repeat(64), &["a"; 128].join(".")] {
            assert_eq!(Name::parse(bad), None, "{bad}");
        }
        assert!(Name::parse(&["a"; 127].join(".")).is_some());
    }

    #[test]
    fn parents_end_before_the_root() {
        let name = Name::parse("home.example.com").unwrap();
        let parent = name.parent().unwrap();
        assert_eq!(parent, Name::parse("example.com").unwrap());
        assert_eq!(parent.parent().unwrap().parent(), None);
        assert!(name.is_within(&parent) && name.is_within(&name) && !parent.is_within(&name));
        assert!(!Name::parse("notexample.com").unwrap().is_within(&parent));
    }

    #[test]
    fn compression_only_leads_backwards() {
        let message = b"\x03com\0\x04HOME\xc0\x00\xc0\x05rest";
        assert_eq!(Name::read(message, 5), Some((Name::parse("home.com").unwrap(), 12)));
        assert_eq!(Name::read(message, 12), Some((Name::parse("home.com").unwrap(), 14)));
        for bad in [&b"\xc0\x00"[..], b"\x01a\xc0\x00", b"\xc0\x02\xc0\x00", b"\x40a", b"\x05ab", b"", b"\xc0"] {
            assert_eq!(Name::read(bad, 0), None, "{bad:?}");
        }
        assert_eq!(Name::read(message, 99), None);
    }
}
