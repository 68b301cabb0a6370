//! What must hold for any bytes at all: one function a parser, each of which panics where something does not.
//!
//! The fuzz targets call them with what libFuzzer finds; `tests/fuzz_smoke.rs` includes this file and calls them with
//! mutations of the recorded seeds, in every `cargo test`. Round trips compare with what was *read*, not with the input:
//! parse, print, parse what was printed, and both must be the same.

use ddnsd::address::{Origin, Selection, Source as AddressSource, Wanted, select};
use ddnsd::config::{self, Config};
use ddnsd::engine::{Action, Engine, Event, Setup, Ticket};
use ddnsd::failure::{ErrorKind, Failure};
use ddnsd::io::http::{self, MAX_BODY, Request, Route};
use ddnsd::migrate::{self, migrate_with};
use ddnsd::protocol::update::{Algorithm, Ending, Key, Message as DnsMessage, Name, Run, Task};
use ddnsd::protocol::{self, Answer, Dialect, Reply, Server, api};
use ddnsd::services::{Source, Table};
use ddnsd::state::State;
use ddnsd::time::{Instant, Now, UnixTime};
use ddnsd::ubus::json::{table_from_json, table_to_json};
use ddnsd::ubus::message::{Frames, Message};
use ddnsd::ubus::{Client, blobmsg};
use ddnsd::uci::{self, Package, Value};
use ddnsd::{netifd, status};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// A parser's name, and what must hold for it.
pub type Check = (&'static str, fn(&[u8]));

/// All of them.
pub const CHECKS: [Check; 12] = [
    ("api", api_answers),
    ("uci", uci_file),
    ("http", http_response),
    ("reply", reply),
    ("blobmsg", blobmsg_table),
    ("message", ubus_stream),
    ("state", state_file),
    ("netifd", netifd_status),
    ("services", services_file),
    ("migrate", old_configuration),
    ("engine", engine_events),
    ("dns", dns_response),
];

const ACCOUNT: &str = "config account 'home'\n\toption username 'u'\n\toption password 'p'\n\tlist hostname 'a.b'\n\
                       \tlist hostname 'c.d'\n\toption ipv6 'auto'\n";

/// A response of a DNS server: read whole or not at all, and nothing that nobody signed is an acknowledgement.
pub fn dns_response(bytes: &[u8]) {
    let key = Key::new("home-key", Algorithm::Sha256, "c2VjcmV0").expect("a key");
    let mut run = Run::new(Task {
        host: Name::parse("home.example.com").expect("a name"),
        zone: None,
        key,
        ipv4: Some(Ipv4Addr::new(192, 0, 2, 1)),
        ipv6: None,
        last_ipv4: None,
        last_ipv6: None,
        create: true,
        ttl: 300,
    });
    // The id of the request is the response's, so that more than the header is looked at.
    let id = u16::from_be_bytes([bytes.first().copied().unwrap_or(0), bytes.get(1).copied().unwrap_or(0)]);
    for _ in 0..4 {
        if run.request(id, 1_764_000_000).is_none() {
            break;
        }
        run.response(bytes, 1_764_000_000);
    }
    assert!(!matches!(run.ending(), Some(Ending::Families { .. } | Ending::Clock { .. })));
    if let Some(message) = DnsMessage::read(bytes) {
        assert!(message.records.len() <= bytes.len());
    }
}

/// A configuration file: it prints and reads back, and it can be built, with every mistake in words.
pub fn uci_file(bytes: &[u8]) {
    let Ok(package) = uci::parse(bytes) else { return };
    let printed = uci::print(&package);
    let again = uci::parse(printed.as_bytes()).expect("what was printed can be read");
    assert_eq!(without_lines(again), without_lines(package.clone()), "{printed}");
    let built = config::build(&package, &Table::new([]), &mut |_, _| Ok("secret".to_owned()));
    for it in &built.diagnostics {
        assert!(!it.in_file("ddnsd").to_string().is_empty());
    }
}

fn without_lines(mut package: Package) -> Package {
    for section in &mut package.sections {
        section.line = 0;
        section.continued = Vec::new();
        for option in &mut section.options {
            option.line = 0;
            if let Value::List(items) = &mut option.value {
                items.iter_mut().for_each(|(_, line)| *line = 0);
            }
        }
    }
    package
}

/// A response as a server sends it: the same in whatever pieces it comes, and never more than is wanted.
pub fn http_response(bytes: &[u8]) {
    static SERVER: OnceLock<Mutex<Answering>> = OnceLock::new();
    let server = SERVER.get_or_init(|| Mutex::new(Answering::start()));
    let mut server = server.lock().unwrap_or_else(PoisonError::into_inner);
    for beginning in [false, true] {
        let whole = server.respond(bytes, bytes.len().max(1), beginning);
        let pieces = server.respond(bytes, bytes.len() % 61 + 1, beginning);
        match (whole, pieces) {
            (Ok(whole), Ok(pieces)) => {
                assert_eq!(whole, pieces);
                assert!(whole.status >= 100 && whole.body.len() <= MAX_BODY + usize::from(beginning));
            }
            (Err(whole), Err(pieces)) => assert_eq!(whole, pieces),
            (whole, pieces) => panic!("{whole:?} in one piece, {pieces:?} in several"),
        }
    }
}

/// A server on the loopback address that sends what it is told to.
struct Answering {
    port: u16,
    next: mpsc::Sender<(Vec<u8>, usize)>,
}

impl Answering {
    fn start() -> Answering {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (next, responses) = mpsc::channel::<(Vec<u8>, usize)>();
        thread::spawn(move || {
            for (response, piece) in responses {
                let (mut stream, _) = listener.accept().expect("a connection");
                // What breaks here is the client's to notice, which has read enough.
                let _ = serve(&mut stream, &response, piece);
            }
        });
        Answering { port, next }
    }

    fn respond(&mut self, bytes: &[u8], piece: usize, beginning: bool) -> Result<http::Response, Failure> {
        self.next.send((bytes.to_vec(), piece)).expect("the server runs");
        let route = Route {
            server: Server::new(false, "127.0.0.1", self.port),
            ca_file: String::new(),
            proxy: None,
            device: None,
            family: None,
            timeout: Duration::from_secs(20),
        };
        http::perform(route, &Request { method: "GET", target: "/", headers: &[], body: None }, beginning)
    }
}

fn serve(stream: &mut TcpStream, response: &[u8], piece: usize) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? > 0 {
        head.push(byte[0]);
    }
    for piece in response.chunks(piece) {
        stream.write_all(piece)?;
    }
    // To close with something unread would be a reset.
    stream.shutdown(Shutdown::Write)?;
    std::io::copy(stream, &mut std::io::sink()).map(drop)
}

