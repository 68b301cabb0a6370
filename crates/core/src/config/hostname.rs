//! What may stand in `list hostname`, and what to write where a name cannot be sent.

use super::punycode;
use super::reader::shown;

/// The longest host or group, label included, in bytes.
const MAX_HOSTNAME: usize = 255;

/// A host or a group, perhaps with a label (`host@roundrobin`), as it will be sent.
///
/// Names need not be proper DNS names, so little is refused: what would break the request's list, what is plainly
/// something else, and a DNS name that is not written as DNS has it.
pub(super) fn hostname(value: &str) -> Result<String, String> {
    if value.contains([',', ' ']) || value.chars().any(char::is_whitespace) {
        return Err(format!(
            "'{}': write one line list hostname for each name, without spaces and commas",
            shown(value)
        ));
    }
    if value.contains('/') {
        return Err(format!("'{}': write the name alone, without http:// and path", shown(value)));
    }
    if value.len() > MAX_HOSTNAME {
        return Err(format!("'{}' has {} bytes; a name has {MAX_HOSTNAME} at most", shown(value), value.len()));
    }
    let (name, label) = value.split_once('@').map_or((value, None), |(name, label)| (name, Some(label)));
    if name.is_empty() || label.is_some_and(|label| label.is_empty() || label.contains('@')) {
        return Err(format!(
            "'{}': write a name, or a name and a label, like host.example.com@roundrobin",
            shown(value)
        ));
    }
    if name.contains('.')
        && let Some(ascii) = ascii_form(name)
    {
        return Err(format!("'{}' is not how DNS has it: {ascii}", shown(value)));
    }
    Ok(value.to_owned())
}

/// For a DNS name with letters outside ASCII: what to write instead. `None` where it is ASCII.
pub(super) fn ascii_form(name: &str) -> Option<String> {
    if name.is_ascii() {
        return None;
    }
    Some(match in_ascii(name) {
        Some(name) => format!("write {name}"),
        None => "write its ASCII form, which begins with xn--".to_owned(),
    })
}

/// A DNS name as DNS has it; `None` where that takes Unicode's tables.
pub(super) fn in_ascii(name: &str) -> Option<String> {
    // A combining mark may have to be joined with its letter first, which takes Unicode's tables.
    let combining = name.chars().any(|c| ('\u{300}'..='\u{36f}').contains(&c));
    let label = |label: &str| match label.is_ascii() {
        true => Some(label.to_owned()),
        // Letter by letter, as UTS #46 maps them: a word's last sigma is none of its own there.
        false => punycode::label(&label.chars().flat_map(char::to_lowercase).collect::<String>()),
    };
    let labels: Option<Vec<String>> = name.split('.').map(label).collect();
    labels.filter(|_| !combining).map(|labels| labels.join("."))
}
