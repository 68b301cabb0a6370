//! The test bus against the recordings of the real ubusd: what the recorded clients said goes through it, and what it
//! says must be what was recorded, but for the ids, which are random, and the numbers of events.
//!
//! What is not in a recording (netifd, whose connection was not recorded) is done by a stand-in just when the
//! recording shows its effect.

use ddnsd::ubus::message::{Attribute, Kind};
use ddnsd::ubus::value::get;
use ddnsd::ubus::{Message, Status, Table, Value};
use ddnsd_testkit::bus::broker::{Broker, Outgoing};
use ddnsd_testkit::bus::data_file;
use serde_json::Value as Json;
use std::collections::{BTreeMap, VecDeque};

#[derive(Default)]
struct Replay {
    broker: Broker,
    /// Recorded connections by number, and their clients here.
    connections: BTreeMap<u64, u32>,
    /// What this bus has said to each client and the recording did not show yet.
    queues: BTreeMap<u32, VecDeque<Message>>,
    /// Recorded ids and ours.
    ids: BTreeMap<u32, u32>,
    /// Recorded numbers of events, by client, and ours.
    events: BTreeMap<(u32, u16), u16>,
    netifd: Option<u32>,
    /// The paths of netifd's objects and their ids here.
    objects: BTreeMap<String, u32>,
    checked: usize,
}

impl Replay {
    fn file(name: &str) -> usize {
        let mut replay = Replay::default();
        let text = std::fs::read_to_string(data_file("wire").join(name)).unwrap();
        let records: Vec<Json> =
            text.lines().filter(|l| !l.is_empty()).map(|l| serde_json::from_str(l).unwrap()).collect();
        replay.netifd_objects(&records);
        for (number, record) in records.iter().enumerate() {
            replay.record(record, &format!("{name}, record {}", number + 1));
        }
        for (client, queue) in &replay.queues {
            assert!(queue.is_empty() || Some(*client) == replay.netifd, "{name}: not in the recording: {queue:?}");
        }
        replay.checked
    }

    /// The stand-in publishes what netifd had published, in netifd's order, with the recorded signatures.
    fn netifd_objects(&mut self, records: &[Json]) {
        let netifd = self.connect();
        self.netifd = Some(netifd);
        let mut signatures = BTreeMap::new();
        for message in records.iter().filter_map(decode) {
            if let (Some(path), Some(signature)) = (message.objpath(), message.signature()) {
                signatures.insert(path.to_owned(), signature.clone());
            }
        }
        let paths = ["network", "network.device", "network.interface"];
        let interfaces = ["loopback", "lan", "wan6", "wan"].map(|name| format!("network.interface.{name}"));
        for path in paths.map(str::to_owned).into_iter().chain(interfaces) {
            self.publish(&path, signatures.get(&path).cloned());
        }
    }

    fn publish(&mut self, path: &str, signature: Option<Table>) {
        let netifd = self.netifd.unwrap();
        let mut message = Message::new(Kind::AddObject, 1, 0).with(Attribute::ObjPath(path.to_owned()));
        message.attributes.extend(signature.map(Attribute::Signature));
        self.receive(netifd, &message);
        let answer = self.queues.get_mut(&netifd).unwrap().drain(..).find_map(|m| m.objid());
        self.objects.insert(path.to_owned(), answer.unwrap());
    }

    fn connect(&mut self) -> u32 {
        let (client, greeting) = self.broker.connect();
        self.queues.insert(client, VecDeque::new());
        self.deliver(greeting);
        client
    }

    fn receive(&mut self, client: u32, message: &Message) {
        let outgoing = self.broker.receive(client, message);
        self.deliver(outgoing);
    }

    fn deliver(&mut self, outgoing: Vec<Outgoing>) {
        for (client, message) in outgoing {
            // What is said to one that has gone is lost.
            if let Some(queue) = self.queues.get_mut(&client) {
                queue.push_back(message);
            }
        }
    }

    fn record(&mut self, record: &Json, place: &str) {
        let connection = record["conn"].as_u64().unwrap();
        match record["ev"].as_str() {
            Some("open") => {
                let client = self.connect();
                self.connections.insert(connection, client);
            }
            // The recorded restart of ubusd ends a recording.
            Some("close") => {
                let client = self.connections[&connection];
                let rest = self.queues.remove(&client).unwrap();
                assert!(rest.is_empty(), "{place}: not in the recording: {rest:?}");
                let outgoing = self.broker.disconnect(client);
                self.deliver(outgoing);
            }
            _ => {
                let client = self.connections[&connection];
                let message = decode(record).unwrap();
                if record["dir"] == "c2s" {
                    let message = self.with_our_ids(client, message);
                    self.receive(client, &message);
                } else {
                    self.expect(client, message, place);
                }
                self.checked += 1;
            }
        }
    }

    /// A recorded client's message with our ids in it.
    fn with_our_ids(&self, client: u32, mut message: Message) -> Message {
        each_id(&mut message, |id| *id = self.ids.get(id).copied().unwrap_or(*id));
        if message.kind == Kind::Status {
            message.seq = self.events.get(&(client, message.seq)).copied().unwrap_or(message.seq);
        }
        message
    }

