//! The TCP connection: each address in turn, from the chosen device.

use super::failures::{Carried, plain};
use super::plan::Plan;
use super::resolve;
use super::socket::Socket;
use super::transport::{Ending, Tcp};
use crate::failure::{ErrorKind, Failure};
use crate::protocol::AddressFamily;
use rustix::io::Errno;
use socket2::{Domain, Protocol, Type};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use ureq::unversioned::transport::{ConnectionDetails, Connector, Either, Transport};

const NODEV: i32 = Errno::NODEV.raw_os_error();
const PERM: i32 = Errno::PERM.raw_os_error();

/// The link of ureq's chain that connects, where the proxy before it has not.
#[derive(Debug)]
pub(super) struct Dial {
    pub plan: Arc<Plan>,
    pub ending: Arc<Ending>,
}

impl<In: Transport> Connector<In> for Dial {
    type Out = Either<In, Tcp>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if let Some(tunnel) = chained {
            self.ending.connect();
            return Ok(Some(Either::A(tunnel)));
        }
        self.ending.begin();
        let socket = dial(&self.plan, &details.addrs).map_err(Carried::error)?;
        Ok(Some(Either::B(Tcp::new(socket, self.ending.clone()))))
    }
}

/// Connects without HTTP: resolves and dials, under a run's deadline.
pub(super) fn connect(plan: &Plan) -> Result<Socket, Failure> {
    dial(plan, &resolve::addresses(plan, plan.route.family)?)
}

/// The first address that answers.
fn dial(plan: &Plan, addresses: &[SocketAddr]) -> Result<Socket, Failure> {
    let mut refusals = Vec::new();
    if let Some(socket) = first(plan, addresses, &mut refusals)? {
        return Ok(socket);
    }
    // A line without IPv4: a server that has both families was asked for its IPv4 addresses alone.
    if plan.route.family.is_none()
        && refusals.iter().all(|(address, error)| address.is_ipv4() && is_unreachable(error))
        && let Ok(addresses) = resolve::addresses(plan, Some(AddressFamily::Ipv6))
        && let Some(socket) = first(plan, &addresses, &mut refusals)?
    {
        return Ok(socket);
    }
    let peer = plan.peer_name();
    if refusals.iter().all(|(_, error)| error.kind() == io::ErrorKind::TimedOut) {
        return Err(plan.late(&format!("no connection to {peer}")));
    }
    let reasons: Vec<String> = refusals.iter().map(|(address, error)| reason(plan, address, error)).collect();
    let message = format!("no connection to {peer}: {}", reasons.join("; "));
    Err(Failure { kind: ErrorKind::Connect, message })
}

/// What an address answered that is not the one.
type Refusals = Vec<(SocketAddr, io::Error)>;

/// The first that answers, if any does. Each gets an equal part of the time that is left.
fn first(plan: &Plan, addresses: &[SocketAddr], refusals: &mut Refusals) -> Result<Option<Socket>, Failure> {
    for (index, address) in addresses.iter().enumerate() {
        let Some(left) = plan.left() else { break };
        let parts = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        match dial_one(plan, address, left / parts) {
            Ok(socket) => return Ok(Some(socket)),
            Err(Refusal::Device(failure)) => return Err(failure),
            Err(Refusal::Address(error)) => refusals.push((*address, error)),
        }
    }
    Ok(None)
}

fn is_unreachable(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable)
}

enum Refusal {
    /// Any other address would meet the same.
    Device(Failure),
    Address(io::Error),
}

fn dial_one(plan: &Plan, address: &SocketAddr, time: Duration) -> Result<Socket, Refusal> {
    let socket = socket2::Socket::new(Domain::for_address(*address), Type::STREAM, Some(Protocol::TCP));
    let socket = socket.map_err(Refusal::Address)?;
    if let Some(device) = &plan.route.device {
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
        Some(PERM) => "before Linux 5.7 only root may choose a device".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::super::Route;
    use super::*;
    use crate::protocol::Server;
    use std::net::{Ipv4Addr, TcpListener};

    fn plan(timeout: Duration) -> Plan {
        Plan::new(Route {
            server: Server::new(false, "router.example", 80),
            ca_file: String::new(),
            proxy: None,
            device: None,
            family: None,
            timeout,
        })
    }

    /// Before Linux 5.7, and for any other reason that the kernel may have.
    #[test]
    fn a_device_that_may_not_be_chosen_is_said_to_be_one() {
        let refused = |error: Errno| unbound(&plan(Duration::MAX), "wan1", &io::Error::from(error));
        for (error, why) in [
            (Errno::PERM, "before Linux 5.7 only root may choose a device"),
            (Errno::NODEV, "there is no such device"),
            (Errno::ACCESS, "permission denied"),
        ] {
            let failure = refused(error);
            let message = format!("cannot send to router.example port 80 through device wan1: {why}");
            assert_eq!((failure.kind, failure.message), (ErrorKind::Connect, message));
        }
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

    #[test]
    fn a_device_that_may_not_be_chosen_is_said_with_the_reason() {
        let said = |code| unbound(&plan(Duration::from_secs(1)), "wan2", &io::Error::from_raw_os_error(code)).message;
        let begin = "cannot send to router.example port 80 through device wan2: ";
        assert_eq!(said(PERM), format!("{begin}before Linux 5.7 only root may choose a device"));
        assert_eq!(said(NODEV), format!("{begin}there is no such device"));
    }
}
