//! DNS UPDATE on the wire: the messages of a run over one TCP connection.

use crate::config::AccountConfig;
use crate::engine::Batch;
use crate::failure::{ErrorKind, Failure};
use crate::io::http::{Route, Session, Socket};
use crate::io::{clock, platform};
use crate::protocol::Reply;
use crate::protocol::update::{Name, Run, Task};
use std::io::{self, Read, Write};

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
        let late = route.late(&format!("no whole answer from {}", route.name()));
        let peer = route.name();
        let broken = |error: io::Error| match error.kind() {
            io::ErrorKind::TimedOut => late.clone(),
            io::ErrorKind::UnexpectedEof => {
                Failure { kind: ErrorKind::Connect, message: format!("{peer} closed the connection without an answer") }
            }
            _ => Failure { kind: ErrorKind::Connect, message: format!("the connection to {peer} broke") },
        };
        let mut socket = Session::socket(route)?;
        let mut run = Run::new(self.task);
        // The id only has to differ from those before it: what proves a response is its signature.
        while let Some(request) = run.request(platform::random_seed() as u16, clock::wall().0) {
            let response = exchange(&mut socket, &request).map_err(broken)?;
            run.response(&response, clock::wall().0);
        }
        Ok((0, run.reply()))
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
