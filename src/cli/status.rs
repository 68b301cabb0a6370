//! `ddnsd status`: how every account stands.

use super::session::Session;
use super::update::exit_of;
use super::{Arguments, Exit, complain, daemon_client, print, shown, table};
use crate::io::clock;
use crate::{setup, status};
use serde_json::{Value, json};

pub(super) fn main(arguments: &Arguments) -> Exit {
    let (document, running) = match daemon_client::call(arguments, "status", &json!({})) {
        Some(Ok(document)) => (document, true),
        Some(Err(exit)) => return exit,
        None => (remembered(arguments), false),
    };
    let document = shown(document);
    if arguments.json {
        print(&format!("{document}\n"));
    } else {
        if !running {
            complain("the daemon is not running: this is what was remembered");
        }
        print(&table::status(&document, clock::wall()));
    }
    let accounts = status::list(&document["accounts"]);
    let invalid = document["errors"].as_array().is_some_and(|errors| !errors.is_empty());
    let configuration = if invalid { Exit::Configuration } else { Exit::Current };
    exit_of(status::exit_status(accounts)).max(configuration)
}

/// What the state file says, without the daemon.
fn remembered(arguments: &Arguments) -> Value {
    let config = setup::load(&arguments.config);
    let session = Session::peek(arguments, &config);
    status::document(&session.engine, clock::now(), clock::wall(), clock::wall(), &config.diagnostics)
}
