//! blobmsg: named and typed values inside blobs; what JSON is on the bus.
//!
//! The attribute's id is the type, and where bit 31 is set a name comes first:
//!
//! ```text
//! u16 name length | the name | NUL | padding to 4 | the value
//! ```
//!
//! Array elements have an empty name. int8 is JSON's boolean, the type 0 its null. Leaves out what C programs do with
//! policies: a reader here asks for a key and a type.

use super::blob::{self, Attr, Attrs, BlobError};
use super::value::{Table, Value};
use std::fmt;

/// How deep arrays and tables may nest. netifd's deepest is 6.
pub const MAX_DEPTH: usize = 32;

/// Why bytes are no blobmsg, or a value cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobmsgError {
    /// The attributes themselves are broken, or the value would be too long.
    Blob(BlobError),
    /// A name that is missing, does not fit, or has no NUL after it.
    Name,
    /// A type that blobmsg does not have.
    Type(u8),
    /// A number of the wrong size, or a string without its NUL.
    Size(u8),
    /// Nested deeper than [`MAX_DEPTH`].
    Depth,
}

impl From<BlobError> for BlobmsgError {
    fn from(error: BlobError) -> Self {
        BlobmsgError::Blob(error)
    }
}

impl fmt::Display for BlobmsgError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlobmsgError::Blob(error) => error.fmt(f),
            BlobmsgError::Name => f.write_str("a value's name is broken"),
            BlobmsgError::Type(id) => write!(f, "a value has the unknown type {id}"),
            BlobmsgError::Size(id) => write!(f, "a value of type {id} has the wrong size"),
            BlobmsgError::Depth => write!(f, "values nest deeper than {MAX_DEPTH}"),
        }
    }
}

impl std::error::Error for BlobmsgError {}

/// Reads the named values in `bytes`, the data of a message's DATA or SIGNATURE attribute.
pub fn decode_table(bytes: &[u8]) -> Result<Table, BlobmsgError> {
    table(bytes, 0)
}

fn table(bytes: &[u8], depth: usize) -> Result<Table, BlobmsgError> {
    let mut values = Table::new();
    for attr in Attrs::new(bytes) {
        let attr = attr?;
        let (Some(name), data) = name(&attr)? else {
            return Err(BlobmsgError::Name);
        };
        values.push((name, value(attr.id, data, depth)?));
    }
    Ok(values)
}

fn array(bytes: &[u8], depth: usize) -> Result<Vec<Value>, BlobmsgError> {
    let mut values = Vec::new();
    for attr in Attrs::new(bytes) {
        let attr = attr?;
        let (_, data) = name(&attr)?;
        values.push(value(attr.id, data, depth)?);
    }
    Ok(values)
}

/// Splits an attribute into its name, if it has one, and its value.
fn name<'a>(attr: &Attr<'a>) -> Result<(Option<String>, &'a [u8]), BlobmsgError> {
    if !attr.extended {
        return Ok((None, attr.data));
    }
    let (length, rest) = attr.data.split_first_chunk::<2>().ok_or(BlobmsgError::Name)?;
    let length = usize::from(u16::from_be_bytes(*length));
    let with_nul = rest.get(..=length).ok_or(BlobmsgError::Name)?;
    let name = blob::string(with_nul).ok_or(BlobmsgError::Name)?;
    let data = attr.data.get(name_size(length)..).ok_or(BlobmsgError::Name)?;
    Ok((Some(name), data))
}

/// What a name of `length` bytes takes up: its length, itself, NUL, padding.
fn name_size(length: usize) -> usize {
    blob::pad(2 + length + 1)
}

fn value(id: u8, data: &[u8], depth: usize) -> Result<Value, BlobmsgError> {
    let size = BlobmsgError::Size(id);
    Ok(match id {
        // A null has no data; libubox looks at none that it may have.
        0 => Value::Null,
        1 | 2 if depth >= MAX_DEPTH => return Err(BlobmsgError::Depth),
        1 => Value::Array(array(data, depth + 1)?),
        2 => Value::Table(table(data, depth + 1)?),
        3 => Value::String(blob::string(data).ok_or(size)?),
        4 => Value::I64(i64::from_be_bytes(data.try_into().map_err(|_| size)?)),
        5 => Value::I32(i32::from_be_bytes(data.try_into().map_err(|_| size)?)),
        6 => Value::I16(i16::from_be_bytes(data.try_into().map_err(|_| size)?)),
        7 => Value::Bool(i8::from_be_bytes(data.try_into().map_err(|_| size)?) != 0),
        8 => Value::Double(f64::from_be_bytes(data.try_into().map_err(|_| size)?)),
        _ => return Err(BlobmsgError::Type(id)),
    })
}

/// Appends `table` as the data of a message's attribute. On an error `out` holds rubbish.
pub fn encode_table(table: &[(String, Value)], out: &mut Vec<u8>) -> Result<(), BlobmsgError> {
    let start = out.len();
    put_table(table, out, 0)?;
    if out.len() - start > blob::MAX_BLOB {
        return Err(BlobError::TooLarge.into());
    }
    Ok(())
}

fn put_table(table: &[(String, Value)], out: &mut Vec<u8>, depth: usize) -> Result<(), BlobmsgError> {
    table.iter().try_for_each(|(name, value)| put_value(name, value, out, depth))
}

fn put_value(name: &str, value: &Value, out: &mut Vec<u8>, depth: usize) -> Result<(), BlobmsgError> {
    // Said early, so that a giant value is not first built up in memory; the exact limit is checked at the end.
    if out.len() > 2 * blob::MAX_BLOB {
        return Err(BlobError::TooLarge.into());
    }
    let name = blob::c_bytes(name);
    let length = u16::try_from(name.len()).map_err(|_| BlobmsgError::Name)?;
    if matches!(value, Value::Array(_) | Value::Table(_)) && depth >= MAX_DEPTH {
        return Err(BlobmsgError::Depth);
    }
    let mut result = Ok(());
    blob::put(out, value.kind() as u8, true, |out| {
        let start = out.len();
        out.extend(length.to_be_bytes());
        out.extend(name);
        out.resize(start + name_size(name.len()), 0);
        match value {
            Value::Null => {}
            Value::Array(values) => result = values.iter().try_for_each(|v| put_value("", v, out, depth + 1)),
            Value::Table(table) => result = put_table(table, out, depth + 1),
            Value::String(text) => {
                out.extend(blob::c_bytes(text));
                out.push(0);
            }
            Value::I64(n) => out.extend(n.to_be_bytes()),
            Value::I32(n) => out.extend(n.to_be_bytes()),
            Value::I16(n) => out.extend(n.to_be_bytes()),
            Value::Bool(b) => out.push(u8::from(*b)),
            Value::Double(n) => out.extend(n.to_be_bytes()),
        }
    });
    result
}
