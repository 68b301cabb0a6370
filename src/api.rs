//! A run of an API service on the wire: its requests over one connection, its pauses, one deadline over all of it.

use crate::config::AccountConfig;
use crate::engine::Batch;
use crate::failure::Failure;
use crate::io::http::{self, Route, Session};
use crate::io::{clock, platform};
use crate::protocol::api::{Ended, Head, Moment, Next, Recipe, Request, Run, Task, rehearse};
use crate::protocol::{Reply, Server};

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

/// How much of an answer is read at once.
const PIECE: usize = 4096;

/// A run that is ready to be made, on any thread.
pub struct ApiJob(Run);

impl ApiJob {
    /// The run of an update; `None` where the service has no API.
    pub fn new(config: &AccountConfig, batch: &Batch) -> Option<ApiJob> {
        let recipe = config.dialect.api.clone()?;
        let task = task(config, batch)?;
        let recall = batch.recall.as_deref().cloned().unwrap_or_default();
        Some(ApiJob(Run::new(recipe, task, recall.remembered, recall.recent)))
    }

    /// A run that is there already.
    pub fn of(run: Run) -> ApiJob {
        ApiJob(run)
    }

    /// Makes the run; blocks until it has ended, one way or the other.
    ///
    /// # Errors
    /// The way to the service failed, in words.
    pub fn perform(self, route: Route, user_agent: &str) -> Result<(u16, Reply), Failure> {
        let ApiJob(mut run) = self;
        // A signature holds the time: without a clock that is right, nothing is sent.
        if run.is_signed() && clock::now().wall.is_none() {
            return Ok((0, Reply::WrongClock("the service wants requests that are signed with the time".into())));
        }
        let deadline = Instant::now() + route.timeout;
        let late = route.late("the service has not finished the change");
        let mut session = Session::new(route)?;
        loop {
            let wall = clock::now().wall.map(|it| it.0);
            match run.next(Moment { unix: wall.unwrap_or(0), nonce: platform::random_seed() }) {
                Next::Send(request) => send(&mut session, &mut run, &request, user_agent, wall)?,
                Next::Pause(pause) if Instant::now() + pause < deadline => std::thread::sleep(pause),
                Next::Pause(_) => return Err(late),
                Next::Done(ended) => return Ok(done(ended)),
            }
        }
    }
}

fn done(ended: Ended) -> (u16, Reply) {
    (ended.status, Reply::Run(Box::new(ended)))
}

fn send(
    session: &mut Session,
    run: &mut Run,
    request: &Request,
    user_agent: &str,
    now: Option<u64>,
) -> Result<(), Failure> {
    let mut headers: Vec<(&str, &str)> = vec![("User-Agent", user_agent)];
    headers.extend(request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let wire = http::Request {
        method: request.method.as_str(),
        target: &request.path,
        headers: &headers,
        body: request.body.as_ref().map(String::as_bytes),
    };
    let mut reader = run.reader();
    let head = session.exchange(&wire, &mut |_, body| {
        let mut piece = [0; PIECE];
        loop {
            let length = body.read(&mut piece)?;
            if length == 0 || !reader.feed(&piece[..length]) {
                return Ok(());
            }
        }
    })?;
    let head = Head {
        status: head.status,
        retry_after: head.retry_after,
        ratelimit_reset: head.ratelimit_reset,
        location: head.location,
        now,
    };
    run.answered(&head, reader);
    Ok(())
}

/// Every request that the run of an update may make, for `--dry-run`; `None` where the service has no API.
pub fn rehearsal(config: &AccountConfig, batch: &Batch) -> Option<Vec<Request>> {
    let recipe: &Arc<Recipe> = config.dialect.api.as_ref()?;
    Some(rehearse(recipe, &task(config, batch)?))
}

fn task(config: &AccountConfig, batch: &Batch) -> Option<Task> {
    let hostname = batch.hostnames.first()?;
    let endpoint = &config.endpoint;
    let ip: IpAddr = batch.sent_ipv4().map(Into::into).or(batch.sent_ipv6().map(Into::into))?;
    Some(Task {
        host: hostname.trim_end_matches('.').to_ascii_lowercase(),
        ip,
        zone: config.zone.as_ref().map(|zone| zone.trim_end_matches('.').to_ascii_lowercase()),
        create: config.create,
        ttl: config.ttl,
        username: config.username.clone(),
        password: config.password.reveal().to_owned(),
        server: Server::new(endpoint.tls, &endpoint.server, endpoint.port),
        path: endpoint.path.clone(),
        acknowledged: batch.recall.as_ref().and_then(|recall| match ip {
            IpAddr::V4(_) => recall.acknowledged_ipv4.map(IpAddr::V4),
            IpAddr::V6(_) => recall.acknowledged_ipv6.map(IpAddr::V6),
        }),
    })
}
