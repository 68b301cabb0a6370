//! Our client, socket and command-line call on a bus: the simulated one, or the real ubusd where it is on PATH.

use ddnsd::io::ubus_socket::{CallError, MAX_BACKLOG, Received, UbusSocket, call};
use ddnsd::ubus::client::{Method, RequestError};
use ddnsd::ubus::value::get;
use ddnsd::ubus::{Client, Event, Reply, Status, Table, Value};
use ddnsd_testkit::bus::{Bus, Hotplug, Link, Netifd, PATIENCE, dump, scenario};
use serde_json::json;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_millis(50);

/// An object whose methods do what their names say.
fn publish(bus: &Bus, path: &str) -> Link {
    let mut held = Vec::new();
    let link = Link::connect(
        bus.socket(),
        Some(Box::new(move |client: &mut Client, call| match call.method.as_str() {
            "echo" => client.answer(call.token, Some(call.arguments), Status::OK),
            "hold" => held.push(call.token),
            "release" => {
                held.drain(..).for_each(|token| client.answer(token, None, Status::TIMEOUT));
                client.answer(call.token, None, Status::OK);
            }
            "missing" => client.answer(call.token, None, Status::NOT_FOUND),
            _ => client.answer(call.token, None, Status::METHOD_NOT_FOUND),
        })),
    )
    .unwrap();
    let echo = Method { name: "echo", arguments: &[] };
    assert!(matches!(link.ask(|client| client.add_object(Some(path), &[echo])), Ok(Reply::Object(_))));
    link
}

#[test]
fn calls_go_there_and_back_with_every_type() {
    let bus = Bus::start();
    let _object = publish(&bus, "rig");
    let client = bus.client();
    let said = json!({"s": "é\u{1f600}", "i": -1, "l": 1_i64 << 40, "b": true, "f": 0.5, "n": null, "a": [1, "x", [], {}], "t": {"": {}}});
    assert_eq!(client.call("rig", "echo", said.clone()), Ok(said));
    assert_eq!(client.call("rig", "other", json!({})), Err(RequestError::Status(Status::METHOD_NOT_FOUND)));
    assert_eq!(client.call("rig", "missing", json!({})), Err(RequestError::Status(Status::NOT_FOUND)));
    assert_eq!(client.call("nobody", "echo", json!({})), Err(RequestError::NoObject));
    let object = client.lookup("rig").unwrap();
    assert_eq!(object.signature, [("echo".to_owned(), Value::Table(vec![]))]);
}

#[test]
fn an_answer_may_come_after_later_ones() {
    let bus = Bus::start();
    let _object = publish(&bus, "rig");
    let client = bus.client();
    let held = std::thread::scope(|scope| {
        let held = scope.spawn(|| bus.client().call("rig", "hold", json!({})));
        // Others are served meanwhile; the one that is held is released, once it has arrived.
        while !held.is_finished() {
            assert_eq!(client.call("rig", "echo", json!({"n": 1})), Ok(json!({"n": 1})));
            client.call("rig", "release", json!({})).unwrap();
        }
        held.join().unwrap()
    });
    assert_eq!(held, Err(RequestError::Status(Status::TIMEOUT)));
}

