//! DNS UPDATE on the wire: the messages of a run over one TCP connection, and what their end means.

use crate::config::AccountConfig;
use crate::engine::Batch;
use crate::failure::{ErrorKind, Failure};
use crate::io::http::{Route, Session, Socket};
use crate::io::{clock, platform};
use crate::protocol::update::{Ending, FamilyEnd, Name, Run, Task};
use crate::protocol::{Code, HostAnswer, Refusal, Reply};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

/// A run that is ready to be made, on any thread.
pub struct DnsJob {
    task: Task,
}

impl DnsJob {
    /// The run of an update; `None` where the service is no DNS server.
    pub fn new(config: &AccountConfig, batch: &Batch) -> Option<DnsJob> {
        let key = config.dns_key.as_deref()?.clone();
        let recall = batch.recall.as_deref();
        let task = Task {
            host: Name::parse(batch.hostnames.first()?)?,
            zone: config.zone.as_deref().and_then(Name::parse),
            key,
            ipv4: batch.sent_ipv4(),
            ipv6: batch.sent_ipv6(),
            last_ipv4: recall.and_then(|recall| recall.acknowledged_ipv4),
            last_ipv6: recall.and_then(|recall| recall.acknowledged_ipv6),
            create: config.create,
            ttl: config.ttl,
        };
        Some(DnsJob { task })
    }

    /// What would be done, for `--dry-run`, a line for each record.
    pub fn rehearsal(&self) -> String {
        let host = &self.task.host;
        let records =
            [self.task.ipv4.map(|it| format!("{host} A {it}")), self.task.ipv6.map(|it| format!("{host} AAAA {it}"))];
        records.into_iter().flatten().collect::<Vec<_>>().join("\n    ")
    }

    /// Makes the run; blocks until it has ended, one way or the other.
    ///
    /// # Errors
    /// The way to the server failed, in words.
    pub fn perform(self, route: Route) -> Result<(u16, Reply), Failure> {
        let (peer, seconds) = (format!("{} port {}", route.server.host, route.server.port), route.timeout.as_secs());
        let broken = |error: io::Error| match error.kind() {
            io::ErrorKind::TimedOut => Failure {
                kind: ErrorKind::Timeout,
                message: format!("no whole answer from {peer} within {seconds} seconds"),
            },
            io::ErrorKind::UnexpectedEof => {
                Failure { kind: ErrorKind::Connect, message: format!("{peer} closed the connection without an answer") }
            }
            _ => Failure { kind: ErrorKind::Connect, message: format!("the connection to {peer} broke") },
        };
        let mut socket = Session::socket(Route { proxy: None, ..route })?;
        let (host, ipv4, ipv6) = (self.task.host.to_string(), self.task.ipv4, self.task.ipv6);
        let mut run = Run::new(self.task);
        // The id only has to differ from those before it: what proves a response is its signature.
        while let Some(request) = run.request(platform::random_seed() as u16, clock::wall().0) {
            let response = exchange(&mut socket, &request).map_err(broken)?;
            run.response(&response, clock::wall().0);
        }
        let ending = run.ending().cloned().unwrap_or_else(|| Ending::Failed("the DNS server was not asked".into()));
        Ok((0, reply(ending, &host, ipv4, ipv6)))
    }
}

/// A message over TCP has its length before it (RFC 1035, section 4.2.2).
fn exchange(socket: &mut Socket, request: &[u8]) -> io::Result<Vec<u8>> {
    let length = u16::try_from(request.len()).map_err(io::Error::other)?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend(request);
    socket.write_all(&framed)?;
    let mut length = [0; 2];
    socket.read_exact(&mut length)?;
    let mut response = vec![0; usize::from(u16::from_be_bytes(length))];
    socket.read_exact(&mut response)?;
    Ok(response)
}

/// What an end means to an account.
fn reply(ending: Ending, host: &str, ipv4: Option<Ipv4Addr>, ipv6: Option<Ipv6Addr>) -> Reply {
    let refused = |code, message| Reply::Refused(Refusal { code, message, ipv4: None, ipv6: None });
    match ending {
        Ending::Families { ipv4: end4, ipv6: end6 } => families(host, (end4, ipv4), (end6, ipv6)),
        Ending::Refused { code, message } => refused(code, message),
        Ending::Alias => {
            let message = format!("{host} is a CNAME, an alias of another name: servers drop such an update silently");
            refused(Code::Rejected, message)
        }
        Ending::Clock { ahead } => Reply::WrongClock(match ahead {
            Some(seconds @ 0..) => {
                format!("the DNS server's clock is {seconds} seconds ahead of this router's (BADTIME)")
            }
            Some(seconds) => format!("the DNS server's clock is {} seconds behind this router's (BADTIME)", -seconds),
            None => "the DNS server's clock differs from this router's (BADTIME)".into(),
        }),
        Ending::Failed(what) => Reply::Foreign(what),
    }
}

type End<A> = (Option<FamilyEnd>, Option<A>);

fn families(host: &str, (end4, ipv4): End<Ipv4Addr>, (end6, ipv6): End<Ipv6Addr>) -> Reply {
    let is = |end| end4 == Some(end) || end6 == Some(end);
    let set = |end: Option<FamilyEnd>| matches!(end, Some(FamilyEnd::Good | FamilyEnd::NoChange));
    let (ipv4, ipv6) = (ipv4.filter(|_| set(end4)), ipv6.filter(|_| set(end6)));
    if is(FamilyEnd::Ambiguous) {
        let message = format!("{host} has several records of this type, and none of them is the one set last");
        return Reply::Refused(Refusal { code: Code::Ambiguous, message, ipv4: None, ipv6: None });
    }
    if is(FamilyEnd::Missing) {
        let kind = if end4 == Some(FamilyEnd::Missing) { "A" } else { "AAAA" };
        let message = format!("{host} has no {kind} record: create it once at the server, or write option create '1'");
        return Reply::Refused(Refusal { code: Code::NoHost, message, ipv4, ipv6 });
    }
    let code = if is(FamilyEnd::Good) { Code::Good } else { Code::NoChange };
    Reply::Hosts(vec![HostAnswer { code, ipv4, ipv6 }])
}
