//! The network under fire, as the built binary sees it: name servers, TCP, TLS and answers that mean it ill, and a clock
//! that is wrong. Each test is a row of `docs/reliability.md`. What one exchange makes of each is in `tests/http_*.rs`.

mod common;

use common::{Home, PATIENCE, account, assert_no_secret, service, status, until};
use ddnsd_testkit::bus::{Bus, Netifd};
use ddnsd_testkit::service::{Certificate, Options, Script, Service, Tls};
use ddnsd_testkit::skipped;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

const HOST: &[&str] = &["home.ddns.net"];

/// One update of the command line, which must fail for now, soon, and say why.
fn fails(home: &Home, patience: Duration) -> String {
    let begun = Instant::now();
    let output = home.run(&["update", "--ipv4", "192.0.2.25", "--json"]);
    assert!(begun.elapsed() < patience, "it took {:?}", begun.elapsed());
    assert!(!output.stderr.contains("panicked"), "{output:?}");
    let account = output.json()["accounts"][0].clone();
    assert_eq!((output.status, &account["result"]), (1, &json!("failed")), "{output:?}");
    let message = account["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.len() > 15, "no reason in words: {account}");
    message
}

/// A server that does with each connection what it is told, on a thread; it lives as long as the test.
fn server(serve: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            serve(stream);
        }
    });
    address
}

/// The configuration for the service, but with another port.
fn at_port(service: &Service, port: u16, more: &str) -> String {
    let config = account(service, "home", HOST, more);
    config.replace(&format!("'{}'", service.port()), &format!("'{port}'"))
}

#[test]
fn a_name_server_that_never_answers_costs_the_timeout_and_no_more() {
    // Bound, and never read. Port 53 of an address that nobody else uses.
    let Ok(_silent) = UdpSocket::bind("127.66.53.1:53") else {
        skipped("port 53 is not to be had (not root)");
        return;
    };
    let service = service(HOST);
    let config = account(&service, "home", HOST, "").replace("'127.0.0.1'", "'dynupdate.example'");
    let home = Home::new(&config.replace("timeout '5'", "timeout '2'"));
    std::fs::write(home.path("resolv.conf"), "nameserver 127.66.53.1\n").unwrap();
    let script = format!("mount --bind '{}' /etc/resolv.conf || exit 77; \"$@\"", home.path("resolv.conf").display());
    let plain = home.command(&["update", "--ipv4", "192.0.2.25"]);
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", &script, "sh"]).arg(plain.get_program()).args(plain.get_args());
    let begun = Instant::now();
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(77) {
        skipped("no mount of our own is to be had here");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("dynupdate.example could not be resolved"), "{text}");
    assert!((2..20).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    assert_no_secret(&text);
}

#[test]
fn a_server_that_takes_the_connection_and_says_nothing_costs_the_timeout() {
    let service = service(HOST);
    let address = server(std::mem::forget);
    let home = Home::new(&at_port(&service, address.port(), "").replace("timeout '5'", "timeout '2'"));
    let message = fails(&home, Duration::from_secs(20));
    assert!(message.contains("2 s") || message.contains("2 seconds"), "{message}");
}

#[test]
fn a_tls_alert_in_place_of_any_answer_is_a_failure_in_words() {
    let service = service(HOST);
    // Every description of RFC 8446 that a server sends, and one that nobody knows.
    for alert in [10u8, 20, 40, 42, 48, 49, 50, 70, 71, 80, 86, 90, 109, 112, 116, 120, 255] {
        let address = server(move |mut stream| {
            let _ = stream.read(&mut [0; 2048]);
            let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, alert]);
            let _ = stream.shutdown(Shutdown::Write);
        });
        let home = Home::new(&at_port(&service, address.port(), ""));
        fails(&home, Duration::from_secs(20));
    }
    assert_eq!(service.connections(), 0);
}

/// Passes on what the service says, but only so many bytes, and then `end`.
fn cut(service: &Service, bytes: usize, end: &'static [u8]) -> SocketAddr {
    let upstream = SocketAddr::new(service.host().parse().unwrap(), service.port());
    server(move |mut down| {
        let Ok(mut up) = TcpStream::connect(upstream) else { return };
        let (Ok(mut down_), Ok(mut up_)) = (down.try_clone(), up.try_clone()) else { return };
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut down_, &mut up_);
        });
        let mut passed = vec![0; bytes];
        if up.read_exact(&mut passed).is_ok() {
            let _ = down.write_all(&passed);
            let _ = down.write_all(end);
        }
        let _ = down.shutdown(Shutdown::Both);
        let _ = up.shutdown(Shutdown::Both);
    })
}

#[test]
fn a_handshake_cut_at_any_step_is_a_failure_and_the_next_one_works() {
    let service = service(HOST);
    for bytes in [0, 3, 5, 60, 127, 128, 133, 200, 400, 700, 900, 1000] {
        for end in [&b""[..], &[21, 3, 3, 0, 2, 2, 80], b"\0\0\0\0\0\0\0\0"] {
            let home = Home::new(&at_port(&service, cut(&service, bytes, end).port(), ""));
            fails(&home, Duration::from_secs(20));
        }
    }
    assert_eq!(service.requests().len(), 0, "no credentials went into a handshake that was not whole");
    let home = Home::new(&account(&service, "home", HOST, ""));
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.25"]).status, 0);
}

