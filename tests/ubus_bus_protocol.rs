//! What the bus answers to odd messages: as measured on the real ubusd (tests/data/ubus/ubusd-probe.txt), and, where that
//! is on PATH, the simulated bus and the real one side by side, message by message.

use ddnsd::ubus::message::{Attribute, Frames, Kind, id};
use ddnsd::ubus::{Message, Status, Table, Value};
use ddnsd_testkit::bus::{Bus, PATIENCE};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

/// A client that says anything.
struct Raw {
    stream: UnixStream,
    frames: Frames,
}

const PONG: u16 = 0xfffe;

impl Raw {
    fn connect(bus: &Bus) -> (Raw, Message) {
        let stream = UnixStream::connect(bus.socket()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut raw = Raw { stream, frames: Frames::default() };
        let hello = raw.next().unwrap();
        (raw, hello)
    }

    fn say(&mut self, bytes: &[u8]) {
        // It may have been closed: then reading says so.
        let _ = self.stream.write_all(bytes);
    }

    /// The next message; none when the bus has closed the connection.
    fn next(&mut self) -> Option<Message> {
        let mut buffer = [0; 16 * 1024];
        loop {
            if let Some(bytes) = self.frames.next_frame().unwrap() {
                return Some(Message::decode(bytes).unwrap());
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(n) => self.frames.feed(&buffer[..n]),
                Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(e) => panic!("the bus says nothing: {e}"),
            }
        }
    }

    /// All that has come, by asking for a sign of life and waiting for it.
    fn heard(&mut self) -> Vec<Message> {
        self.say(&Message::new(Kind::Ping, PONG, 0).encode().unwrap());
        let mut messages = Vec::new();
        while let Some(message) = self.next() {
            match (message.seq, message.kind) {
                (PONG, Kind::Status) => return messages,
                (PONG, _) => {}
                _ => messages.push(message),
            }
        }
        messages
    }
}

/// A conversation, and its transcript with names for the random ids.
struct World<'a> {
    bus: &'a Bus,
    clients: Vec<Option<Raw>>,
    names: BTreeMap<u32, String>,
    transcript: String,
    seq: u16,
}

impl World<'_> {
    fn new(bus: &Bus) -> World<'_> {
        World { bus, clients: Vec::new(), names: BTreeMap::new(), transcript: String::new(), seq: 0 }
    }

    fn connect(&mut self) -> usize {
        let (raw, hello) = Raw::connect(self.bus);
        self.names.insert(hello.peer, format!("client {}", self.clients.len()));
        self.clients.push(Some(raw));
        self.clients.len() - 1
    }

    fn disconnect(&mut self, who: usize) {
        writeln!(self.transcript, "{who} goes").unwrap();
        if let Some(mut raw) = self.clients[who].take() {
            // The bus ends the connection when it has dealt with the end.
            raw.stream.shutdown(std::net::Shutdown::Write).unwrap();
            while raw.next().is_some() {}
        }
        self.hear();
    }

    /// Says it with the next number; then everybody's news go into the transcript. Gives what the speaker heard.
    fn say(&mut self, who: usize, kind: Kind, peer: u32, attributes: Vec<Attribute>) -> Vec<Message> {
        self.seq += 1;
        self.say_as(who, Message { kind, seq: self.seq, peer, attributes })
    }

    fn say_as(&mut self, who: usize, message: Message) -> Vec<Message> {
        let words = self.words(&message);
        writeln!(self.transcript, "{who} says {words}").unwrap();
        self.clients[who].as_mut().unwrap().say(&message.encode().unwrap());
        // First the speaker, so that the bus has dealt with it when the others are asked.
        let own = self.clients[who].as_mut().unwrap().heard();
        self.note(who, &own);
        self.hear();
        own
    }

    fn hear(&mut self) {
        for who in 0..self.clients.len() {
            if let Some(raw) = &mut self.clients[who] {
                let heard = raw.heard();
                self.note(who, &heard);
            }
        }
    }

    fn note(&mut self, who: usize, messages: &[Message]) {
        for message in messages {
            let words = self.words(message);
            writeln!(self.transcript, "    {who} hears {words}").unwrap();
        }
    }

    fn name(&mut self, id: u32) -> String {
        if id < 1024 || id == 0xdead_beef {
            return id.to_string();
        }
        let next = format!("#{}", self.names.len());
        self.names.entry(id).or_insert(next).clone()
    }

    fn words(&mut self, message: &Message) -> String {
        let event = message.kind == Kind::Invoke && message.peer == 0;
        let seq = if event { "*".to_owned() } else { message.seq.to_string() };
        let mut words = format!("{:?} {seq} {}", message.kind, self.name(message.peer));
        for attribute in &message.attributes {
            let text = match attribute {
                Attribute::ObjId(id) => format!("ObjId {}", self.name(*id)),
                Attribute::ObjType(id) => format!("ObjType {}", self.name(*id)),
                Attribute::Target(id) => format!("Target {}", self.name(*id)),
                Attribute::Subscribers(ids) => {
                    let names: Vec<_> = ids.iter().map(|id| self.name(*id)).collect();
                    format!("Subscribers {names:?}")
                }
                Attribute::Data(table) => {
                    let ids = ["id", "object"];
                    let data: Vec<_> = table
                        .iter()
                        .map(|(key, value)| match value {
                            Value::I32(n) if ids.contains(&key.as_str()) => format!("{key}: {}", self.name(*n as u32)),
                            value => format!("{key}: {value:?}"),
                        })
                        .collect();
                    format!("Data {data:?}")
                }
                other => format!("{other:?}"),
            };
            write!(words, ", {text}").unwrap();
        }
        words
    }
}

