//! What is shown: the engine's views as the JSON of DESIGN.md, sections 3 and 4, and the exit status.

use crate::config::{Diagnostic, Severity};
use crate::engine::{Engine, StateWord, View};
use crate::notice;
use crate::state::{Halt, HostState};
use crate::time::{Now, UnixTime};
use serde_json::{Value, json};

/// The document of `status`.
pub fn document(engine: &Engine, now: Now, clock: UnixTime, started: UnixTime, diagnostics: &[Diagnostic]) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "now": clock.0,
        "started": started.0,
        "accounts": engine.views().map(|view| account(&view, now)).collect::<Vec<_>>(),
        "errors": errors(diagnostics),
    })
}

/// The mistakes of the configuration, as `status` and `reload` list them; warnings are left out.
pub fn errors(diagnostics: &[Diagnostic]) -> Value {
    let errors = diagnostics.iter().filter(|it| it.severity == Severity::Error);
    errors
        .map(|it| json!({"section": it.section, "option": it.option, "line": it.line, "message": it.message}))
        .collect::<Vec<_>>()
        .into()
}

fn account(view: &View<'_>, now: Now) -> Value {
    let config = view.config();
    let kept = view.kept();
    let wall = |at| now.wall_at(at).map(|time| time.0);
    let last_success = kept.hosts.values().filter_map(|host| host.updated).map(|time| time.0).max();
    let last_attempt = view.last_attempt().and_then(wall).or(last_success);
    json!({
        "name": config.name,
        "service": config.service,
        "enabled": config.enabled,
        "state": view.state().as_str(),
        "ipv4": address(view, false),
        "ipv6": address(view, true),
        "last_attempt": last_attempt,
        "last_success": last_success,
        "next_attempt": next_attempt(view, now),
        "failures": view.failures(),
        "halt": kept.halt.as_ref().map(|it| halt(it, &config.name, None)),
        "error": view.error().map(|error| json!({
            "kind": error.failure.kind.as_str(),
            "message": error.failure.message,
            "at": wall(error.at),
        })),
        "hosts": config.hostnames.iter().map(|name| host(view, name)).collect::<Vec<_>>(),
    })
}

fn address(view: &View<'_>, ipv6: bool) -> Value {
    view.address(ipv6).map_or(Value::Null, |(address, origin, interface)| {
        json!({"address": address.to_string(), "source": origin.as_str(), "interface": interface})
    })
}

fn host(view: &View<'_>, name: &str) -> Value {
    let mut value = answer(view, name);
    let blank = HostState::default();
    let host = view.kept().hosts.get(name).unwrap_or(&blank);
    value["updated"] = host.updated.map(|time| time.0).into();
    value["state"] = match (view.kept().halt.is_some() || host.halt.is_some(), view.is_current(name)) {
        (true, _) => "halted",
        (_, true) if view.wants_offline(name) => "offline",
        (_, true) => "current",
        (_, false) => "stale",
    }
    .into();
    value
}

/// One host as `update --json` lists it.
fn answer(view: &View<'_>, name: &str) -> Value {
    let blank = HostState::default();
    let host = view.kept().hosts.get(name).unwrap_or(&blank);
    json!({
        "hostname": name,
        "code": host.code.map(|code| code.as_str()),
        "ipv4": host.ipv4.map(|address| address.to_string()),
        "ipv6": host.ipv6.map(|address| address.to_string()),
        "halt": host.halt.as_ref().map(|it| halt(it, &view.config().name, Some(name))),
    })
}

fn halt(halt: &Halt, account: &str, hostname: Option<&str>) -> Value {
    json!({
        "reason": halt.reason.as_str(),
        "message": halt.message,
        "advice": notice::advice(halt.reason, account, hostname),
        "since": halt.since.map(|time| time.0),
    })
}

/// When the next request is due, in Unix seconds, where the clock is known.
pub fn next_attempt(view: &View<'_>, now: Now) -> Option<u64> {
    view.next_attempt().and_then(|at| now.wall_at(at)).map(|time| time.0)
}

/// How an account stands after `update`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The service acknowledged something new.
    Updated,
    /// There was nothing to send.
    Unchanged,
    /// Nothing can be sent yet: no address, the clock, or the service asked to wait.
    Waiting,
    /// The attempt failed; it will be made again.
    Failed,
    /// A person has to act.
    Halted,
}

