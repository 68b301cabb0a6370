//! Names to addresses, within the deadline.
//!
//! The system's resolver cannot be interrupted, so a thread asks it and is left alone when the time is up. It ends when
//! the system gives up, and there are never more than a few of them, however long the DNS is away. An address needs no
//! resolver and no thread.

use super::Family;
use super::target::Plan;
use crate::failure::{ErrorKind, Failure};
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;

/// How many addresses of a server are tried, at most.
const MAX_ADDRESSES: usize = 16;

/// Enough for the C library's resolver, which keeps whole answers on its stack.
const STACK: usize = 256 * 1024;

/// How many questions may be open at once, those included that nobody waits for any more.
const MAX_QUESTIONS: usize = 8;

static QUESTIONS: AtomicUsize = AtomicUsize::new(0);

/// The addresses of the wanted family, at least one.
pub(super) fn resolve(plan: &Plan) -> Result<Vec<SocketAddr>, Failure> {
    let (host, port) = plan.peer();
    let all = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => look_up(plan, host, port)?,
    };
    let wanted: Vec<SocketAddr> =
        all.into_iter().filter(|address| matches(plan.family, address)).take(MAX_ADDRESSES).collect();
    if wanted.is_empty() {
        let family = if plan.family == Family::Ipv6 { "IPv6" } else { "IPv4" };
        return Err(Failure { kind: ErrorKind::Dns, message: format!("{host} has no {family} address") });
    }
    Ok(wanted)
}

fn matches(family: Family, address: &SocketAddr) -> bool {
    match family {
        Family::Any => true,
        Family::Ipv4 => address.is_ipv4(),
        Family::Ipv6 => address.is_ipv6(),
    }
}

fn look_up(plan: &Plan, host: &str, port: u16) -> Result<Vec<SocketAddr>, Failure> {
    let left = plan.left().ok_or_else(|| late(plan, host))?;
    let question =
        Question::open().ok_or_else(|| unresolved(host, &"the DNS has not answered earlier questions either"))?;
    let answer = Arc::new((Mutex::new(None), Condvar::new()));
    let answered = Arc::clone(&answer);
    let name = host.to_owned();
    let thread = thread::Builder::new().name("ddnsd-dns".to_owned()).stack_size(STACK);
    let spawned = thread.spawn(move || {
        let addresses = (name.as_str(), port).to_socket_addrs().map(Vec::from_iter);
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
