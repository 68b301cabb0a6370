//! The table of replies: what a service may say, and what ddnsd takes it for.

use super::*;

/// Status, body, hosts asked for, what it is taken for. Sent was `192.0.2.25`.
const REPLIES: &[(u16, &str, usize, &str)] = &[
    // One host.
    (200, "good 192.0.2.25\n", 1, "good 192.0.2.25"),
    (200, "good 192.0.2.25\r\n", 1, "good 192.0.2.25"),
    (200, "good 192.0.2.25", 1, "good 192.0.2.25"),
    (200, "  good\t192.0.2.25  \n\n", 1, "good 192.0.2.25"),
    (200, "\r\n\r\ngood 192.0.2.25\r\n\r\n", 1, "good 192.0.2.25"),
    (200, "good", 1, "good"),
    (200, "nochg 192.0.2.25\n", 1, "nochg 192.0.2.25"),
    (200, "nochg\n", 1, "nochg"),
    (200, "good 198.51.100.7\n", 1, "good 198.51.100.7"),
    (200, "good 198.51.100.7", 1, "good 198.51.100.7"),
    (200, "nohost\n", 1, "nohost"),
    (200, "notfqdn", 1, "notfqdn"),
    (200, "!yours", 1, "!yours"),
    (200, "nohost home.example.net\n", 1, "nohost"),
    // Two families.
    (200, "good 192.0.2.25,2001:db8::25\n", 1, "good 192.0.2.25,2001:db8::25"),
    (200, "good 192.0.2.25, 2001:db8::25\n", 1, "good 192.0.2.25,2001:db8::25"),
    (200, "good 192.0.2.25 2001:DB8::25\n", 1, "good 192.0.2.25,2001:db8::25"),
    (200, "nochg 2001:db8:0:0:0:0:0:25,192.0.2.25\n", 1, "nochg 192.0.2.25,2001:db8::25"),
    (200, "good 2001:db8::25\n", 1, "good 2001:db8::25"),
    // An IPv4-mapped IPv6 address is the IPv4 address.
    (200, "good ::ffff:192.0.2.25\n", 1, "good 192.0.2.25"),
    (200, "good 192.0.2.25,::ffff:192.0.2.25\n", 1, "good 192.0.2.25"),
    (200, "good ::ffff:203.0.113.9,2001:db8::25\n", 1, "good 203.0.113.9,2001:db8::25"),
    (200, "good ::ffff:127.0.0.1\n", 1, "account badagent"),
    (
        200,
        "good 192.0.2.25,::ffff:203.0.113.9\n",
        1,
        "foreign: the answer reports success for something that is no address",
    ),
    // A line for each family.
    (200, "good 192.0.2.25\ngood 2001:db8::25\n", 1, "good 192.0.2.25,2001:db8::25"),
    (
        200,
        "good 2001:db8::25\ngood 192.0.2.25\n",
        1,
        "foreign: the answer has 2 lines for 1 host: it is cut off, or not from this service",
    ),
    // Several hosts.
    (200, "good 192.0.2.25\nnohost\nnochg 192.0.2.25\n", 3, "good 192.0.2.25 | nohost | nochg 192.0.2.25"),
    (200, "good 192.0.2.25\r\n\r\nnochg\r\n", 2, "good 192.0.2.25 | nochg"),
    (200, "nohost\n", 3, "nohost | nohost | nohost"),
    (200, "notfqdn", 2, "notfqdn | notfqdn"),
    (200, "!yours\n", 2, "!yours | !yours"),
    (200, "good 192.0.2.25\nbadauth\n", 2, "account badauth"),
    (200, "911\ngood 192.0.2.25\n", 2, "wait 911"),
    (200, "911\n!donator\n", 2, "account !donator"),
    (
        200,
        "good 192.0.2.25\n",
        2,
        "foreign: the answer has 1 line for 2 hosts: it is cut off, or not from this service",
    ),
    (200, "nochg\n", 2, "foreign: the answer has 1 line for 2 hosts: it is cut off, or not from this service"),
    (
        200,
        "good 192.0.2.25\ngood 192.0.2.25\n",
        1,
        "foreign: the answer has 2 lines for 1 host: it is cut off, or not from this service",
    ),
    (
        200,
        "good 192.0.2.25\nnohost\n",
        3,
        "foreign: the answer has 2 lines for 3 hosts: it is cut off, or not from this service",
    ),
    // The account.
    (200, "numhost", 21, "account numhost"),
    (200, "badauth", 1, "account badauth"),
    (401, "badauth", 1, "account badauth"),
    (401, "badauth\r\n", 3, "account badauth"),
    (403, "badauth", 1, "account badauth"),
    (200, "badsys", 1, "account badsys"),
    (200, "badagent", 1, "account badagent"),
    (200, "!donator", 1, "account !donator"),
    (200, "abuse", 2, "account abuse"),
    (200, "good 127.0.0.1\n", 1, "account badagent"),
    (200, "good 192.0.2.25\ngood 127.0.0.1\n", 2, "account badagent"),
    (401, "", 1, "account badauth"),
    (401, "<html><body>401 Authorization Required</body></html>", 1, "account badauth"),
    (401, "good 192.0.2.25 and more", 1, "account badauth"),
    // Patience.
    (200, "911", 1, "wait 911"),
    (500, "911\n", 3, "wait 911"),
    (503, "911", 1, "wait 911"),
    (200, "dnserr", 1, "wait dnserr"),
    (429, "", 1, "retry"),
    (429, "911", 1, "wait 911"),
    // Anything else.
    (200, "", 1, "foreign: the answer is empty (HTTP 200)"),
    (200, " \r\n\r\n", 1, "foreign: the answer is empty (HTTP 200)"),
    (204, "", 1, "foreign: the answer is empty (HTTP 204)"),
    (404, "", 1, "foreign: the answer is empty (HTTP 404 Not Found: option server and path may not be right)"),
    (503, "", 1, "foreign: the answer is empty (HTTP 503 Service Unavailable)"),
    (
        200,
        "<!DOCTYPE html><html><title>Welcome</title>good 192.0.2.25</html>",
        1,
        "foreign: the answer is an HTML page: a captive portal, a proxy, or option server and path are not right (HTTP 200)",
    ),
    (
        502,
        "<html>\n<head><title>502</title></head>\n</html>",
        3,
        "foreign: the answer is an HTML page: a captive portal, a proxy, or option server and path are not right (HTTP 502 Bad Gateway)",
    ),
    (200, "{\"good\": true}", 1, "foreign: the answer is JSON instead of a code of the update protocol (HTTP 200)"),
    (
        200,
        "<?xml version=\"1.0\"?><ok/>",
        1,
        "foreign: the answer is a page of markup instead of a code of the update protocol (HTTP 200)",
    ),
    (
        200,
        "<html><body>\n911 Main Street\nabuse\nbadauth\n</body></html>",
        1,
        "foreign: the answer is an HTML page: a captive portal, a proxy, or option server and path are not right (HTTP 200)",
    ),
    (200, "\u{feff}good 192.0.2.25\r\n", 1, "good 192.0.2.25"),
    (200, "\u{0}\u{1}\u{2}", 1, "foreign: the answer is bytes that are no text (HTTP 200)"),
    (200, "GOOD 192.0.2.25", 1, "foreign: the answer is not a code of the update protocol (HTTP 200)"),
    (200, "goodbye", 1, "foreign: the answer is not a code of the update protocol (HTTP 200)"),
    (200, "good: 192.0.2.25", 1, "foreign: the answer is not a code of the update protocol (HTTP 200)"),
    (200, "9110", 1, "foreign: the answer is not a code of the update protocol (HTTP 200)"),
    (200, "good\u{a0}192.0.2.25", 1, "foreign: the answer is not a code of the update protocol (HTTP 200)"),
    (200, "good luck", 1, "foreign: the answer reports success for something that is no address"),
    (200, "good 192.0.2", 1, "foreign: the answer reports success for something that is no address"),
    (200, "good 192.0.2.25.", 1, "foreign: the answer reports success for something that is no address"),
    (200, "good 192.0.2.25,", 1, "foreign: the answer reports success for something that is no address"),
    (200, "good ,192.0.2.25", 1, "foreign: the answer reports success for something that is no address"),
    (200, "good 192.0.2.25,198.51.100.7", 1, "foreign: the answer reports success for something that is no address"),
    (200, "good 192.0.2.25 thanks", 1, "foreign: the answer reports success for something that is no address"),
    (200, "good 192.0.2.2", 1, "foreign: the answer ends in the middle of an address"),
    (200, "good 192.0.2.2\n", 1, "good 192.0.2.2"),
    (
        301,
        "good 192.0.2.25\n",
        1,
        "foreign: the answer is a redirect to another address (HTTP 301), which is never followed: a captive portal, or option server and path are not right",
    ),
];

