//! The connection: each address in turn, from the chosen device, then the proxy's tunnel, then TLS.

use super::channel::Channel;
use super::socket::Socket;
use super::target::Plan;
use super::{tls, tunnel};
use crate::failure::{ErrorKind, Failure};
use rustix::io::Errno;
use socket2::{Domain, Protocol, Type};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

const NODEV: i32 = Errno::NODEV.raw_os_error();
const PERM: i32 = Errno::PERM.raw_os_error();

/// Connects to the server, or to the proxy and through it.
pub(super) fn open(plan: &Plan, addresses: &[SocketAddr]) -> Result<Channel, Failure> {
    // A file that cannot be read is said before anybody is bothered.
    let tls = if plan.tls { Some(tls::Client::new(plan)?) } else { None };
    let mut socket = dial(plan, addresses)?;
    if plan.proxy.is_some() {
        tunnel::ask(plan, &mut socket)?;
    }
    Ok(match tls {
        Some(client) => Channel::Tls(client.handshake(plan, socket)?),
        None => Channel::Plain(socket),
    })
}

/// The first address that answers. Each gets an equal part of the time that is left.
fn dial(plan: &Plan, addresses: &[SocketAddr]) -> Result<Socket, Failure> {
    let mut refusals = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        let Some(left) = plan.left() else { break };
        let parts = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        match dial_one(plan, address, left / parts) {
            Ok(socket) => return Ok(socket),
            Err(Refusal::Device(failure)) => return Err(failure),
            Err(Refusal::Address(error)) => refusals.push((*address, error)),
        }
    }
    let peer = plan.peer_name();
    if refusals.iter().all(|(_, error)| error.kind() == io::ErrorKind::TimedOut) {
        return Err(plan.late(&format!("no connection to {peer}")));
    }
    let reasons: Vec<String> = refusals.iter().map(|(address, error)| reason(plan, address, error)).collect();
    let message = format!("no connection to {peer}: {}", reasons.join("; "));
    Err(Failure { kind: ErrorKind::Connect, message })
}

enum Refusal {
    /// Any other address would meet the same.
    Device(Failure),
    Address(io::Error),
}

fn dial_one(plan: &Plan, address: &SocketAddr, time: Duration) -> Result<Socket, Refusal> {
    let socket = socket2::Socket::new(Domain::for_address(*address), Type::STREAM, Some(Protocol::TCP));
    let socket = socket.map_err(Refusal::Address)?;
    if let Some(device) = &plan.device {
        // An empty name would unbind, and the request would leave by any device.
        if device.is_empty() {
            return Err(Refusal::Device(unbound(plan, "''", &io::Error::from_raw_os_error(NODEV))));
        }
        socket.bind_device(Some(device.as_bytes())).map_err(|error| Refusal::Device(unbound(plan, device, &error)))?;
    }
    socket.connect_timeout(&(*address).into(), time.max(Duration::from_millis(1))).map_err(Refusal::Address)?;
    // The last message of a handshake and the request must not wait for each other's acknowledgement.
    socket.set_tcp_nodelay(true).map_err(Refusal::Address)?;
    Ok(Socket::new(socket.into(), plan.deadline))
}

fn unbound(plan: &Plan, device: &str, error: &io::Error) -> Failure {
    let why = match error.raw_os_error() {
        Some(NODEV) => "there is no such device".to_owned(),
        Some(PERM) => "not permitted to this user".to_owned(),
        _ => plain(error),
    };
    let message = format!("cannot send to {} through device {device}: {why}", plan.peer_name());
    Failure { kind: ErrorKind::Connect, message }
}

/// The address is worth saying only where a name stood for it.
fn reason(plan: &Plan, address: &SocketAddr, error: &io::Error) -> String {
    let why = plain(error);
    let ip = address.ip().to_string();
    if ip == plan.peer().0 { why } else { format!("{ip}: {why}") }
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

#[cfg(test)]
mod tests {
    use super::super::{Exchange, Family};
    use super::*;
    use std::net::{Ipv4Addr, TcpListener};

    fn plan(timeout: Duration) -> Plan {
        let text = String::new;
        let url = "http://router.example/".to_owned();
        let (authorization, proxy, device) = (None, None, None);
        let family = Family::Any;
        Plan::new(&Exchange {
            url,
            user_agent: text(),
            authorization,
            ca_file: text(),
            proxy,
            device,
            family,
            beginning: false,
            timeout,
        })
        .unwrap()
    }

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    #[test]
    fn an_address_that_refuses_is_followed_by_the_next() {
        let refusing = listener().1;
        let (_listening, good) = listener();
        dial(&plan(Duration::from_secs(20)), &[refusing, good]).unwrap();
        let failure = dial(&plan(Duration::from_secs(20)), &[refusing, refusing]).unwrap_err();
        let twice = "127.0.0.1: connection refused; 127.0.0.1: connection refused";
        assert_eq!(failure.message, format!("no connection to router.example port 80: {twice}"));
        assert_eq!(failure.kind, ErrorKind::Connect);
    }

    /// A listener with a full queue drops what knocks: the address is there and never answers.
    #[test]
    fn an_address_that_is_silent_leaves_time_for_the_next() {
        let silent = socket2::Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        silent.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        silent.listen(0).unwrap();
        let address = silent.local_addr().unwrap().as_socket().unwrap();
        let knocking: Vec<_> = (0..4)
            .map(|_| {
                let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
                socket.set_nonblocking(true).unwrap();
                let _ = socket.connect(&address.into());
                socket
            })
            .collect();
        let (_listening, good) = listener();
        dial(&plan(Duration::from_secs(2)), &[address, good]).unwrap();
        let failure = dial(&plan(Duration::from_secs(1)), &[address]).unwrap_err();
        assert_eq!(failure.message, "no connection to router.example port 80 within 1 second");
        assert_eq!(failure.kind, ErrorKind::Timeout);
        drop(knocking);
    }
}
