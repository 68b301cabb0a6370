//! What is shown: the engine's views as the JSON of docs/ubus.md and docs/man/ddnsd.8, and the exit status.

use crate::config::{AccountConfig, Diagnostic, Severity};
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
        ("ipv4_missing", view.family_missing(false).into()),
        ("ipv6_missing", view.family_missing(true).into()),
        ("waiting", waiting(view, now)),
        ("last_attempt", last_attempt.into()),
        ("last_success", last_success.into()),
        ("next_attempt", next_attempt(view, now).into()),
        ("failures", view.failures().into()),
        ("halt", halt(kept.halt.as_ref(), config, None)),
        ("error", error.into()),
        ("hosts", config.hostnames.iter().map(|name| host(view, name)).collect()),
    ])
}

fn waiting(view: &View<'_>, now: Now) -> Value {
    view.waiting(now).map_or(Value::Null, |waiting| {
        Value::from_iter(vec![
            ("reason", Value::from(waiting.why.as_str())),
            ("until", waiting.until.and_then(|at| now.wall_at(at)).map(|time| time.0).into()),
            ("message", waiting.message.into()),
        ])
    })
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
        ("halt", halt(host.halt.as_ref(), view.config(), Some(name))),
        ("updated", host.updated.map(|time| time.0).into()),
        ("state", state.into()),
    ])
}

fn halt(halt: Option<&Halt>, config: &AccountConfig, hostname: Option<&str>) -> Value {
    let Some(halt) = halt else { return Value::Null };
    let (ddns_key, records) = (config.may_have_ddns_key(), config.dialect.sets_records());
    let about = notice::Halted { account: &config.name, hostname, ddns_key, records };
    Value::from_iter(vec![
        ("reason", Value::from(halt.reason.as_str())),
        ("message", halt.message.as_str().into()),
        ("advice", notice::advice(halt.reason, &about).into()),
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

/// The exit status for accounts (docs/man/ddnsd.8): 4 where something is halted, 1 where something is
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

/// What came of an account in a run of `update`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// Something was sent.
    pub attempted: bool,
    /// The service acknowledged something.
    pub acknowledged: bool,
    /// That was something new to it: not each host was there already.
    pub updated: bool,
    /// Why nothing could be sent, where that is no matter of the account.
    pub hindered: Option<String>,
    /// Why there is no address, where that is known better than from the entry.
    pub missing: Option<String>,
}

/// One account's entry of `update --json`, from its entry in `status` afterwards.
pub fn update_entry(after: &Value, happened: &Happened) -> Value {
    let pick = |host: &Value| {
        let fields = ["hostname", "code", "ipv4", "ipv6", "halt"];
        Value::from_iter(fields.iter().map(|name| (*name, host[*name].clone())).collect::<Vec<_>>())
    };
    let outcome = outcome(after, happened);
    Value::from_iter(vec![
        ("name", after["name"].clone()),
        ("result", outcome.as_str().into()),
        ("message", update_message(after, outcome, happened).into()),
        ("next_attempt", after["next_attempt"].clone()),
        ("hosts", after["hosts"].as_array().map(|hosts| hosts.iter().map(pick).collect::<Value>()).into()),
    ])
}

/// How an account stands after `update`, from its entry in `status`.
pub fn outcome(account: &Value, happened: &Happened) -> Outcome {
    match text(&account["state"]) {
        "halted" => Outcome::Halted,
        _ if happened.hindered.is_some() => Outcome::Failed,
        "backoff" if happened.attempted => Outcome::Failed,
        "backoff" | "waiting_clock" => Outcome::Waiting,
        _ if happened.updated => Outcome::Updated,
        "current" => Outcome::Unchanged,
        _ => Outcome::Waiting,
    }
}

fn update_message(account: &Value, outcome: Outcome, happened: &Happened) -> String {
    let error = || account["error"]["message"].as_str().map(str::to_owned);
    match outcome {
        Outcome::Halted => {
            let hosts = list(&account["hosts"]).iter().map(|host| &host["halt"]);
            let halt = std::iter::once(&account["halt"]).chain(hosts).find(|halt| !halt.is_null());
            halt.map_or("halted".into(), |halt| format!("{}. {}", text(&halt["message"]), text(&halt["advice"])))
        }
        Outcome::Failed => happened.hindered.clone().or_else(error).unwrap_or_else(|| "the attempt failed".into()),
        Outcome::Waiting => waiting_message(account)
            .or_else(error)
            .or_else(|| happened.missing.clone())
            .or_else(|| missing(account))
            .unwrap_or_else(|| match text(&account["state"]) {
                "waiting_address" => "there is no usable address yet".into(),
                _ => "it is about to be sent".into(),
            }),
        Outcome::Updated if is_offline(account) => "offline now".into(),
        Outcome::Unchanged if is_offline(account) => "still offline: nothing to send".into(),
        Outcome::Updated => format!("now at {}{}", addresses(account), but(account)),
        Outcome::Unchanged if happened.acknowledged => {
            format!("sent, and was already at {} (nochg){}", addresses(account), but(account))
        }
        Outcome::Unchanged => format!("still at {}: nothing to send{}", addresses(account), but(account)),
    }
}

/// Why something that is to be sent has not been sent yet, in the words of `status`.
pub fn waiting_message(account: &Value) -> Option<String> {
    account["waiting"]["message"].as_str().map(str::to_owned)
}

/// That the service was told an address and did not name it when it acknowledged the other family's: then nothing is to
/// be sent, and still a host is not what it should be.
pub fn unconfirmed(account: &Value) -> Option<String> {
    if account["state"] != StateWord::Current.as_str() {
        return None;
    }
    ["ipv4", "ipv6"].iter().find_map(|family| {
        let address = account[*family]["address"].as_str()?;
        let lacks = |host: &Value| host["state"] == "stale" && host[*family] != address;
        let lacking = list(&account["hosts"]).iter().any(lacks);
        lacking.then(|| format!("the service did not acknowledge {address}, which it was told, too"))
    })
}

fn but(account: &Value) -> String {
    let both = [unconfirmed(account), missing(account)];
    both.into_iter().flatten().map(|what| format!("; {what}")).collect()
}

/// Why an address that is wanted is not there; with the family where the other one is there.
fn missing(account: &Value) -> Option<String> {
    let families = [("ipv4_missing", "IPv4", "ipv6"), ("ipv6_missing", "IPv6", "ipv4")];
    families.iter().find_map(|(missing, name, other)| {
        let why = account[*missing].as_str()?;
        Some(if account[*other].is_null() { why.to_owned() } else { format!("{name} is wanted and missing: {why}") })
    })
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

/// The hosts' addresses of the families that the account has now: what a host still has of one that is off is not what
/// was sent.
fn addresses(account: &Value) -> String {
    let mut all: Vec<String> = Vec::new();
    let known = ["ipv4", "ipv6"].into_iter().filter(|family| !account[*family].is_null()).collect::<Vec<_>>();
    let families = if known.is_empty() { vec!["ipv4", "ipv6"] } else { known };
    for host in list(&account["hosts"]) {
        for family in &families {
            if let Some(address) = host[*family].as_str()
                && !all.iter().any(|it| it == address)
            {
                all.push(address.to_owned());
            }
        }
    }
    // Hosts that are current may have been left out of a long status (`truncated`): they have the account's.
    if all.is_empty() {
        all.extend(families.iter().filter_map(|family| account[*family]["address"].as_str()).map(str::to_owned));
    }
    if all.is_empty() { "no address".into() } else { all.join(" and ") }
}
