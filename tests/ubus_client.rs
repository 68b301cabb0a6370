//! The client without I/O: in the recorded conversations it must say, byte for byte, what libubus said, and understand
//! what ubusd answered; then what no recording has.

use ddnsd::ubus::client::{Call, EVENT_OBJECT, MAX_IN_FLIGHT, Method, Reply, RequestError};
use ddnsd::ubus::json::{table_from_json, table_to_json};
use ddnsd::ubus::message::{Attribute, Frames, Kind, id};
use ddnsd::ubus::value::{Type, get};
use ddnsd::ubus::{Client, Event, Message, RequestId, Status, Table, Value};
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use std::path::Path;

/// One connection of a recording, which a client is led through: what it sends must be what was sent.
struct Replay {
    client: Client,
    /// What is left of the recording: from the client or not, and the bytes.
    rest: VecDeque<(bool, Vec<u8>)>,
    events: VecDeque<Event>,
}

impl Replay {
    fn new(file: &str, connection: u64) -> Replay {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ubus/wire").join(file);
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text.lines().filter(|l| !l.is_empty()).map(|l| serde_json::from_str::<Json>(l).unwrap());
        let rest = lines
            .filter(|r| r["conn"] == connection)
            .filter_map(|r| Some((r["dir"].as_str()? == "c2s", unhex(r["hex"].as_str()?))))
            .collect();
        let mut replay = Replay { client: Client::new(), rest, events: VecDeque::new() };
        replay.step();
        assert!(matches!(replay.event(), Event::Hello { client } if Some(client) == replay.client.id()));
        replay
    }

    /// Gives the client what the server said until it is the client's turn, one byte at a time.
    fn step(&mut self) {
        while let Some((false, bytes)) = self.rest.front() {
            bytes.iter().for_each(|byte| self.client.feed(&[*byte]));
            self.rest.pop_front();
            while let Some(event) = self.client.poll_event() {
                self.events.push_back(event);
            }
        }
    }

    /// What the client has to say must be what was recorded; then what was answered.
    fn exchange(&mut self) {
        while let Some(bytes) = self.client.poll_transmit() {
            let (_, expected) = self.rest.pop_front().expect("the recording is over");
            assert_eq!(Message::decode(&bytes), Message::decode(&expected));
            assert_eq!(bytes, expected);
        }
        self.step();
    }

    fn event(&mut self) -> Event {
        self.events.pop_front().expect("something should have happened")
    }

    fn reply(&mut self, request: RequestId) -> Result<Reply, RequestError> {
        self.exchange();
        // A call by path is two exchanges.
        self.exchange();
        match self.event() {
            Event::Reply { request: ended, result } if ended == request => result,
            other => panic!("{other:?}"),
        }
    }

    fn call(&mut self) -> Call {
        match self.event() {
            Event::Call(call) => call,
            other => panic!("{other:?}"),
        }
    }

