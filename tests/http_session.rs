//! Several requests of one run: one connection, one handshake, one deadline.

mod http_support;

use ddnsd::failure::{ErrorKind, Failure};
use ddnsd::io::http::{Head, Request, Route, Session};
use ddnsd::protocol::Server;
use ddnsd_testkit::proxy::{Manner, Proxy};
use ddnsd_testkit::service::{Options, Script, Service, Tls, Versions};
use http_support::PATIENCE;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A server that answers each request on a connection with the next of these, and says what it was sent.
fn server(responses: Vec<&'static [u8]>) -> (u16, mpsc::Receiver<(usize, String, Vec<u8>)>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (seen, requests) = mpsc::channel();
    thread::spawn(move || {
        let mut responses = responses.into_iter();
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = BufReader::new(stream.unwrap());
            loop {
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    if stream.read_line(&mut head).unwrap_or(0) == 0 {
                        break;
                    }
                }
                if head.is_empty() {
                    break;
                }
                let length =
                    head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                let mut body = vec![0; length.unwrap_or(0)];
                stream.read_exact(&mut body).unwrap();
                let _ = seen.send((number, head, body));
                let Some(response) = responses.next() else { return };
                stream.get_mut().write_all(response).unwrap();
                if response.is_empty() {
                    break;
                }
            }
        }
    });
    (port, requests)
}

fn route(port: u16) -> Route {
    Route {
        server: Server::new(false, "127.0.0.1", port),
        ca_file: String::new(),
        proxy: None,
        device: None,
        family: None,
        timeout: PATIENCE,
    }
}

fn request<'a>(method: &'a str, target: &'a str, body: Option<&'a [u8]>) -> Request<'a> {
    Request { method, target, headers: &[("Authorization", "Bearer token"), ("User-Agent", "ddnsd test")], body }
}

/// The head and the body of a response.
fn ask(session: &mut Session, request: &Request<'_>) -> Result<(Head, String), Failure> {
    let mut text = String::new();
    let head = session.exchange(request, &mut |_, body| body.read_to_string(&mut text).map(drop))?;
    Ok((head, text))
}

#[test]
fn every_method_goes_over_one_connection() {
    let ok: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}";
    let chunked: &[u8] = b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n";
    let (port, requests) = server(vec![ok, chunked, b"HTTP/1.1 204 No Content\r\n\r\n", ok]);
    let mut session = Session::new(route(port)).unwrap();
    for (method, body, status, said) in [
        ("GET", None, 200, "{}"),
        ("PATCH", Some(&b"{\"content\":\"192.0.2.25\"}"[..]), 404, "[]"),
        ("PUT", Some(b"x"), 204, ""),
        ("POST", Some(b""), 200, "{}"),
    ] {
        let (head, answer) = ask(&mut session, &request(method, "/v4/zones?name=a", body)).unwrap();
        assert_eq!((head.status, answer.as_str()), (status, said), "{method}");
        let (connection, sent, sent_body) = requests.recv_timeout(PATIENCE).unwrap();
        assert!(sent.starts_with(&format!("{method} /v4/zones?name=a HTTP/1.1\r\n")), "{sent}");
        assert!(sent.to_lowercase().contains("authorization: bearer token\r\n"), "{sent}");
        assert_eq!((connection, sent_body.as_slice()), (0, body.unwrap_or_default()), "{method}");
    }
}

#[test]
fn a_connection_that_the_server_has_closed_is_made_anew() {
    let ok: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let (port, requests) = server(vec![ok, b"", ok]);
    let mut session = Session::new(route(port)).unwrap();
    assert_eq!(ask(&mut session, &request("GET", "/", None)).unwrap().0.status, 200);
    assert_eq!(requests.recv_timeout(PATIENCE).unwrap().0, 0);
    // The server closes after the request: the response never comes.
    let failure = ask(&mut session, &request("GET", "/", None)).unwrap_err();
    assert_eq!(failure.kind, ErrorKind::Http, "{}", failure.message);
}

#[test]
fn the_deadline_is_of_the_whole_run() {
    let ok: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    let (port, _requests) = server(vec![ok]);
    let timeout = Duration::from_secs(1);
    let begun = Instant::now();
    let mut session = Session::new(Route { timeout, ..route(port) }).unwrap();
    ask(&mut session, &request("GET", "/", None)).unwrap();
    let failure = ask(&mut session, &request("GET", "/", None)).unwrap_err();
    assert!(begun.elapsed() < PATIENCE / 2);
    assert!(matches!(failure.kind, ErrorKind::Timeout | ErrorKind::Http), "{}", failure.message);
}

/// A session over TLS with this service.
fn over_tls(service: &Service, proxy: Option<(String, u16)>) -> Session {
    let ca_file = service.ca_file().unwrap().display().to_string();
    Session::new(Route { server: Server::new(true, "127.0.0.1", service.port()), ca_file, proxy, ..route(0) }).unwrap()
}

#[test]
fn there_is_one_handshake_a_run() {
    for versions in [Versions::Tls12, Versions::Tls13] {
        let service = Service::start(Options { tls: Some(Tls { versions, ..Tls::default() }), ..Options::default() });
        let service = service.unwrap();
        let kept = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood".to_vec();
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n".to_vec();
        service.script([Script::Keep(kept.clone()), Script::Keep(chunked), Script::Keep(kept)]);
        let mut session = over_tls(&service, None);
        for _ in 0..3 {
            assert_eq!(ask(&mut session, &request("GET", "/nic/update", None)).unwrap().1, "good");
        }
        assert_eq!((service.connections(), service.requests().len()), (1, 3));
    }
}

/// How the connection before it ended says nothing about a new one.
#[test]
fn each_connection_has_an_ending_of_its_own() {
    let service = Service::start(Options { tls: Some(Tls::default()), ..Options::default() }).unwrap();
    let raw = b"HTTP/1.1 200 OK\r\n\r\ngood".to_vec();
    service.script([Script::Abrupt(raw.clone()), Script::Raw(raw)]);
    let mut session = over_tls(&service, None);
    for complete in [false, true] {
        let (head, body) = ask(&mut session, &request("GET", "/nic/update", None)).unwrap();
        assert_eq!((body.as_str(), session.was_complete(&head)), ("good", complete));
    }
    assert_eq!(service.connections(), 2);
}

#[test]
fn a_proxy_that_has_gone_meanwhile_is_the_proxys_failure() {
    let service = Service::start(Options { tls: Some(Tls::default()), ..Options::default() }).unwrap();
    let proxy = Proxy::start(Manner::Honest).unwrap();
    let (host, port) = proxy.address();
    let mut session = over_tls(&service, Some(proxy.address()));
    service.script([Script::answer(200, "good")]);
    ask(&mut session, &request("GET", "/nic/update", None)).unwrap();
    drop(proxy);
    let failure = ask(&mut session, &request("GET", "/nic/update", None)).unwrap_err();
    assert_eq!(failure.message, format!("no connection to the proxy {host} port {port}: connection refused"));
    assert_eq!(failure.kind, ErrorKind::Connect);
}
