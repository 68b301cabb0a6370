//! A secret made unreadable wherever it stands in what a person is shown.

use super::encode;
use super::request::MASK;
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The text with every occurrence of the secret masked: as it is, percent-encoded, in base64 alone or behind a username,
/// and in an address's query that a person wrote by hand.
pub fn mask(text: &str, username: &str, secret: &str) -> String {
    if secret.is_empty() {
        return text.to_owned();
    }
    let encoded = encode::strict(secret);
    let lower = lower_hexadecimal(&encoded);
    let (spaces, hidden) = (encoded.replace("%20", "+"), STANDARD.encode(secret));
    let (basic, token) = (STANDARD.encode(format!("{username}:{secret}")), STANDARD.encode(format!("{secret}:")));
    let mut forms = [secret, &encode::path(secret), &encoded, &lower, &spaces, &basic, &token, &hidden];
    // The longest first: a shorter one may be its beginning.
    forms.sort_unstable_by_key(|form| std::cmp::Reverse(form.len()));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    'text: while let Some(first) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(MASK) {
            out.push_str(MASK);
            rest = after;
            continue;
        }
        for form in forms {
            if let Some(after) = rest.strip_prefix(form) {
                out.push_str(MASK);
                rest = after;
                continue 'text;
            }
        }
        out.push(first);
        rest = &rest[first.len_utf8()..];
    }
    out
}

/// `%2F` as `%2f`; the letters between stay as they are.
fn lower_hexadecimal(encoded: &str) -> String {
    let mut digits = 0;
    let lower = |c: char| {
        let shown = if digits > 0 { c.to_ascii_lowercase() } else { c };
        digits = if c == '%' { 2 } else { i32::max(0, digits - 1) };
        shown
    };
    encoded.chars().map(lower).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_in_every_form() {
        let secret = "p/s Ä";
        for text in [
            "/u?k=p/s Ä&x",
            "/u?k=p%2Fs%20%C3%84&x",
            "/u?k=p%2fs%20%c3%84&x",
            "/u?k=p%2Fs+%C3%84&x",
            "/u?k=p/s%20%C3%84&x",
        ] {
            assert_eq!(mask(text, "user", secret), format!("/u?k={MASK}&x"), "{text}");
        }
        for hidden in ["user:p/s Ä", "p/s Ä", "p/s Ä:"] {
            let text = format!("/u/{}/x", STANDARD.encode(hidden));
            assert_eq!(mask(&text, "user", secret), format!("/u/{MASK}/x"), "{hidden}");
        }
        assert_eq!(mask("/u?k=***&x", "user", "*"), "/u?k=***&x", "a mask is no secret");
        assert_eq!(mask("/nic/update", "user", ""), "/nic/update");
    }
}
