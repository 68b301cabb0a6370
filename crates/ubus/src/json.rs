//! Bus values as JSON and back, by the rules of libubox's `blobmsg_json`.
//!
//! An integer is 32 bits where that suffices, else 64; a boolean is an int8; null is the type 0. JSON numbers beyond
//! 64 signed bits are held to the nearest that fits; a double that JSON cannot write (NaN, infinities) becomes null.

use super::blob;
use super::value::{Table, Value};
use serde_json::{Map, Value as Json};

impl From<&Value> for Json {
    fn from(value: &Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Array(values) => Json::Array(values.iter().map(Json::from).collect()),
            Value::Table(table) => table_to_json(table),
            Value::String(text) => Json::from(text.as_str()),
            Value::I64(n) => Json::from(*n),
            Value::I32(n) => Json::from(*n),
            Value::I16(n) => Json::from(*n),
            Value::Bool(b) => Json::from(*b),
            Value::Double(n) => Json::from(*n),
        }
    }
}

impl From<&Json> for Value {
    fn from(json: &Json) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(b) => Value::Bool(*b),
            Json::Number(n) => match (n.as_i64(), n.as_u64(), n.as_f64()) {
                (Some(n), _, _) => Value::from(n),
                (None, Some(_), _) => Value::I64(i64::MAX),
                (None, None, n) => Value::Double(n.unwrap_or(0.0)),
            },
            Json::String(text) => Value::from(text.as_str()),
            Json::Array(values) => Value::Array(values.iter().map(Value::from).collect()),
            Json::Object(map) => Value::Table(map.iter().map(|(k, v)| (k.clone(), Value::from(v))).collect()),
        }
    }
}

/// A table's entries as a JSON object; of a key that occurs twice the last counts.
pub fn table_to_json(table: &[(String, Value)]) -> Json {
    let mut object = Map::new();
    for (key, value) in table {
        object.insert(key.clone(), Json::from(value));
    }
    Json::Object(object)
}

/// A JSON object's entries as a table; anything else is an empty table.
pub fn table_from_json(json: &Json) -> Table {
    match Value::from(json) {
        Value::Table(table) => table,
        _ => Table::new(),
    }
}

/// How many bytes a JSON value takes up in a message, as an element of an array; of an object's entries each has its name
/// beside that.
pub fn size_of(json: &Json) -> usize {
    sized("", json)
}

fn sized(name: &str, json: &Json) -> usize {
    let value = match json {
        Json::Null => 0,
        Json::Bool(_) => 1,
        Json::Number(_) => match Value::from(json) {
            Value::I32(_) => 4,
            _ => 8,
        },
        Json::String(text) => blob::c_bytes(text).len() + 1,
        Json::Array(values) => values.iter().map(size_of).sum(),
        Json::Object(map) => map.iter().map(|(name, value)| sized(name, value)).sum(),
    };
    blob::pad(blob::HEADER + blob::pad(2 + blob::c_bytes(name).len() + 1) + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_the_type_that_libubox_gives_them() {
        let table = [
            ("1", Value::I32(1)),
            ("2147483647", Value::I32(i32::MAX)),
            ("2147483648", Value::I64(2_147_483_648)),
            ("-2147483649", Value::I64(-2_147_483_649)),
            ("18446744073709551615", Value::I64(i64::MAX)),
            ("3.5", Value::Double(3.5)),
            ("true", Value::Bool(true)),
            ("null", Value::Null),
        ];
        for (text, expected) in table {
            let json: Json = serde_json::from_str(text).unwrap();
            assert_eq!(Value::from(&json), expected, "{text}");
        }
    }

    #[test]
    fn a_size_is_that_of_the_bytes() {
        let texts = [
            "null",
            "true",
            "7",
            "8589934592",
            "1.5",
            "\"\"",
            "\"abc\"",
            "\"abcd\"",
            "\"a\\u0000b\"",
            "[]",
            "[1,\"x\",[null]]",
            "{}",
            "{\"a\":1,\"\":false,\"name\":{\"deeper\":[{\"x\":2.5},\"y\"]},\"b\\u0000c\":-3}",
        ];
        for text in texts {
            let json: Json = serde_json::from_str(text).unwrap();
            let mut bytes = Vec::new();
            crate::blobmsg::encode_table(&[(String::new(), Value::from(&json))], &mut bytes).unwrap();
            assert_eq!(size_of(&json), bytes.len(), "{text}");
        }
    }

    #[test]
    fn what_json_cannot_write_is_null() {
        assert_eq!(Json::from(&Value::Double(f64::NAN)), Json::Null);
        assert_eq!(Json::from(&Value::I16(-7)), Json::from(-7));
    }
}
