//! Runs of an entry against answers that a test gives.

mod answers;
mod entries;
mod walk;
mod writes;

use ddnsd_core::protocol::api::{Ended, Head, MAX_ANSWER, Moment, Next, Outcome, Recipe, Run, Task, rehearse};
use ddnsd_core::protocol::{Code, HostAnswer, Server};
use ddnsd_core::services::{Source, Table};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;

/// Cloudflare's, as short as it is.
const CLOUDFLARE: &str = r#"{ "name": "cf", "server": "api.example",
  "headers": { "Authorization": "Bearer {password}" },
  "steps": [
    { "get": "/zones?name={zone}", "pick": { "/result": {} }, "take": { "z": "/id" } },
    { "get": "/zones/{z}/records?type={type}&name={host}", "pick": { "/result": {} }, "take": { "r": "/id", "old": "/content" } },
    { "patch": "/zones/{z}/records/{r}", "json": { "content": "{ip}" }, "says": { "/result/content": "{ip}" } } ],
  "create": [
    { "post": "/zones/{z}/records", "json": { "type": "{type}", "name": "{host}", "content": "{ip}", "ttl": "{ttl}" },
      "says": { "/result/content": "{ip}" } } ],
  "error": ["/errors/0/code", "/errors/0/message"], "words": ["10000=badauth", "81044=nohost", "1038=!donator"],
  "status": { "418": "abuse" } }"#;

fn recipe(entry: &str) -> Arc<Recipe> {
    let table = Table::new([Source::new("test", entry)]);
    assert_eq!(table.mistakes(), [], "{entry}");
    let name = serde_json::from_str::<Value>(entry).unwrap()["name"].as_str().unwrap().to_owned();
    table.service(&name).unwrap().dialect.api.unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn task(host: &str) -> Task {
    Task {
        host: host.into(),
        ip: ip("192.0.2.25"),
        zone: None,
        create: false,
        ttl: 300,
        username: "user".into(),
        password: "Sesame".into(),
        server: Server::new(true, "api.example", 443),
        path: String::new(),
        acknowledged: None,
    }
}

/// What a service answers.
struct Answer {
    head: Head,
    body: String,
}

fn answer(status: u16, body: impl ToString) -> Answer {
    Answer { head: Head { status, now: Some(1_764_000_000), ..Head::default() }, body: body.to_string() }
}

/// A run to its end: every request as `METHOD path body`, and what came of it.
fn play(run: &mut Run, mut service: impl FnMut(&str, usize) -> Answer) -> (Vec<String>, Ended) {
    let mut requests = Vec::new();
    for _ in 0..40 {
        match run.next(Moment::default()) {
            Next::Send(request) => {
                let body = request.body.map(|body| format!(" {body}")).unwrap_or_default();
                requests.push(format!("{} {}{body}", request.method.as_str(), request.path));
                let answer = service(requests.last().unwrap(), requests.len() - 1);
                let mut reader = run.reader();
                // In pieces, as a connection brings them.
                answer.body.as_bytes().chunks(7).all(|piece| reader.feed(piece));
                run.answered(&answer.head, reader);
            }
            Next::Pause(pause) => requests.push(format!("pause {}", pause.as_secs())),
            Next::Done(ended) => return (requests, ended),
        }
    }
    panic!("no end: {requests:?}");
}

/// A run of Cloudflare's entry against answers in their order.
fn script(task: Task, answers: Vec<Answer>) -> (Vec<String>, Outcome) {
    let mut answers = answers.into_iter();
    let mut run = Run::new(recipe(CLOUDFLARE), task, None, false);
    let (requests, ended) = play(&mut run, |request, _| answers.next().unwrap_or_else(|| panic!("{request}")));
    assert_eq!(answers.count(), 0, "{requests:?}");
    (requests, ended.outcome)
}

fn zone() -> Answer {
    answer(200, json!({"success": true, "result": [{"id": "Z1", "name": "example.com"}]}))
}

fn record(content: &str) -> Answer {
    answer(200, json!({"result": [{"id": "R1", "content": content, "ttl": 120}]}))
}

fn nothing() -> Answer {
    answer(200, json!({"success": true, "errors": [], "result": []}))
}

fn written() -> Answer {
    answer(200, json!({"success": true, "result": {"id": "R1", "content": "192.0.2.25"}}))
}

fn error(status: u16, code: u32, message: &str) -> Answer {
    answer(status, json!({"success": false, "errors": [{"code": code, "message": message}]}))
}

fn good() -> Outcome {
    Outcome::Done(HostAnswer { code: Code::Good, ipv4: Some("192.0.2.25".parse().unwrap()), ipv6: None })
}

fn nochg() -> Outcome {
    Outcome::Done(HostAnswer { code: Code::NoChange, ipv4: Some("192.0.2.25".parse().unwrap()), ipv6: None })
}

fn nohost() -> Outcome {
    Outcome::Host(Code::NoHost, None)
}
