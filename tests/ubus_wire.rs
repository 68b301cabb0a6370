//! The codec against what the real ubusd, netifd and ubus programs put on the wire, byte for byte.

use ddnsd::ubus::json::table_to_json;
use ddnsd::ubus::message::{Attribute, Frames, Kind, Status, id};
use ddnsd::ubus::value::get;
use ddnsd::ubus::{Message, Table, Value};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// One recorded message.
struct Record {
    place: String,
    bytes: Vec<u8>,
    json: Json,
}

fn wire_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ubus/wire");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 7);
    files
}

fn records() -> Vec<Record> {
    let mut records = Vec::new();
    for file in wire_files() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for (number, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            if line.is_empty() {
                continue;
            }
            let json: Json = serde_json::from_str(line).unwrap();
            if let Some(hex) = json["hex"].as_str() {
                records.push(Record { place: format!("{name}:{}", number + 1), bytes: unhex(hex), json });
            }
        }
    }
    records
}

fn unhex(hex: &str) -> Vec<u8> {
    let digit = |b: u8| (b as char).to_digit(16).unwrap() as u8;
    hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn hex32(json: &Json) -> u32 {
    u32::from_str_radix(json.as_str().unwrap(), 16).unwrap()
}

#[test]
fn every_recorded_message_decodes_to_what_was_said_and_encodes_to_the_same_bytes() {
    let records = records();
    for Record { place, bytes, json } in &records {
        let message = Message::decode(bytes).unwrap_or_else(|e| panic!("{place}: {e}"));
        let kind = format!("{:?}", message.kind).to_uppercase();
        assert_eq!(kind, json["type"].as_str().unwrap().replace('_', ""), "{place}");
        assert_eq!(u64::from(message.seq), json["seq"].as_u64().unwrap(), "{place}");
        assert_eq!(message.peer, hex32(&json["peer"]), "{place}");
        let attributes = json["attrs"].as_object().unwrap();
        assert_eq!(message.attributes.len(), attributes.len(), "{place}");
        for attribute in &message.attributes {
            let (name, said) = as_recorded(attribute);
            assert_eq!(said, attributes[name], "{place}: {name}");
        }
        assert_eq!(message.encode().unwrap(), *bytes, "{place}");
    }
    assert_eq!(records.len(), 221);
}

/// An attribute as the recording's decoder wrote it.
fn as_recorded(attribute: &Attribute) -> (&'static str, Json) {
    let hex = |n: &u32| Json::from(format!("{n:08x}"));
    match attribute {
        Attribute::Status(Status(n)) => ("status", Json::from(*n)),
        Attribute::ObjPath(path) => ("objpath", Json::from(path.as_str())),
        Attribute::ObjId(n) => ("objid", hex(n)),
        Attribute::Method(name) => ("method", Json::from(name.as_str())),
        Attribute::ObjType(n) => ("objtype", hex(n)),
        Attribute::Signature(table) => ("signature", table_to_json(table)),
        Attribute::Data(table) => ("data", table_to_json(table)),
        Attribute::Target(n) => ("target", hex(n)),
        Attribute::Active(on) => ("active", Json::from(u8::from(*on))),
        Attribute::NoReply(on) => ("no_reply", Json::from(u8::from(*on))),
        Attribute::Subscribers(objects) => ("subscribers", objects.iter().map(hex).collect()),
        Attribute::User(name) => ("user", Json::from(name.as_str())),
        Attribute::Group(name) => ("group", Json::from(name.as_str())),
        Attribute::Raw { id, .. } => panic!("the attribute {id} was not understood"),
    }
}

#[test]
fn a_stream_in_any_pieces_is_the_same_messages() {
    let records = records();
    let stream: Vec<u8> = records.iter().flat_map(|r| r.bytes.clone()).collect();
    for size in [1, 2, 3, 7, 12, 4096, stream.len()] {
        let mut frames = Frames::default();
        let mut expected = records.iter();
        for piece in stream.chunks(size) {
            frames.feed(piece);
            while let Some(bytes) = frames.next_frame().unwrap() {
                let record = expected.next().unwrap();
                assert_eq!(bytes, record.bytes, "{} in pieces of {size}", record.place);
            }
        }
        assert!(expected.next().is_none(), "in pieces of {size}");
    }
}

#[test]
fn every_truncated_prefix_of_every_recorded_message_is_an_error() {
    for Record { place, bytes, .. } in records() {
        for end in 0..bytes.len() {
            assert!(Message::decode(&bytes[..end]).is_err(), "{place} cut at {end}");
            let mut frames = Frames::default();
            frames.feed(&bytes[..end]);
            assert_eq!(frames.next_frame(), Ok(None), "{place} cut at {end}");
        }
    }
}

/// The blob's own length says that it is shorter: its last attribute is then cut, and never half believed.
#[test]
fn a_blob_cut_inside_an_attribute_is_an_error_and_between_two_it_is_shorter() {
    for Record { place, bytes, .. } in records() {
        let whole = Message::decode(&bytes).unwrap();
        for end in 12..bytes.len() {
            let mut cut = bytes[..end].to_vec();
            cut[8..12].copy_from_slice(&((end - 8) as u32).to_be_bytes());
            if let Ok(message) = Message::decode(&cut) {
                assert_eq!(message.attributes, whole.attributes[..message.attributes.len()], "{place} cut at {end}");
                assert_eq!(message.encode().unwrap(), cut, "{place} cut at {end}");
            }
        }
    }
}

/// Every byte of every recorded message set to a few other values: read it or refuse it, and what was read and is
/// written again reads the same.
#[test]
fn a_damaged_message_is_read_or_refused_and_survives_being_written_again() {
    for Record { place, bytes, .. } in records() {
        for at in 0..bytes.len() {
            for value in [0, 0xff, bytes[at] ^ 1, bytes[at].wrapping_add(4)] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                if let Ok(message) = Message::decode(&damaged) {
                    let again = Message::decode(&message.encode().unwrap()).unwrap();
                    assert_eq!(format!("{again:?}"), format!("{message:?}"), "{place}, byte {at} = {value}");
                }
            }
        }
    }
}