fn path(text: &str) -> Attribute {
    Attribute::ObjPath(text.into())
}

fn method(text: &str) -> Attribute {
    Attribute::Method(text.into())
}

fn data(pairs: &[(&str, Value)]) -> Attribute {
    Attribute::Data(pairs.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect())
}

fn signature() -> Attribute {
    let table: Table = vec![("m".into(), Value::Table(vec![])), ("n".into(), Value::table([("x", Value::I32(3))]))];
    Attribute::Signature(table)
}

fn raw(id: u8, data: &[u8]) -> Attribute {
    Attribute::Raw { id, data: data.to_vec() }
}

/// The id of the object that an ADD_OBJECT brought.
fn added(heard: &[Message]) -> u32 {
    heard.iter().find(|m| m.kind == Kind::Data).and_then(Message::objid).unwrap()
}

use Attribute::{NoReply, ObjId, Target};

fn objects_and_lookups(world: &mut World<'_>) {
    let (a, b) = (world.connect(), world.connect());
    for attributes in [
        vec![path("rig.b"), signature()],
        vec![path("rig.a"), Attribute::Signature(vec![])],
        vec![path("rig.a"), signature()],
        vec![path("rig.c")],
        vec![path("other"), raw(id::SIGNATURE, b"\x82\0\0\x09aaaaa\0\0\0")],
        vec![],
        vec![signature()],
    ] {
        world.say(a, Kind::AddObject, 0, attributes);
    }
    for attributes in [
        vec![],
        vec![path("rig.a")],
        vec![path("rig.*")],
        vec![path("rig*")],
        vec![path("*")],
        vec![path("")],
        vec![path("rig")],
        vec![path("rig.a*")],
        vec![path("z*")],
        vec![raw(id::OBJPATH, b"rig.a")],
        vec![ObjId(5)],
    ] {
        world.say(b, Kind::Lookup, 0, attributes);
    }
    let last = added(&world.say(a, Kind::AddObject, 0, vec![path("rig.last"), signature()]));
    world.say(b, Kind::RemoveObject, 0, vec![ObjId(last)]);
    world.say(a, Kind::RemoveObject, 0, vec![]);
    world.say(a, Kind::RemoveObject, 0, vec![ObjId(last)]);
    world.say(a, Kind::RemoveObject, 0, vec![ObjId(last)]);
    world.disconnect(a);
    world.say(b, Kind::Lookup, 0, vec![]);
}