impl Outcome {
    /// The word of `update --json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Updated => "updated",
            Outcome::Unchanged => "unchanged",
            Outcome::Waiting => "waiting",
            Outcome::Failed => "failed",
            Outcome::Halted => "halted",
        }
    }
}

/// The exit status for accounts (DESIGN.md, section 3): 4 where something is halted, 1 where something is
/// not current yet, 0 otherwise. Takes the document of `status` or one account's entries of it.
pub fn exit_status(accounts: &[Value]) -> u8 {
    let enabled = || accounts.iter().filter(|account| account["enabled"] != false);
    let halted = |account: &Value| {
        !account["halt"].is_null()
            || account["hosts"].as_array().is_some_and(|hosts| hosts.iter().any(|host| !host["halt"].is_null()))
    };
    if enabled().any(halted) {
        4
    } else if enabled().any(|account| account["state"] != StateWord::Current.as_str()) {
        1
    } else {
        0
    }
}

/// One account's entry of `update --json`, from its entry in `status` afterwards; `why` says what it waits
/// for, where that is known better than from the entry.
pub fn update_entry(after: &Value, outcome: Outcome, why: Option<String>) -> Value {
    let pick = |host: &Value| {
        json!({
            "hostname": host["hostname"], "code": host["code"],
            "ipv4": host["ipv4"], "ipv6": host["ipv6"], "halt": host["halt"],
        })
    };
    json!({
        "name": after["name"],
        "result": outcome.as_str(),
        "message": update_message(after, outcome, why),
        "next_attempt": after["next_attempt"],
        "hosts": after["hosts"].as_array().map(|hosts| hosts.iter().map(pick).collect::<Vec<_>>()),
    })
}

/// How an account stands, from its entry in `status`: `attempted` says whether something was sent
/// meanwhile, `updated` whether the service acknowledged something.
pub fn outcome(account: &Value, attempted: bool, updated: bool) -> Outcome {
    match account["state"].as_str().unwrap_or_default() {
        "halted" => Outcome::Halted,
        "backoff" if attempted => Outcome::Failed,
        "backoff" | "waiting_clock" => Outcome::Waiting,
        _ if updated => Outcome::Updated,
        "current" => Outcome::Unchanged,
        _ => Outcome::Waiting,
    }
}

fn update_message(account: &Value, outcome: Outcome, why: Option<String>) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match outcome {
        Outcome::Halted => {
            let hosts = account["hosts"].as_array().into_iter().flatten().map(|host| &host["halt"]);
            let halt = std::iter::once(&account["halt"]).chain(hosts).find(|halt| !halt.is_null());
            halt.map_or("halted".into(), |halt| format!("{}. {}", text(&halt["message"]), text(&halt["advice"])))
        }
        Outcome::Waiting if account["state"] == StateWord::WaitingClock.as_str() => {
            format!("{}; the clock is not set yet: waiting for it", text(&account["error"]["message"]))
        }
        Outcome::Failed | Outcome::Waiting if !account["error"].is_null() => text(&account["error"]["message"]),
        Outcome::Failed => "the attempt failed".into(),
        Outcome::Waiting => why.unwrap_or_else(|| match account["state"].as_str() {
            Some("waiting_address") => "there is no usable address yet".into(),
            Some("waiting_clock") => "the clock is not set yet".into(),
            _ => "held back for a moment: it is sent as soon as it may".into(),
        }),
        Outcome::Updated if is_offline(account) => "offline now".into(),
        Outcome::Unchanged if is_offline(account) => "still offline: nothing to send".into(),
        Outcome::Updated => format!("now at {}", addresses(account)),
        Outcome::Unchanged => format!("still at {}: nothing to send", addresses(account)),
    }
}

fn is_offline(account: &Value) -> bool {
    account["hosts"].as_array().is_some_and(|hosts| hosts.iter().all(|host| host["state"] == "offline"))
}

fn addresses(account: &Value) -> String {
    let mut all: Vec<String> = Vec::new();
    for host in account["hosts"].as_array().into_iter().flatten() {
        for family in ["ipv4", "ipv6"] {
            if let Some(address) = host[family].as_str()
                && !all.iter().any(|it| it == address)
            {
                all.push(address.to_owned());
            }
        }
    }
    if all.is_empty() { "no address".into() } else { all.join(" and ") }
}