#[test]
fn every_reply_is_taken_for_what_the_table_says() {
    for (status, body, hosts, expected) in REPLIES {
        let reply = parse(&Dialect::default(), &answer(*status, body.as_bytes(), *hosts, false));
        assert_eq!(show(&reply), *expected, "HTTP {status}, {hosts} hosts: {body:?}");
    }
}

#[test]
fn r04_every_code_has_its_reach() {
    use Class::*;
    let table = [
        ("good", Success),
        ("nochg", Success),
        ("nohost", Host),
        ("notfqdn", Host),
        ("numhost", Account),
        ("!yours", Host),
        ("badauth", Account),
        ("badsys", Account),
        ("badagent", Account),
        ("!donator", Account),
        ("abuse", Account),
        ("911", Wait),
        ("dnserr", Wait),
    ];
    assert_eq!(table.len(), Code::ALL.len());
    for (word, class) in table {
        let code = Code::from_word(word).unwrap();
        assert_eq!((code.as_str(), code.class()), (word, class));
        assert_eq!(Code::from_any_word(word), Some(code));
        assert_eq!(Code::from_word(&word.to_uppercase()).filter(|_| word != "911"), None);
    }
    for (word, class) in [("interval", Wait), ("ambiguous", Host), ("rejected", Host)] {
        assert_eq!(Code::from_word(word), None, "no service that speaks dyndns2 says it");
        let code = Code::from_any_word(word).unwrap();
        assert_eq!((code.as_str(), code.class()), (word, class));
    }
}

