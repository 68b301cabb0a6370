//! Blobs: the attributes that every ubus message is made of.
//!
//! ```text
//! bit 31      30…24   23…0
//! extended    id      length, its own 4 bytes included, the padding not      then the data, padded with zeros to 4
//! ```
//!
//! All big-endian. What an id means is for the layers above. Lengths are checked as libubox does it: an attribute
//! counts only if it fits *with* its padding. Unlike libubox, which silently stops there, what does not fit is an error.

use std::fmt;

/// The longest blob that ubusd passes on, its 4 header bytes included; one byte more closes the connection.
pub const MAX_BLOB: usize = 1_048_576;

/// The bytes of an attribute's header, and what everything is padded to.
pub const HEADER: usize = 4;

const EXTENDED: u32 = 1 << 31;
const ID_SHIFT: u32 = 24;
const ID_MASK: u32 = 0x7f;
const LENGTH_MASK: u32 = 0x00ff_ffff;

/// One attribute, borrowed from the bytes it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attr<'a> {
    /// What it is, 0 to 127.
    pub id: u8,
    /// Bit 31: in blobmsg, that a name comes first.
    pub extended: bool,
    /// Its data, without header and padding.
    pub data: &'a [u8],
}

/// Why bytes are no blob, or a value cannot become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobError {
    /// Fewer bytes than an attribute's header are left over.
    Truncated,
    /// A length under 4, or past the end of what holds it.
    Length,
    /// It would be longer than ubus carries.
    TooLarge,
}

impl fmt::Display for BlobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BlobError::Truncated => "an attribute is cut off",
            BlobError::Length => "an attribute's length is wrong",
            BlobError::TooLarge => "it is longer than the 1 MiB that ubus carries",
        })
    }
}

impl std::error::Error for BlobError {}

/// Walks over the attributes in `bytes`; ends after the first error.
#[derive(Clone, Debug)]
pub struct Attrs<'a> {
    rest: &'a [u8],
}

impl<'a> Attrs<'a> {
    /// The attributes in `bytes`, which is the data of the attribute around them.
    pub fn new(bytes: &'a [u8]) -> Self {
        Attrs { rest: bytes }
    }
}

impl<'a> Iterator for Attrs<'a> {
    type Item = Result<Attr<'a>, BlobError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let rest = std::mem::take(&mut self.rest);
        let Some((head, _)) = rest.split_first_chunk::<HEADER>() else {
            return Some(Err(BlobError::Truncated));
        };
        let head = u32::from_be_bytes(*head);
        let length = raw_length(head);
        let padded = pad(length);
        let (Some(data), Some(after)) = (rest.get(HEADER..length), rest.get(padded..)) else {
            return Some(Err(BlobError::Length));
        };
        self.rest = after;
        Some(Ok(Attr { id: ((head >> ID_SHIFT) & ID_MASK) as u8, extended: head & EXTENDED != 0, data }))
    }
}

/// The length that an attribute's first four bytes, as a big-endian number, claim: with the header, without the padding.
pub fn raw_length(head: u32) -> usize {
    (head & LENGTH_MASK) as usize
}

/// `length` rounded up to 4.
pub fn pad(length: usize) -> usize {
    length.next_multiple_of(HEADER)
}

/// Appends one attribute to `out`: header, whatever `body` appends, padding.
///
/// A body of 16 MiB or more does not fit the length field. Callers bound the whole by [`MAX_BLOB`], which is
/// less, before any of it goes out, so that such a header is never seen.
pub fn put(out: &mut Vec<u8>, id: u8, extended: bool, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend([0; HEADER]);
    body(out);
    let length = (out.len() - start) as u32 & LENGTH_MASK;
    let flag = if extended { EXTENDED } else { 0 };
    let head = flag | (u32::from(id) & ID_MASK) << ID_SHIFT | length;
    out[start..start + HEADER].copy_from_slice(&head.to_be_bytes());
    // The padding is relative to the attribute's own start, which is itself a multiple of 4 in a message.
    let padded = start + pad(out.len() - start);
    out.resize(padded, 0);
}

/// The string in `data`, which must end in NUL; bytes that are not UTF-8 become U+FFFD. It ends at the first NUL,
/// because that is what every reader in C sees.
pub fn string(data: &[u8]) -> Option<String> {
    if data.last() != Some(&0) {
        return None;
    }
    let end = data.iter().position(|b| *b == 0)?;
    Some(String::from_utf8_lossy(&data[..end]).into_owned())
}

/// `text` up to its first NUL, as bytes: what a reader in C would see of it.
pub fn c_bytes(text: &str) -> &[u8] {
    let bytes = text.as_bytes();
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<Attr<'_>>, BlobError> {
        Attrs::new(bytes).collect()
    }

    #[test]
    fn lengths_are_checked_with_their_padding() {
        let table: &[(&[u8], Result<usize, BlobError>)] = &[
            (&[], Ok(0)),
            (&[1, 0, 0, 4], Ok(1)),
            (&[1, 0, 0, 5, 9, 0, 0, 0], Ok(1)),
            (&[1, 0, 0, 5, 9, 1, 2, 3], Ok(1)), // what the padding holds does not matter
            (&[1, 0, 0, 5, 9], Err(BlobError::Length)),
            (&[1, 0, 0, 5, 9, 0, 0], Err(BlobError::Length)),
            (&[1, 0, 0, 3], Err(BlobError::Length)),
            (&[1, 0, 0, 0], Err(BlobError::Length)),
            (&[0x81, 0xff, 0xff, 0xff], Err(BlobError::Length)),
            (&[1, 0, 0], Err(BlobError::Truncated)),
            (&[1, 0, 0, 4, 2], Err(BlobError::Truncated)),
        ];
        for (bytes, expected) in table {
            assert_eq!(all(bytes).map(|a| a.len()), *expected, "{bytes:?}");
        }
    }

    #[test]
    fn an_iterator_that_failed_is_over() {
        let mut attrs = Attrs::new(&[1, 0, 0, 9, 0, 0, 0, 0]);
        assert_eq!(attrs.next(), Some(Err(BlobError::Length)));
        assert_eq!(attrs.next(), None);
    }

    #[test]
    fn put_pads_and_nests() {
        let mut out = Vec::new();
        put(&mut out, 7, false, |out| put(out, 3, true, |out| out.push(0xaa)));
        assert_eq!(out, [7, 0, 0, 12, 0x83, 0, 0, 5, 0xaa, 0, 0, 0]);
        let outer = all(&out).unwrap()[0];
        assert_eq!((outer.id, outer.extended), (7, false));
        let inner = all(outer.data).unwrap()[0];
        assert_eq!((inner.id, inner.extended, inner.data), (3, true, &[0xaa][..]));
    }

    #[test]
    fn strings_end_at_the_first_nul_and_need_one() {
        assert_eq!(string(b"wan\0").as_deref(), Some("wan"));
        assert_eq!(string(b"wan\0x\0").as_deref(), Some("wan"));
        assert_eq!(string(b"\0").as_deref(), Some(""));
        assert_eq!(string(b"caf\xe9\0").as_deref(), Some("caf\u{fffd}"));
        assert_eq!(string(b"wan"), None);
        assert_eq!(string(b""), None);
        assert_eq!(c_bytes("wan\0x"), b"wan");
    }
}
