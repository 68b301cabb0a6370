//! The connection: each address in turn, from the chosen device, then the proxy's tunnel, then TLS.

use super::socket::Socket;
use super::target::Plan;
use super::transport::{Channel, Wire};
use super::{tls, tunnel, words};
use crate::failure::{ErrorKind, Failure};
use socket2::{Domain, Protocol, Type};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use ureq::unversioned::transport::{ConnectionDetails, Connector};

#[derive(Debug)]
pub(super) struct Connect(pub Arc<Plan>);

impl Connector for Connect {
    type Out = Wire;

    fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<Wire>, ureq::Error> {
        let wire = open(&self.0, &details.addrs).map_err(words::carry)?;
        Ok(Some(wire))
    }
}

fn open(plan: &Plan, addresses: &[SocketAddr]) -> Result<Wire, Failure> {
    // A file that cannot be read is said before anybody is bothered.
    let tls = if plan.tls { Some(tls::Client::new(plan)?) } else { None };
    let mut socket = dial(plan, addresses)?;
    if plan.proxy.is_some() {
        tunnel::ask(plan, &mut socket)?;
    }
    let channel = match tls {
        Some(client) => Channel::Tls(client.handshake(plan, socket)?),
        None => Channel::Plain(socket),
    };
    Ok(Wire::new(channel, plan))
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
        socket.bind_device(Some(device.as_bytes())).map_err(|error| Refusal::Device(unbound(plan, device, &error)))?;
    }
    socket.connect_timeout(&(*address).into(), time.max(Duration::from_millis(1))).map_err(Refusal::Address)?;
    // The last message of a handshake and the request must not wait for each other's acknowledgement.
    socket.set_tcp_nodelay(true).map_err(Refusal::Address)?;
    Ok(Socket::new(socket.into(), plan.deadline))
}

fn unbound(plan: &Plan, device: &str, error: &io::Error) -> Failure {
    let why = match error.raw_os_error() {
        Some(code) if code == rustix::io::Errno::NODEV.raw_os_error() => "there is no such device".to_owned(),
        Some(code) if code == rustix::io::Errno::PERM.raw_os_error() => "not permitted to this user".to_owned(),
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
