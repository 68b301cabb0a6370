//! The zone: tried from the host upwards.

use super::*;

/// A service that knows these zones, and answers for any other with `other`.
fn zones(host: &str, known: &[&str], other: fn() -> Answer) -> (Vec<String>, Outcome) {
    let mut run = Run::new(recipe(CLOUDFLARE), task(host), None, false);
    let (requests, ended) = play(&mut run, |request, _| match request.strip_prefix("GET /zones?name=") {
        Some(name) if known.contains(&name) => zone(),
        Some(_) => other(),
        None if request.starts_with("GET") => record("198.51.100.7"),
        None => written(),
    });
    let tried = requests.iter().filter_map(|it| it.strip_prefix("GET /zones?name=")).map(str::to_owned);
    (tried.collect(), ended.outcome)
}

#[test]
fn the_longest_suffix_that_is_a_zone() {
    for (host, known, tried) in [
        ("home.example.com", vec!["example.com"], vec!["home.example.com", "example.com"]),
        ("home.example.com", vec!["home.example.com", "example.com"], vec!["home.example.com"]),
        ("example.com", vec!["example.com"], vec!["example.com"]),
        ("*.example.com", vec!["example.com"], vec!["example.com"]),
        (
            "a.b.c.d.example.com",
            vec!["example.com"],
            vec!["a.b.c.d.example.com", "b.c.d.example.com", "c.d.example.com", "d.example.com", "example.com"],
        ),
    ] {
        for other in [nothing, || error(404, 1, "no"), || error(403, 1, "not yours"), || error(400, 81044, "no")] {
            assert_eq!(
                zones(host, &known, other),
                (tried.iter().map(|it| (*it).to_owned()).collect(), good()),
                "{host}"
            );
        }
    }
}

#[test]
fn five_tries_and_two_labels_at_least() {
    let (tried, outcome) = zones("a.b.c.d.e.example.com", &["example.com"], nothing);
    assert_eq!(tried.last().map(String::as_str), Some("e.example.com"));
    assert_eq!((tried.len(), outcome), (5, nohost()));
    assert_eq!(
        zones("home.example.com", &["com"], nothing),
        (vec!["home.example.com".into(), "example.com".into()], nohost())
    );
    let (requests, outcome) = script(task("com"), vec![]);
    assert_eq!((requests.len(), outcome), (0, nohost()));
}

#[test]
fn forbidden_everywhere_is_badauth_and_in_one_place_is_not() {
    let refused = Outcome::Account(Code::BadAuth, Some("1: not yours".into()));
    assert_eq!(zones("home.example.com", &[], || error(403, 1, "not yours")).1, refused);
    let forbidden_above = script(task("home.example.com"), vec![error(404, 7, "none"), error(403, 1, "not yours")]);
    assert_eq!(forbidden_above.1, refused);
    // A word of the entry's needs no walk.
    let (requests, outcome) = script(task("home.example.com"), vec![error(403, 10000, "Authentication error")]);
    assert_eq!(requests.len(), 1);
    assert_eq!(outcome, Outcome::Account(Code::BadAuth, Some("10000: Authentication error".into())));
}

#[test]
fn option_zone_is_tried_alone() {
    let task = Task { zone: Some("example.com".into()), ..task("a.b.example.com") };
    let (requests, outcome) = script(task.clone(), vec![zone(), record("192.0.2.1"), written()]);
    assert_eq!((requests[0].as_str(), outcome), ("GET /zones?name=example.com", good()));
    let (requests, outcome) = script(task, vec![nothing()]);
    assert_eq!((requests.len(), outcome), (1, nohost()));
}

const OWNS: &str = r#"{ "name": "owns", "server": "s", "steps": [
    { "get": "/domains?owns={host}", "pick": { "": {} }, "take": { "zone": "/name" } },
    { "get": "/{zone}/{name}/{type}/", "take": { "old": "/records/*" } },
    { "patch": "/{zone}/{name}/{type}/", "json": { "records": ["{ip}"] }, "says": { "/records/0": "{ip}" } } ] }"#;

#[test]
fn a_step_that_takes_the_zone_needs_no_walk_and_is_not_needed_with_option_zone() {
    let service = |request: &str, _| match request {
        it if it.starts_with("GET /domains") => answer(200, json!([{"name": "example.com"}])),
        it if it.starts_with("GET") => answer(200, json!({"records": ["192.0.2.1"]})),
        _ => answer(200, json!({"records": ["192.0.2.25"]})),
    };
    for (host, path) in [("a.b.example.com", "a.b"), ("example.com", "@"), ("*.example.com", "*")] {
        let mut run = Run::new(recipe(OWNS), task(host), None, false);
        let (requests, ended) = play(&mut run, service);
        assert_eq!(ended.outcome, good());
        assert_eq!(requests[1], format!("GET /example.com/{path}/A/"));
    }
    let task = Task { zone: Some("example.com".into()), ..task("a.example.com") };
    let (requests, ended) = play(&mut Run::new(recipe(OWNS), task, None, false), service);
    assert_eq!((requests.len(), ended.outcome), (2, good()));
    let run = &mut Run::new(recipe(OWNS), super::task("a.example.net"), None, false);
    assert_eq!(play(run, |_, _| answer(200, "[]")).1.outcome, nohost());
}

/// The record's step is the one that names the zone.
const DIRECT: &str = r#"{ "name": "direct", "server": "s", "steps": [
    { "get": "/{zone}/records?name={host}&type={type}", "pick": { "/records": {} }, "take": { "r": "/id", "old": "/data" } },
    { "patch": "/{zone}/records/{r}", "json": { "data": "{ip}" }, "says": { "/record/data": "{ip}" } } ],
  "create": [ { "post": "/{zone}/records", "json": { "name": "{name}", "data": "{ip}" }, "says": { "/record/data": "{ip}" } } ] }"#;

#[test]
fn a_zone_without_the_record_is_where_it_is_made() {
    let service = |request: &str, _| match request {
        it if it.starts_with("POST") => answer(201, json!({"record": {"data": "192.0.2.25"}})),
        it if it.contains("/example.com/") => answer(200, json!({"records": []})),
        _ => answer(404, json!({"id": "not_found"})),
    };
    let make = Task { create: true, ..task("a.b.example.com") };
    let (requests, ended) = play(&mut Run::new(recipe(DIRECT), make, None, false), service);
    assert_eq!(ended.outcome, good());
    assert_eq!(requests.last().unwrap(), r#"POST /example.com/records {"data":"192.0.2.25","name":"a.b"}"#);
    assert_eq!(requests.len(), 4);
    let run = &mut Run::new(recipe(DIRECT), task("a.b.example.com"), None, false);
    assert_eq!(play(run, service).1.outcome, nohost());
}