fn calls_and_answers(world: &mut World<'_>) {
    let (a, b, c) = (world.connect(), world.connect(), world.connect());
    let object = added(&world.say(a, Kind::AddObject, 0, vec![path("rig.a"), signature()]));
    for attributes in [
        vec![],
        vec![ObjId(object)],
        vec![method("m")],
        vec![ObjId(0x1234_5678), method("m")],
        vec![ObjId(object), method("m")],
        vec![ObjId(object), method(""), data(&[])],
        vec![data(&[("x", Value::I32(1))]), method("m"), ObjId(object)],
        vec![ObjId(object), method("m"), raw(id::DATA, &[1, 2, 3])],
        vec![ObjId(object), method("m"), data(&[]), NoReply(true)],
        vec![ObjId(object), method("m"), data(&[]), NoReply(false)],
        vec![ObjId(object), method("m"), data(&[]), raw(77, b"ab"), Attribute::User("liar".into())],
    ] {
        world.say(b, Kind::Invoke, object, attributes);
    }
    let caller = *world.names.iter().find(|(_, name)| *name == "client 1").unwrap().0;
    let respond = |kind, attributes| Message { kind, seq: 5, peer: caller, attributes };
    for message in [
        respond(Kind::Data, vec![ObjId(object), data(&[("y", Value::Bool(true))])]),
        respond(Kind::Data, vec![ObjId(object)]),
        respond(Kind::Data, vec![data(&[])]),
        respond(Kind::Status, vec![ObjId(object)]),
        respond(Kind::Status, vec![Attribute::Status(Status::OK)]),
        respond(Kind::Status, vec![Attribute::Status(Status(77)), ObjId(object)]),
        respond(Kind::Status, vec![Attribute::Status(Status::OK), ObjId(0x1234_5678)]),
        Message { peer: 0x1234_5678, ..respond(Kind::Status, vec![Attribute::Status(Status::OK), ObjId(object)]) },
    ] {
        world.say_as(a, message.clone());
        // From one whose object it is not.
        world.say_as(c, message);
    }
    // Of oneself; and then the callee goes, with a call open.
    world.say(a, Kind::Invoke, object, vec![ObjId(object), method("m"), data(&[])]);
    world.say(b, Kind::Invoke, object, vec![ObjId(object), method("m"), data(&[])]);
    world.disconnect(a);
}

fn subscriptions(world: &mut World<'_>) {
    let (a, b, c) = (world.connect(), world.connect(), world.connect());
    let target = added(&world.say(a, Kind::AddObject, 0, vec![path("rig.a"), signature()]));
    let second = added(&world.say(a, Kind::AddObject, 0, vec![path("rig.b"), signature()]));
    let own = added(&world.say(b, Kind::AddObject, 0, vec![]));
    let other = added(&world.say(c, Kind::AddObject, 0, vec![]));
    let note = |object: u32| vec![ObjId(object), method("n"), data(&[("v", Value::I32(1))])];
    let quiet = |object: u32| vec![ObjId(object), method("n"), NoReply(true), data(&[])];
    world.say(a, Kind::Notify, target, note(target));
    world.say(a, Kind::Notify, target, quiet(target));
    for (who, attributes) in [
        (b, vec![]),
        (b, vec![ObjId(own)]),
        (b, vec![Target(target)]),
        (b, vec![ObjId(own), Target(0x1234_5678)]),
        (b, vec![ObjId(0x1234_5678), Target(target)]),
        (b, vec![ObjId(other), Target(target)]),
        (b, vec![ObjId(own), Target(own)]),
        (b, vec![ObjId(own), Target(1)]),
        (b, vec![ObjId(own), Target(target)]),
        (b, vec![ObjId(own), Target(target)]),
        (c, vec![ObjId(other), Target(target)]),
        (b, vec![ObjId(own), Target(second)]),
        (c, vec![ObjId(other), Target(own)]),
    ] {
        world.say(who, Kind::Subscribe, 0, attributes);
    }
    for (who, attributes) in [
        (a, note(target)),
        (a, quiet(target)),
        (b, note(target)),
        (b, note(own)),
        (a, vec![ObjId(target)]),
        (a, vec![method("n")]),
        (a, vec![ObjId(0x1234_5678), method("n")]),
        (a, vec![ObjId(target), method("n")]),
        (a, vec![ObjId(target), method("n"), NoReply(false)]),
    ] {
        world.say(who, Kind::Notify, target, attributes);
    }
    for (who, attributes) in [
        (b, vec![ObjId(own)]),
        (b, vec![ObjId(own), Target(0x1234_5678)]),
        (b, vec![ObjId(0x1234_5678), Target(target)]),
        (c, vec![ObjId(own), Target(target)]),
        (b, vec![ObjId(own), Target(target)]),
        (b, vec![ObjId(own), Target(target)]),
        (b, vec![ObjId(own), Target(target)]),
        (c, vec![ObjId(other), Target(target)]),
    ] {
        world.say(who, Kind::Unsubscribe, 0, attributes);
    }
    for (who, attributes) in [
        (b, vec![ObjId(own), Target(target)]),
        (b, vec![ObjId(own), Target(target)]),
        (c, vec![ObjId(other), Target(target)]),
    ] {
        world.say(who, Kind::Subscribe, 0, attributes);
    }
    world.say(a, Kind::RemoveObject, 0, vec![ObjId(target)]);
    world.disconnect(b);
    world.disconnect(a);
}