/// An HTTP body: never more or fewer answers than hosts, never a success for what says an error.
pub fn reply(bytes: &[u8]) {
    let dialect = Dialect::default();
    let text = String::from_utf8_lossy(bytes);
    for hosts in [1, 2, 20] {
        for status in [200, 302, 401, 429, 503] {
            let answer = Answer {
                complete: true,
                status,
                retry_after: Some("120"),
                location: Some(&text),
                server: &Server::new(false, "ddns.example.net", 80),
                body: bytes,
                hosts,
                sent_ipv4: Some(Ipv4Addr::new(192, 0, 2, 1)),
                sent_ipv6: None,
                now: Some(1_764_000_000),
            };
            match protocol::parse(&dialect, &answer) {
                Reply::Hosts(answers) => assert_eq!(answers.len(), hosts),
                Reply::Foreign(why) => assert!(!why.is_empty()),
                _ => {}
            }
        }
    }
    let _ = protocol::retry_after(&text, Some(1_764_000_000));
}

/// A table of values: encoded and decoded it is the same, and JSON of it can be made.
pub fn blobmsg_table(bytes: &[u8]) {
    let Ok(table) = blobmsg::decode_table(bytes) else { return };
    let mut encoded = Vec::new();
    blobmsg::encode_table(&table, &mut encoded).expect("what was decoded can be encoded");
    let again = blobmsg::decode_table(&encoded).expect("what was encoded can be decoded");
    let mut twice = Vec::new();
    blobmsg::encode_table(&again, &mut twice).expect("the same once more");
    // Not the tables: a double may be no number, and that is never equal to itself.
    assert_eq!(encoded, twice);
    let _ = table_from_json(&table_to_json(&table));
}

