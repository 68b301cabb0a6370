//! The record: read, written, made, remembered.

use super::*;

#[test]
fn an_update_is_three_requests_and_changes_the_address_alone() {
    let (requests, outcome) = script(task("example.com"), vec![zone(), record("198.51.100.7"), written()]);
    assert_eq!(
        requests,
        [
            "GET /zones?name=example.com",
            "GET /zones/Z1/records?type=A&name=example.com",
            "PATCH /zones/Z1/records/R1 {\"content\":\"192.0.2.25\"}",
        ]
    );
    assert_eq!(outcome, good());
}

#[test]
fn nothing_is_written_that_is_so_already() {
    let (requests, outcome) = script(task("example.com"), vec![zone(), record("192.0.2.25")]);
    assert_eq!((requests.len(), outcome), (2, nochg()));
    // Addresses are compared as such.
    let task = Task { ip: ip("2001:db8::25"), ..task("example.com") };
    let (requests, outcome) = script(task, vec![zone(), record("2001:0DB8:0:0::25")]);
    assert_eq!(requests.len(), 2);
    let ipv6 = Some("2001:db8::25".parse().unwrap());
    assert_eq!(outcome, Outcome::Done(HostAnswer { code: Code::NoChange, ipv4: None, ipv6 }));
}

fn records(contents: &[&str]) -> Answer {
    let list: Vec<Value> =
        contents.iter().enumerate().map(|(at, it)| json!({"id": format!("R{at}"), "content": it})).collect();
    answer(200, json!({"result": list}))
}

#[test]
fn of_several_records_only_ours_is_changed() {
    let two = || records(&["198.51.100.7", "198.51.100.8"]);
    let (requests, outcome) = script(task("example.com"), vec![zone(), two()]);
    assert_eq!(requests.len(), 2);
    let what = "the name has 2 A records, and none of them is known to be this one's";
    assert_eq!(outcome, Outcome::Ambiguous(what.into()));
    let ours = Task { acknowledged: Some(ip("198.51.100.8")), ..task("example.com") };
    let (requests, outcome) = script(ours, vec![zone(), two(), written()]);
    assert_eq!(requests[2], "PATCH /zones/Z1/records/R1 {\"content\":\"192.0.2.25\"}");
    assert_eq!(outcome, good());
    let stranger = Task { acknowledged: Some(ip("198.51.100.9")), ..task("example.com") };
    assert!(matches!(script(stranger, vec![zone(), two()]).1, Outcome::Ambiguous(_)));
    let twins = Task { acknowledged: Some(ip("198.51.100.8")), ..task("example.com") };
    let answers = vec![zone(), records(&["198.51.100.8", "198.51.100.8"])];
    assert!(matches!(script(twins, answers).1, Outcome::Ambiguous(_)));
    let zones = answer(200, json!({"result": [{"id": "Z1"}, {"id": "Z2"}]}));
    let what = "2 zones of this name are in the account".to_owned();
    assert_eq!(script(task("example.com"), vec![zones]).1, Outcome::Ambiguous(what));
}

#[test]
fn a_record_is_made_only_where_the_account_says_so() {
    assert_eq!(script(task("example.com"), vec![zone(), nothing()]).1, nohost());
    let task = Task { create: true, ttl: 600, ..task("example.com") };
    let (requests, outcome) = script(task, vec![zone(), nothing(), written()]);
    assert_eq!(
        requests[2],
        r#"POST /zones/Z1/records {"content":"192.0.2.25","name":"example.com","ttl":600,"type":"A"}"#
    );
    assert_eq!(outcome, good());
}