/// The story: a service that has moved to https answered each plain request with a redirect, and the message spoke of
/// server and path, which were right.
#[test]
fn a_redirect_to_https_at_the_same_server_says_what_to_write() {
    let at = &Server::new(false, "dyn.example.com", 80);
    let ported = &Server::new(false, "dyn.example.com", 8080);
    let (numeric, tls) = (&Server::new(false, "2001:db8::1", 80), &Server::new(true, "dyn.example.com", 443));
    let same = "the answer is a redirect to https at the same server (HTTP 301), which is never followed: write option";
    let other = "the answer is a redirect to another address (HTTP 301), which is never followed";
    for (server, location, expected) in [
        (at, Some("https://dyn.example.com/nic/update"), format!("{same} tls '1'")),
        (at, Some(" HTTPS://Dyn.Example.Com "), format!("{same} tls '1'")),
        (at, Some("https://dyn.example.com:443/?secret"), format!("{same} tls '1'")),
        (at, Some("https://dyn.example.com:8443/"), format!("{same} tls '1' and option port '8443'")),
        (at, Some("https://user:secret@dyn.example.com#x"), format!("{same} tls '1'")),
        (ported, Some("https://dyn.example.com/"), format!("{same} tls '1', and leave option port out")),
        (numeric, Some("https://[2001:db8::1]/u"), format!("{same} tls '1'")),
        (at, Some("https://portal.example.com/"), other.to_owned()),
        (at, Some("http://dyn.example.com/nic/update"), other.to_owned()),
        (at, Some("/nic/update"), other.to_owned()),
        (at, Some("https://"), other.to_owned()),
        (at, Some(""), other.to_owned()),
        (at, None, other.to_owned()),
        (tls, Some("https://dyn.example.com/other"), other.to_owned()),
    ] {
        let reply = parse(&Dialect::default(), &Answer { location, server, ..answer(301, b"", 1, false) });
        let Reply::Foreign(what) = reply else { panic!("{reply:?}") };
        assert!(what == expected || expected == other && what.starts_with(other), "{location:?}: {what}");
        assert!(!what.contains("secret"), "{what}");
    }
}

