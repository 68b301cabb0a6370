//! From an action of the engine to an exchange on the wire, and back to an event.
//!
//! What is composed here for the command line and the daemon alike: `protocol` says what the bytes are,
//! `io::http` carries them.

use crate::api::ApiJob;
use crate::config::AccountConfig;
use crate::dns::DnsJob;
use crate::engine::{Batch, Event, Ticket};
use crate::failure::{ErrorKind, Failure};
use crate::io::clock;
use crate::io::http::{self, Response, Route};
use crate::protocol::{self, AddressFamily, Answer, Dialect, Parameters, Request};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

/// The longest that web detection may take: it is a plain question.
const DETECTION_TIMEOUT: u32 = 30;

/// An exchange that is ready to be made, on any thread.
pub struct Job {
    ticket: Ticket,
    user_agent: String,
    /// How the request travels, and its path and query, which a run has for itself; a page's URL may be none.
    way: Result<(Route, String), Failure>,
    meaning: Meaning,
}

enum Meaning {
    Update {
        authorization: Option<String>,
        dialect: Arc<Dialect>,
        hosts: usize,
        ipv4: Option<Ipv4Addr>,
        ipv6: Option<Ipv6Addr>,
    },
    /// The requests of an API.
    Api(Box<ApiJob>),
    /// The messages of DNS UPDATE.
    Dns(Box<DnsJob>),
    Detection,
}

impl Job {
    /// The exchange of an update.
    pub fn update(ticket: Ticket, config: &AccountConfig, batch: &Batch, user_agent: &str) -> Job {
        let request = request(config, batch);
        let endpoint = &config.endpoint;
        let run = DnsJob::new(config, batch).map(|job| Meaning::Dns(Box::new(job)));
        let run = run.or_else(|| ApiJob::new(config, batch).map(|job| Meaning::Api(Box::new(job))));
        let route = Route {
            server: request.server,
            ca_file: endpoint.ca_file.clone(),
            proxy: endpoint.proxy.clone(),
            device: batch.device.clone(),
            // Where the service looks at where the request comes from, the family matters; a run says the address.
            family: request.connection.filter(|_| run.is_none()),
            timeout: Duration::from_secs(endpoint.timeout.into()),
        };
        let meaning = run.unwrap_or_else(|| Meaning::Update {
            authorization: request.authorization,
            dialect: config.dialect.clone(),
            hosts: batch.hostnames.len(),
            ipv4: batch.sent_ipv4(),
            ipv6: batch.sent_ipv6(),
        });
        Job { ticket, user_agent: user_agent.to_owned(), way: Ok((route, request.target)), meaning }
    }

    /// The exchange of web detection.
    pub fn detection(
        ticket: Ticket,
        url: &str,
        ipv6: bool,
        device: Option<String>,
        config: &AccountConfig,
        user_agent: &str,
    ) -> Job {
        let endpoint = &config.endpoint;
        let way = http::split(url).map(|(server, target)| {
            let route = Route {
                server,
                ca_file: endpoint.ca_file.clone(),
                // The answer must be this line's address, not the proxy's.
                proxy: None,
                device,
                family: Some(if ipv6 { AddressFamily::Ipv6 } else { AddressFamily::Ipv4 }),
                timeout: Duration::from_secs(endpoint.timeout.min(DETECTION_TIMEOUT).into()),
            };
            (route, target)
        });
        Job { ticket, user_agent: user_agent.to_owned(), way, meaning: Meaning::Detection }
    }

    /// The event for an exchange that could not even be started; takes why, in words.
    pub fn unstarted(&self) -> impl FnOnce(&str) -> Event + use<> {
        let (ticket, update) = (self.ticket, !matches!(self.meaning, Meaning::Detection));
        move |why| {
            let message = format!("no thread could be started for the request: {why}");
            let failure = Failure { kind: ErrorKind::Connect, message };
            if update {
                Event::Finished { ticket, result: Err(failure) }
            } else {
                Event::Detected { ticket, result: Err(failure) }
            }
        }
    }

    /// Makes the exchange; blocks until it has ended, one way or the other.
    pub fn run(self) -> Event {
        let ticket = self.ticket;
        match self.meaning {
            Meaning::Detection => {
                let response = self.way.and_then(|(route, target)| get(route, &target, &self.user_agent, None, true));
                Event::Detected { ticket, result: response.and_then(whole) }
            }
            Meaning::Dns(job) => Event::Finished { ticket, result: self.way.and_then(|(route, _)| job.perform(route)) },
            Meaning::Api(job) => {
                let result = self.way.and_then(|(route, _)| job.perform(route, &self.user_agent));
                Event::Finished { ticket, result }
            }
            Meaning::Update { authorization, dialect, hosts, ipv4, ipv6 } => {
                let result = self.way.and_then(|(route, target)| {
                    let server = route.server.clone();
                    let response = get(route, &target, &self.user_agent, authorization.as_deref(), false)?;
                    let answer = Answer {
                        status: response.status,
                        retry_after: response.retry_after.as_deref(),
                        location: response.location.as_deref(),
                        server: &server,
                        body: &response.body,
                        complete: response.complete,
                        hosts,
                        now: clock::now().wall.map(|wall| wall.0),
                        sent_ipv4: ipv4,
                        sent_ipv6: ipv6,
                    };
                    Ok((response.status, protocol::parse(&dialect, &answer)))
                });
                Event::Finished { ticket, result }
            }
        }
    }
}

fn get(
    route: Route,
    target: &str,
    user_agent: &str,
    authorization: Option<&str>,
    beginning: bool,
) -> Result<Response, Failure> {
    let mut headers = vec![("User-Agent", user_agent)];
    headers.extend(authorization.map(|value| ("Authorization", value)));
    http::perform(route, &http::Request { method: "GET", target, headers: &headers, body: None }, beginning)
}

/// An address is only an address when it is whole.
fn whole(response: Response) -> Result<(u16, Vec<u8>), Failure> {
    if response.complete || response.body.ends_with(b"\n") {
        return Ok((response.status, response.body));
    }
    Err(Failure { kind: ErrorKind::Http, message: "the answer of web detection was cut off".into() })
}

/// The request of an update, also for `--dry-run`.
pub fn request(config: &AccountConfig, batch: &Batch) -> Request {
    let endpoint = &config.endpoint;
    protocol::build(
        &config.dialect,
        &Parameters {
            hostnames: &batch.hostnames,
            username: &config.username,
            password: config.password.reveal(),
            ipv4: batch.sent_ipv4(),
            ipv6: batch.sent_ipv6(),
            ipv6_prefix: batch.prefix,
            ipv4_from_sender: batch.basis.is_some(),
            offline: batch.offline.then_some(true),
            server: &endpoint.server,
            path: &endpoint.path,
            tls: endpoint.tls,
            port: endpoint.port,
        },
    )
}
