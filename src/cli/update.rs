//! `ddnsd update`: decide and send now.

use super::session::{Addresses, Rehearsal, Session, configuration, configuration_exit, unsent};
use super::{Arguments, Exit, complain, daemon_client, print, shown, table};
use crate::arguments::Update;
use crate::config::Config;
use crate::engine::Event;
use crate::io::clock;
use crate::status::{self, Happened, list, text};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long the daemon may take, over the longest time-out of an exchange.
const DAEMON_PATIENCE: Duration = Duration::from_secs(90);
/// How often it is asked whether it is done.
const DAEMON_POLL: Duration = Duration::from_millis(100);

pub(super) fn main(arguments: &Arguments, update: &Update) -> Exit {
    let said = update.ipv4.is_some() || update.ipv6.is_some();
    if !update.dry_run
        && let Some(answer) = daemon_client::call(arguments, "status", &json!({}))
    {
        return match answer {
            Ok(_) if said => {
                complain(
                    "--ipv4 and --ipv6 are for use without the daemon: the one that is running finds the addresses itself",
                );
                Exit::Usage
            }
            Ok(before) => through_daemon(arguments, update, &Before::look(arguments, before)),
            Err(exit) => exit,
        };
    }
    let config = match configuration(arguments, &update.accounts) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    for name in &update.accounts {
        if config.accounts.iter().any(|account| account.name == *name && !account.enabled) {
            complain(&format!("account '{name}' is disabled: set its option enabled to '1' first"));
            return Exit::Usage;
        }
    }
    if update.dry_run {
        return rehearse(arguments, update, &config);
    }
    let mut session = match Session::open(arguments, &config) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    decide(arguments, update, &config, &mut session);
    let remembered = session.perform();
    let exit = report_session(arguments, &config, &session, &names(update, &config));
    if remembered { exit } else { exit.max(Exit::Temporary) }
}

/// Tells the engine what the accounts may send.
fn decide(arguments: &Arguments, update: &Update, config: &Config, session: &mut Session) {
    let addresses = Addresses::look(arguments, update.ipv4, update.ipv6);
    for name in names(update, config) {
        // A person who calls does not want to wait for a back-off; halts and waits stay.
        session.engine.handle(clock::now(), Event::Update { account: Some(name.clone()), force: update.force });
        if let Some(account) = config.accounts.iter().find(|account| account.name == name) {
            let selection = addresses.select(account, &session.engine);
            session.engine.handle(clock::now(), Event::Selected { account: name, selection });
        }
    }
}

/// The accounts that are meant: those that were named, or all that are enabled.
fn names(update: &Update, config: &Config) -> Vec<String> {
    if update.accounts.is_empty() {
        config.accounts.iter().filter(|account| account.enabled).map(|account| account.name.clone()).collect()
    } else {
        update.accounts.clone()
    }
}

/// Prints how the accounts stand after a run without the daemon.
pub(super) fn report_session(arguments: &Arguments, config: &Config, session: &Session, names: &[String]) -> Exit {
    let document = status::document(&session.engine, clock::now(), clock::wall(), clock::wall(), &config.diagnostics);
    let accounts: Vec<&Value> = selected(&document, names);
    let entries = accounts.iter().map(|account| {
        let name = text(&account["name"]);
        let among = |names: &[String]| names.iter().any(|it| it == name);
        // Nothing was sent because the answer could not have been remembered: the engine still waits for one.
        let stuck = account["state"] == "updating";
        let happened = Happened {
            attempted: among(&session.attempted),
            acknowledged: among(&session.acknowledged),
            updated: among(&session.updated),
            hindered: session.unsaved.as_deref().filter(|_| stuck).map(unsent),
            missing: session.engine.view(name).and_then(|view| view.missing()),
        };
        status::update_entry(account, &happened)
    });
    print_entries(arguments, entries.collect());
    let accounts: Vec<Value> = accounts.into_iter().cloned().collect();
    exit_of(status::exit_status(&accounts)).max(configuration_exit(config))
}

fn selected<'a>(document: &'a Value, names: &[String]) -> Vec<&'a Value> {
    let all = list(&document["accounts"]);
    all.iter().filter(|account| names.iter().any(|name| account["name"] == name.as_str())).collect()
}

