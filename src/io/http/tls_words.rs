//! What went wrong with TLS, in sentences for the person who can mend it.
//!
//! None of them is made with `{:?}`, which the router's build leaves out: rustls' own sentences often are.

use super::date::date;
use super::failures::printable;
use super::plan::Plan;
use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

/// How many of a certificate's names are said.
const MAX_NAMES: usize = 4;

pub(super) fn sentence(error: &Error, plan: &Plan) -> String {
    match error {
        Error::InvalidCertificate(error) => certificate(error, plan),
        Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
            format!("what {} answers is not TLS: is the port right?", plan.name())
        }
        Error::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion) => {
            format!("{} refused the TLS handshake: it shares no version or algorithm with ddnsd", plan.name())
        }
        Error::AlertReceived(alert) => {
            let what = alert.as_str().unwrap_or("an alert that no standard knows");
            format!("{} refused the TLS handshake: {what}", plan.name())
        }
        Error::InvalidMessage(_) => format!("TLS with {} failed: it sent what is no TLS message", plan.name()),
        Error::PeerMisbehaved(_) | Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            format!("TLS with {} failed: it does not keep to the rules of TLS", plan.name())
        }
        Error::PeerIncompatible(_) => {
            format!("{} offers neither TLS 1.2 nor 1.3 with an algorithm that ddnsd knows", plan.name())
        }
        error => format!("TLS with {} failed: {error}", plan.name()),
    }
}

fn certificate(error: &CertificateError, plan: &Plan) -> String {
    let whose = format!("the certificate of {}", plan.route.server.host);
    match error {
        CertificateError::Expired => format!("{whose} has expired"),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("{whose} has expired (on {})", date(not_after.as_secs()))
        }
        CertificateError::NotValidYet => format!("{whose} is not yet valid: is the clock right?"),
        CertificateError::NotValidYetContext { time, not_before } => {
            let (now, from) = (date(time.as_secs()), date(not_before.as_secs()));
            format!("{whose} is not yet valid: is the clock right? (it is valid from {from}, the clock says {now})")
        }
        CertificateError::UnknownIssuer => {
            format!("{whose} was issued by an unknown authority; a private CA goes into option ca_file")
        }
        CertificateError::NotValidForName => format!("{whose} is for another name"),
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            format!("{whose} is for no name at all")
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            format!("{whose} is for another name ({})", names(presented))
        }
        CertificateError::BadEncoding => format!("{whose} is malformed"),
        CertificateError::BadSignature => format!("{whose} or one of its issuers' is not signed by whom it says"),
        CertificateError::UnsupportedSignatureAlgorithmContext { .. } => {
            format!("{whose} or one of its issuers' is signed with an algorithm that ddnsd does not know")
        }
        CertificateError::InvalidPurposeContext { .. } => {
            format!("{whose} is not acceptable: it does not say that it is for servers")
        }
        CertificateError::Other(other) => match other.0.downcast_ref() {
            Some(webpki::Error::CaUsedAsEndEntity) => {
                format!("{whose} is one of an authority: let it sign another one for the server")
            }
            Some(webpki::Error::UnsupportedCertVersion) => {
                format!("{whose} or one of its issuers' is of an old version of X.509: only version 3 is verified")
            }
            _ => format!("{whose} is not acceptable"),
        },
        _ => format!("{whose} is not acceptable"),
    }
}

/// The first few names; a certificate may say anything in them.
fn names(presented: &[String]) -> String {
    let mut said: Vec<String> = presented.iter().take(MAX_NAMES).map(|name| printable(name)).collect();
    if presented.len() > MAX_NAMES {
        said.push("…".to_owned());
    }
    said.join(", ")
}