/// A stream from ubusd: whole messages read back as the same, and the client lives with all of it, in any pieces.
pub fn ubus_stream(bytes: &[u8]) {
    let mut frames = Frames::default();
    frames.feed(bytes);
    while let Ok(Some(frame)) = frames.next_frame() {
        let Ok(message) = Message::decode(frame) else { continue };
        let Ok(encoded) = message.encode() else { continue };
        let again = Message::decode(&encoded).expect("what was encoded can be decoded");
        assert_eq!(again.encode().expect("the same once more"), encoded);
    }
    let piece = usize::from(bytes.first().copied().unwrap_or(0)) % 61 + 1;
    let mut client = Client::new();
    client.add_object(Some("ddnsd"), &[]);
    for part in bytes.chunks(piece) {
        client.feed(part);
        while client.poll_event().is_some() {}
        while client.poll_transmit().is_some() {}
    }
}

/// A state file: what was understood is written and understood again.
pub fn state_file(bytes: &[u8]) {
    let Ok(state) = State::from_json(bytes) else { return };
    let again = State::from_json(state.to_json().as_bytes());
    assert_eq!(again.as_ref(), Ok(&state));
    // Whatever is remembered, an engine starts with it.
    let mut engine = Engine::new(state, 1, Instant::from_secs(1_000_000));
    engine.handle(now(0), Event::Configured(setups(&config())));
    while engine.poll_action().is_some() {}
    let _ = status::document(&engine, now(0), UnixTime(0), UnixTime(0), &[]);
}

/// A dump or a status of netifd: an address is chosen from it, or none, for every policy.
pub fn netifd_status(bytes: &[u8]) {
    let Ok(json) = serde_json::from_slice(bytes) else { return };
    let at = Instant::from_secs(1_000_000);
    let mut network = netifd::parse_dump(&json, at);
    if let Some((name, interface)) = netifd::parse_interface(&json, at) {
        network.apply(name, interface);
    }
    for account in config().accounts {
        let selection = select(&account, &network, &|_| None, at);
        for wanted in [selection.ipv4, selection.ipv6] {
            if let Wanted::Known(source) = wanted {
                assert!(!source.address.is_unspecified() && !source.address.is_loopback());
            }
        }
    }
}

/// A file of services: what cannot be used is a mistake with a line, what can be used is offered.
pub fn services_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let table = Table::new([Source::new("own.json", text.as_ref())]);
    let lines = text.lines().count().max(1);
    for mistake in table.mistakes() {
        assert!((1..=lines + 1).contains(&mistake.line) && !mistake.message.is_empty(), "{mistake}");
    }
    for service in table.services() {
        assert_eq!(table.service(&service.name).map(|it| it.name), Some(service.name));
    }
    let _ = ddnsd::services::document(&table);
}