/// `ubus monitor` prints each message's attributes as JSON. Those that carry values go through our codec and come
/// back the same: 1,606 messages with everything that netifd says in three scenarios.
#[test]
fn everything_in_the_monitor_captures_survives_the_wire() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ubus/monitor");
    let mut messages = 0;
    for name in ["dhcp-scenario.txt", "ppp6-scenario.txt", "wan-scenario.txt"] {
        for (number, line) in std::fs::read_to_string(folder.join(name)).unwrap().lines().enumerate() {
            let place = format!("{name}:{}", number + 1);
            // `{,}` is what the monitor prints of its own goodbye, whose data is no blobmsg.
            let Some(start) = line.find(": {").filter(|_| !line.starts_with('#') && !line.ends_with("{,}}")) else {
                continue;
            };
            let kind = line[..start].split_whitespace().last().unwrap();
            let json: Json = serde_json::from_str(&line[start + 2..]).unwrap();
            let mut message = Message::new(kind_named(kind).unwrap_or_else(|| panic!("{place}: {kind}")), 7, 9);
            message.attributes = json.as_object().unwrap().iter().map(|(k, v)| from_monitor(k, v, &place)).collect();
            let bytes = message.encode().unwrap();
            let again = Message::decode(&bytes).unwrap();
            assert_eq!(again, message, "{place}");
            assert_eq!(again.encode().unwrap(), bytes, "{place}");
            if let Some(data) = again.data() {
                assert_eq!(table_to_json(data), json["data"], "{place}");
            }
            messages += 1;
        }
    }
    assert_eq!(messages, 1606);
}

fn kind_named(name: &str) -> Option<Kind> {
    let letters = |text: &str| text.replace('_', "").to_lowercase();
    (0..12).map(Kind::from_code).find(|kind| letters(&format!("{kind:?}")) == letters(name))
}

