//! CONNECT: the proxy is asked for a way through, for http as for https.
//!
//! The proxy learns host and port, nothing else; it needs no credentials, and gets none.

use super::connect::plain;
use super::socket::Socket;
use super::target::Plan;
use super::words::printable;
use crate::failure::{ErrorKind, Failure};
use std::io::{self, Read, Write};

/// How long the proxy's answer may be.
const MAX_ANSWER: usize = 4096;

/// Asks for the tunnel and waits for the answer.
pub(super) fn ask(plan: &Plan, socket: &mut Socket) -> Result<(), Failure> {
    let target = plan.authority();
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
    socket.write_all(request.as_bytes()).map_err(|error| broken(plan, &error))?;
    let mut answer = [0; MAX_ANSWER];
    let mut filled = 0;
    let end = loop {
        if let Some(end) = end_of_head(&answer[..filled]) {
            break end;
        }
        let Some(room) = answer.get_mut(filled..).filter(|room| !room.is_empty()) else {
            return Err(failed(plan, "its answer is too long"));
        };
        match socket.read(room) {
            Ok(0) if filled == 0 => return Err(failed(plan, "it closed the connection without an answer")),
            Ok(0) => return Err(failed(plan, "its answer was cut off")),
            Ok(count) => filled += count,
            Err(error) => return Err(broken(plan, &error)),
        }
    };
    judge(plan, &answer[..end])?;
    // The server at the other end waits for us to begin, in http as in TLS.
    if end < filled {
        return Err(failed(plan, "it sent more than its answer"));
    }
    Ok(())
}

/// Where the blank line ends.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let crlf = bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
    let lf = bytes.windows(2).position(|window| window == b"\n\n").map(|at| at + 2);
    crlf.into_iter().chain(lf).min()
}

fn judge(plan: &Plan, head: &[u8]) -> Result<(), Failure> {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.trim_end().splitn(3, ' ');
    let version = words.next().unwrap_or_default();
    let code = words.next().and_then(|code| code.parse::<u16>().ok()).filter(|code| (100..1000).contains(code));
    let reason = words.next().unwrap_or_default();
    match (version.starts_with("HTTP/1."), code) {
        (true, Some(200..=299)) => Ok(()),
        (true, Some(407)) => Err(failed(plan, "it wants a username and password, which ddnsd has no option for")),
        (true, Some(code)) => Err(failed(plan, &format!("it refused, {}", printable(&format!("{code} {reason}"))))),
        _ => Err(failed(plan, "its answer is not HTTP: is it an HTTP proxy?")),
    }
}

fn broken(plan: &Plan, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::TimedOut {
        return plan.late(&format!("no answer from {} for the way to {}", plan.peer_name(), plan.name()));
    }
    failed(plan, &plain(error))
}

fn failed(plan: &Plan, why: &str) -> Failure {
    let message = format!("{} did not connect to {}: {why}", plan.peer_name(), plan.name());
    Failure { kind: ErrorKind::Connect, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_ends_at_the_blank_line() {
        let head = b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n";
        for cut in 0..head.len() {
            assert_eq!(end_of_head(&head[..cut]), None);
        }
        assert_eq!(end_of_head(head), Some(head.len()));
        assert_eq!(end_of_head(b"HTTP/1.0 200\n\nmore"), Some(14));
    }
}