/// A run of an API against answers of any bytes: it ends, and halts nothing for what is no JSON.
pub fn api_answers(bytes: &[u8]) {
    let table = Table::new([Source::new("services.json", SERVICES)]);
    let services: Vec<_> = table.services().into_iter().filter_map(|it| it.dialect.api).collect();
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let Some(recipe) = services.get(usize::from(*first) % services.len().max(1)) else { return };
    let task = api::Task {
        host: "home.example.com".into(),
        ip: Ipv4Addr::new(192, 0, 2, 1).into(),
        zone: None,
        create: first & 0x80 != 0,
        ttl: 300,
        username: "user:key".into(),
        password: "Sesame".into(),
        server: protocol::Server::new(true, "api.example", 443),
        path: String::new(),
        acknowledged: None,
    };
    let mut run = api::Run::new(recipe.clone(), task, None, false);
    // An answer a line: its status in two bytes, then its body.
    let mut answers = rest.split(|byte| *byte == b'\n');
    let mut last = Vec::new();
    for _ in 0..200 {
        match run.next(api::Moment { unix: 1_764_000_000, nonce: 1 }) {
            api::Next::Send(_) => {
                let answer = answers.next().unwrap_or_default();
                let (head, body) = answer.split_at(answer.len().min(2));
                let status = match head {
                    [b'0'..=b'9', low] => {
                        [200, 201, 204, 301, 400, 401, 403, 404, 422, 429][usize::from(head[0] - b'0')]
                            + u16::from(*low == b'+') * 100
                    }
                    _ => 200,
                };
                let mut reader = run.reader();
                body.chunks(5).all(|piece| reader.feed(piece));
                run.answered(&api::Head { status, ..api::Head::default() }, reader);
                last = body.to_vec();
            }
            api::Next::Pause(_) => {}
            api::Next::Done(ended) => {
                let said = matches!(ended.outcome, api::Outcome::Rejected(_) | api::Outcome::Host(..));
                let is_json = serde_json::from_slice::<serde_json::Value>(&last).is_ok();
                assert!(!said || is_json || matches!(ended.status, 0 | 404), "a halt for what is no JSON");
                return;
            }
        }
    }
    panic!("a run without an end");
}

/// The shipped table.
const SERVICES: &str = include_str!("../../files/usr/share/ddnsd/services.json");

/// A configuration of ddns-scripts, inadyn or ddclient: whatever is made of it, ddnsd takes it without a mistake.
pub fn old_configuration(bytes: &[u8]) {
    let table = Table::new([]);
    let read = &mut |_: &str| Ok("password = included # key \"k\" { secret \"c2VjcmV0\"; };\n".to_owned());
    let Ok(migration) = migrate_with(bytes, &table, migrate::Options { enable: true }, read) else { return };
    let own = migration.services.iter().map(|it| Source::new(it.file.clone(), it.text.clone()));
    let table = Table::new(own);
    assert_eq!(table.mistakes(), [], "{}", migration.text);
    let package = uci::parse(migration.text.as_bytes()).expect("what was made can be read");
    let built = config::build(&package, &table, &mut |_, _| Ok("secret".to_owned()));
    let wrong: Vec<String> = built
        .diagnostics
        .iter()
        .filter(|it| it.severity == config::Severity::Error)
        .map(|it| it.in_file("ddnsd").to_string())
        .collect();
    assert_eq!((built.accounts.len(), wrong), (migration.accounts, Vec::new()), "{}", migration.text);
}

fn config() -> Config {
    let package = uci::parse(ACCOUNT.as_bytes()).expect("a right configuration");
    config::build(&package, &Table::new([]), &mut |_, _| Ok(String::new()))
}

fn setups(config: &Config) -> Vec<Setup> {
    config.accounts.iter().map(|it| Setup { config: it.clone(), fingerprint: "f".into() }).collect()
}

fn now(secs: u64) -> Now {
    Now { monotonic: Instant::from_secs(1_000_000 + secs), wall: Some(UnixTime(1_764_000_000 + secs)), millis: 0 }
}

