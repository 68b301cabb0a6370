//! What is wrong with an exchange once the connection stands, in words.

use super::answer::Error;
use super::connect::plain;
use super::target::Plan;
use super::{MAX_BODY, tls_words};
use crate::failure::{ErrorKind, Failure};
use std::io;

/// Foreign text, short and without anything that a terminal would obey.
pub(super) fn printable(text: &str) -> String {
    text.trim().chars().filter(|letter| !letter.is_control()).take(80).collect()
}

/// What was wrong with the answer.
pub(super) fn answer(error: &Error, plan: &Plan) -> Failure {
    let message = match error {
        Error::Connection(error) => return broken(error, plan),
        Error::CutOff => format!("the answer of {} was cut off", plan.name()),
        Error::LongHead => format!("the headers of the answer of {} are too long", plan.host),
        Error::LongBody => format!("the answer of {} is larger than {} KiB", plan.host, MAX_BODY / 1024),
        Error::Invalid(why) => format!("what {} answered is not valid HTTP ({why})", plan.name()),
    };
    Failure { kind: ErrorKind::Http, message }
}

/// The connection, or TLS on it, that broke while the request was sent or the answer read.
pub(super) fn broken(error: &io::Error, plan: &Plan) -> Failure {
    let name = plan.name();
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return Failure { kind: ErrorKind::Tls, message: tls_words::sentence(error, plan) };
    }
    match error.kind() {
        io::ErrorKind::TimedOut => plan.late(&format!("no whole answer from {name}")),
        _ => {
            let message = format!("the connection to {name} broke: {}", plain(error));
            Failure { kind: ErrorKind::Connect, message }
        }
    }
}