    /// The next message to `client` must be the recorded one, but for the ids.
    fn expect(&mut self, client: u32, mut recorded: Message, place: &str) {
        if self.queues[&client].is_empty() {
            self.stand_in(&recorded, place);
        }
        let said = self.queues.get_mut(&client).and_then(VecDeque::pop_front);
        let mut said = said.unwrap_or_else(|| panic!("{place}: the test bus did not say {recorded:?}"));
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        each_id(&mut recorded, |id| theirs.push(*id));
        each_id(&mut said, |id| ours.push(*id));
        for (theirs, ours) in theirs.iter().zip(&ours) {
            // 0 is ubusd and 1 its object for events: no random ids.
            if *theirs > 1 {
                self.ids.entry(*theirs).or_insert(*ours);
            }
        }
        each_id(&mut recorded, |id| *id = self.ids.get(id).copied().unwrap_or(*id));
        if recorded.kind == Kind::Invoke && recorded.peer == 0 {
            self.events.insert((client, recorded.seq), said.seq);
            recorded.seq = said.seq;
        }
        assert_eq!(said, recorded, "{place}");
    }

    /// Does what netifd must have done, so that the recorded message came.
    fn stand_in(&mut self, recorded: &Message, place: &str) {
        let netifd = self.netifd.unwrap();
        let data = recorded.data().cloned().unwrap_or_default();
        let path = get(&data, "path").and_then(Value::as_str).unwrap_or_default().to_owned();
        match (recorded.kind, recorded.method()) {
            // The answer to a call: netifd was asked, and answers.
            (Kind::Data, None) => {
                let asked = self.queues.get_mut(&netifd).unwrap().pop_front().unwrap();
                let own = Attribute::ObjId(asked.objid().unwrap());
                let head = |kind| Message::new(kind, asked.seq, asked.peer);
                self.receive(netifd, &head(Kind::Data).with(own.clone()).with(Attribute::Data(data)));
                self.receive(netifd, &head(Kind::Status).with(Attribute::Status(Status::OK)).with(own));
            }
            (Kind::Invoke, Some("ubus.object.remove")) => {
                self.queues.remove(&netifd);
                let outgoing = self.broker.disconnect(netifd);
                self.deliver(outgoing);
                self.netifd = None;
                self.netifd = Some(self.connect());
            }
            (Kind::Invoke, Some("ubus.object.add")) => self.publish(&path, Some(Table::new())),
            (Kind::Invoke, Some("network.interface")) => {
                let event = vec![("id".into(), Value::from("network.interface")), ("data".into(), Value::Table(data))];
                let send = Message::new(Kind::Invoke, 1, 1)
                    .with(Attribute::ObjId(1))
                    .with(Attribute::Method("send".into()))
                    .with(Attribute::Data(event));
                self.receive(netifd, &send);
            }
            (Kind::Invoke, Some(name)) => {
                let target = self.objects["network.interface"];
                let notify = Message::new(Kind::Notify, recorded.seq, target)
                    .with(Attribute::ObjId(target))
                    .with(Attribute::Method(name.to_owned()))
                    .with(Attribute::NoReply(recorded.no_reply()))
                    .with(Attribute::Data(data));
                self.receive(netifd, &notify);
            }
            _ => panic!("{place}: the test bus did not say {recorded:?}"),
        }
    }
}

fn decode(record: &Json) -> Option<Message> {
    let digit = |b: u8| (b as char).to_digit(16).unwrap() as u8;
    let hex = record["hex"].as_str()?.as_bytes();
    let bytes: Vec<u8> = hex.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
    Some(Message::decode(&bytes).unwrap())
}

/// Every place in a message that holds an id.
fn each_id(message: &mut Message, mut visit: impl FnMut(&mut u32)) {
    visit(&mut message.peer);
    let event = match message.method() {
        Some("register") => Some("object"),
        Some("ubus.object.add" | "ubus.object.remove") => Some("id"),
        _ => None,
    };
    for attribute in &mut message.attributes {
        match attribute {
            Attribute::ObjId(id) | Attribute::Target(id) | Attribute::ObjType(id) => visit(id),
            Attribute::Subscribers(ids) => ids.iter_mut().for_each(&mut visit),
            Attribute::Data(table) => {
                for (_, value) in table.iter_mut().filter(|(key, _)| Some(key.as_str()) == event) {
                    if let Value::I32(id) = value {
                        let mut unsigned = *id as u32;
                        visit(&mut unsigned);
                        *id = unsigned as i32;
                    }
                }
            }
            _ => {}
        }
    }
}

#[test]
fn the_test_bus_says_what_ubusd_said() {
    let files = [
        ("01-lookup-network.interface.jsonl", 4),
        ("02-call-wan-status.jsonl", 7),
        ("03-publish-invoke-disconnect.jsonl", 58),
        ("04-subscribe-network.interface.jsonl", 33),
        ("05-target-object-restart.jsonl", 62),
        ("06-ubusd-restart.jsonl", 22),
        ("07-publish-notify-subscribers.jsonl", 35),
    ];
    for (name, messages) in files {
        assert_eq!(Replay::file(name), messages, "{name}");
    }
}
