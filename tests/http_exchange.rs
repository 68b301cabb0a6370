//! What goes out, and everything that can come back.

mod http_support;

use ddnsd::failure::ErrorKind;
use ddnsd_testkit::service::{Script, Service, Tls};
use http_support::{Exchange, PATIENCE, SECRET, answer, exchange, failure, perform, plain, with_tls};
use proptest::prelude::*;
use std::io::Write;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

/// The same over http and over https.
fn both(check: impl Fn(&Service)) {
    check(&plain());
    check(&with_tls(Tls::default()));
}

fn raw(text: &str) -> Script {
    Script::Raw(text.as_bytes().to_vec())
}

#[test]
fn the_request_has_these_headers_and_no_others() {
    both(|service| {
        answer(&exchange(service));
        let request = service.wait_request(PATIENCE).unwrap();
        assert_eq!(request.method, "GET");
        let target = format!("/nic/update?hostname=home.ddns.net&myip=192.0.2.1&password={SECRET}");
        assert_eq!(request.target, target);
        let mut headers = request.headers.clone();
        headers.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase());
        headers.sort();
        let port = service.port();
        let expected = [
            ("accept", "*/*".to_owned()),
            ("authorization", format!("Basic {SECRET}")),
            ("connection", "close".to_owned()),
            ("host", format!("127.0.0.1:{port}")),
            ("user-agent", "ddnsd Test-Router/1.0 admin@example.com".to_owned()),
        ];
        assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value)));
    });
}

#[test]
fn without_credentials_there_is_no_authorization() {
    let service = plain();
    answer(&Exchange { authorization: None, ..exchange(&service) });
    assert_eq!(service.requests()[0].header("authorization"), None);
}

#[test]
fn a_request_of_four_thousand_characters_arrives_whole() {
    let service = plain();
    let url = service.url(&format!("/nic/update?hostname={}", "home.ddns.net,".repeat(800)));
    let authorization = Some(format!("Basic {}", "QUJD".repeat(400)));
    answer(&Exchange { url: url.clone(), authorization, ..exchange(&service) });
    assert!(url.ends_with(&service.requests()[0].target));
}

#[test]
fn an_error_status_is_an_answer() {
    both(|service| {
        service.script([Script::answer(500, "911\r\n"), Script::answer(401, "badauth"), Script::answer(404, "")]);
        for (status, body) in [(500, "911\r\n"), (401, "badauth"), (404, "")] {
            let response = answer(&exchange(service));
            assert_eq!((response.status, response.body.as_slice()), (status, body.as_bytes()));
            assert_eq!(response.retry_after, None);
        }
    });
}

#[test]
fn retry_after_is_handed_on() {
    let service = plain();
    let retry = |value: &[u8]| Script::Raw([b"HTTP/1.1 503 Busy\r\nRetry-After: ", value, b"\r\n\r\n"].concat());
    service.script([retry(b"3600"), retry(b"Wed, 21 Oct 2026 07:28:00 GMT"), retry(b"\xff\xfe")]);
    for value in ["3600", "Wed, 21 Oct 2026 07:28:00 GMT", "\u{fffd}\u{fffd}"] {
        assert_eq!(answer(&exchange(&service)).retry_after.as_deref(), Some(value));
    }
}

#[test]
fn r13_a_redirect_is_an_answer_and_is_not_followed() {
    let other = plain();
    both(|service| {
        service.script([Script::Redirect(other.url("/nic/update")), raw("HTTP/1.1 301 Moved\r\n\r\n")]);
        assert_eq!(answer(&exchange(service)).status, 302);
        assert_eq!(answer(&exchange(service)).status, 301);
    });
    assert_eq!(other.connections(), 0);
}

#[test]
fn every_way_to_say_where_the_body_ends() {
    both(|service| {
        service.script([
            raw("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngoodMORE"),
            raw("HTTP/1.1 200 OK\r\n\r\ngood"),
            raw("HTTP/1.0 200 OK\r\n\r\ngood"),
            raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ngo\r\n2;x=y\r\nod\r\n0\r\n\r\n"),
            raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"),
        ]);
        for _ in 0..5 {
            let response = answer(&exchange(service));
            assert_eq!((response.status, response.body.as_slice()), (200, &b"good"[..]));
        }
    });
}