#[test]
fn netifd_dumps_notifies_and_comes_back_with_other_ids() {
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    netifd.load_dump("00-static-wan-up");
    let client = bus.client();
    assert_eq!(client.call("network.interface", "dump", json!({})), Ok(dump("00-static-wan-up")));
    let status = client.call("network.interface.wan", "status", json!({})).unwrap();
    assert_eq!((status["up"].as_bool(), status["proto"].as_str()), (Some(true), Some("static")));
    assert_eq!(status, client.call("network.interface", "status", json!({"interface": "wan"})).unwrap());

    client.subscribe("network.interface");
    netifd.wait_for_subscriber();
    netifd.set_interface("wan", json!({"up": false, "pending": true}));
    netifd.notify("wan");
    let heard = client.next(PATIENCE).unwrap();
    assert_eq!(
        (heard.name.as_str(), heard.data),
        ("interface.down", json!({"interface": "wan", "up": false, "pending": true}))
    );

    let before = client.lookup("network.interface").unwrap().id;
    client.listen("ubus.object.*");
    netifd.restart();
    let mut heard = Vec::new();
    while heard.last().map(String::as_str) != Some("ubus.object.add network.interface.wan6") {
        let event = client.next(PATIENCE).unwrap();
        heard.push(format!("{} {}", event.name, event.data["path"].as_str().unwrap()));
    }
    let removed = heard.iter().filter(|h| h.starts_with("ubus.object.remove")).count();
    assert_eq!((removed, heard.len()), (7, 14), "{heard:?}");
    let gone = client.link().wait_inbox(PATIENCE, |inbox| inbox.unsubscribed.pop());
    assert_eq!(gone, Some(before));
    assert_ne!(client.lookup("network.interface").unwrap().id, before);
    // Nobody is subscribed to the new one.
    netifd.notify("wan");
    assert_eq!(client.next(SHORT), None);
    assert_eq!(client.call("network.interface", "dump", json!({})).unwrap()["interface"][2]["up"], json!(false));
    assert_eq!(netifd.dumps(), 2);
}

#[test]
fn recorded_scenarios_are_heard_as_they_were() {
    let bus = Bus::start();
    for name in ["wan", "dhcp", "ppp6"] {
        let netifd = Netifd::start(&bus);
        let client = bus.client();
        client.subscribe("network.interface");
        let mut count = 0;
        for step in scenario(name) {
            netifd.play(&step);
            for (notification, status) in &step.notifications {
                let heard = client.next(PATIENCE).unwrap();
                assert_eq!((&heard.name, &heard.data), (notification, status), "{name}: {}", step.title);
                count += 1;
            }
        }
        assert!(count > 5, "{name}: {count}");
        assert_eq!(client.next(SHORT), None);
    }
}

#[test]
fn dumps_replace_each_other() {
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    let client = bus.client();
    for name in ["00-static-wan-up", "10-wan-removed", "11-wan-readded", "ppp6-04-short-lifetimes"] {
        netifd.load_dump(name);
        let paths = |json: &serde_json::Value| -> Vec<String> {
            let mut names: Vec<_> =
                json["interface"].as_array().unwrap().iter().map(|i| i["interface"].to_string()).collect();
            names.sort();
            names
        };
        let dumped = client.call("network.interface", "dump", json!({})).unwrap();
        assert_eq!(paths(&dumped), paths(&dump(name)), "{name}");
        assert_eq!(client.lookup("network.interface.wan").is_some(), name != "10-wan-removed", "{name}");
    }
}

#[test]
fn hotplug_keeps_the_environments() {
    let bus = Bus::start();
    let hotplug = Hotplug::start(&bus);
    let client = bus.client();
    client.call("hotplug.ddnsd", "call", json!({"env": ["ACTION=updated", "MESSAGE=a=b"]})).unwrap();
    let calls = hotplug.wait(1);
    assert_eq!((calls[0]["ACTION"].as_str(), calls[0]["MESSAGE"].as_str()), ("updated", "a=b"));
    let wrong = client.call("hotplug.ddnsd", "call", json!({"env": "ACTION=updated"}));
    assert_eq!(wrong, Err(RequestError::Status(Status::INVALID_ARGUMENT)));
    assert!(hotplug.wait_in(2, SHORT).is_none());
}