#[test]
fn good_127_0_0_1_is_no_block_where_it_was_sent() {
    let mut local = answer(200, b"good 127.0.0.1", 1, false);
    local.sent_ipv4 = Some([127, 0, 0, 1].into());
    assert_eq!(show(&parse(&Dialect::default(), &local)), "good 127.0.0.1");
}

#[test]
fn server_mode_takes_the_address_that_the_answer_says() {
    let unsent = Answer { sent_ipv4: None, ..answer(200, b"good 203.0.113.9\n", 1, false) };
    assert_eq!(show(&parse(&Dialect::default(), &unsent)), "good 203.0.113.9");
    let blocked = Answer { body: b"good 127.0.0.1", ..unsent };
    assert_eq!(show(&parse(&Dialect::default(), &blocked)), "account badagent");
}

#[test]
fn r05_retry_after_is_seconds_or_a_date() {
    let table: &[(u16, &str, Option<u64>, &str)] = &[
        (429, "120", None, "retry 120"),
        (503, " 3600 ", None, "retry 3600"),
        (503, "99999999999999999999999999", None, "retry 18446744073709551615"),
        (503, "soon", Some(0), "retry"),
        (503, "-5", Some(0), "retry"),
        (503, "Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_700), "retry 77"),
        (503, "Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_999), "retry 0"),
        (503, "Sun, 06 Nov 1994 08:49:37 GMT", None, "retry"),
        (429, "Thu, 29 Feb 2024 00:00:00 GMT", Some(1_709_164_800 - 60), "retry 60"),
        (429, "Thu, 01 Jan 1970 00:00:10 GMT", Some(0), "retry 10"),
        (429, "Thu, 99 Feb 2024 00:00:00 GMT", Some(0), "retry"),
    ];
    for (status, header, now, expected) in table {
        let told = Answer { retry_after: Some(header), now: *now, ..answer(*status, b"busy", 1, false) };
        assert_eq!(show(&parse(&Dialect::default(), &told)), *expected, "{header}");
    }
    let elsewhere = Answer { retry_after: Some("120"), ..answer(500, b"busy", 1, false) };
    assert!(matches!(parse(&Dialect::default(), &elsewhere), Reply::Foreign(_)), "only 429 and 503 may ask for it");
}

/// A truncated answer must never pass for an acknowledgement of an address that nobody sent.
#[test]
fn no_prefix_of_a_valid_reply_acknowledges_an_address_that_was_not_sent() {
    let bodies = [
        "good 192.0.2.25\r\n",
        "good 192.0.2.25,2001:db8::25\n",
        "good 192.0.2.25, 2001:db8::25\n",
        "nochg 2001:0db8:0000:0000:0000:0000:0000:0025,192.0.2.25\n",
        "good 2001:DB8:0:0:0:0:0:25\n",
        "good 192.0.2.25\nnohost\nnochg 192.0.2.25\n",
        "good 192.0.2.25,2001:db8::25\r\ngood 192.0.2.25,2001:db8::25\r\n",
        "badauth\n",
        "911\n",
        "!donator\n",
    ];
    for body in bodies {
        let hosts = body.lines().count();
        let whole = parse(&Dialect::default(), &answer(200, body.as_bytes(), hosts, true));
        assert!(!matches!(whole, Reply::Foreign(_)), "{body:?}");
        for end in 0..body.len() {
            let part = &body[..end];
            let reply = parse(&Dialect::default(), &answer(200, part.as_bytes(), hosts, true));
            let Reply::Hosts(answers) = reply else { continue };
            assert_eq!(answers.len(), hosts, "{part:?}");
            for host in answers {
                assert!(host.ipv4.is_none_or(|it| it.octets() == [192, 0, 2, 25]), "{part:?}");
                assert!(host.ipv6.is_none_or(|it| it.to_string() == "2001:db8::25"), "{part:?}");
            }
        }
    }
}

#[test]
fn words_of_a_service_come_before_the_protocols() {
    let word = |text: &str, place, code| Word { text: text.into(), place, code };
    let dialect = Dialect {
        words: vec![
            word("<ErrCount>0<", Place::Anywhere, Code::Good),
            word("OK", Place::Line, Code::Good),
            word("No change", Place::Prefix, Code::NoChange),
            word("TOO_FREQ", Place::Line, Code::Abuse),
            word("BUSY", Place::Line, Code::Fatal),
            word("TOOSOON", Place::Line, Code::TooOften),
        ],
        statuses: vec![(403, Code::BadAuth), (404, Code::NoHost), (204, Code::Good)],
        answers_once: true,
        ..Dialect::default()
    };
    let table = [
        (200, "OK\n", 1, "good"),
        (200, "OK", 3, "good | good | good"),
        (200, "OK 192.0.2.25 UPDATED", 1, "good"),
        (200, "OKAY", 1, "foreign: the answer is not a code of the update protocol (HTTP 200)"),
        (200, "No changes made", 1, "nochg"),
        (200, "<xml><ErrCount>0</ErrCount></xml>", 2, "good | good"),
        (200, "TOO_FREQ", 2, "account abuse"),
        (200, "BUSY now", 2, "wait 911"),
        (200, "TOOSOON", 2, "wait interval"),
        (200, "interval", 1, "foreign: the answer is not a code of the update protocol (HTTP 200)"),
        (204, "", 2, "good | good"),
        (200, "", 1, "foreign: the answer is empty (HTTP 200)"),
        (200, "nochg 192.0.2.25", 2, "nochg 192.0.2.25 | nochg 192.0.2.25"),
        (403, "go away", 1, "account badauth"),
        (404, "", 2, "nohost | nohost"),
    ];
    for (status, body, hosts, expected) in table {
        assert_eq!(show(&parse(&dialect, &answer(status, body.as_bytes(), hosts, false))), expected, "{body:?}");
    }
}

/// What a service sends back may hold what it was sent.
#[test]
fn r13_no_foreign_answer_is_quoted() {
    for body in ["secret", "<html>secret", "{\"secret\"", "good secret", "secret\nsecret\n", "\u{0}secret"] {
        for status in [200, 302, 400, 418, 500] {
            let text = show(&parse(&Dialect::default(), &answer(status, body.as_bytes(), 1, false)));
            assert!(text.starts_with("foreign: ") && !text.contains("secret"), "{text}");
        }
    }
}

/// The story: a server that ends its connection without TLS's goodbye gives whole answers all the same, but so does
/// somebody on the way who cuts them. What says the very address that was sent, or needs no address, is whole.
#[test]
fn an_answer_that_may_be_cut_off_counts_only_where_it_is_whole() {
    let parse = |body: &'static [u8]| {
        let answer = Answer { complete: false, ..answer(200, body, 1, false) };
        crate::protocol::parse(&Dialect::default(), &answer)
    };
    for whole in [&b"good 192.0.2.25"[..], b"nochg 192.0.2.25\r\n", b"good\n", b"good 203.0.113.9\n"] {
        assert!(matches!(parse(whole), Reply::Hosts(_)), "{}", String::from_utf8_lossy(whole));
    }
    assert_eq!(parse(b"badauth"), Reply::Account(Code::BadAuth));
    for cut in [&b"good"[..], b"good 192.0.2.2", b"good 203.0.113.9", b"go", b""] {
        assert!(matches!(parse(cut), Reply::Foreign(_)), "{}", String::from_utf8_lossy(cut));
    }
}