fn from_monitor(name: &str, json: &Json, place: &str) -> Attribute {
    let number = || json.as_i64().unwrap() as u32;
    let text = || json.as_str().unwrap().to_owned();
    let table = || ddnsd::ubus::json::table_from_json(json);
    match name {
        "status" => Attribute::Status(Status(number())),
        "objpath" => Attribute::ObjPath(text()),
        "objid" => Attribute::ObjId(number()),
        "method" => Attribute::Method(text()),
        "objtype" => Attribute::ObjType(number()),
        "signature" => Attribute::Signature(table()),
        "data" => Attribute::Data(table()),
        "target" => Attribute::Target(number()),
        "active" => Attribute::Active(json.as_bool().unwrap()),
        "no_reply" => Attribute::NoReply(json.as_bool().unwrap()),
        "user" => Attribute::User(text()),
        "group" => Attribute::Group(text()),
        other => panic!("{place}: what is {other}?"),
    }
}

#[test]
fn the_longest_message_passes_and_one_byte_more_does_not() {
    // 4 bytes of blob header, 4 of the attribute's.
    let sized =
        |length: usize| Message::new(Kind::Ping, 1, 0).with(Attribute::Raw { id: 77, data: vec![0; length - 8] });
    let longest = sized(1_048_576).encode().unwrap();
    assert_eq!(longest.len(), 8 + 1_048_576);
    assert!(Message::decode(&longest).is_ok());
    assert_eq!(sized(1_048_577).encode().unwrap_err().to_string(), "it is longer than the 1 MiB that ubus carries");

    let mut frames = Frames::default();
    frames.feed(&[0, 3, 0, 1, 0, 0, 0, 0, 0x00, 0x10, 0x00, 0x01]);
    let error = frames.next_frame().unwrap_err();
    assert_eq!(error.to_string(), "a message on the bus is broken: it is longer than the 1 MiB that ubus carries");

    // The same limit where the length comes from a value, also one that the length field could not hold.
    for size in [1_048_576, 16 * 1024 * 1024, 20 * 1024 * 1024] {
        let table: Table = vec![("text".into(), Value::String("x".repeat(size)))];
        assert!(Message::new(Kind::Data, 1, 0).with(Attribute::Data(table)).encode().is_err(), "{size}");
    }
    let exact: Table = vec![("a".into(), Value::String("x".repeat(1_048_576 - 4 - 4 - 8 - 1)))];
    let bytes = Message::new(Kind::Data, 1, 0).with(Attribute::Data(exact)).encode().unwrap();
    assert_eq!(bytes.len(), 8 + 1_048_576);
}

#[test]
fn a_length_that_cannot_be_ends_the_stream() {
    for length in [0u32, 1, 3, 0x10_0001, 0xff_ffff] {
        let mut frames = Frames::default();
        let mut bytes = vec![0, 2, 0, 1, 0, 0, 0, 0];
        bytes.extend(length.to_be_bytes());
        frames.feed(&bytes);
        assert!(frames.next_frame().is_err(), "{length}");
    }
    let mut frames = Frames::default();
    frames.feed(&[7, 3, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4]);
    assert_eq!(frames.next_frame().unwrap_err().to_string(), "the bus speaks version 7 of its protocol, not 0");
}

/// As ubusd takes them: a path without its NUL is no path, an attribute that nobody knows is none of our business.
#[test]
fn attributes_of_the_wrong_form_are_kept_apart() {
    let message = Message::new(Kind::Lookup, 12, 0)
        .with(Attribute::Raw { id: id::OBJPATH, data: b"network".to_vec() })
        .with(Attribute::Raw { id: 77, data: vec![0x61, 0x62] })
        .with(Attribute::Raw { id: id::OBJID, data: vec![1, 2, 3] });
    let message = Message::decode(&message.encode().unwrap()).unwrap();
    assert_eq!((message.objpath(), message.objid()), (None, None));
    assert!(message.is_broken(id::OBJPATH) && message.is_broken(id::OBJID) && !message.is_broken(id::DATA));
}

/// As libubox's `blobmsg_parse` takes it.
#[test]
fn a_key_that_occurs_twice_is_the_first() {
    let table: Table = vec![("a".into(), Value::I32(1)), ("a".into(), Value::I32(2))];
    assert_eq!(get(&table, "a"), Some(&Value::I32(1)));
}