    fn done(mut self) {
        self.exchange();
        assert_eq!(self.events, [], "something was left over");
        assert_eq!(self.rest, [], "the recording goes on");
        assert_eq!(self.client.in_flight(), 0);
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    let digit = |b: u8| (b as char).to_digit(16).unwrap() as u8;
    hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn object(reply: Result<Reply, RequestError>) -> u32 {
    match reply {
        Ok(Reply::Object(id)) => id,
        Ok(Reply::Objects(objects)) => objects[0].id,
        other => panic!("{other:?}"),
    }
}

const RIG: &[Method<'_>] = &[
    Method {
        name: "hello",
        arguments: &[
            ("name", Type::String),
            ("count", Type::I32),
            ("flag", Type::Bool),
            ("opts", Type::Table),
            ("items", Type::Array),
        ],
    },
    Method { name: "fail", arguments: &[] },
    Method { name: "slow", arguments: &[("ms", Type::I32)] },
];

#[test]
fn recorded_lookup() {
    let mut replay = Replay::new("01-lookup-network.interface.jsonl", 1);
    let request = replay.client.lookup(Some("network.interface"));
    let Ok(Reply::Objects(objects)) = replay.reply(request) else { panic!() };
    assert_eq!((objects.len(), objects[0].path.as_str(), objects[0].id), (1, "network.interface", 0xb306_3dc5));
    let methods: Vec<_> = objects[0].signature.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        methods.join(" "),
        "up down renew restart status prepare dump add_device remove_device notify_proto remove set_data"
    );
    replay.done();
}

#[test]
fn recorded_call_by_path() {
    let mut replay = Replay::new("02-call-wan-status.jsonl", 1);
    let request = replay.client.call("network.interface.wan", "status", Table::new());
    let status = replay.reply(request).unwrap().into_table();
    assert_eq!(get(&status, "up"), Some(&Value::Bool(true)));
    assert_eq!(get(&status, "uptime").and_then(Value::as_i64), Some(842));
    replay.done();
}

#[test]
fn recorded_calls_of_an_own_object() {
    let mut replay = Replay::new("03-publish-invoke-disconnect.jsonl", 1);
    let request = replay.client.add_object(Some("rig.test"), RIG);
    let id = object(replay.reply(request));
    assert_eq!(id, 0x3c3f_9ecd);
    let mut said = Vec::new();
    while !replay.events.is_empty() {
        let call = replay.call();
        assert_eq!((call.object, call.user.as_deref(), call.group.as_deref()), (id, Some("root"), Some("root")));
        said.push(format!("{} {}", call.method, table_to_json(&call.arguments)));
        let (data, status) = match call.method.as_str() {
            "hello" => (Some(greeting()), Status::OK),
            "fail" => (None, Status::PERMISSION_DENIED),
            "slow" => (Some(vec![("late".into(), Value::Bool(true))]), Status::OK),
            _ => (None, Status::METHOD_NOT_FOUND),
        };
        replay.client.answer(call.token, data, status);
        replay.exchange();
    }
    let expected = [
        r#"hello {"count":3,"flag":true,"items":["x",1],"name":"planner","opts":{"a":"b"}}"#,
        "fail {}",
        "nosuch {}",
        r#"slow {"ms":300}"#,
        r#"slow {"ms":2000}"#,
    ];
    assert_eq!(said, expected);
    replay.done();
}

fn greeting() -> Table {
    let list = vec![Value::I32(1), Value::from("two"), Value::table([("three", Value::I32(3))])];
    vec![
        ("greeting".into(), Value::from("hi planner")),
        ("n".into(), Value::I32(7)),
        ("ok".into(), Value::Bool(true)),
        ("big".into(), Value::I64(12_345_678_901)),
        ("list".into(), Value::Array(list)),
        ("pi".into(), Value::Double(3.5)),
    ]
}

#[test]
fn recorded_answers_good_and_bad() {
    let arguments = vec![
        ("name".into(), Value::from("planner")),
        ("count".into(), Value::I32(3)),
        ("flag".into(), Value::Bool(true)),
        ("opts".into(), Value::table([("a", Value::from("b"))])),
        ("items".into(), Value::Array(vec![Value::from("x"), Value::I32(1)])),
    ];
    let expected: [(u64, &str, Table, Result<Table, RequestError>); 5] = [
        (3, "hello", arguments, Ok(greeting())),
        (4, "fail", vec![], Err(RequestError::Status(Status::PERMISSION_DENIED))),
        (5, "nosuch", vec![], Err(RequestError::Status(Status::METHOD_NOT_FOUND))),
        (6, "slow", vec![("ms".into(), Value::I32(300))], Ok(vec![("late".into(), Value::Bool(true))])),
        (9, "gone", vec![], Err(RequestError::NoObject)),
    ];
    for (connection, method, arguments, answer) in expected {
        let mut replay = Replay::new("03-publish-invoke-disconnect.jsonl", connection);
        let request = replay.client.call("rig.test", method, arguments);
        assert_eq!(replay.reply(request).map(Reply::into_table), answer, "{method}");
        replay.done();
    }
}

#[test]
fn recorded_notifications_arrive_in_order_and_are_not_answered() {
    let mut replay = Replay::new("04-subscribe-network.interface.jsonl", 1);
    let request = replay.client.add_object(None, &[]);
    let own = object(replay.reply(request));
    let request = replay.client.lookup(Some("network.interface"));
    let target = object(replay.reply(request));
    let request = replay.client.subscribe(own, target);
    assert_eq!(replay.reply(request), Ok(Reply::Done));
    let mut calls = Vec::new();
    while !replay.events.is_empty() {
        let call = replay.call();
        assert!(call.object == own && call.token.no_reply());
        let up = get(&call.arguments, "up").and_then(Value::as_bool);
        let interface = get(&call.arguments, "interface").and_then(Value::as_str).unwrap();
        calls.push(format!("{} {interface} {}", call.method, up.unwrap()));
        replay.client.answer(call.token, None, Status::OK);
    }
    assert_eq!(calls.len(), 24);
    assert_eq!(calls[..3], ["interface.down wan false", "interface.down wan false", "interface.update wan true"]);
    replay.done();
}

#[test]
fn recorded_target_that_goes_and_comes_back() {
    let mut replay = Replay::new("05-target-object-restart.jsonl", 1);
    let request = replay.client.add_object(None, &[]);
    let own = object(replay.reply(request));
    let request = replay.client.lookup(Some("network.interface"));
    let target = object(replay.reply(request));
    let request = replay.client.subscribe(own, target);
    assert_eq!(replay.reply(request), Ok(Reply::Done));
    assert_eq!(replay.event(), Event::Unsubscribed { object: own, target });
    replay.done();

    let mut replay = Replay::new("05-target-object-restart.jsonl", 2);
    let request = replay.client.add_object(None, &[]);
    let own = object(replay.reply(request));
    let request = replay.client.listen(own, "*");
    assert_eq!(replay.reply(request), Ok(Reply::Done));
    let (mut back, mut calls) = (None, 0);
    while !replay.events.is_empty() {
        let call = replay.call();
        if call.method == "ubus.object.add" && get(&call.arguments, "path") == Some(&Value::from("network.interface")) {
            back = get(&call.arguments, "id").and_then(Value::as_i64);
        }
        assert_eq!(call.token.peer(), 0);
        replay.client.answer(call.token, None, Status::OK);
        calls += 1;
        // libubus answers what had come in one go: only then is it the client's turn in the recording.
        if replay.events.is_empty() {
            replay.exchange();
        }
    }
    assert_eq!(back, Some(-1_830_672_305));
    assert_ne!(back.map(|n| n as i32 as u32), Some(target));
    assert_eq!(calls, 18);
    replay.done();
}

#[test]
fn recorded_publisher_hears_of_its_subscribers() {
    let mut replay = Replay::new("07-publish-notify-subscribers.jsonl", 1);
    let request = replay.client.add_object(Some("rig.notifier"), &[Method { name: "ping", arguments: &[] }]);
    let own = object(replay.reply(request));
    assert_eq!(replay.event(), Event::Subscribers { object: own, active: true });
    for (name, value) in [("rig.changed", 1), ("rig.ask", 2)] {
        let request = replay.client.notify_asking(own, name, vec![("value".into(), Value::I32(value))]);
        assert_eq!(replay.reply(request), Ok(Reply::Done));
    }
    let event = json!({"id": "rig.event", "data": {"x": 1}});
    let mut arguments = table_from_json(&event);
    arguments.reverse(); // serde_json sorts
    let request = replay.client.invoke(EVENT_OBJECT, "send", arguments);
    assert_eq!(replay.reply(request), Ok(Reply::Data(vec![])));
    assert_eq!(replay.event(), Event::Subscribers { object: own, active: false });
    replay.done();
}

/// A server in the test's hand.
#[derive(Default)]
struct Server {
    client: Client,
    frames: Frames,
}

impl Server {
    fn sent(&mut self) -> Vec<Message> {
        while let Some(bytes) = self.client.poll_transmit() {
            self.frames.feed(&bytes);
        }
        let mut messages = Vec::new();
        while let Some(bytes) = self.frames.next_frame().unwrap() {
            messages.push(Message::decode(bytes).unwrap());
        }
        messages
    }

