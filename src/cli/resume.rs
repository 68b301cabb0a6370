//! `ddnsd resume ACCOUNT [HOSTNAME]`: ends a halt.

use super::session::{Session, configuration};
use super::table::hence;
use super::{Arguments, Exit, complain, daemon_client, print};
use crate::engine::Event;
use crate::io::clock;
use crate::status::{list, waiting_message};
use serde_json::{Value, json};

pub(super) fn main(arguments: &Arguments, account: &str, hostname: Option<&str>) -> Exit {
    let mut parameters = vec![("account", Value::from(account))];
    if let Some(hostname) = hostname {
        parameters.push(("hostname", hostname.into()));
    }
    let resumed = match daemon_client::call(arguments, "resume", &Value::from_iter(parameters)) {
        Some(Ok(reply)) => reply["resumed"] == true,
        Some(Err(exit)) => return exit,
        None => return alone(arguments, account, hostname),
    };
    let now = match daemon_client::call(arguments, "status", &json!({})) {
        Some(Ok(document)) => list(&document["accounts"]).iter().find(|it| it["name"] == account).cloned(),
        _ => None,
    }
    .unwrap_or_default();
    if !resumed {
        return nothing_resumed(arguments, account, hostname, !now["halt"].is_null());
    }
    let goes_on = if now["enabled"] == false {
        "it is disabled: set its option enabled to '1'".to_owned()
    } else if let Some(waiting) = waiting_message(&now) {
        let next = now["next_attempt"].as_u64().map(|next| format!("; next attempt {}", hence(next, clock::wall())));
        waiting + &next.unwrap_or_default()
    } else {
        "the daemon tries again now".to_owned()
    };
    say(arguments, true, &format!("{account}: resumed; {goes_on}"));
    Exit::Current
}

fn alone(arguments: &Arguments, account: &str, hostname: Option<&str>) -> Exit {
    let config = match configuration(arguments, &[account.to_owned()]) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let known = config.accounts.iter().find(|it| it.name == account);
    if let (Some(known), Some(hostname)) = (known, hostname)
        && !known.hostnames.iter().any(|it| it == hostname)
    {
        complain(&format!("account '{account}' has no host '{hostname}'"));
        return Exit::Usage;
    }
    let mut session = match Session::open(arguments, &config) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let view = session.engine.view(account);
    let resumed = view.as_ref().is_some_and(|view| view.is_resumable(hostname));
    let whole = view.is_some_and(|view| view.kept().halt.is_some());
    session
        .engine
        .handle(clock::now(), Event::Resume { account: account.to_owned(), hostname: hostname.map(str::to_owned) });
    if !session.perform() {
        return Exit::Temporary;
    }
    if !resumed {
        return nothing_resumed(arguments, account, hostname, whole);
    }
    say(arguments, true, &format!("{account}: resumed; the next 'ddnsd update {account}' tries again"));
    Exit::Current
}

/// What was asked for is not halted, or not by itself.
fn nothing_resumed(arguments: &Arguments, account: &str, hostname: Option<&str>, whole: bool) -> Exit {
    match hostname.filter(|_| whole) {
        Some(hostname) => {
            let what = format!("{account}: the whole account is halted, not {hostname} alone");
            say(arguments, false, &format!("{what}; say: ddnsd resume {account}"));
            Exit::Halted
        }
        None => {
            say(arguments, false, &format!("{account}: was not halted, there is nothing to resume"));
            Exit::Current
        }
    }
}

fn say(arguments: &Arguments, resumed: bool, text: &str) {
    if arguments.json {
        print(&format!("{}\n", json!({"resumed": resumed})));
    } else {
        print(&format!("{text}\n"));
    }
}
