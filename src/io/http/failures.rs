//! What went wrong with a run, in words: our own failures, carried through ureq, and ureq's.

use super::plan::Plan;
use super::transport::Ending;
use super::{MAX_BODY, tls_words};
use crate::failure::{ErrorKind, Failure};
use ddnsd_core::printable::is_obeyed;
use std::{fmt, io};
use ureq::Error;

/// A failure of ours on its way through ureq.
#[derive(Debug)]
pub(super) struct Carried(pub Failure);

impl Carried {
    pub fn error(failure: Failure) -> Error {
        Error::Other(Box::new(Carried(failure)))
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Carried {}

/// Foreign text, short and without anything that a terminal would obey.
pub(super) fn printable(text: &str) -> String {
    text.trim().chars().filter(|letter| !is_obeyed(*letter)).take(80).collect()
}

/// What an error of ureq's, or of ours within it, means to a person.
pub(super) fn failure(error: Error, plan: &Plan, ending: &Ending) -> Failure {
    let proxy_first = plan.route.proxy.is_some() && !ending.is_connected();
    match error {
        Error::Other(inner) => match inner.downcast::<Carried>() {
            Ok(carried) => carried.0,
            Err(other) => invalid(plan, &other),
        },
        Error::Io(error) if proxy_first => proxy(plan, &error),
        Error::Io(error) => connection(&error, plan, ending),
        Error::Timeout(_) if proxy_first => late_proxy(plan),
        Error::Timeout(_) => plan.late(&format!("no whole answer from {}", plan.name())),
        Error::ConnectProxyFailed(why) => refused_by_proxy(plan, &why),
        Error::Protocol(_) if proxy_first => unconnected(plan, "its answer is not HTTP: is it an HTTP proxy?"),
        Error::LargeResponseHeader(..) => Failure {
            kind: ErrorKind::Http,
            message: format!("the headers of the answer of {} are too long", plan.route.server.host),
        },
        Error::Protocol(why) => invalid(plan, &why),
        Error::Http(why) => invalid(plan, &why),
        other => invalid(plan, &other),
    }
}

/// The body that is longer than it may be.
pub(super) fn too_long(plan: &Plan) -> Failure {
    let message = format!("the answer of {} is larger than {} KiB", plan.route.server.host, MAX_BODY / 1024);
    Failure { kind: ErrorKind::Http, message }
}

fn invalid(plan: &Plan, why: &dyn fmt::Display) -> Failure {
    let why = printable(&why.to_string());
    Failure { kind: ErrorKind::Http, message: format!("what {} answered is not valid HTTP ({why})", plan.name()) }
}

/// The connection, or TLS on it, that broke while the request was sent or the response read.
pub(super) fn connection(error: &io::Error, plan: &Plan, ending: &Ending) -> Failure {
    let name = plan.name();
    let inner = error.get_ref();
    if let Some(carried) = inner.and_then(|inner| inner.downcast_ref::<Carried>()) {
        return carried.0.clone();
    }
    if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return Failure { kind: ErrorKind::Tls, message: tls_words::sentence(error, plan) };
    }
    match error.kind() {
        io::ErrorKind::TimedOut => plan.late(&format!("no whole answer from {name}")),
        // ureq's own word for a connection that ended before the response did.
        io::ErrorKind::UnexpectedEof if ending.broken().is_none() => {
            Failure { kind: ErrorKind::Http, message: format!("the answer of {name} was cut off") }
        }
        _ => broken(&ending.broken().unwrap_or_else(|| plain(error)), plan),
    }
}

/// The connection that broke, and how.
pub(super) fn broken(why: &str, plan: &Plan) -> Failure {
    Failure { kind: ErrorKind::Connect, message: format!("the connection to {} broke: {why}", plan.name()) }
}

fn proxy(plan: &Plan, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::TimedOut => late_proxy(plan),
        _ => unconnected(plan, &plain(error)),
    }
}

fn late_proxy(plan: &Plan) -> Failure {
    plan.late(&format!("no answer from {} for the way to {}", plan.peer_name(), plan.name()))
}

/// ureq says what the proxy answered as `proxy server responded CODE/…`.
fn refused_by_proxy(plan: &Plan, why: &str) -> Failure {
    let code: String = why.chars().skip_while(|it| !it.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    match code.as_str() {
        "407" => unconnected(plan, "it wants a username and password, which ddnsd has no option for"),
        "" => unconnected(plan, "it closed the connection without a whole answer"),
        code => unconnected(plan, &format!("it refused with HTTP status {code}")),
    }
}

fn unconnected(plan: &Plan, why: &str) -> Failure {
    let message = format!("{} did not connect to {}: {why}", plan.peer_name(), plan.name());
    Failure { kind: ErrorKind::Connect, message }
}

/// The system's words, without the number that std appends.
pub(super) fn plain(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::TimedOut {
        return "no answer".to_owned();
    }
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
