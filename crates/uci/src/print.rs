//! A [`Package`] to text that reads back as the same package, in the form of `uci export`.

use super::{Package, Value};

/// The package as a configuration file: what [`super::parse`] makes of it equals `package`, lines apart.
///
/// The caller sees to it that names are UCI names. An empty option is written, and reads back as none, since
/// UCI has none; NUL bytes, which UCI has not either, are left out.
pub fn print(package: &Package) -> String {
    let mut text = String::new();
    if let Some(name) = &package.name {
        text.push_str(&format!("package {name}\n"));
    }
    for section in &package.sections {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str("config ");
        text.push_str(&kind(&section.kind));
        if let Some(name) = &section.name {
            text.push_str(&format!(" '{name}'"));
        }
        text.push('\n');
        for option in &section.options {
            match &option.value {
                Value::Single(value) => line(&mut text, "option", &option.name, value),
                Value::List(items) => items.iter().for_each(|(item, _)| line(&mut text, "list", &option.name, item)),
            }
        }
    }
    text
}

fn line(text: &mut String, command: &str, name: &str, value: &str) {
    text.push('\t');
    text.push_str(command);
    text.push(' ');
    text.push_str(name);
    text.push(' ');
    text.push_str(&quote(value));
    text.push('\n');
}

/// A type is bare, as everywhere in OpenWrt, unless something in it would not survive that.
fn kind(kind: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if kind.bytes().all(plain) { kind.to_owned() } else { quote(kind) }
}

fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\0', "").replace('\'', r"'\''"))
}