#[test]
fn a_restart_ends_every_connection_and_starts_empty() {
    let mut bus = Bus::start();
    let client = bus.client();
    let netifd = Netifd::start(&bus);
    let mut socket = UbusSocket::connect(bus.socket()).unwrap();
    bus.stop();
    assert!(client.link().wait_inbox(PATIENCE, |inbox| inbox.closed.then_some(())).is_some());
    assert_eq!(drain(&mut socket), Received::Closed);
    let none = call(bus.socket(), "network.interface", "dump", vec![], PATIENCE);
    assert!(matches!(&none, Err(CallError::NotRunning(why)) if why.starts_with("no ubusd listens on ")), "{none:?}");
    bus.start_again();
    assert!(bus.client().lookup("network.interface").is_none());
    netifd.restart();
    assert!(bus.client().lookup("network.interface").is_some());
}

/// Reads until there is nothing, waiting for the end.
fn drain(socket: &mut UbusSocket) -> Received {
    let deadline = Instant::now() + PATIENCE;
    let mut buffer = [0; 4096];
    loop {
        match socket.receive(&mut buffer).unwrap() {
            Received::Bytes(_) => {}
            Received::Nothing if Instant::now() < deadline => std::thread::yield_now(),
            other => return other,
        }
    }
}

#[test]
fn a_command_line_call_answers_or_says_why_not() {
    let bus = Bus::start();
    let _object = publish(&bus, "ddnsd");
    let ask =
        |object: &str, method: &str| call(bus.socket(), object, method, vec![("n".into(), Value::I32(1))], PATIENCE);
    assert_eq!(get(&ask("ddnsd", "echo").unwrap(), "n"), Some(&Value::I32(1)));
    let expect = |result: Result<Table, CallError>, sort: &str, words: &str| {
        let error = result.unwrap_err();
        assert!(format!("{error:?}").starts_with(sort), "{error:?}");
        assert_eq!(error.to_string(), words);
    };
    expect(ask("nobody", "echo"), "NotRunning", "there is no object nobody on the bus");
    expect(ask("ddnsd", "missing"), "Status", "the answer over ubus is: not found");
    expect(ask("ddnsd", "other"), "Status", "the answer over ubus is: method not found");
    let held = call(bus.socket(), "ddnsd", "hold", vec![], SHORT);
    expect(held, "Timeout", "no answer over ubus within 0.05 seconds");
    let nowhere = call(&bus.socket().with_extension("not"), "ddnsd", "echo", vec![], PATIENCE);
    assert!(matches!(nowhere, Err(CallError::NotRunning(_))), "{nowhere:?}");
}

#[test]
fn a_long_answer_comes_whole() {
    let bus = Bus::start();
    let _object = publish(&bus, "rig");
    let text = "x".repeat(900_000);
    let answer = call(bus.socket(), "rig", "echo", vec![("text".into(), Value::from(text.as_str()))], PATIENCE);
    assert_eq!(get(&answer.unwrap(), "text"), Some(&Value::String(text)));
}