/// The story: a body without a length ends where the connection ends, so whoever can cut the connection can cut the
/// answer, "good 192.0.2.25" to "good 192.0.2.2". TLS says goodbye before a real end; without TLS nothing tells them apart.
/// Some servers have no manners, though: so it is said, and the protocol judges what stands there.
#[test]
fn a_body_without_a_length_ends_with_a_goodbye_where_there_is_tls() {
    let abrupt = || Script::Abrupt(b"HTTP/1.1 200 OK\r\n\r\ngood 192.0.2.2".to_vec());
    let service = with_tls(Tls::default());
    service.script([abrupt()]);
    let response = answer(&exchange(&service));
    assert_eq!((response.body.as_slice(), response.complete), (&b"good 192.0.2.2"[..], false));
    let service = plain();
    service.script([abrupt()]);
    let response = answer(&exchange(&service));
    assert_eq!((response.body.as_slice(), response.complete), (&b"good 192.0.2.2"[..], true));
}

/// The story: any `Transfer-Encoding` was taken for one that says where the body ends. Only `chunked` does, and not in
/// HTTP/1.0, which has none.
#[test]
fn a_transfer_coding_that_is_not_chunked_has_no_end_of_its_own() {
    let service = with_tls(Tls::default());
    for head in ["HTTP/1.1 200 OK\r\nTransfer-Encoding: identity", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked"] {
        let whole = format!("{head}\r\n\r\ngood 192.0.2.2");
        service.script([Script::Abrupt(whole.clone().into_bytes()), raw(&whole)]);
        for complete in [false, true] {
            let response = answer(&exchange(&service));
            assert_eq!((response.body.as_slice(), response.complete), (&b"good 192.0.2.2"[..], complete), "{head}");
        }
    }
}

/// The story: a reset was taken for the end of a body without a length, and half an answer counted.
#[test]
fn a_connection_that_is_reset_ends_no_body() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\ngood 192.0.2.2").unwrap();
        // What is left unread makes the kernel reset the connection. Wait until the request has come.
        stream.peek(&mut [0]).unwrap();
    });
    let url = format!("http://127.0.0.1:{port}/nic/update");
    let message = failure(&Exchange { url, ..exchange(&plain()) }, ErrorKind::Connect);
    assert_eq!(message, format!("the connection to 127.0.0.1 port {port} broke: connection reset by peer"));
    server.join().unwrap();
}

#[test]
fn a_body_that_was_cut_off() {
    both(|service| {
        let abrupt = b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\ngood 192.0".to_vec();
        service.script([Script::Truncate, Script::TruncateChunked, Script::Close, Script::Abrupt(abrupt)]);
        for _ in 0..4 {
            let message = failure(&exchange(service), ErrorKind::Http);
            assert_eq!(message, format!("the answer of 127.0.0.1 port {} was cut off", service.port()));
        }
    });
}

#[test]
fn an_answer_that_is_too_long() {
    both(|service| {
        service.script([Script::Huge(16 * 1024), Script::Huge(16 * 1024 + 1), Script::Endless, Script::EndlessHead]);
        assert_eq!(answer(&exchange(service)).body.len(), 16 * 1024);
        for _ in 0..2 {
            let message = failure(&exchange(service), ErrorKind::Http);
            assert_eq!(message, "the answer of 127.0.0.1 is larger than 16 KiB");
        }
        let message = failure(&exchange(service), ErrorKind::Http);
        assert_eq!(message, "the headers of the answer of 127.0.0.1 are too long");
    });
}

