//! `ddnsd offline ACCOUNT [HOSTNAME…] [--undo]`: takes hosts offline, or back.

use super::session::{Addresses, Session, configuration};
use super::{Arguments, Exit, complain, daemon_client, update};
use crate::engine::Event;
use crate::io::clock;
use serde_json::{Value, json};

pub(super) fn main(arguments: &Arguments, account: &str, hostnames: &[String], offline: bool) -> Exit {
    match daemon_client::call(arguments, "status", &json!({})) {
        Some(Ok(before)) => {
            let before = update::Before::look(arguments, before);
            through_daemon(arguments, account, hostnames, offline, &before)
        }
        Some(Err(exit)) => exit,
        None => alone(arguments, account, hostnames, offline),
    }
}

fn through_daemon(
    arguments: &Arguments,
    account: &str,
    hostnames: &[String],
    offline: bool,
    before: &update::Before,
) -> Exit {
    let all: Vec<Option<&String>> =
        if hostnames.is_empty() { vec![None] } else { hostnames.iter().map(Some).collect() };
    for hostname in all {
        let mut parameters = vec![("account", Value::from(account)), ("offline", offline.into())];
        if let Some(hostname) = hostname {
            parameters.push(("hostname", hostname.as_str().into()));
        }
        match daemon_client::call(arguments, "offline", &Value::from_iter(parameters)) {
            Some(Ok(_)) => {}
            Some(Err(exit)) => return exit,
            None => {
                complain("the daemon has just ended");
                return Exit::Temporary;
            }
        }
    }
    update::report_daemon(arguments, before, &[account.to_owned()])
}

fn alone(arguments: &Arguments, account: &str, hostnames: &[String], offline: bool) -> Exit {
    let names = [account.to_owned()];
    let config = match configuration(arguments, &names) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let Some(known) = config.accounts.iter().find(|it| it.name == account) else { return Exit::Usage };
    if let Some(stranger) = hostnames.iter().find(|name| !known.hostnames.contains(name)) {
        complain(&format!("account '{account}' has no host '{stranger}'"));
        return Exit::Usage;
    }
    if known.offline && !offline {
        complain(&format!(
            "account '{account}' is kept offline by its configuration: set its option offline to '0' instead"
        ));
        return Exit::Usage;
    }
    if offline && !known.dialect.offline {
        complain(&format!("the service '{}' cannot take hosts offline", known.service));
        return Exit::Usage;
    }
    let mut session = match Session::open(arguments, &config) {
        Ok(session) => session,
        Err(exit) => return exit,
    };
    let event = Event::Offline { account: account.to_owned(), hostnames: hostnames.to_vec(), offline };
    session.engine.handle(clock::now(), event);
    let selection = Addresses::look(arguments, None, None).select(known, &session.engine);
    session.engine.handle(clock::now(), Event::Selected { account: account.to_owned(), selection });
    let remembered = session.perform();
    let exit = update::report_session(arguments, &config, &session, &names);
    if remembered { exit } else { exit.max(Exit::Temporary) }
}