#[test]
fn what_an_answer_does_not_prove_is_no_success() {
    for (body, what) in [
        (
            json!({"success": true}),
            "the answer has nothing at /result/content: it is cut off, or not from this service",
        ),
        (
            json!({"result": {"content": "moon"}}),
            "the answer does not say '192.0.2.25' at /result/content: it is cut off, or not from this service",
        ),
        (json!({"errors": [{"code": 5, "message": "no\u{7}pe Sesame"}]}), "the service answered: 5: no pe ***"),
    ] {
        let (_, outcome) = script(task("example.com"), vec![zone(), record("192.0.2.1"), answer(200, body)]);
        assert_eq!(outcome, Outcome::Failed(what.into()));
    }
    let other = answer(200, json!({"result": {"content": "192.0.2.99"}}));
    let (_, outcome) = script(task("example.com"), vec![zone(), record("192.0.2.1"), other]);
    let ipv4 = Some("192.0.2.99".parse().unwrap());
    assert_eq!(outcome, Outcome::Done(HostAnswer { code: Code::Good, ipv4, ipv6: None }));
}

#[test]
fn what_is_remembered_saves_requests_and_is_forgotten_when_it_is_gone() {
    let recipe = recipe(CLOUDFLARE);
    let mut first = Run::new(recipe.clone(), task("example.com"), None, false);
    let mut answers = vec![written(), record("192.0.2.1"), zone()];
    let (_, ended) = play(&mut first, |_, _| answers.pop().unwrap());
    assert!(ended.wrote);
    let remembered = ended.remembered;
    for (recent, expected) in [(false, 2), (true, 1)] {
        let mut run = Run::new(recipe.clone(), task("example.com"), remembered.clone(), recent);
        let (requests, ended) =
            play(&mut run, |it, _| if it.starts_with("GET") { record("192.0.2.1") } else { written() });
        assert_eq!((requests.len(), ended.outcome), (expected, good()));
        assert_eq!(ended.remembered, remembered);
    }
    for recent in [false, true] {
        for gone in [|| error(404, 3, "no"), || error(400, 81044, "no")] {
            let mut run = Run::new(recipe.clone(), task("example.com"), remembered.clone(), recent);
            let mut answers = vec![written(), record("192.0.2.1"), zone(), gone()];
            let (requests, ended) = play(&mut run, |_, _| answers.pop().unwrap());
            assert_eq!((requests.len(), ended.outcome), (4, good()));
            let mut run = Run::new(recipe.clone(), task("example.com"), remembered.clone(), recent);
            let (requests, ended) = play(&mut run, |_, _| gone());
            assert_eq!(requests.len(), 2, "once only: {requests:?}");
            assert!(matches!(ended.outcome, Outcome::Host(Code::NoHost, _)));
            assert_eq!(ended.remembered, None);
        }
    }
}

/// A whole set of values, with a TTL that has to be sent along.
const SET: &str = r#"{ "name": "set", "server": "s", "steps": [
    { "get": "/{zone}" },
    { "get": "/{zone}/{name}/{type}", "take": { "old": "/values/*", "ttl": "/ttl", "note": "/note", "data": "/data" } },
    { "put": "/{zone}/{name}/{type}",
      "json": { "values": ["{ip}"], "ttl": "{ttl}", "note": "{note}", "data": "{data}", "text": "ttl {ttl}" }, "ok": [201] } ],
  "create": [ { "put": "/{zone}/{name}/{type}", "json": { "values": ["{ip}"], "ttl": "{ttl}" }, "ok": [201] } ] }"#;

