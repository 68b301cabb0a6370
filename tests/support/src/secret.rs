//! A planted secret, and the search for it in whatever comes out of ddnsd.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A password with everything in it that could be mistaken for something else.
pub const SECRET: &str = "pl4nt3d&se=cret%/'\"+ü#:";
/// Its beginning, which no quoting and no percent-encoding changes, and which alone would be too much to give away.
const PIECE: &str = "pl4nt3d";

/// The form in which the secret is in these bytes: plain, every byte percent-encoded, in hexadecimal, or in base64 with
/// anything before it, as it is in an `Authorization`.
pub fn leak(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    let lower = text.to_ascii_lowercase();
    let hex = |before: &str| PIECE.bytes().map(|byte| format!("{before}{byte:02x}")).collect::<String>();
    if lower.contains(PIECE) {
        return Some("plain");
    }
    if lower.contains(&hex("%")) {
        return Some("percent-encoded");
    }
    if lower.contains(&hex("")) {
        return Some("hexadecimal");
    }
    // Three bytes are four characters: what stands before moves the secret by none, one or two bytes within them. The
    // characters that also hold bits of a neighbour are left out.
    let in_base64 = (0..3).any(|before| {
        let shifted = [&b"\0\0"[..before], PIECE.as_bytes()].concat();
        let (first, end) = ([0, 2, 3][before], shifted.len() * 8 / 6);
        [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)]
            .iter()
            .any(|encoded| text.contains(&encoded[first..end]))
    });
    in_base64.then_some("base64")
}

/// That the secret is nowhere in these bytes.
///
/// # Panics
/// If it is.
pub fn assert_none(place: &str, bytes: &[u8]) {
    if let Some(form) = leak(bytes) {
        panic!("the secret is in {place}, {form}: {}", String::from_utf8_lossy(bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_found() {
        assert_eq!(leak(format!("option password '{SECRET}'").as_bytes()), Some("plain"));
        assert_eq!(leak(b"GET /?password=PL4NT3D%26se%3Dcret HTTP/1.1"), Some("plain"));
        let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(leak(percent.as_bytes()), Some("percent-encoded"));
        let hex: String = SECRET.bytes().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(leak(hex.as_bytes()), Some("hexadecimal"));
        for before in ["", "u", "us", "user", "user@example.com:"] {
            let encoded = STANDARD_NO_PAD.encode(format!("{before}{SECRET}"));
            assert_eq!(leak(format!("Basic {encoded}==").as_bytes()), Some("base64"), "{before}");
        }
        assert_eq!(leak(&[&[0xff, 0xfe], SECRET.as_bytes()].concat()), Some("plain"));
        assert_eq!(leak(b"home (noip): current at 192.0.2.25, user@example.com"), None);
    }
}
