//! Names to addresses, within the deadline.
//!
//! The system's resolver cannot be interrupted, so a thread asks it and is left alone when the time is up. It ends when
//! the system gives up, and there are never more than a few of them, however long the DNS is away. An address needs no
//! resolver and no thread.
//!
//! IPv4 is asked for first, and IPv6 only where that gives nothing: some forwarders never answer a question for AAAA, and
//! musl, asked for both at once, then has no address at all (RFC 4074 is about such servers).

use super::failures::Carried;
use super::plan::Plan;
use crate::failure::{ErrorKind, Failure};
use crate::protocol::AddressFamily;
use dns_lookup::{AddrFamily, AddrInfoHints, SockType, getaddrinfo};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How many addresses of a server are tried, at most: as many as ureq takes.
const MAX_ADDRESSES: usize = 16;

/// Enough for the C library's resolver, which keeps whole answers on its stack.
const STACK: usize = 256 * 1024;

/// How many questions may be open at once, those included that nobody waits for any more.
const MAX_QUESTIONS: usize = 8;

static QUESTIONS: AtomicUsize = AtomicUsize::new(0);

/// The link of ureq's chain that looks names up: the server's, or the proxy's.
#[derive(Debug)]
pub(super) struct Resolve {
    pub plan: Arc<Plan>,
}

impl Resolver for Resolve {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut resolved = self.empty();
        // What ureq asks for is what the plan has: the proxy where there is one, the server where there is none.
        for address in addresses(&self.plan, self.plan.route.family).map_err(Carried::error)? {
            resolved.push(address);
        }
        Ok(resolved)
    }
}

/// The addresses of the wanted family, at least one.
pub(super) fn addresses(plan: &Plan, family: Option<AddressFamily>) -> Result<Vec<SocketAddr>, Failure> {
    let (host, port) = plan.peer();
    let all = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => look_up(plan, host, port, family)?,
    };
    let wanted: Vec<SocketAddr> =
        all.into_iter().filter(|address| matches(family, address)).take(MAX_ADDRESSES).collect();
    if wanted.is_empty() {
        let family = if family == Some(AddressFamily::Ipv6) { "IPv6" } else { "IPv4" };
        return Err(Failure { kind: ErrorKind::Dns, message: format!("{host} has no {family} address") });
    }
    Ok(wanted)
}

fn matches(family: Option<AddressFamily>, address: &SocketAddr) -> bool {
    match family {
        None => true,
        Some(AddressFamily::Ipv4) => address.is_ipv4(),
        Some(AddressFamily::Ipv6) => address.is_ipv6(),
    }
}

fn look_up(plan: &Plan, host: &str, port: u16, family: Option<AddressFamily>) -> Result<Vec<SocketAddr>, Failure> {
    let left = plan.left().ok_or_else(|| late(plan, host))?;
    let question =
        Question::open().ok_or_else(|| unresolved(host, &"the DNS has not answered earlier questions either"))?;
    let answer = Arc::new((Mutex::new(None), Condvar::new()));
    let answered = Arc::clone(&answer);
    let name = host.to_owned();
    let thread = thread::Builder::new().name("ddnsd-dns".to_owned()).stack_size(STACK);
    let spawned = thread.spawn(move || {
        let addresses = ask(&name, port, family);
        drop(question);
        // Nobody waits any more when the time is up.
        *answered.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(addresses);
        answered.1.notify_one();
    });
    spawned.map_err(|error| unresolved(host, &error))?;
    let (addresses, news) = &*answer;
    let waiting = addresses.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut addresses, _) =
        news.wait_timeout_while(waiting, left, |it| it.is_none()).unwrap_or_else(PoisonError::into_inner);
    match addresses.take() {
        Some(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Some(Ok(_)) => Err(unresolved(host, &"it has no address")),
        Some(Err(error)) => Err(unresolved(host, &reason(&error))),
        None => Err(late(plan, host)),
    }
}

/// Asks the system, one family after the other.
fn ask(host: &str, port: u16, family: Option<AddressFamily>) -> Result<Vec<SocketAddr>, io::Error> {
    let of = |family: AddrFamily| {
        let hints =
            AddrInfoHints { address: family.into(), socktype: SockType::Stream.into(), ..AddrInfoHints::default() };
        let found = getaddrinfo(Some(host), None, Some(hints)).map_err(io::Error::from)?;
        let addresses: io::Result<Vec<SocketAddr>> =
            found.map(|info| info.map(|info| SocketAddr::new(info.sockaddr.ip(), port))).collect();
        addresses
    };
    match family {
        Some(AddressFamily::Ipv4) => of(AddrFamily::Inet),
        Some(AddressFamily::Ipv6) => of(AddrFamily::Inet6),
        None => match of(AddrFamily::Inet) {
            Ok(addresses) if !addresses.is_empty() => Ok(addresses),
            // Why there is no IPv4 address is the better reason: nearly every server has one.
            first => of(AddrFamily::Inet6).or(first),
        },
    }
}

/// One of the questions that may be open.
struct Question;

impl Question {
    fn open() -> Option<Question> {
        let more = |open| (open < MAX_QUESTIONS).then_some(open + 1);
        QUESTIONS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Question)
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        QUESTIONS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What the C library says, without the prefix that std puts before it.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned()
}

fn unresolved(host: &str, why: &dyn std::fmt::Display) -> Failure {
    Failure { kind: ErrorKind::Dns, message: format!("the name {host} could not be resolved ({why})") }
}

fn late(plan: &Plan, host: &str) -> Failure {
    plan.late(&format!("the name {host} could not be resolved"))
}