fn events(world: &mut World<'_>) {
    let (a, b) = (world.connect(), world.connect());
    let own = added(&world.say(b, Kind::AddObject, 0, vec![]));
    let call = |name: &str, pairs: &[(&str, Value)]| vec![ObjId(1), method(name), data(pairs)];
    let object = Value::I32(own as i32);
    let pattern = |text: &str| ("pattern", Value::from(text));
    for (who, attributes) in [
        (b, call("register", &[])),
        (b, call("register", &[("object", object.clone())])),
        (b, call("register", &[pattern("x")])),
        (b, call("register", &[("object", Value::from("x")), pattern("x")])),
        (b, call("register", &[("object", Value::I32(1)), pattern("x")])),
        (b, call("register", &[("object", Value::I32(0x1234_5678)), pattern("x")])),
        (a, call("register", &[("object", object.clone()), pattern("x")])),
        (b, call("register", &[("object", object.clone()), pattern("rig.*")])),
        (b, call("register", &[("object", object.clone()), pattern("rig.event")])),
        (b, call("register", &[("object", object), pattern("ubus.object.*")])),
        (b, call("other", &[])),
        (b, vec![ObjId(1), method("register")]),
        (a, call("send", &[])),
        (a, call("send", &[("id", Value::from("rig.event"))])),
        (a, call("send", &[("id", Value::from("rig.event")), ("data", Value::table([("x", Value::I32(1))]))])),
        (a, call("send", &[("id", Value::from("rig.event")), ("data", Value::from("x"))])),
        (a, call("send", &[("id", Value::from("rig")), ("data", Value::Table(vec![]))])),
        (a, call("send", &[("id", Value::from("ubus.object.add")), ("data", Value::Table(vec![]))])),
        (b, call("send", &[("id", Value::from("rig.event")), ("data", Value::Table(vec![]))])),
    ] {
        world.say(who, Kind::Invoke, 1, attributes);
    }
    world.say(a, Kind::AddObject, 0, vec![path("rig.a"), signature()]);
    world.say(b, Kind::AddObject, 0, vec![path("rig.b"), signature()]);
    world.say(a, Kind::AddObject, 0, vec![path("rig.c")]);
    world.disconnect(a);
    world.say(b, Kind::RemoveObject, 0, vec![ObjId(own)]);
}

fn odd_messages(world: &mut World<'_>) {
    let a = world.connect();
    world.say_as(a, Message::new(Kind::Ping, 0x1234, 0xdead_beef));
    world.say(a, Kind::Ping, 0, vec![data(&[("x", Value::from("y"))])]);
    world.say(a, Kind::Ping, 0, vec![raw(77, b"abcd")]);
    for code in [0, 11, 12, 99, 255] {
        world.say(a, Kind::from_code(code), 0, vec![]);
    }
}

