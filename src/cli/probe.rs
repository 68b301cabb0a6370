//! `ddnsd probe`: asks a service with a wrong token, which changes nothing, and says whether it answers as its entry in
//! the table expects. For a person with a network, and for whoever maintains the table.

use super::{Arguments, Exit, complain, print, printable};
use crate::api::ApiJob;
use crate::arguments::Probe;
use crate::io::http::{self, Route};
use crate::io::platform;
use crate::protocol::api::{Outcome, Run, Task};
use crate::protocol::{Code, Reply, Server};
use crate::services::{Service, Table};
use crate::setup;
use std::net::Ipv4Addr;
use std::time::Duration;

/// How long the service may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// What no service has given to anybody.
const WRONG: &str = "ddnsd-probe-with-a-wrong-token";
/// A name that is nobody's (RFC 2606).
const HOST: &str = "ddnsd-probe.example.com";

pub(super) fn main(_: &Arguments, probe: &Probe) -> Exit {
    let table = Table::new(setup::services());
    let Some(service) = table.service(&probe.service) else {
        complain(&format!("there is no service '{}': `ubus call ddnsd services` lists them", probe.service));
        return Exit::Usage;
    };
    let Some(server) = server(&service, probe.url.as_deref()) else { return Exit::Usage };
    let Some(recipe) = service.dialect.api.clone() else {
        complain(&format!("'{}' has no API: ddnsd probe asks those that have", service.name));
        return Exit::Usage;
    };
    let task = Task {
        host: HOST.into(),
        ip: Ipv4Addr::new(192, 0, 2, 1).into(),
        zone: None,
        create: false,
        ttl: 300,
        username: format!("{WRONG}:{WRONG}"),
        password: WRONG.into(),
        server: server.clone(),
        path: String::new(),
        acknowledged: None,
    };
    let route =
        Route { server, ca_file: probe.ca_file.clone(), proxy: None, device: None, family: None, timeout: TIMEOUT };
    let job = ApiJob::of(Run::new(recipe, task, None, false));
    let (alive, said) = match job.perform(route, &platform::user_agent(None)) {
        Err(failure) => (false, failure.message),
        Ok((status, reply)) => judge(status, reply),
    };
    let verdict = if alive { "answers as its entry expects" } else { "does NOT answer as its entry expects" };
    print(&printable(&format!("{}: {verdict}: {said}", service.name)));
    print("\n");
    if alive { Exit::Current } else { Exit::Temporary }
}

/// The service's own server, or the one that was named.
fn server(service: &Service, url: Option<&str>) -> Option<Server> {
    let own = (!service.server.is_empty()).then(|| {
        let port = service.port.unwrap_or(Server::own_port(service.tls));
        Server::new(service.tls, &service.server, port)
    });
    let server = match url.map(http::split) {
        None => own.ok_or_else(|| "has no server of its own: name one with --url https://HOST:PORT/".to_owned()),
        Some(Ok((server, _))) => Ok(server),
        Some(Err(failure)) => Err(failure.message),
    };
    server.map_err(|why| complain(&format!("'{}': {why}", service.name))).ok()
}

/// Whether a wrong token was refused as one.
fn judge(status: u16, reply: Reply) -> (bool, String) {
    let Reply::Run(ended) = reply else { return (false, "the clock is not set".into()) };
    let said = |message: Option<String>| message.map(|it| format!(" ({it})")).unwrap_or_default();
    match ended.outcome {
        Outcome::Account(Code::BadAuth, message) => {
            (true, format!("a wrong token is refused as badauth, HTTP {status}{}", said(message)))
        }
        Outcome::Account(code, message) | Outcome::Host(code, message) | Outcome::Wait(code, message) => {
            (false, format!("a wrong token is answered with {}, HTTP {status}{}", code.as_str(), said(message)))
        }
        Outcome::RetryAfter(_) => (false, format!("it asks to wait, HTTP {status}: try again later")),
        Outcome::Rejected(what) | Outcome::Failed(what) | Outcome::Ambiguous(what) => (false, what),
        Outcome::Done(_) => (false, "it takes a wrong token for a right one".into()),
    }
}