/// The exit status of the accounts, from its number.
pub(super) fn exit_of(status: u8) -> Exit {
    match status {
        0 => Exit::Current,
        4 => Exit::Halted,
        _ => Exit::Temporary,
    }
}

fn print_entries(arguments: &Arguments, entries: Vec<Value>) {
    let entries: Vec<Value> = entries.into_iter().map(shown).collect();
    if arguments.json {
        print(&format!("{}\n", Value::from_iter(vec![("accounts", Value::from(entries))])));
    } else if entries.is_empty() {
        print(&format!("{} has no enabled account: there is nothing to do\n", arguments.config.display()));
    } else {
        print(&table::updates(&entries, clock::wall()));
    }
}

// -- through the daemon -------------------------------------------------------------------------------

/// Asks the daemon, and waits until it is done.
fn through_daemon(arguments: &Arguments, update: &Update, before: &Before) -> Exit {
    let accounts: Vec<Option<&String>> =
        if update.accounts.is_empty() { vec![None] } else { update.accounts.iter().map(Some).collect() };
    let mut queued = Vec::new();
    for account in accounts {
        let mut parameters = vec![("force", Value::from(update.force))];
        if let Some(account) = account {
            parameters.push(("account", account.as_str().into()));
        }
        match daemon_client::call(arguments, "update", &Value::from_iter(parameters)) {
            Some(Ok(reply)) => queued.extend(list(&reply["accounts"]).iter().map(|name| text(name).to_owned())),
            Some(Err(exit)) => return exit,
            None => {
                complain("the daemon has just ended");
                return Exit::Temporary;
            }
        }
    }
    let mut names = update.accounts.clone();
    if names.is_empty() {
        let enabled = list(&before.status["accounts"]).iter().filter(|account| account["enabled"] == true);
        names.extend(enabled.filter_map(|account| account["name"].as_str()).map(str::to_owned));
        // A long status may have left an account out.
        queued.retain(|name| !names.contains(name));
        names.append(&mut queued);
    }
    report_daemon(arguments, before, &names)
}

/// How everything stood before the daemon was asked to do something.
pub(super) struct Before {
    status: Value,
    /// What had happened, newest first; `None` where the daemon does not tell.
    events: Option<Vec<Value>>,
}

impl Before {
    pub(super) fn look(arguments: &Arguments, status: Value) -> Before {
        Before { status, events: events(arguments) }
    }

    /// What has happened to an account since then: the times of `status` are seconds, and several updates can be sent
    /// in one.
    fn happened(&self, account: &Value, events: Option<&[Value]>) -> Happened {
        let name = text(&account["name"]);
        let earlier = selected(&self.status, &[name.to_owned()]);
        let moved = |field: &str| earlier.first().is_none_or(|it| it[field] != account[field]);
        let (Some(before), Some(after)) = (&self.events, events) else {
            let acknowledged = moved("last_success") || moved("hosts");
            let new = list(&account["hosts"]).iter().any(|host| host["code"] != "nochg");
            let updated = acknowledged && new;
            return Happened { attempted: moved("last_attempt"), acknowledged, updated, ..Happened::default() };
        };
        let events: Vec<&Value> = newer(before, after).iter().filter(|event| event["account"] == name).collect();
        // A host that is current may have been left out of a long status (`truncated`): the event has its code, too.
        let told: Vec<&&Value> = events.iter().filter(|event| event["kind"] == "updated").collect();
        Happened {
            attempted: moved("last_attempt") || events.iter().any(|event| event["kind"] != "resumed"),
            acknowledged: !told.is_empty(),
            updated: told.iter().any(|event| !text(&event["message"]).contains(" (nochg)")),
            ..Happened::default()
        }
    }
}

/// What the daemon says has happened, newest first.
fn events(arguments: &Arguments) -> Option<Vec<Value>> {
    let reply = daemon_client::call(arguments, "history", &json!({}))?.ok()?;
    Some(list(&reply["events"]).to_vec())
}

/// The events that came after those of before; of both the oldest may have been forgotten.
fn newer<'a>(before: &[Value], after: &'a [Value]) -> &'a [Value] {
    let count = (0..after.len()).find(|count| before.starts_with(&after[*count..])).unwrap_or(after.len());
    &after[..count]
}

