//! What holds for every value and for every byte string.

use ddnsd::ubus::blobmsg::{MAX_DEPTH, decode_table, encode_table};
use ddnsd::ubus::json::{table_from_json, table_to_json};
use ddnsd::ubus::message::{Attribute, Frames, Kind};
use ddnsd::ubus::{Client, Message, Status, Table, Value};
use proptest::collection::vec;
use proptest::prelude::*;

/// Text as C knows it: without NUL.
fn text() -> impl Strategy<Value = String> {
    "[^\0]{0,9}"
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        text().prop_map(Value::String),
        any::<i64>().prop_map(Value::I64),
        any::<i32>().prop_map(Value::I32),
        any::<i16>().prop_map(Value::I16),
        any::<bool>().prop_map(Value::Bool),
        any::<f64>().prop_map(Value::Double),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![vec(inner.clone(), 0..6).prop_map(Value::Array), vec((text(), inner), 0..6).prop_map(Value::Table)]
    })
}

fn table() -> impl Strategy<Value = Table> {
    vec((text(), value()), 0..8)
}

fn attribute() -> impl Strategy<Value = Attribute> {
    prop_oneof![
        any::<u32>().prop_map(|n| Attribute::Status(Status(n))),
        text().prop_map(Attribute::ObjPath),
        any::<u32>().prop_map(Attribute::ObjId),
        text().prop_map(Attribute::Method),
        any::<u32>().prop_map(Attribute::ObjType),
        table().prop_map(Attribute::Signature),
        table().prop_map(Attribute::Data),
        any::<u32>().prop_map(Attribute::Target),
        any::<bool>().prop_map(Attribute::Active),
        any::<bool>().prop_map(Attribute::NoReply),
        vec(any::<u32>(), 0..5).prop_map(Attribute::Subscribers),
        text().prop_map(Attribute::User),
        text().prop_map(Attribute::Group),
        (14u8..128, vec(any::<u8>(), 0..9)).prop_map(|(id, data)| Attribute::Raw { id, data }),
    ]
}

fn message() -> impl Strategy<Value = Message> {
    (any::<u8>(), any::<u16>(), any::<u32>(), vec(attribute(), 0..8))
        .prop_map(|(kind, seq, peer, attributes)| Message { kind: Kind::from_code(kind), seq, peer, attributes })
}

proptest! {
    #[test]
    fn a_message_that_was_written_reads_the_same(message in message()) {
        let bytes = message.encode().unwrap();
        let again = Message::decode(&bytes).unwrap();
        // NaN is not equal to itself: compared as text.
        prop_assert_eq!(format!("{again:?}"), format!("{message:?}"));
        prop_assert_eq!(again.encode().unwrap(), bytes);
    }

    #[test]
    fn every_prefix_of_a_table_is_an_error_or_a_shorter_table(table in table()) {
        let mut bytes = Vec::new();
        encode_table(&table, &mut bytes).unwrap();
        for end in 0..bytes.len() {
            if let Ok(shorter) = decode_table(&bytes[..end]) {
                prop_assert!(shorter.len() < table.len());
                prop_assert_eq!(format!("{shorter:?}"), format!("{:?}", &table[..shorter.len()].to_vec()));
            }
        }
    }

    #[test]
    fn json_that_came_from_the_bus_goes_back_as_the_same_json(table in table()) {
        let json = table_to_json(&table);
        prop_assert_eq!(table_to_json(&table_from_json(&json)), json);
    }

    #[test]
    fn random_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Message::decode(&bytes);
        if let Ok(table) = decode_table(&bytes) {
            let mut again = Vec::new();
            encode_table(&table, &mut again).unwrap();
            prop_assert_eq!(format!("{:?}", decode_table(&again).unwrap()), format!("{table:?}"));
        }
        let mut frames = Frames::default();
        frames.feed(&bytes);
        while let Ok(Some(_)) = frames.next_frame() {}
    }

    /// A server that says well-formed nonsense to a client that has asked for everything there is.
    #[test]
    fn a_client_survives_any_server(messages in vec(message(), 0..20), piece in 1usize..50) {
        let mut client = Client::new();
        client.lookup(None);
        client.call("a", "m", Table::new());
        client.add_object(None, &[]);
        client.invoke(7, "m", Table::new());
        client.subscribe(5, 6);
        let stream: Vec<u8> = messages
            .into_iter()
            .map(|mut m| { m.seq %= 8; m.kind = Kind::from_code(m.kind.code() % 12); m })
            .flat_map(|m| m.encode().unwrap())
            .collect();
        for piece in stream.chunks(piece) {
            client.feed(piece);
            while client.poll_event().is_some() {}
            while let Some(bytes) = client.poll_transmit() {
                prop_assert!(Message::decode(&bytes).is_ok());
            }
        }
    }
}

/// A nest of arrays, `depth` deep, as bytes: 8 for each.
fn nest(depth: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for level in (1..=depth).rev() {
        bytes.extend((0x8100_0000u32 | (level * 8) as u32).to_be_bytes());
        bytes.extend([0; 4]);
    }
    bytes
}

#[test]
fn nesting_is_bounded_reading_and_writing() {
    assert!(decode_table(&nest(MAX_DEPTH)).is_ok());
    for depth in [MAX_DEPTH + 1, 100, 100_000] {
        assert_eq!(decode_table(&nest(depth)).unwrap_err().to_string(), "values nest deeper than 32");
    }
    let mut value = Value::Null;
    for _ in 0..MAX_DEPTH {
        value = Value::Array(vec![value]);
    }
    assert!(encode_table(&[("a".into(), value.clone())], &mut Vec::new()).is_ok());
    let error = encode_table(&[("a".into(), Value::Array(vec![value]))], &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "values nest deeper than 32");
}

#[test]
fn every_damage_to_a_value_has_its_words() {
    let table: [(&[u8], &str); 9] = [
        (&[0x03, 0, 0, 5, 0, 0, 0, 0], "a value's name is broken"), // a table's entry without a name
        (&[0x83, 0, 0, 5, 0, 0, 0, 0], "a value's name is broken"), // no room for its length
        (&[0x83, 0, 0, 8, 0, 1, b'a', b'b'], "a value's name is broken"), // no NUL after it
        (&[0x83, 0, 0, 8, 0, 9, b'a', 0], "a value's name is broken"), // longer than the value
        (&[0x83, 0, 0, 8, 0, 1, b'a', 0], "a value of type 3 has the wrong size"), // no NUL after the string
        (&[0x85, 0, 0, 10, 0, 0, 0, 0, 1, 2, 0, 0], "a value of type 5 has the wrong size"),
        (&[0x87, 0, 0, 8, 0, 0, 0, 0], "a value of type 7 has the wrong size"),
        (&[0x89, 0, 0, 8, 0, 0, 0, 0], "a value has the unknown type 9"),
        (&[0x85, 0, 0, 12, 0, 0, 0, 0], "an attribute's length is wrong"),
    ];
    for (bytes, expected) in table {
        assert_eq!(decode_table(bytes).unwrap_err().to_string(), expected, "{bytes:?}");
    }
}

/// An array's elements need no name; libubox reads them with and without.
#[test]
fn array_elements_may_come_without_a_name() {
    let bytes = [0x81, 0, 0, 16, 0, 0, 0, 0, 0x05, 0, 0, 8, 0, 0, 0, 9];
    assert_eq!(decode_table(&bytes).unwrap(), [(String::new(), Value::Array(vec![Value::I32(9)]))]);
}
