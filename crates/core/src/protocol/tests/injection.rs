//! No configured value can become another part of the request, and no answer can do harm.

use super::requests::parameters;
use super::*;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

/// What a request line may hold between `GET ` and ` HTTP/1.1`.
fn is_request_target(url: &str) -> bool {
    url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&byte))
}

/// Whatever an answer is made of, codes and addresses more often than noise.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "good",
            "nochg",
            "nohost",
            "!yours",
            "badauth",
            "911",
            "dnserr",
            " ",
            "\n",
            "\r\n",
            ",",
            "192.0.2.25",
            "2001:db8::25",
            "127.0.0.1",
            "<html>",
            "{",
            "OK",
            ":",
            ".",
        ])
        .prop_map(|it| it.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn r13_hosts_come_back_as_they_went_in(hosts in prop::collection::vec(".{1,40}", 1..6)) {
        let request = build(&Dialect::default(), &parameters(&hosts, "s"));
        prop_assert!(is_request_target(&request.target), "{}", request.target);
        let query = request.target.strip_prefix("/nic/update?hostname=").unwrap();
        let (list, rest) = query.split_once('&').unwrap();
        prop_assert_eq!(rest, "myip=192.0.2.25");
        let back: Vec<String> = list.split(',').map(decoded).collect();
        prop_assert_eq!(back, hosts);
    }

    #[test]
    fn r13_credentials_come_back_as_they_went_in(username: String, password: String, in_query: bool) {
        let hosts = vec!["h".to_owned()];
        let parameters = Parameters { username: &username, password: &password, ..parameters(&hosts, "s") };
        if in_query {
            let names = Credentials::Query { username: Some("u".into()), password: Some("p".into()) };
            let request = build(&Dialect { credentials: names, ..Dialect::dyndns2() }, &parameters);
            prop_assert!(is_request_target(&request.target), "{}", request.target);
            let values: Vec<String> =
                request.target.split_once('?').unwrap().1.split('&').map(|it| decoded(it.split_once('=').unwrap().1)).collect();
            prop_assert_eq!(values, vec!["h".to_owned(), "192.0.2.25".into(), username.clone(), password.clone()]);
            prop_assert!(request.masked.ends_with("&p=***"));
        } else {
            use base64::{Engine as _, engine::general_purpose::STANDARD};
            let value = build(&Dialect::default(), &parameters).authorization.unwrap();
            let bytes = STANDARD.decode(value.strip_prefix("Basic ").unwrap()).unwrap();
            let (user, pass) = std::str::from_utf8(&bytes).unwrap().split_once(':').unwrap();
            prop_assert_eq!(user, username.replace(':', "%3A"));
            prop_assert_eq!(pass, password.as_str());
        }
    }

    #[test]
    fn r13_no_path_breaks_the_request_line(path: String) {
        let hosts = vec!["h".to_owned()];
        let request = build(&Dialect::default(), &Parameters { path: &path, ..parameters(&hosts, "s") });
        prop_assert!(is_request_target(&request.target), "{}", request.target);
        prop_assert!(request.target.starts_with('/'));
    }

    #[test]
    fn every_host_goes_into_exactly_one_request(lengths in prop::collection::vec(1usize..600, 0..60), at_once in 0usize..25) {
        let hosts: Vec<String> = lengths.iter().map(|it| "x".repeat(*it)).collect();
        let dialect = Dialect { hosts_per_request: at_once, ..Dialect::default() };
        let batches = batches(&dialect, &hosts);
        prop_assert_eq!(batches.concat(), hosts);
        prop_assert!(batches.iter().all(|it| !it.is_empty() && it.len() <= at_once.max(1) && it.join(",").len() < 4000));
    }

    #[test]
    fn no_answer_panics_and_a_success_has_one_answer_a_host(body in body(), status in 100u16..600, hosts in 1usize..4) {
        let reply = parse(&Dialect::default(), &answer(status, &body, hosts, true));
        if let Reply::Hosts(answers) = &reply {
            prop_assert_eq!(answers.len(), hosts);
            prop_assert!(answers.iter().all(|it| matches!(it.code.class(), Class::Success | Class::Host)));
        }
        let acknowledges = matches!(&reply, Reply::Hosts(answers) if answers.iter().any(|it| it.code.class() == Class::Success));
        if acknowledges {
            let text = String::from_utf8_lossy(&body);
            prop_assert!(text.contains("good") || text.contains("nochg"));
            prop_assert!(!(300..400).contains(&status));
        }
    }

    #[test]
    fn any_retry_after_is_read_or_left(header: String, now: Option<u64>) {
        let _ = retry_after(&header, now);
        let _ = retry_after(&format!("Sun, {header} GMT"), now);
    }
}
