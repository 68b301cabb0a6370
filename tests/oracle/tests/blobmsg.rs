//! Our blobmsg codec against libubox: the same bytes for the same values, and the same values from the same bytes.

use ddnsd_oracle::blob_c;
use ddnsd_oracle::random::Random;
use ddnsd_oracle::ubus::Value;
use ddnsd_oracle::ubus::blobmsg::{BlobmsgError, decode_table, encode_table};
use ddnsd_oracle::ubus::json::{table_from_json, table_to_json};
use ddnsd_oracle::ubus::value::{Table, Type, get};
use serde_json::Value as Json;

/// How many trees each test makes.
const TREES: u64 = 30_000;

const TEXTS: &[&str] = &[
    "",
    "a",
    "wan",
    "interface",
    "ipv4-address",
    "192.0.2.1",
    "ä€🌍",
    "a \"b\" \\ /",
    "line\nline\t\u{1}\u{7f}",
    "x y",
];

fn text(random: &mut Random) -> String {
    if random.one_in(20) { "x".repeat(random.below(300)) } else { (*random.pick(TEXTS)).to_owned() }
}

fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth < 6 { 12 } else { 8 }) {
        0 => Value::Null,
        1 => Value::Bool(random.one_in(2)),
        2 => Value::I16(random.bits() as i16),
        3 => Value::I32(random.bits() as i32),
        4 => Value::I64(random.bits() as i64),
        5 => Value::Double(f64::from(random.bits() as i32) / 64.0),
        8 | 9 => Value::Array((0..random.below(5)).map(|_| value(random, depth + 1)).collect()),
        10 | 11 => Value::Table(table(random, depth + 1)),
        _ => Value::String(text(random)),
    }
}

/// A table whose names are neither empty nor repeated: what JSON can say too.
fn table(random: &mut Random, depth: usize) -> Table {
    (0..random.below(6)).map(|n| (format!("{n}{}", text(random)), value(random, depth))).collect()
}

fn encoded(table: &[(String, Value)]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_table(table, &mut out).expect("a small table");
    out
}

#[test]
fn both_write_the_same_bytes() {
    for seed in 0..TREES {
        let table = table(&mut Random::new(seed), 0);
        assert_eq!(encoded(&table), blob_c::encode(&table), "seed {seed}: {table:?}");
    }
}

#[test]
fn we_read_what_libubox_writes() {
    for seed in 0..TREES {
        let table = table(&mut Random::new(seed), 0);
        assert_eq!(decode_table(&blob_c::encode(&table)), Ok(table), "seed {seed}");
    }
}

#[test]
fn libubox_reads_what_we_write() {
    for seed in 0..TREES {
        let table = table(&mut Random::new(seed), 0);
        let bytes = encoded(&table);
        assert!(blob_c::is_valid(&bytes), "seed {seed}: {table:?}");
        let theirs: Json = serde_json::from_str(&blob_c::json(&bytes)).expect("libubox's JSON");
        assert_eq!(theirs, table_to_json(&table), "seed {seed}");
    }
}

#[test]
fn json_becomes_the_same_bytes() {
    for seed in 0..TREES {
        // A tree that came from JSON, so that every number has the size that JSON gives it.
        let json = table_to_json(&table(&mut Random::new(seed), 0));
        let theirs = blob_c::from_json(&json.to_string()).expect("JSON");
        let ours = decode_table(&theirs).map(|table| table_to_json(&table));
        assert_eq!(ours, Ok(json.clone()), "seed {seed}");
        assert_eq!(encoded(&table_from_json(&json)).len(), theirs.len(), "seed {seed}");
    }
}

/// Damaged bytes: what we read, libubox finds sound and reads alike; what it finds sound, we read.
#[test]
fn damage_is_judged_alike() {
    let (mut read, mut refused) = (0u32, 0u32);
    for seed in 0..TREES * 4 {
        let random = &mut Random::new(seed);
        let mut bytes = encoded(&table(random, 0));
        for _ in 0..1 + random.below(3) {
            if bytes.is_empty() {
                break;
            }
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes.truncate(at),
                1 => bytes[at] = random.bits() as u8,
                2 => bytes[at] ^= 1 << random.below(8),
                _ => bytes.insert(at, 0),
            }
        }
        let ours = decode_table(&bytes);
        let theirs = blob_c::is_valid(&bytes);
        if ours == Err(BlobmsgError::Size(Type::Double as u8)) {
            // libubox takes more than eight bytes for a double, and reads the first eight.
            continue;
        }
        if ours.as_ref().is_ok_and(|table| table.iter().any(|(name, value)| is_nameless(name, value))) {
            // libubox's checks refuse a name of no length in a table, its readers (and we) just see the name "".
            continue;
        }
        assert_eq!(ours.is_ok(), theirs, "seed {seed}: {ours:?} from {bytes:02x?}");
        match ours {
            Ok(table) => {
                read += 1;
                // What JSON cannot say (NaN, a table's entry without a name) is not compared.
                if let Ok(theirs) = serde_json::from_str::<Json>(&blob_c::json(&bytes)) {
                    assert!(alike(&theirs, &table_to_json(&table)), "seed {seed}: {theirs} {table:?}");
                }
            }
            Err(_) => refused += 1,
        }
    }
    println!("{read} read alike, {refused} refused by both");
    assert!(read > 1000 && refused > 1000, "{read} {refused}");
}

/// Whether a table's entry has an empty name, here or further in.
fn is_nameless(name: &str, value: &Value) -> bool {
    name.is_empty()
        || match value {
            Value::Table(table) => table.iter().any(|(name, value)| is_nameless(name, value)),
            // An array's elements have no names.
            Value::Array(values) => values.iter().any(|value| is_nameless("-", value)),
            _ => false,
        }
}

/// Equal, but for what printing a double with six decimals loses.
fn alike(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((ka, a), (kb, b))| ka == kb && alike(a, b))
        }
        (Json::Number(a), Json::Number(b)) => {
            a == b || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if (a - b).abs() <= 1e-6 + b.abs() * 1e-12)
        }
        (a, b) => a == b,
    }
}

#[test]
fn a_name_that_occurs_twice() {
    let table: Table =
        vec![("a".to_owned(), Value::I32(1)), ("b".to_owned(), Value::I32(2)), ("a".to_owned(), Value::I32(3))];
    let bytes = blob_c::encode(&table);
    let at = blob_c::find(&bytes, "a").expect("a");
    let entry = &decode_table(&bytes[at..at + 12]).expect("one entry")[0];
    assert_eq!(Some(&entry.1), get(&table, "a"));
}