#[test]
fn what_has_to_be_sent_along_keeps_its_type_and_is_read_each_time() {
    let service = |request: &str, _| match request {
        "GET /example.com" => answer(200, "{}"),
        it if it.starts_with("GET") => {
            answer(200, r#"{"values": ["192.0.2.1"], "ttl": 1200, "data": {"a": [true, null]}}"#)
        }
        _ => answer(201, ""),
    };
    let (requests, ended) = play(&mut Run::new(recipe(SET), task("example.com"), None, false), service);
    assert_eq!(
        requests[2],
        r#"PUT /example.com/@/A {"data":{"a":[true,null]},"text":"ttl 1200","ttl":1200,"values":["192.0.2.25"]}"#
    );
    assert_eq!(ended.outcome, good());
    let mut run = Run::new(recipe(SET), task("example.com"), ended.remembered, true);
    assert_eq!(play(&mut run, service).0.len(), 2, "its owner may have changed the TTL");
}

#[test]
fn a_set_of_several_values_is_ambiguous_and_an_empty_one_is_no_record() {
    let play_set = |values: Value, create: bool| {
        let task = Task { create, ..task("example.com") };
        let mut run = Run::new(recipe(SET), task, None, false);
        play(&mut run, |request, _| match request {
            it if it.starts_with("PUT") => answer(201, ""),
            "GET /example.com" => answer(200, "{}"),
            _ => answer(200, json!({"values": values, "ttl": 7})),
        })
    };
    assert!(matches!(play_set(json!(["192.0.2.1", "192.0.2.25"]), false).1.outcome, Outcome::Ambiguous(_)));
    assert_eq!(play_set(json!([]), false).1.outcome, nohost());
    let (requests, ended) = play_set(json!([]), true);
    assert_eq!(requests[2], r#"PUT /example.com/@/A {"ttl":300,"values":["192.0.2.25"]}"#);
    assert_eq!(ended.outcome, good());
}

/// A write that takes its time.
const SLOW: &str = r#"{ "name": "slow", "server": "s", "steps": [
    { "get": "/{zone}/{name}/{type}", "take": { "old": "/value" } },
    { "post": "/{zone}/{name}/{type}/set", "json": { "value": "{ip}" }, "ok": [201], "take": { "a": "/action/id" } },
    { "get": "/actions/{a}", "until": { "/action/status": "success", "not": "running" }, "says": { "/action/status": "success" } } ],
  "create": [ { "post": "/{zone}", "json": { "value": "{ip}" }, "ok": [201] } ],
  "error": ["/action/error/message"] }"#;

#[test]
fn a_write_that_takes_its_time_is_asked_about_until_it_is_done() {
    let mut states = vec!["success", "running", "running", "running", "running"];
    let mut run = Run::new(recipe(SLOW), task("example.com"), None, false);
    let (requests, ended) = play(&mut run, |request, _| match request {
        it if it.starts_with("POST") => answer(201, json!({"action": {"id": 42, "status": "running"}})),
        it if it.contains("actions") => answer(200, json!({"action": {"status": states.pop()}})),
        _ => answer(200, json!({"value": "192.0.2.1"})),
    });
    let pauses: Vec<&String> = requests.iter().filter(|it| it.starts_with("pause")).collect();
    assert_eq!(pauses, ["pause 1", "pause 2", "pause 4", "pause 4"]);
    assert_eq!((requests.len(), ended.outcome), (11, good()));
    let mut run = Run::new(recipe(SLOW), task("example.com"), None, false);
    let (_, ended) = play(&mut run, |request, _| match request {
        it if it.starts_with("POST") => answer(201, json!({"action": {"id": 42}})),
        it if it.contains("actions") => {
            answer(200, json!({"action": {"status": "error", "error": {"message": "locked"}}}))
        }
        _ => answer(200, json!({"value": "192.0.2.1"})),
    });
    assert_eq!(ended.outcome, Outcome::Failed("the service answered: locked".into()));
    // What is only asked for to prove the write is not written instead of making the record.
    let make = Task { create: true, ..task("example.com") };
    let mut run = Run::new(recipe(SLOW), make, None, false);
    let (requests, _) = play(&mut run, |request, _| match request {
        it if it.starts_with("POST") => answer(201, ""),
        _ => answer(200, json!({"nothing": 1})),
    });
    assert_eq!(requests, ["GET /example.com/@/A", "POST /example.com {\"value\":\"192.0.2.25\"}"]);
}