fn service_with(certificate: Certificate) -> Service {
    let tls = Tls { certificate, ..Tls::default() };
    let service = Service::start(Options { tls: Some(tls), ..Options::default() }).unwrap();
    service.account("user@example.com", common::SECRET, HOST);
    service
}

#[test]
fn a_certificate_that_does_not_prove_the_server_stops_before_the_credentials() {
    for (certificate, word) in [
        (Certificate::Expired, "has expired"),
        (Certificate::NotYetValid, "not yet valid"),
        (Certificate::WrongName, "for another name"),
        (Certificate::UnknownAuthority, "unknown authority"),
        (Certificate::ForgedAuthority, "signed"),
        (Certificate::WrongPurpose, "certificate"),
    ] {
        let service = service_with(certificate);
        let home = Home::new(&account(&service, "home", HOST, ""));
        let message = fails(&home, Duration::from_secs(20));
        assert!(message.contains(word), "{certificate:?}: {message}");
        assert_eq!(service.requests().len(), 0);
    }
}

/// The built binary, but with a build date in the year 2096: beside it, today's clock is wrong.
fn from_the_future(home: &Home) -> std::path::PathBuf {
    let built = ddnsd::io::clock::BUILD_DATE.as_bytes();
    let mut program = std::fs::read(env!("CARGO_BIN_EXE_ddnsd")).unwrap();
    let places: Vec<usize> =
        program.windows(built.len()).enumerate().filter(|(_, it)| *it == built).map(|(at, _)| at).collect();
    assert!(!places.is_empty());
    for at in places {
        program[at..at + built.len()].copy_from_slice(b"4000000000");
    }
    let path = home.path("ddnsd-of-2096");
    std::fs::write(&path, program).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_wrong_clock_is_waited_for_and_nobody_is_asked_meanwhile() {
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    netifd.load_dump("00-static-wan-up");
    let service = service_with(Certificate::NotYetValid);
    let home = Home::on_bus(&account(&service, "home", HOST, ""), bus.socket());
    let mut daemon = home.daemon_of(&from_the_future(&home));
    until("it waits for the clock", || status(&bus)["state"] == "waiting_clock");
    let (connections, waiting) = (service.connections(), status(&bus));
    assert_eq!(waiting["next_attempt"], Value::Null, "no time-out brings it back: {waiting}");
    // Said to be set, and still wrong: that is no reason to ask again.
    bus.client().call("ddnsd", "trigger", json!({"action": "clock"})).unwrap();
    assert_eq!(status(&bus)["state"], "waiting_clock");
    assert_eq!((service.connections(), service.requests().len()), (connections, 0));
    daemon.signal(rustix::process::Signal::TERM);
    assert_eq!(daemon.wait_end(PATIENCE), Some(0));
    // With a right clock, the same certificate is an ordinary failure.
    let _daemon = home.daemon();
    until("it is tried again later", || status(&bus)["state"] == "backoff");
}

#[test]
fn an_answer_without_an_end_is_cut_off_and_costs_no_memory() {
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    netifd.load_dump("00-static-wan-up");
    let service = service(HOST);
    let home = Home::on_bus(&account(&service, "home", HOST, ""), bus.socket());
    service.script([Script::Endless, Script::EndlessHead]);
    let daemon = home.daemon();
    service.wait_request(PATIENCE).unwrap();
    let failed = |count: u64| status(&bus)["failures"].as_u64() == Some(count);
    until("the first is a failure", || failed(1));
    assert_ne!(status(&bus)["error"]["kind"], "timeout", "cut off, not timed out");
    let client = bus.client();
    client.call("ddnsd", "update", json!({"account": "home"})).unwrap();
    service.wait_request(PATIENCE).unwrap();
    until("the second is a failure", || failed(2));
    assert_ne!(status(&bus)["error"]["kind"], "timeout", "cut off, not timed out");
    let peak = daemon.memory("VmHWM:");
    assert!(peak < 64 * 1024, "{peak} KiB at the peak");
    client.call("ddnsd", "update", json!({"account": "home"})).unwrap();
    until("and then it works", || status(&bus)["state"] == "current");
}

#[test]
fn a_proxy_that_lies_gets_no_credentials() {
    let service = service(HOST);
    let lies: [&'static [u8]; 5] = [
        b"HTTP/1.1 200 OK\r\n\r\ngood 192.0.2.25\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n\x15\x03\x03\x00\x02\x02\x28",
        b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        b"good 192.0.2.25\r\n",
        b"",
    ];
    for lie in lies {
        let (sender, heard) = std::sync::mpsc::channel();
        let address = server(move |mut stream| {
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).unwrap_or(0);
            let _ = stream.write_all(lie);
            let _ = stream.shutdown(Shutdown::Write);
            let mut all = buffer[..count].to_vec();
            let _ = stream.read_to_end(&mut all);
            let _ = sender.send(all);
        });
        let home = Home::new(&account(&service, "home", HOST, &format!("\toption proxy 'http://{address}'\n")));
        fails(&home, Duration::from_secs(20));
        let heard = heard.recv_timeout(PATIENCE).unwrap();
        assert!(heard.starts_with(b"CONNECT "), "{}", String::from_utf8_lossy(&heard));
        assert_no_secret(&String::from_utf8_lossy(&heard));
    }
    assert_eq!(service.connections(), 0);
}
