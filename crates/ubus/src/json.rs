//! Bus values as JSON and back, by the rules of libubox's `blobmsg_json`.
//!
//! An integer is 32 bits where that suffices, else 64; a boolean is an int8; null is the type 0. JSON numbers beyond
//! 64 signed bits are held to the nearest that fits; a double that JSON cannot write (NaN, infinities) becomes null.

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
    fn what_json_cannot_write_is_null() {
        assert_eq!(Json::from(&Value::Double(f64::NAN)), Json::Null);
        assert_eq!(Json::from(&Value::I16(-7)), Json::from(-7));
    }
}
