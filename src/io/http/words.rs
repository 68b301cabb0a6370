//! What ureq says, sorted and put into words; and a way through ureq for failures that have theirs already.

use super::connect::plain;
use super::target::Plan;
use super::{MAX_BODY, tls_words};
use crate::failure::{ErrorKind, Failure};
use std::{fmt, io};

/// A failure on its way through ureq.
#[derive(Debug)]
struct Carried(Failure);

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Carried {}

/// Wraps a failure, so that [`failure`] gets it back.
pub(super) fn carry(failure: Failure) -> ureq::Error {
    ureq::Error::Other(Box::new(Carried(failure)))
}

/// The failure that an error of ureq's stands for.
pub(super) fn failure(error: ureq::Error, plan: &Plan) -> Failure {
    let name = plan.name();
    let http = |message| Failure { kind: ErrorKind::Http, message };
    match error {
        ureq::Error::Other(inner) => match inner.downcast::<Carried>() {
            Ok(carried) => carried.0,
            Err(_) => http(format!("the exchange with {name} failed")),
        },
        ureq::Error::Io(error) => broken(&error, plan),
        ureq::Error::Timeout(_) => plan.late(&format!("no whole answer from {name}")),
        ureq::Error::BodyExceedsLimit(_) => {
            http(format!("the answer of {} is larger than {} KiB", plan.host, MAX_BODY / 1024))
        }
        ureq::Error::LargeResponseHeader(..) => {
            http(format!("the headers of the answer of {} are too long", plan.host))
        }
        ureq::Error::Protocol(error) => http(format!("what {name} answered is not valid HTTP ({error})")),
        // What else there is has no part of the answer in it, but might have the URL.
        _ => http(format!("the exchange with {name} failed")),
    }
}

/// The connection, or TLS on it, that broke while the request was sent or the answer read.
pub(super) fn broken(error: &io::Error, plan: &Plan) -> Failure {
    let name = plan.name();
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return Failure { kind: ErrorKind::Tls, message: tls_words::sentence(error, plan) };
    }
    match error.kind() {
        io::ErrorKind::TimedOut => plan.late(&format!("no whole answer from {name}")),
        io::ErrorKind::UnexpectedEof => {
            Failure { kind: ErrorKind::Http, message: format!("the answer of {name} was cut off") }
        }
        _ => {
            let message = format!("the connection to {name} broke: {}", plain(error));
            Failure { kind: ErrorKind::Connect, message }
        }
    }
}