    fn says(&mut self, message: Message) {
        self.client.feed(&message.encode().unwrap());
    }

    fn status(&mut self, seq: u16, status: Status) {
        self.says(Message::new(Kind::Status, seq, 0).with(Attribute::Status(status)));
    }

    /// Gives the client the object 5.
    fn add(&mut self) {
        self.client.add_object(None, &[]);
        let seq = self.sent()[0].seq;
        self.says(Message::new(Kind::Data, seq, 0).with(Attribute::ObjId(5)));
        self.status(seq, Status::OK);
        assert!(matches!(self.client.poll_event(), Some(Event::Reply { result: Ok(Reply::Object(5)), .. })));
    }
}

fn data(seq: u16, n: i32) -> Message {
    Message::new(Kind::Data, seq, 0).with(Attribute::Data(vec![("n".into(), Value::I32(n))]))
}

fn invoke(seq: u16, object: u32) -> Message {
    Message::new(Kind::Invoke, seq, 99).with(Attribute::ObjId(object)).with(Attribute::Method("m".into()))
}

#[test]
fn answers_in_any_order_find_their_requests_and_calls_come_in_between() {
    let mut server = Server::default();
    server.add();
    let requests: Vec<_> = (0..5).map(|n| server.client.invoke(n, "m", Table::new())).collect();
    let seqs: Vec<_> = server.sent().iter().map(|m| m.seq).collect();
    for (n, seq) in seqs.iter().enumerate().rev() {
        server.says(data(*seq, n as i32));
        server.says(invoke(seqs[0], 5)); // a caller's seq that is one of ours too
        server.status(*seq, Status::OK);
    }
    for n in (0..5).rev() {
        let Some(Event::Call(call)) = server.client.poll_event() else { panic!() };
        assert_eq!((call.object, call.method.as_str(), call.token.peer()), (5, "m", 99));
        let result = Ok(Reply::Data(vec![vec![("n".into(), Value::I32(n as i32))]]));
        assert_eq!(server.client.poll_event(), Some(Event::Reply { request: requests[n], result }));
    }
    assert_eq!(server.client.poll_event(), None);
}

#[test]
fn an_answer_may_be_deferred_and_no_reply_is_none() {
    let mut server = Server::default();
    server.add();
    server.says(invoke(1, 5));
    server.says(invoke(2, 5).with(Attribute::NoReply(true)));
    server.says(invoke(3, 5).with(Attribute::NoReply(false)));
    let mut tokens = Vec::new();
    while let Some(Event::Call(call)) = server.client.poll_event() {
        tokens.push(call.token);
    }
    let third = tokens.pop().unwrap();
    server.client.answer(third, Some(vec![("n".into(), Value::I32(3))]), Status::OK);
    tokens.into_iter().for_each(|token| server.client.answer(token, None, Status::TIMEOUT));
    let said: Vec<_> = server.sent().iter().map(|m| (m.kind, m.seq, m.peer, m.objid(), m.status())).collect();
    let expected = [
        (Kind::Data, 3, 99, Some(5), None),
        (Kind::Status, 3, 99, Some(5), Some(Status::OK)),
        (Kind::Status, 1, 99, Some(5), Some(Status::TIMEOUT)),
    ];
    assert_eq!(said, expected);
}

#[test]
fn calls_that_cannot_be_served_are_answered_at_once() {
    let mut server = Server::default();
    server.add();
    server.says(invoke(1, 6)); // never ours
    server.says(Message::new(Kind::Invoke, 2, 99).with(Attribute::Method("m".into())));
    server.says(Message::new(Kind::Invoke, 3, 99).with(Attribute::ObjId(5)));
    server.says(invoke(4, 5).with(Attribute::Raw { id: id::DATA, data: vec![1, 2, 3] }));
    server.says(invoke(5, 6).with(Attribute::NoReply(true)));
    server.client.remove_object(5);
    server.says(invoke(6, 5));
    assert_eq!(server.client.poll_event(), None);
    let said: Vec<_> = server.sent().iter().filter_map(|m| Some((m.seq, m.status()?))).collect();
    let expected = [
        (1, Status::NOT_FOUND),
        (2, Status::NOT_FOUND),
        (3, Status::INVALID_ARGUMENT),
        (4, Status::INVALID_ARGUMENT),
        (6, Status::NOT_FOUND),
    ];
    assert_eq!(said, expected);
}

/// An answer that does not fit on the bus must not leave the caller waiting.
#[test]
fn an_answer_that_is_too_long_becomes_an_error() {
    let mut server = Server::default();
    server.add();
    server.says(invoke(1, 5));
    let Some(Event::Call(call)) = server.client.poll_event() else { panic!() };
    let long = vec![("text".into(), Value::String("x".repeat(1_048_576)))];
    server.client.answer(call.token, Some(long), Status::OK);
    let said: Vec<_> = server.sent().iter().map(|m| (m.kind, m.status())).collect();
    assert_eq!(said, [(Kind::Status, Some(Status::UNKNOWN_ERROR))]);
}

#[test]
fn an_object_may_be_invoked_before_its_status_has_come() {
    let mut server = Server::default();
    server.client.add_object(Some("ddnsd"), &[]);
    let seq = server.sent()[0].seq;
    server.says(Message::new(Kind::Data, seq, 0).with(Attribute::ObjId(5)));
    server.says(invoke(1, 5));
    assert!(matches!(server.client.poll_event(), Some(Event::Call(_))));
}

#[test]
fn what_is_wrong_with_an_answer_is_said() {
    type Ask = fn(&mut Client) -> RequestId;
    let lookup: Ask = |c| c.lookup(None);
    let add: Ask = |c| c.add_object(None, &[]);
    let ask: Ask = |c| c.invoke(7, "m", Table::new());
    let call: Ask = |c| c.call("a", "m", Table::new());
    let broken = Attribute::Raw { id: id::DATA, data: vec![0x83, 0, 0, 9] };
    let table: [(Ask, Vec<Attribute>, &str); 6] = [
        (lookup, vec![Attribute::ObjPath("a".into())], "an object in the answer has no path or no id"),
        (lookup, vec![], "an object in the answer has no path or no id"),
        (add, vec![], "the new object has no id"),
        (ask, vec![broken.clone()], "the data in the answer is malformed"),
        (call, vec![broken], "there is no such object on the bus"),
        (call, vec![], "there is no such object on the bus"),
    ];
    for (ask, attributes, expected) in table {
        let mut server = Server::default();
        let request = ask(&mut server.client);
        let seq = server.sent()[0].seq;
        server.says(Message { kind: Kind::Data, seq, peer: 0, attributes });
        server.status(seq, Status::OK);
        match server.client.poll_event() {
            Some(Event::Reply { request: ended, result: Err(error) }) if ended == request => {
                assert_eq!(error.to_string(), expected);
            }
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn a_status_without_a_number_is_an_unknown_error() {
    let mut server = Server::default();
    server.client.invoke(7, "m", Table::new());
    let seq = server.sent()[0].seq;
    server.says(Message::new(Kind::Status, seq, 0));
    let Some(Event::Reply { result, .. }) = server.client.poll_event() else { panic!() };
    assert_eq!(result, Err(RequestError::Status(Status::UNKNOWN_ERROR)));
}

/// `ddnsd update nobody` is the daemon's own NOT_FOUND, not a daemon that does not run: the command line must not go
/// around it to the state file.
#[test]
fn the_objects_own_not_found_is_told_from_a_missing_object() {
    for (own_word, expected) in [(true, RequestError::Status(Status::NOT_FOUND)), (false, RequestError::NoObject)] {
        let mut server = Server::default();
        let request = server.client.call("ddnsd", "update", Table::new());
        let seq = server.sent()[0].seq;
        server
            .says(Message::new(Kind::Data, seq, 0).with(Attribute::ObjPath("ddnsd".into())).with(Attribute::ObjId(8)));
        server.status(seq, Status::OK);
        let seq = server.sent()[0].seq;
        let status = Message::new(Kind::Status, seq, 8).with(Attribute::Status(Status::NOT_FOUND));
        server.says(if own_word { status.with(Attribute::ObjId(8)) } else { status });
        assert_eq!(server.client.poll_event(), Some(Event::Reply { request, result: Err(expected) }));
    }
}

/// procd may go away while it is called, and nobody says so: calls whose answer nobody wants must not pile up.
#[test]
fn what_is_only_told_leaves_nothing_behind() {
    let mut server = Server::default();
    for _ in 0..2 * MAX_IN_FLIGHT {
        let request = server.client.tell("hotplug.ddnsd", "call", Table::new());
        let seq = server.sent()[0].seq;
        server.says(Message::new(Kind::Data, seq, 0).with(Attribute::ObjPath("h".into())).with(Attribute::ObjId(8)));
        server.status(seq, Status::OK);
        assert_eq!(server.client.poll_event(), Some(Event::Reply { request, result: Ok(Reply::Done) }));
        let told = &server.sent()[0];
        assert_eq!((told.kind, told.objid(), told.method()), (Kind::Invoke, Some(8), Some("call")));
        assert_eq!(server.client.in_flight(), 0);
    }
    let request = server.client.tell("nobody", "call", Table::new());
    let seq = server.sent()[0].seq;
    server.status(seq, Status::NOT_FOUND);
    assert_eq!(server.client.poll_event(), Some(Event::Reply { request, result: Err(RequestError::NoObject) }));
    assert_eq!(server.sent(), []);
}

#[test]
fn a_cancelled_request_is_forgotten_and_its_number_not_reused_at_once() {
    let mut server = Server::default();
    let first = server.client.invoke(7, "m", Table::new());
    let seq = server.sent()[0].seq;
    server.client.cancel(first);
    let second = server.client.invoke(7, "m", Table::new());
    server.says(data(seq, 1));
    server.status(seq, Status::OK);
    assert_eq!(server.client.poll_event(), None);
    let seq = server.sent()[0].seq;
    server.status(seq, Status::OK);
    let result = Ok(Reply::Data(vec![]));
    assert_eq!(server.client.poll_event(), Some(Event::Reply { request: second, result }));
}

#[test]
fn sequence_numbers_wrap_around_those_in_flight() {
    let mut server = Server::default();
    let slow = server.client.invoke(7, "slow", Table::new());
    let slow_seq = server.sent()[0].seq;
    for _ in 0..70_000 {
        server.client.invoke(7, "m", Table::new());
        let seq = server.sent()[0].seq;
        assert_ne!(seq, slow_seq);
        server.status(seq, Status::OK);
        assert!(matches!(server.client.poll_event(), Some(Event::Reply { result: Ok(_), .. })));
    }
    server.status(slow_seq, Status::OK);
    assert!(matches!(server.client.poll_event(), Some(Event::Reply { request, .. }) if request == slow));
}

#[test]
fn a_server_that_never_answers_is_not_asked_for_ever() {
    let mut server = Server::default();
    for _ in 0..MAX_IN_FLIGHT {
        server.client.invoke(7, "m", Table::new());
    }
    assert_eq!(server.client.poll_event(), None);
    let request = server.client.lookup(None);
    assert_eq!(server.client.poll_event(), Some(Event::Reply { request, result: Err(RequestError::Busy) }));
    assert_eq!(server.sent().len(), MAX_IN_FLIGHT);
}

#[test]
fn an_endless_answer_is_cut_off() {
    let mut server = Server::default();
    server.client.invoke(7, "m", Table::new());
    let seq = server.sent()[0].seq;
    let text: Table = vec![("text".into(), Value::String("x".repeat(100_000)))];
    for _ in 0..20 {
        server.says(Message::new(Kind::Data, seq, 0).with(Attribute::Data(text.clone())));
    }
    server.status(seq, Status::OK);
    let Some(Event::Reply { result, .. }) = server.client.poll_event() else { panic!() };
    assert_eq!(result, Err(RequestError::Malformed("the answer is longer than 1 MiB")));
}

#[test]
fn what_is_no_message_ends_the_connection_once() {
    let mut server = Server::default();
    server.client.lookup(None);
    server.client.feed(&[0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 9, 9, 9, 9]);
    server.client.feed(&[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]);
    let Some(Event::Broken(error)) = server.client.poll_event() else { panic!() };
    assert_eq!(error.to_string(), "a message on the bus is broken: an attribute's length is wrong");
    server.client.lookup(None);
    assert_eq!((server.client.poll_event(), server.client.poll_transmit()), (None, None));
}

#[test]
fn a_request_that_does_not_fit_fails_at_once() {
    let mut server = Server::default();
    let long: Table = vec![("text".into(), Value::String("x".repeat(1_048_576)))];
    let request = server.client.invoke(7, "m", long.clone());
    let Some(Event::Reply { request: ended, result: Err(error) }) = server.client.poll_event() else { panic!() };
    assert_eq!(ended, request);
    assert_eq!(error.to_string(), "the request cannot be sent: it is longer than the 1 MiB that ubus carries");
    assert!(server.client.notify(5, "n", long).is_err());
    assert_eq!(server.sent(), []);
}