type Script = fn(&mut World<'_>);

const SCRIPTS: [(&str, Script); 5] = [
    ("objects and lookups", objects_and_lookups),
    ("calls and answers", calls_and_answers),
    ("subscriptions", subscriptions),
    ("events", events),
    ("odd messages", odd_messages),
];

fn transcript(bus: &Bus, script: Script) -> String {
    let mut world = World::new(bus);
    script(&mut world);
    world.transcript
}

#[test]
fn the_simulated_and_the_real_bus_say_the_same() {
    let Some(real) = Bus::start_real() else {
        ddnsd_testkit::skipped("no ubusd on PATH to compare with");
        return;
    };
    for (name, script) in SCRIPTS {
        let simulated = Bus::start_simulated();
        let (ours, theirs) = (transcript(&simulated, script), transcript(&real, script));
        let first = ours.lines().zip(theirs.lines()).position(|(a, b)| a != b);
        if let Some(line) = first {
            let near = |text: &str| text.lines().skip(line.saturating_sub(6)).take(12).collect::<Vec<_>>().join("\n");
            panic!("{name}, line {line}\n--- simulated\n{}\n--- ubusd\n{}", near(&ours), near(&theirs));
        }
        assert_eq!(ours, theirs, "{name}");
        println!("{name}: {} lines", ours.lines().count());
    }
}

/// The statuses that the probe measured, in its order.
#[test]
fn statuses_are_those_that_were_measured() {
    let bus = Bus::start();
    let mut world = World::new(&bus);
    let (a, b) = (world.connect(), world.connect());
    let object = added(&world.say(a, Kind::AddObject, 0, vec![path("rig.a")]));
    let own = added(&world.say(b, Kind::AddObject, 0, vec![]));
    let table: Vec<(&str, Kind, Vec<Attribute>, u32)> = vec![
        ("unknown type", Kind::Other(99), vec![], 1),
        ("HELLO sent by client", Kind::Hello, vec![], 1),
        ("lookup missing", Kind::Lookup, vec![path("missing")], 4),
        ("lookup empty path", Kind::Lookup, vec![path("")], 2),
        ("invoke no attrs", Kind::Invoke, vec![], 2),
        ("invoke unknown objid", Kind::Invoke, vec![ObjId(0x1234), method("m")], 4),
        ("add_object existing path", Kind::AddObject, vec![path("rig.a")], 2),
        ("add_object path ''", Kind::AddObject, vec![path("")], 0),
        ("remove_object foreign id", Kind::RemoveObject, vec![ObjId(object)], 6),
        ("subscribe", Kind::Subscribe, vec![ObjId(own), Target(object)], 0),
        ("subscribe twice", Kind::Subscribe, vec![ObjId(own), Target(object)], 0),
        ("unsubscribe", Kind::Unsubscribe, vec![ObjId(own), Target(object)], 0),
        ("unsubscribe twice", Kind::Unsubscribe, vec![ObjId(own), Target(object)], 0),
        ("unsubscribe thrice", Kind::Unsubscribe, vec![ObjId(own), Target(object)], 4),
        ("subscribe to unknown target", Kind::Subscribe, vec![ObjId(own), Target(0x1234)], 4),
        ("subscribe to own object", Kind::Subscribe, vec![ObjId(own), Target(own)], 2),
        ("MONITOR from client", Kind::Monitor, vec![], 1),
        ("NOTIFY on foreign object", Kind::Notify, vec![ObjId(object), method("m")], 6),
    ];
    for (what, kind, attributes, expected) in table {
        let heard = world.say(b, kind, 0, attributes);
        assert_eq!(heard.last().and_then(Message::status), Some(Status(expected)), "{what}");
    }
}

#[test]
fn a_blob_that_is_too_long_or_too_short_closes_the_connection() {
    let bus = Bus::start();
    for (length, closed) in [(0x10_0000u32, false), (0x10_0001, true), (0xff_fffc, true), (3, true), (4, false)] {
        let (mut raw, _) = Raw::connect(&bus);
        let mut bytes = vec![0, 3, 0, 9, 0, 0, 0, 0];
        bytes.extend(length.to_be_bytes());
        if !closed && length > 4 {
            bytes.extend(((77 << 24) | (length - 4)).to_be_bytes());
            bytes.resize(8 + length as usize, 0x55);
        }
        raw.say(&bytes);
        let answer = raw.next().map(|m| m.kind);
        assert_eq!(answer, if closed { None } else { Some(Kind::Data) }, "{length:#x}");
    }
}