/// Waits until the daemon has nothing under way for these accounts, and prints how they stand.
pub(super) fn report_daemon(arguments: &Arguments, before: &Before, names: &[String]) -> Exit {
    let deadline = Instant::now() + DAEMON_PATIENCE;
    loop {
        let after = match daemon_client::call(arguments, "status", &json!({})) {
            Some(Ok(after)) => after,
            Some(Err(exit)) => return exit,
            None => {
                complain("the daemon has just ended");
                return Exit::Temporary;
            }
        };
        let accounts = selected(&after, names);
        // What waits for a matter of seconds is waited for as well.
        let soon = |account: &Value| matches!(text(&account["waiting"]["reason"]), "settling" | "workers");
        let busy = accounts.iter().any(|account| account["state"] == "updating" || soon(account));
        if busy && Instant::now() < deadline {
            std::thread::sleep(DAEMON_POLL);
            continue;
        }
        let events = events(arguments);
        let entries =
            accounts.iter().map(|account| status::update_entry(account, &before.happened(account, events.as_deref())));
        print_entries(arguments, entries.collect());
        let accounts: Vec<Value> = accounts.into_iter().cloned().collect();
        let invalid = after["errors"].as_array().is_some_and(|errors| !errors.is_empty());
        let configuration = if invalid { Exit::Configuration } else { Exit::Current };
        return exit_of(status::exit_status(&accounts)).max(configuration);
    }
}

// -- --dry-run ----------------------------------------------------------------------------------------

fn rehearse(arguments: &Arguments, update: &Update, config: &Config) -> Exit {
    let mut session = Session::peek(arguments, config);
    decide(arguments, update, config, &mut session);
    let requests = session.rehearse();
    let names = names(update, config);
    if arguments.json {
        let list = requests.iter().map(|it| {
            Value::from_iter(vec![
                ("account", Value::from(it.account.as_str())),
                ("method", it.method.into()),
                ("url", it.url.as_str().into()),
                ("user_agent", it.user_agent.as_str().into()),
                ("headers", it.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()),
                ("body", it.body.as_deref().into()),
            ])
        });
        print(&format!(
            "{}\n",
            Value::from_iter(vec![("dry_run", true.into()), ("requests", list.collect::<Value>())])
        ));
    } else {
        let mut text: String = requests.iter().map(describe).collect();
        for name in &names {
            if !requests.iter().any(|it| it.account == *name) {
                let why = session.engine.view(name).map(|view| {
                    if view.halted() {
                        return "is halted".into();
                    }
                    let waiting = view.waiting(clock::now()).map(|waiting| waiting.message);
                    waiting.or_else(|| view.missing()).unwrap_or("nothing has to be sent now".into())
                });
                text.push_str(&format!("{name}: {}\n", why.unwrap_or_default()));
            }
        }
        print(&text);
    }
    let halted = names.iter().any(|name| session.engine.view(name).is_some_and(|view| view.halted()));
    let exit = if halted { Exit::Halted } else { Exit::Current };
    exit.max(configuration_exit(config))
}

fn describe(request: &Rehearsal) -> String {
    let mut text = format!("{}: {} {}\n", request.account, request.method, request.url);
    let mut line = |name: &str, value: &str| text.push_str(&format!("    {name}: {value}\n"));
    if let Some(login) = &request.login {
        line("Authorization", &format!("*** (as {login})"));
    }
    if !request.user_agent.is_empty() {
        line("User-Agent", &request.user_agent);
    }
    request.headers.iter().for_each(|(name, value)| line(name, value));
    if let Some(body) = &request.body {
        text.push_str(&format!("\n    {body}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::newer;
    use serde_json::{Value, json};

    #[test]
    fn what_is_newer_is_told_even_within_one_second() {
        let event = |at: u64| json!({"at": at, "account": "home", "kind": "updated", "message": "x"});
        let list = |times: &[u64]| times.iter().map(|at| event(*at)).collect::<Vec<Value>>();
        for (before, after, count) in [
            (list(&[]), list(&[]), 0),
            (list(&[]), list(&[5]), 1),
            (list(&[5]), list(&[5]), 0),
            (list(&[5]), list(&[5, 5]), 1),
            (list(&[5, 5]), list(&[5, 5, 5, 5]), 2),
            (list(&[5, 4, 3]), list(&[6, 5, 4]), 1),
            (list(&[5, 4]), list(&[9, 8]), 2),
        ] {
            assert_eq!(newer(&before, &after).len(), count, "{before:?} {after:?}");
        }
    }
}