/// A subscriber that does not read loses notifications, in order and silently, and holds up nobody: why the daemon's
/// loop must never wait.
#[test]
fn a_subscriber_that_does_not_read_loses_notifications() {
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    netifd.set_interface("wan", json!({"up": true, "text": "x".repeat(1000)}));
    let mut socket = UbusSocket::connect(bus.socket()).unwrap();
    let mut client = Client::new();
    let subscribed = |client: &mut Client, socket: &mut UbusSocket, request| {
        let deadline = Instant::now() + PATIENCE;
        let mut buffer = [0; 4096];
        while Instant::now() < deadline {
            while let Some(bytes) = client.poll_transmit() {
                socket.send(&bytes).unwrap();
            }
            if let Received::Bytes(n) = socket.receive(&mut buffer).unwrap() {
                client.feed(&buffer[..n]);
            }
            while let Some(event) = client.poll_event() {
                match event {
                    Event::Reply { request: ended, result } if ended == request => return result.unwrap(),
                    _ => {}
                }
            }
        }
        panic!("no answer");
    };
    let request = client.add_object(None, &[]);
    let Reply::Object(own) = subscribed(&mut client, &mut socket, request) else { panic!() };
    let request = client.lookup(Some("network.interface"));
    let Reply::Objects(found) = subscribed(&mut client, &mut socket, request) else { panic!() };
    let request = client.subscribe(own, found[0].id);
    subscribed(&mut client, &mut socket, request);

    const SENT: usize = 10_000;
    for n in 0..SENT {
        netifd.emit_raw("wan", "interface.update", &json!({"n": n, "text": "x".repeat(1000)}));
    }
    // The bus still serves others.
    assert!(bus.client().lookup("network.interface").is_some());
    // An answer may be lost as well: asked until there is one, which shows that all before it was read.
    let (mut heard, mut answered) = (Vec::new(), false);
    let (mut asked, deadline) = (None::<Instant>, Instant::now() + PATIENCE);
    let mut buffer = [0; 64 * 1024];
    while !answered {
        assert!(Instant::now() < deadline, "no answer");
        if asked.is_none_or(|at| at.elapsed() > SHORT) {
            client.lookup(Some("network.interface"));
            asked = Some(Instant::now());
        }
        while let Some(bytes) = client.poll_transmit() {
            socket.send(&bytes).unwrap();
        }
        if let Received::Bytes(n) = socket.receive(&mut buffer).unwrap() {
            client.feed(&buffer[..n]);
        }
        while let Some(event) = client.poll_event() {
            match event {
                Event::Call(call) => heard.push(get(&call.arguments, "n").and_then(Value::as_i64).unwrap()),
                Event::Reply { result, .. } => answered |= result.is_ok(),
                _ => {}
            }
        }
    }
    assert!(heard.len() > 100 && heard.len() < SENT, "{}", heard.len());
    assert!(heard.windows(2).all(|pair| pair[0] < pair[1]));
}

/// A server that accepts and never reads: what cannot be sent is kept up to the bound, and nothing ever blocks.
#[test]
fn a_server_that_does_not_read_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let _listener = UnixListener::bind(&path).unwrap();
    let mut socket = UbusSocket::connect(&path).unwrap();
    let piece = vec![0; 64 * 1024];
    let mut sent = 0;
    let error = loop {
        match socket.send(&piece) {
            Ok(()) => sent += piece.len(),
            Err(error) => break error,
        }
        assert!(sent < 64 * MAX_BACKLOG);
    };
    assert!(sent >= MAX_BACKLOG - piece.len() && socket.wants_write());
    assert!(error.to_string().starts_with("ubusd does not read what it is sent: "), "{error}");
    socket.flush().unwrap();
    assert!(socket.wants_write());
    let mute = call(&path, "ddnsd", "status", vec![], SHORT);
    assert!(matches!(mute, Err(CallError::Timeout(_))), "{mute:?}");
}

/// A server that is too busy to accept does not hold up the caller.
#[test]
fn a_full_queue_of_connections_is_an_error_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let _listener = UnixListener::bind(&path).unwrap();
    let mut waiting = Vec::new();
    let error = loop {
        match UbusSocket::connect(&path) {
            Ok(socket) => waiting.push(socket),
            Err(error) => break error,
        }
        assert!(waiting.len() < 10_000);
    };
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    let busy = call(&path, "ddnsd", "status", vec![], SHORT);
    assert!(matches!(busy, Err(CallError::Timeout(_))), "{busy:?}");
}

/// A server that talks nonsense, or goes away in the middle of an answer.
#[test]
fn a_broken_server_is_an_error_with_words() {
    use std::io::{Read, Write};
    let table: [(&[u8], &str); 2] = [
        (&[9; 12], "the bus speaks version 9 of its protocol, not 0"),
        (&[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 2], " closed the connection"),
    ];
    for (bytes, expected) in table {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let listener = UnixListener::bind(&path).unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
            stream.write_all(bytes).unwrap();
        });
        let error = call(&path, "ddnsd", "status", vec![], PATIENCE).unwrap_err();
        server.join().unwrap();
        assert!(error.to_string().ends_with(expected), "{error}");
        assert!(matches!(error, CallError::Io(_)), "{error:?}");
    }
}
