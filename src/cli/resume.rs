//! `ddnsd resume ACCOUNT [HOSTNAME]`: ends a halt.

use super::session::{Session, configuration};
use super::{Arguments, Exit, complain, daemon_client, print};
use crate::engine::Event;
use crate::io::clock;
use serde_json::{Value, json};

pub(super) fn main(arguments: &Arguments, account: &str, hostname: Option<&str>) -> Exit {
    let mut parameters = vec![("account", Value::from(account))];
    if let Some(hostname) = hostname {
        parameters.push(("hostname", hostname.into()));
    }
    match daemon_client::call(arguments, "resume", &Value::from_iter(parameters)) {
        Some(Ok(_)) => say(arguments, &format!("{account}: resumed; the daemon tries again now")),
        Some(Err(exit)) => return exit,
        None => return alone(arguments, account, hostname),
    }
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
    let before = session.engine.state();
    session
        .engine
        .handle(clock::now(), Event::Resume { account: account.to_owned(), hostname: hostname.map(str::to_owned) });
    let changed = before != session.engine.state();
    if !session.perform() {
        return Exit::Temporary;
    }
    if changed {
        say(arguments, &format!("{account}: resumed; the next 'ddnsd update {account}' tries again"));
    } else {
        say(arguments, &format!("{account}: was not halted, there is nothing to resume"));
    }
    Exit::Current
}

fn say(arguments: &Arguments, text: &str) {
    if arguments.json {
        print(&format!("{}\n", json!({"resumed": true})));
    } else {
        print(&format!("{text}\n"));
    }
}