#[test]
fn a_rehearsal_shows_every_step_and_no_secret() {
    let task = Task { create: true, ..task("home.example.com") };
    let shown: Vec<String> = rehearse(&recipe(CLOUDFLARE), &task)
        .iter()
        .map(|it| {
            let header = it.headers.iter().find(|(name, _)| name == "Authorization").map(|(_, value)| value.as_str());
            format!(
                "{} {} {} {}",
                it.method.as_str(),
                it.path,
                header.unwrap_or_default(),
                it.body.clone().unwrap_or_default()
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "GET /zones?name={zone} Bearer *** ",
            "GET /zones/{z}/records?type=A&name=home.example.com Bearer *** ",
            "PATCH /zones/{z}/records/{r} Bearer *** {\"content\":\"192.0.2.25\"}",
            "POST /zones/{z}/records Bearer *** {\"content\":\"192.0.2.25\",\"name\":\"home.example.com\",\"ttl\":300,\"type\":\"A\"}",
        ]
    );
}

#[test]
fn values_are_encoded_for_where_they_stand() {
    let entry = r#"{ "name": "enc", "server": "s", "headers": { "Authorization": "Basic {basic}", "X": "{username}" }, "steps": [
        { "post": "/a/{host}?k={password}", "form": "login={username},{password}&data={\"fqdn\":\"{host}\"}", "says": { "/s": "ok" } } ] }"#;
    let task = Task { username: "a b".into(), password: "p&=\"/".into(), ..task("*.example.com") };
    let Next::Send(request) = Run::new(recipe(entry), task, None, false).next(Moment::default()) else { panic!() };
    assert_eq!(request.path, "/a/*.example.com?k=p%26%3D%22%2F");
    assert_eq!(request.body.unwrap(), "login=a%20b%2Cp%26%3D%22%2F&data=%7B%22fqdn%22%3A%22%2A.example.com%22%7D");
    assert!(request.headers.contains(&("Authorization".into(), "Basic YSBiOnAmPSIv".into())));
    assert!(request.headers.contains(&("X".into(), "a b".into())));
    assert!(!format!("{:?}", Run::new(recipe(CLOUDFLARE), super::task("a.b"), None, false)).contains("Sesame"));
}

#[test]
fn a_zone_with_thousands_of_records_costs_what_is_kept() {
    let mut run = Run::new(recipe(DIRECT_PICK), task("h4999.example.com"), None, false);
    let mut list: Vec<Value> = Vec::new();
    for at in 0..5000 {
        list.push(
            json!({"id": at, "name": format!("h{at}"), "type": "A", "data": "192.0.2.1", "note": "x".repeat(100)}),
        );
    }
    let all = json!({"records": list}).to_string();
    assert!(all.len() < MAX_ANSWER);
    let (requests, ended) = play(&mut run, |request, _| match request {
        it if it.starts_with("PATCH") => answer(204, ""),
        it if it.contains("/example.com/") => answer(200, &all),
        _ => answer(404, "{}"),
    });
    assert_eq!(
        (requests.last().unwrap().as_str(), ended.outcome),
        ("PATCH /records/4999 {\"data\":\"192.0.2.25\"}", good())
    );
}

const DIRECT_PICK: &str = r#"{ "name": "dp", "server": "s", "steps": [
    { "get": "/{zone}/records", "pick": { "/records": { "/name": "{name}", "/type": "{type}" } }, "take": { "r": "/id", "old": "/data" } },
    { "patch": "/records/{r}", "json": { "data": "{ip}" }, "ok": [204] } ] }"#;

#[test]
fn an_element_whose_name_is_not_there_is_the_apex_where_the_apex_is_empty() {
    let entry = DIRECT_PICK.replace("\"server\": \"s\",", "\"server\": \"s\", \"apex\": \"\",").replace("dp", "apex");
    let mut run = Run::new(recipe(&entry), task("example.com"), None, false);
    let list = json!({"records": [
        {"id": 1, "name": "a", "type": "A", "data": "192.0.2.1"}, {"id": 2, "type": "AAAA", "data": "::1"},
        {"id": 3, "name": "", "type": "A", "data": "192.0.2.1"} ]});
    let (requests, _) =
        play(&mut run, |it, _| if it.starts_with("GET") { answer(200, &list) } else { answer(204, "") });
    assert_eq!(requests[1], "PATCH /records/3 {\"data\":\"192.0.2.25\"}");
}
