//! The server of a simulated provider: HTTP/1.1 with connections that are kept alive.

use super::{Provider, World};
use crate::service::locked;
use crate::service::server::{Server, Stop};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

/// One request.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    /// As it was sent.
    pub target: String,
    /// The parts of the path, decoded.
    pub path: Vec<String>,
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The body, where it is JSON.
    pub json: Value,
    /// The body, where it is a form.
    pub form: Vec<(String, String)>,
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (decode(k), decode(v))).collect()
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
}

impl Call {
    pub fn query(&self, name: &str) -> &str {
        value(&self.query, name)
    }

    pub fn form(&self, name: &str) -> &str {
        value(&self.form, name)
    }

    pub fn header(&self, name: &str) -> &str {
        value(&self.headers, name)
    }

    /// Method and path, for a `match`.
    pub fn route(&self) -> (&str, Vec<&str>) {
        (&self.method, self.path.iter().map(String::as_str).collect())
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Reply {
    pub fn json(status: u16, body: Value) -> Reply {
        Reply { status, headers: vec![("Content-Type", "application/json".into())], body: body.to_string() }
    }

    pub fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: String::new() }
    }
}

/// What goes wrong with an answer instead.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// A status of the server's or a proxy's, with `Retry-After` where it is said.
    Status(u16, Option<u64>),
    /// A page.
    Html(u16),
    /// The answer ends in its middle.
    CutOff,
    /// The connection ends without an answer.
    Closed,
}

struct Shared {
    answer: fn(&mut World, &Call) -> Reply,
    world: Mutex<World>,
    calls: Mutex<Vec<Call>>,
    /// From which call on, counted from 0, and what.
    trouble: Mutex<Option<(usize, Trouble)>>,
}

/// A provider that runs.
pub struct Api {
    server: Server,
    shared: Arc<Shared>,
}

impl Api {
    pub fn start(provider: &Provider, world: World) -> Api {
        let shared = Arc::new(Shared {
            answer: provider.answer,
            world: Mutex::new(world),
            calls: Mutex::default(),
            trouble: Mutex::default(),
        });
        let own = shared.clone();
        let serve = move |stream: TcpStream, _: &Stop| {
            let _ = serve(&own, stream);
        };
        let server = Server::start(([127, 0, 0, 1], 0).into(), serve).expect("a port is free");
        Api { server, shared }
    }

    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    pub fn connections(&self) -> usize {
        self.server.connections()
    }

    /// Everything that was asked so far.
    pub fn calls(&self) -> Vec<Call> {
        locked(&self.shared.calls).clone()
    }

    pub fn forget_calls(&self) {
        locked(&self.shared.calls).clear();
    }

    /// Those that were no reading, by method and target.
    pub fn asked(&self) -> Vec<String> {
        self.calls().iter().map(|call| format!("{} {}", call.method, call.target)).collect()
    }

    /// Looks at the world, or changes it.
    pub fn world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut locked(&self.shared.world))
    }

    /// From this call on, counted from now, something goes wrong.
    pub fn trouble(&self, from: usize, trouble: Trouble) {
        let now = locked(&self.shared.calls).len();
        *locked(&self.shared.trouble) = Some((now + from, trouble));
    }

    pub fn well(&self) {
        *locked(&self.shared.trouble) = None;
    }
}

fn serve(shared: &Shared, stream: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    while let Some(call) = read(&mut reader)? {
        let number = {
            let mut calls = locked(&shared.calls);
            calls.push(call.clone());
            calls.len() - 1
        };
        let trouble = locked(&shared.trouble).clone().filter(|(from, _)| number >= *from).map(|(_, trouble)| trouble);
        let reply = match &trouble {
            Some(Trouble::Closed) => return Ok(()),
            Some(Trouble::Status(status, wait)) => {
                let mut reply = Reply::json(*status, serde_json::json!({}));
                reply.headers.extend(wait.map(|seconds| ("Retry-After", seconds.to_string())));
                reply
            }
            Some(Trouble::Html(status)) => Reply {
                status: *status,
                headers: vec![("Content-Type", "text/html".into())],
                body: "<!DOCTYPE html><html><body>Log in</body></html>".into(),
            },
            Some(Trouble::CutOff) | None => (shared.answer)(&mut locked(&shared.world), &call),
        };
        let mut head = format!("HTTP/1.1 {} Status\r\nContent-Length: {}\r\n", reply.status, reply.body.len());
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        if matches!(trouble, Some(Trouble::CutOff)) {
            return stream.write_all(&reply.body.as_bytes()[..reply.body.len() / 2]);
        }
        stream.write_all(reply.body.as_bytes())?;
    }
    Ok(())
}

fn read(reader: &mut impl BufRead) -> io::Result<Option<Call>> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let mut words = lines.first().map(String::as_str).unwrap_or_default().split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default().to_owned();
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = value(&headers, "content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let path = path.split('/').skip(1).map(|it| percent_decode_str(it).decode_utf8_lossy().into_owned()).collect();
    let (query, json) = (pairs(query), serde_json::from_str(&body).unwrap_or_default());
    let form = pairs(&body);
    Ok(Some(Call { method, path, query, headers, json, form, body, target }))
}
