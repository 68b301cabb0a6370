//! The values that the bus carries, and how to read them without a panic.

/// A table keeps its order. A key may occur twice; [`Value::get`] takes the first, as C's `blobmsg_parse` does.
pub type Table = Vec<(String, Value)>;

/// A value on the bus.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// JSON's null (`BLOBMSG_TYPE_UNSPEC`).
    Null,
    /// Values in order.
    Array(Vec<Value>),
    /// Named values in order.
    Table(Table),
    /// Text. Other than UTF-8 was replaced by U+FFFD when it was read.
    String(String),
    /// A number of 64 bits.
    I64(i64),
    /// A number of 32 bits; ubus has no unsigned type, object ids are seen as negative numbers.
    I32(i32),
    /// A number of 16 bits.
    I16(i16),
    /// JSON's true and false (an int8 on the wire).
    Bool(bool),
    /// A floating point number.
    Double(f64),
}

/// The types' numbers on the wire, as in the signature of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Type {
    /// Any, or null.
    Unspec = 0,
    /// Values.
    Array = 1,
    /// Named values.
    Table = 2,
    /// Text.
    String = 3,
    /// 64 bits.
    I64 = 4,
    /// 32 bits.
    I32 = 5,
    /// 16 bits.
    I16 = 6,
    /// true and false.
    Bool = 7,
    /// Floating point.
    Double = 8,
}

impl Value {
    /// A table from pairs.
    pub fn table<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Table(pairs.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    /// Its type on the wire.
    pub fn kind(&self) -> Type {
        match self {
            Value::Null => Type::Unspec,
            Value::Array(_) => Type::Array,
            Value::Table(_) => Type::Table,
            Value::String(_) => Type::String,
            Value::I64(_) => Type::I64,
            Value::I32(_) => Type::I32,
            Value::I16(_) => Type::I16,
            Value::Bool(_) => Type::Bool,
            Value::Double(_) => Type::Double,
        }
    }

    /// In a table, the value of `key`; of several the first.
    pub fn get(&self, key: &str) -> Option<&Value> {
        get(self.as_table()?, key)
    }

    /// Its entries, if it is a table.
    pub fn as_table(&self) -> Option<&[(String, Value)]> {
        if let Value::Table(table) = self { Some(table) } else { None }
    }

    /// Its elements, if it is an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Value::Array(values) = self { Some(values) } else { None }
    }

    /// Its text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self { Some(text) } else { None }
    }

    /// Its number, if it is an integer of any size.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::I64(n) => Some(*n),
            Value::I32(n) => Some(i64::from(*n)),
            Value::I16(n) => Some(i64::from(*n)),
            _ => None,
        }
    }

    /// Its truth, if it is a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(b) = self { Some(*b) } else { None }
    }
}

/// The value of `key` in `table`; of several the first.
pub fn get<'a>(table: &'a [(String, Value)], key: &str) -> Option<&'a Value> {
    table.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}

impl From<i64> for Value {
    /// As libubox's JSON reader does it: 32 bits where they suffice.
    fn from(n: i64) -> Self {
        i32::try_from(n).map_or(Value::I64(n), Value::I32)
    }
}

impl From<i32> for Value {
    fn from(n: i32) -> Self {
        Value::I32(n)
    }
}

impl From<f64> for Value {
    fn from(n: f64) -> Self {
        Value::Double(n)
    }
}

impl From<Vec<Value>> for Value {
    fn from(values: Vec<Value>) -> Self {
        Value::Array(values)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}
