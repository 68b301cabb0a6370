//! What may stand in a request line as it is, and what goes percent-encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Credentials: everything but RFC 3986's unreserved characters is encoded.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Hosts, groups and addresses: also what a query carries without a meaning of its own (`host@roundrobin`).
const NAME: &AsciiSet = &STRICT.remove(b'@').remove(b':').remove(b'!').remove(b'*');

/// A configured path, query included: only what would break the request line, and `%`'s absence: what is
/// already encoded stays.
const PATH: &AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

pub(super) fn strict(value: &str) -> String {
    utf8_percent_encode(value, STRICT).to_string()
}

pub(super) fn name(value: &str) -> String {
    utf8_percent_encode(value, NAME).to_string()
}

pub(super) fn path(value: &str) -> String {
    utf8_percent_encode(value, PATH).to_string()
}

/// Hosts and groups: each encoded, the commas between them literal.
pub(super) fn list<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<String> = names.iter().map(|it| name(it.as_ref())).collect();
    names.join(",")
}
