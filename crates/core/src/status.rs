//! What is shown: the engine's views as the JSON of DESIGN.md, sections 3 and 4, and the exit status.

use crate::config::{Diagnostic, Severity};
use crate::engine::{Engine, StateWord, View};
use crate::notice;
use crate::state::{Halt, HostState};
use crate::time::{Now, UnixTime};
use serde_json::Value;

/// The document of `status`.
pub fn document(engine: &Engine, now: Now, clock: UnixTime, started: UnixTime, diagnostics: &[Diagnostic]) -> Value {
    Value::from_iter(vec![
        ("version", Value::from(env!("CARGO_PKG_VERSION"))),
        ("now", clock.0.into()),
        ("started", started.0.into()),
        ("accounts", engine.views().map(|view| account(&view, now)).collect()),
        ("errors", errors(diagnostics)),
    ])
}

/// The mistakes of the configuration, as `status` and `reload` list them; warnings are left out.
pub fn errors(diagnostics: &[Diagnostic]) -> Value {
    mistakes(diagnostics, Severity::Error)
}

/// The mistakes of one severity.
pub fn mistakes(diagnostics: &[Diagnostic], severity: Severity) -> Value {
    let mistake = |it: &Diagnostic| {
        Value::from_iter(vec![
            ("section", Value::from(it.section.clone())),
            ("option", it.option.clone().into()),
            ("line", it.line.into()),
            ("message", it.message.as_str().into()),
        ])
    };
    diagnostics.iter().filter(|it| it.severity == severity).map(mistake).collect()
}

fn account(view: &View<'_>, now: Now) -> Value {
    let config = view.config();
    let kept = view.kept();
    let wall = |at| now.wall_at(at).map(|time| time.0);
    let last_success = kept.hosts.values().filter_map(|host| host.updated).map(|time| time.0).max();
    let last_attempt = view.last_attempt().and_then(wall).or(last_success);
    let error = view.error().map(|error| {
        Value::from_iter(vec![
            ("kind", Value::from(error.failure.kind.as_str())),
            ("message", error.failure.message.as_str().into()),
            ("at", wall(error.at).into()),
        ])
    });
    Value::from_iter(vec![
        ("name", Value::from(config.name.as_str())),
        ("service", config.service.as_str().into()),
        ("enabled", config.enabled.into()),
        ("state", view.state().as_str().into()),
        ("ipv4", address(view, false)),
        ("ipv6", address(view, true)),
        ("last_attempt", last_attempt.into()),
        ("last_success", last_success.into()),
        ("next_attempt", next_attempt(view, now).into()),
        ("failures", view.failures().into()),
        ("halt", halt(kept.halt.as_ref(), &config.name, None)),
        ("error", error.into()),
        ("hosts", config.hostnames.iter().map(|name| host(view, name)).collect()),
    ])
}

fn address(view: &View<'_>, ipv6: bool) -> Value {
    view.address(ipv6).map_or(Value::Null, |(address, origin, interface)| {
        Value::from_iter(vec![
            ("address", Value::from(address.to_string())),
            ("source", origin.as_str().into()),
            ("interface", interface.into()),
        ])
    })
}

fn host(view: &View<'_>, name: &str) -> Value {
    let blank = HostState::default();
    let host = view.kept().hosts.get(name).unwrap_or(&blank);
    let state = match (view.kept().halt.is_some() || host.halt.is_some(), view.is_current(name)) {
        (true, _) => "halted",
        (_, true) if view.wants_offline(name) => "offline",
        (_, true) => "current",
        (_, false) => "stale",
    };
    Value::from_iter(vec![
        ("hostname", Value::from(name)),
        ("code", host.code.map(|code| code.as_str()).into()),
        ("ipv4", host.ipv4.map(|address| address.to_string()).into()),
        ("ipv6", host.ipv6.map(|address| address.to_string()).into()),
        ("halt", halt(host.halt.as_ref(), &view.config().name, Some(name))),
        ("updated", host.updated.map(|time| time.0).into()),
        ("state", state.into()),
    ])
}

fn halt(halt: Option<&Halt>, account: &str, hostname: Option<&str>) -> Value {
    let Some(halt) = halt else { return Value::Null };
    Value::from_iter(vec![
        ("reason", Value::from(halt.reason.as_str())),
        ("message", halt.message.as_str().into()),
        ("advice", notice::advice(halt.reason, account, hostname).into()),
        ("since", halt.since.map(|time| time.0).into()),
    ])
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
        !account["halt"].is_null() || list(&account["hosts"]).iter().any(|host| !host["halt"].is_null())
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
        let fields = ["hostname", "code", "ipv4", "ipv6", "halt"];
        Value::from_iter(fields.iter().map(|name| (*name, host[*name].clone())).collect::<Vec<_>>())
    };
    Value::from_iter(vec![
        ("name", after["name"].clone()),
        ("result", outcome.as_str().into()),
        ("message", update_message(after, outcome, why).into()),
        ("next_attempt", after["next_attempt"].clone()),
        ("hosts", after["hosts"].as_array().map(|hosts| hosts.iter().map(pick).collect::<Value>()).into()),
    ])
}

/// How an account stands, from its entry in `status`: `attempted` says whether something was sent
/// meanwhile, `updated` whether the service acknowledged something.
pub fn outcome(account: &Value, attempted: bool, updated: bool) -> Outcome {
    match text(&account["state"]) {
        "halted" => Outcome::Halted,
        "backoff" if attempted => Outcome::Failed,
        "backoff" | "waiting_clock" => Outcome::Waiting,
        _ if updated => Outcome::Updated,
        "current" => Outcome::Unchanged,
        _ => Outcome::Waiting,
    }
}

fn update_message(account: &Value, outcome: Outcome, why: Option<String>) -> String {
    match outcome {
        Outcome::Halted => {
            let hosts = list(&account["hosts"]).iter().map(|host| &host["halt"]);
            let halt = std::iter::once(&account["halt"]).chain(hosts).find(|halt| !halt.is_null());
            halt.map_or("halted".into(), |halt| format!("{}. {}", text(&halt["message"]), text(&halt["advice"])))
        }
        Outcome::Waiting if account["state"] == StateWord::WaitingClock.as_str() => {
            format!("{}; the clock is not set yet: waiting for it", text(&account["error"]["message"]))
        }
        Outcome::Failed | Outcome::Waiting if !account["error"].is_null() => {
            text(&account["error"]["message"]).to_owned()
        }
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

/// A list in the document; none where it is null.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A text in the document; empty where it is null.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn is_offline(account: &Value) -> bool {
    account["hosts"].as_array().is_some_and(|hosts| hosts.iter().all(|host| host["state"] == "offline"))
}

fn addresses(account: &Value) -> String {
    let mut all: Vec<String> = Vec::new();
    for host in list(&account["hosts"]) {
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