/// The story: a page of web detection had more than 16 KiB, its address at the top, and was no answer at all.
#[test]
fn of_an_answer_that_is_too_long_the_beginning_is_enough_where_it_was_asked_for() {
    let long = vec![b'x'; 40_000];
    let chunked =
        [&b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n9c40\r\n"[..], &long, b"\r\n0\r\n\r\n"];
    both(|service| {
        service.script([Script::Huge(16 * 1024), Script::Huge(40_000), Script::Endless, Script::Raw(chunked.concat())]);
        let exchange = Exchange { beginning: true, ..exchange(service) };
        let lengths = [0; 4].map(|_| answer(&exchange).body.len());
        assert_eq!(lengths, [16_384, 16_385, 16_385, 16_385]);
    });
}

#[test]
fn garbage() {
    both(|service| {
        service.script([Script::Garbage]);
        let message = failure(&exchange(service), ErrorKind::Http);
        let start = format!("what 127.0.0.1 port {} answered is not valid HTTP (", service.port());
        assert!(message.starts_with(&start), "{message}");
    });
}

#[test]
fn the_deadline_holds_against_silence_and_against_drops() {
    both(|service| {
        // A byte every tenth of a second: each read succeeds, the whole would take ten seconds.
        service.script([Script::Hang, Script::Drip(SECOND / 10), Script::Late(Duration::from_secs(60))]);
        for _ in 0..3 {
            let begun = Instant::now();
            let message = failure(&Exchange { timeout: SECOND, ..exchange(service) }, ErrorKind::Timeout);
            let port = service.port();
            assert_eq!(message, format!("no whole answer from 127.0.0.1 port {port} within 1 second"));
            assert!((SECOND..SECOND * 3).contains(&begun.elapsed()), "{:?}", begun.elapsed());
        }
    });
}

#[test]
fn no_time_at_all_and_all_the_time_of_the_world() {
    let service = plain();
    failure(&Exchange { timeout: Duration::ZERO, ..exchange(&service) }, ErrorKind::Timeout);
    answer(&Exchange { timeout: Duration::MAX, ..exchange(&service) });
}

#[test]
fn r13_nothing_can_be_smuggled_into_the_request() {
    let service = plain();
    let good = exchange(&service);
    for evil in ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "\r\n\r\nGET / HTTP/1.1", "\u{7f}"] {
        let message = failure(&Exchange { user_agent: evil.to_owned(), ..good.clone() }, ErrorKind::Http);
        let text = "the request to 127.0.0.1 cannot be sent: the User-Agent holds characters that no header can";
        assert_eq!(message, text);
        failure(&Exchange { authorization: Some(evil.to_owned()), ..good.clone() }, ErrorKind::Http);
        failure(&Exchange { url: format!("{}{evil}", good.url), ..good.clone() }, ErrorKind::Http);
    }
    assert!(service.requests().is_empty());
    assert_eq!(service.connections(), 0);
}

#[test]
fn urls_that_are_none() {
    let exchange = exchange(&plain());
    for (url, why) in [
        ("", "it has to begin with http:// or https://"),
        ("nonsense", "it has to begin with http:// or https://"),
        ("/nic/update", "it has to begin with http:// or https://"),
        ("ftp://host/", "it has to begin with http:// or https://"),
        ("http:///path", "it names no server"),
        ("http://:80/", "it names no server"),
        ("http://host:0/", "its port is wrong"),
        ("http://host:99999/", "its port is wrong"),
        ("http://host:port/", "its port is wrong"),
        ("http://ho st/", "it holds a character that no request can"),
        ("http://u:p@host/", "a username or password in it belongs into the options username and password"),
    ] {
        let message = failure(&Exchange { url: url.to_owned(), ..exchange.clone() }, ErrorKind::Http);
        assert_eq!(message, format!("the URL is not valid: {why}"), "{url:?}");
    }
}

/// Whatever is cut off a sound answer, what is left is not taken for a whole one.
#[test]
fn every_truncated_prefix_of_an_answer() {
    let service = plain();
    let exchange = exchange(&service);
    for whole in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\ngood 192.0.2.1\r\n"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\ngood 192.0.2.1\r\n\r\n0\r\n\r\n",
    ] {
        for cut in 0..whole.len() - 5 {
            service.script([Script::Raw(whole[..cut].to_vec())]);
            failure(&exchange, ErrorKind::Http);
        }
        service.script([Script::Raw(whole.to_vec())]);
        assert_eq!(answer(&exchange).body, b"good 192.0.2.1\r\n");
    }
}

/// Bytes that often look like the beginning of an answer.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let words = prop_oneof![
        Just(b"HTTP/1.1 200 OK\r\n".to_vec()),
        Just(b"HTTP/1.0 ".to_vec()),
        Just(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        Just(b"Content-Length: ".to_vec()),
        Just(b"Content-Length: 18446744073709551616\r\n".to_vec()),
        Just(b"Transfer-Encoding: chunked\r\n".to_vec()),
        Just(b"Connection: keep-alive\r\n".to_vec()),
        Just(b"Location: http://127.0.0.1:1/\r\n".to_vec()),
        Just(b"ffffffffffffffff\r\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\r\n\r\n".to_vec()),
        Just(b"0\r\n\r\n".to_vec()),
        "[0-9]{1,5}\r\n".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..40),
    ];
    proptest::collection::vec(words, 0..12).prop_map(|words| words.concat())
}

#[test]
fn no_answer_of_any_kind_makes_it_panic_or_hang() {
    let service = plain();
    let exchange = exchange(&service);
    proptest!(ProptestConfig::with_cases(2000), |(bytes in bytes())| {
        service.script([Script::Raw(bytes)]);
        let begun = Instant::now();
        if let Ok(response) = perform(&exchange) {
            prop_assert!(response.body.len() <= 16 * 1024);
        }
        prop_assert!(begun.elapsed() < PATIENCE / 2);
    });
}
