//! Talking to the running daemon over ubus.

use super::{Arguments, Exit, complain};
use crate::io::ubus_socket::{self, CallError};
use crate::ubus::Status;
use crate::ubus::json::{table_from_json, table_to_json};
use serde_json::Value;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Calls a method of the daemon's object; `None` where no daemon answers.
pub(super) fn call(arguments: &Arguments, method: &str, parameters: &Value) -> Option<Result<Value, Exit>> {
    match ubus_socket::call(&arguments.socket, "ddnsd", method, table_from_json(parameters), TIMEOUT) {
        Ok(table) => Some(Ok(table_to_json(&table))),
        Err(CallError::NotRunning(_)) => None,
        Err(CallError::Status(Status::NOT_FOUND)) => {
            complain("the daemon knows no such account or host");
            Some(Err(Exit::Usage))
        }
        Err(CallError::Status(Status::INVALID_ARGUMENT)) => {
            complain("the daemon does not take these arguments");
            Some(Err(Exit::Usage))
        }
        Err(error) => {
            complain(&format!("the daemon does not answer: {error}"));
            Some(Err(Exit::Temporary))
        }
    }
}
