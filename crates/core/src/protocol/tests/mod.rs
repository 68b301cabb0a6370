//! The protocol's tests: a table of replies, tables of requests, and properties of both.

mod agent;
mod injection;
mod replies;
mod requests;

use super::*;
use std::sync::LazyLock;

/// A reply in one line: `good 192.0.2.25 | nohost`, `account badauth`, `wait 911`, `retry 30`, `foreign: …`.
fn show(reply: &Reply) -> String {
    let host = |answer: &HostAnswer| {
        let ipv4 = answer.ipv4.map(|it| it.to_string());
        let ipv6 = answer.ipv6.map(|it| it.to_string());
        let addresses: Vec<String> = ipv4.into_iter().chain(ipv6).collect();
        format!("{} {}", answer.code.as_str(), addresses.join(",")).trim_end().to_owned()
    };
    match reply {
        Reply::Hosts(answers) => answers.iter().map(host).collect::<Vec<_>>().join(" | "),
        Reply::Account(code) => format!("account {}", code.as_str()),
        Reply::Wait(code) => format!("wait {}", code.as_str()),
        Reply::RetryAfter(Some(seconds)) => format!("retry {seconds}"),
        Reply::RetryAfter(None) => "retry".into(),
        Reply::Refused(refusal) => format!("refused {}: {}", refusal.code.as_str(), refusal.message),
        Reply::WrongClock(what) => format!("clock: {what}"),
        Reply::Run(ended) => format!("run, HTTP {}", ended.status),
        Reply::Foreign(what) => format!("foreign: {what}"),
    }
}

static NOIP: LazyLock<Server> = LazyLock::new(|| Server::new(true, "dynupdate.no-ip.com", 443));

/// The answer to a request for so many hosts that said `192.0.2.25` and, where `dual`, `2001:db8::25`.
fn answer(status: u16, body: &[u8], hosts: usize, dual: bool) -> Answer<'_> {
    Answer {
        status,
        retry_after: None,
        location: None,
        server: &NOIP,
        body,
        complete: true,
        hosts,
        sent_ipv4: Some([192, 0, 2, 25].into()),
        sent_ipv6: dual.then(|| "2001:db8::25".parse().unwrap()),
        now: None,
    }
}
