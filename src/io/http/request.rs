//! The request as it goes out (RFC 9112, section 3): one GET, with the headers that it needs and no others.

use super::Exchange;
use super::target::Plan;
use crate::failure::{ErrorKind, Failure};

/// The bytes of the request. Values that would end a header are refused here, without being said.
pub(super) fn head(exchange: &Exchange, plan: &Plan) -> Result<String, Failure> {
    let refuse = |what: &str| {
        let message =
            format!("the request to {} cannot be sent: {what} holds characters that no header can", plan.host);
        Failure { kind: ErrorKind::Http, message }
    };
    let slash = if plan.target.starts_with('/') { "" } else { "/" };
    let mut head = format!("GET {slash}{} HTTP/1.1\r\nHost: {}\r\n", plan.target, plan.host_header);
    header(&mut head, "User-Agent", &exchange.user_agent).ok_or_else(|| refuse("the User-Agent"))?;
    if let Some(authorization) = &exchange.authorization {
        header(&mut head, "Authorization", authorization).ok_or_else(|| refuse("the Authorization"))?;
    }
    head.push_str("Accept: */*\r\nConnection: close\r\n\r\n");
    Ok(head)
}

/// Adds a header, unless its value could end it (RFC 9110, section 5.5).
fn header(head: &mut String, name: &str, value: &str) -> Option<()> {
    if value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return None;
    }
    for part in [name, ": ", value, "\r\n"] {
        head.push_str(part);
    }
    Some(())
}