/// Events in any order, with answers of any bytes: time never stands still, and the service is never flooded.
pub fn engine_events(bytes: &[u8]) {
    let config = config();
    let mut engine = Engine::new(State::default(), 7, Instant::from_secs(1_000_000));
    engine.handle(now(0), Event::Configured(setups(&config)));
    let (mut clock, mut open, mut sent): (u64, Vec<(Ticket, bool)>, Vec<u64>) = (0, Vec::new(), Vec::new());
    let mut input = bytes.iter().copied();
    while let Some(step) = input.next() {
        let mut byte = || input.next().unwrap_or(0);
        let account = || "home".to_owned();
        match step % 12 {
            0 | 1 => clock += u64::from(byte()),
            2 => clock += u64::from(byte()) * 300,
            3 | 4 => {
                let (last, six) = (byte(), byte());
                let known = |address| {
                    let interface = Some("wan".into());
                    Wanted::Known(AddressSource { address, origin: Origin::Interface, interface, device: None })
                };
                let ipv4 = match last % 8 {
                    0 => Wanted::Unknown("the line is down".into()),
                    last => known(Ipv4Addr::new(192, 0, 2, last).into()),
                };
                let ipv6 = match six % 4 {
                    0 => Wanted::Off,
                    1 => Wanted::Unknown("not yet".into()),
                    six => known(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, six.into()).into()),
                };
                let came_up = (last % 3 == 0).then(|| now(clock).monotonic);
                let selection = Selection {
                    ipv4,
                    ipv6,
                    device: None,
                    heard: true,
                    settling: None,
                    prefix: None,
                    came_up,
                    expires: None,
                };
                engine.handle(now(clock), Event::Selected { account: account(), selection });
            }
            5..=8 => {
                let kind = byte();
                let Some((ticket, detection)) = open.pop() else { continue };
                let failure =
                    || Failure { kind: [ErrorKind::Tls, ErrorKind::Http][usize::from(kind & 1)], message: "x".into() };
                let body: Vec<u8> = (0..kind % 24).map(|_| byte()).collect();
                let event = if detection {
                    let result = if kind < 64 { Err(failure()) } else { Ok((200, body)) };
                    Event::Detected { ticket, result }
                } else {
                    let canned: [&[u8]; 8] =
                        [b"good", b"nochg", b"911", b"badauth", b"nohost\ngood", b"good 192.0.2.9", b"abuse", &body];
                    let answer = Answer {
                        complete: true,
                        status: 200,
                        retry_after: None,
                        location: None,
                        server: &Server::new(false, "ddns.example.net", 80),
                        body: canned[usize::from(kind % 8)],
                        hosts: 2,
                        sent_ipv4: None,
                        sent_ipv6: None,
                        now: None,
                    };
                    let result = if kind > 200 {
                        Err(failure())
                    } else {
                        Ok((200, protocol::parse(&Dialect::default(), &answer)))
                    };
                    Event::Finished { ticket, result }
                };
                engine.handle(now(clock), event);
            }
            9 => engine.handle(now(clock), Event::Update { account: None, force: byte() % 2 == 0 }),
            10 => match byte() % 4 {
                3 => engine.handle(now(clock), Event::Triggered),
                0 => engine.handle(now(clock), Event::Resume { account: account(), hostname: None }),
                1 => engine.handle(now(clock), Event::ClockSet),
                _ => engine.handle(now(clock), Event::Configured(setups(&config))),
            },
            _ => {
                let offline = byte() % 2 == 0;
                engine.handle(now(clock), Event::Offline { account: account(), hostnames: Vec::new(), offline });
            }
        }
        if engine.deadline().is_some_and(|at| at <= now(clock).monotonic) {
            engine.handle_timeout(now(clock));
        }
        while let Some(action) = engine.poll_action() {
            match action {
                Action::Send { ticket, .. } => {
                    open.push((ticket, false));
                    sent.push(clock);
                }
                Action::Detect { ticket, .. } => open.push((ticket, true)),
                _ => {}
            }
        }
        // A deadline that stays in the past would make the daemon's loop turn for ever.
        assert!(engine.deadline().is_none_or(|at| at > now(clock).monotonic), "the deadline has passed");
        let _ = status::document(&engine, now(clock), UnixTime(0), UnixTime(0), &[]);
    }
    // Rule 12: three at once, then one in five minutes; an update that must be split (offline and not) counts once.
    let window = Duration::from_secs(300).as_secs();
    for (index, at) in sent.iter().enumerate() {
        let within = sent[index..].iter().take_while(|later| **later < at + window).count();
        assert!(within <= 8, "{within} requests in five minutes: {sent:?}");
    }
}
