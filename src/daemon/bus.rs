//! The daemon's place on the bus: connected, published, subscribed, and all that again whenever it was lost.
//!
//! ```text
//!  Away ──dial──▶ Connected: add `ddnsd` (publication.rs), add the ear (nameless), listen for ubus.object.add,
//!   ▲                 │      look up network.interface ──found──▶ subscribe, dump
//!   └── EOF, error ───┘                                ──not there──▶ wait for ubus.object.add
//! ```
//!
//! netifd's restart gives its object a new id, and ends the subscription: `ubus.object.add` says when it is back.
//! What arrives is only sorted here; the loop decides.

use super::publication::Publication;
use crate::io::log::debug;
use crate::io::ubus_socket::{Received, UbusSocket};
use crate::notice::Occurrence;
use crate::time::Instant;
use crate::ubus::client::Method;
use crate::ubus::json::{table_from_json, table_to_json};
use crate::ubus::{Client, Event, Reply, RequestError, RequestId, Status, Table, Value};
use serde_json::{Value as Json, json};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::time::Duration;

/// netifd's object.
const NETIFD: &str = "network.interface";
/// procd's object for a person's scripts.
const HOTPLUG: &str = "hotplug.ddnsd";
/// The first pause before dialling again; doubled up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// A ubusd that is gone for longer than a moment is looked for this often.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What came over the bus.
#[derive(Debug)]
pub enum Incoming {
    /// netifd's whole state.
    Dump(Json),
    /// One interface's whole state.
    Interface(Json),
    /// Somebody calls a method of ours: answer with the token's owner, [`Bus::answer`].
    Call {
        /// The method.
        method: String,
        /// Its arguments.
        arguments: Table,
        /// To answer with.
        token: crate::ubus::client::CallToken,
    },
}

/// The connection, or the wait for one.
pub struct Bus {
    path: PathBuf,
    methods: Vec<Method<'static>>,
    connection: Option<Connection>,
    redial_at: Instant,
    pause: Duration,
    /// Whether its absence has been said.
    complained: bool,
}

struct Connection {
    socket: UbusSocket,
    client: Client,
    /// Our object for others.
    publication: Publication,
    /// Our nameless object that notifications and events arrive on.
    ear: Option<u32>,
    /// Whether somebody is subscribed to us.
    subscribed: bool,
    adding_ear: Option<RequestId>,
    looking: Option<RequestId>,
    subscribing: Option<RequestId>,
    dumping: Option<RequestId>,
    /// A dump was asked for while one was under way.
    dump_again: bool,
    listening: Option<RequestId>,
}

impl Bus {
    /// Not connected yet: [`Bus::tend`] dials.
    pub fn new(path: PathBuf, methods: Vec<Method<'static>>) -> Self {
        Bus { path, methods, connection: None, redial_at: Instant::ZERO, pause: FIRST_PAUSE, complained: false }
    }

    /// When [`Bus::tend`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.connection {
            Some(connection) => connection.publication.deadline(),
            None => Some(self.redial_at),
        }
    }

    /// Dials, or asks for our object again, where that is due.
    pub fn tend(&mut self, now: Instant) {
        if self.deadline().is_none_or(|at| now < at) {
            return;
        }
        if let Some(connection) = &mut self.connection {
            connection.publication.tend(now, &mut connection.client, &self.methods);
            return self.flush(now);
        }
        match UbusSocket::connect(&self.path) {
            Ok(socket) => {
                self.connection = Some(Connection::greet(socket, &self.methods));
                self.complained = false;
                self.flush(now);
            }
            Err(error) => {
                if !self.complained && self.pause > Duration::from_secs(1) {
                    log::warn!("no connection to ubusd at {}: {error}; trying again", self.path.display());
                    self.complained = true;
                }
                self.wait(now);
            }
        }
    }

    /// What to poll, and whether for writing too.
    pub fn descriptor(&self) -> Option<(BorrowedFd<'_>, bool)> {
        self.connection.as_ref().map(|it| (it.socket.as_fd(), it.socket.wants_write()))
    }

    /// Reads what is there. A peer that floods gets no more than its share of one turn.
    pub fn receive(&mut self, now: Instant, buffer: &mut [u8]) -> Vec<Incoming> {
        let mut incoming = Vec::new();
        for _ in 0..16 {
            let Some(connection) = &mut self.connection else { break };
            match connection.socket.receive(buffer) {
                Ok(Received::Bytes(count)) => {
                    connection.client.feed(&buffer[..count]);
                    if let Err(why) = connection.sort(now, &mut incoming) {
                        self.lose(now, &why);
                    }
                }
                Ok(Received::Nothing) => break,
                Ok(Received::Closed) => self.lose(now, "ubusd closed the connection"),
                Err(error) => self.lose(now, &error.to_string()),
            }
        }
        self.flush(now);
        incoming
    }

    /// Asks netifd for everything; one answer serves all who asked meanwhile.
    pub fn dump(&mut self, now: Instant) {
        if let Some(connection) = &mut self.connection {
            connection.dump();
        }
        self.flush(now);
    }

    /// Answers a call.
    pub fn answer(&mut self, now: Instant, token: crate::ubus::client::CallToken, reply: Result<Json, Status>) {
        if let Some(connection) = &mut self.connection {
            match reply {
                Ok(data) => connection.client.answer(token, Some(table_from_json(&data)), Status::OK),
                Err(status) => connection.client.answer(token, None, status),
            }
        }
        self.flush(now);
    }

    /// Tells subscribers, and a person's scripts.
    pub fn tell(&mut self, now: Instant, occurrence: &Occurrence) {
        let Some(connection) = &mut self.connection else { return };
        if let Some(object) = connection.publication.object().filter(|_| connection.subscribed) {
            let (name, data) = (occurrence.kind.as_str(), table_from_json(&notification(occurrence)));
            // Only too large a message fails, and this one is not.
            let _ = connection.client.notify(object, name, data);
        }
        connection.client.tell(HOTPLUG, "call", table_from_json(&hotplug(occurrence)));
        self.flush(now);
    }

    /// Writes what waits to be written.
    pub fn flush(&mut self, now: Instant) {
        let Some(connection) = &mut self.connection else { return };
        let mut result = connection.socket.flush();
        while result.is_ok() {
            let Some(bytes) = connection.client.poll_transmit() else { break };
            result = connection.socket.send(&bytes);
        }
        if let Err(error) = result {
            self.lose(now, &error.to_string());
        }
    }

    fn lose(&mut self, now: Instant, why: &str) {
        if let Some(connection) = self.connection.take() {
            log::info!("lost the connection to ubusd: {why}; connecting again");
            if connection.publication.object().is_some() {
                self.pause = FIRST_PAUSE;
            }
        }
        self.wait(now);
    }

    fn wait(&mut self, now: Instant) {
        self.redial_at = now + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }
}

impl Connection {
    fn greet(socket: UbusSocket, methods: &[Method<'static>]) -> Self {
        let mut client = Client::new();
        let publication = Publication::start(&mut client, methods);
        let adding_ear = Some(client.add_object(None, &[]));
        Connection {
            socket,
            client,
            publication,
            ear: None,
            subscribed: false,
            adding_ear,
            looking: None,
            subscribing: None,
            dumping: None,
            dump_again: false,
            listening: None,
        }
    }

    fn sort(&mut self, now: Instant, incoming: &mut Vec<Incoming>) -> Result<(), String> {
        while let Some(event) = self.client.poll_event() {
            match event {
                Event::Hello { .. } => {}
                Event::Reply { request, result } => self.replied(now, request, result, incoming),
                Event::Call(call) if Some(call.object) == self.publication.object() => {
                    incoming.push(Incoming::Call { method: call.method, arguments: call.arguments, token: call.token });
                }
                Event::Call(call) => {
                    self.heard(&call.method, &call.arguments, incoming);
                    self.client.answer(call.token, None, Status::OK);
                }
                Event::Unsubscribed { .. } => {
                    debug(format_args!("netifd has gone from the bus"));
                    self.forget_dump();
                }
                Event::Subscribers { object, active } => {
                    if Some(object) == self.publication.object() {
                        self.subscribed = active;
                    }
                }
                Event::Broken(error) => return Err(format!("ubusd sent what is no message: {error}")),
            }
        }
        Ok(())
    }

    fn replied(
        &mut self,
        now: Instant,
        request: RequestId,
        result: Result<Reply, RequestError>,
        incoming: &mut Vec<Incoming>,
    ) {
        if self.publication.asked(request) {
            if let Some((level, line)) = self.publication.replied(now, result) {
                log::log!(level, "{line}");
            }
            return;
        }
        let request = Some(request);
        if request == self.adding_ear {
            if let Ok(Reply::Object(id)) = result {
                self.ear = Some(id);
                self.listening = Some(self.client.listen(id, "ubus.object.add"));
                self.look();
            }
        } else if request == self.listening {
            if let Err(error) = result {
                log::warn!(
                    "cannot listen for ubus.object.add: {error}; a restart of netifd will go unnoticed (see /usr/share/acl.d/ddnsd.json)"
                );
            }
        } else if request == self.looking {
            self.looking = None;
            match (result, self.ear) {
                (Ok(Reply::Objects(objects)), Some(ear)) => {
                    if let Some(netifd) = objects.iter().find(|object| object.path == NETIFD) {
                        self.subscribing = Some(self.client.subscribe(ear, netifd.id));
                        self.forget_dump();
                        self.dump();
                    }
                }
                _ => debug(format_args!("netifd is not on the bus yet")),
            }
        } else if request == self.subscribing {
            if let Err(error) = result {
                log::warn!(
                    "cannot subscribe to {NETIFD}: {error}; address changes are only heard of by hotplug (see /usr/share/acl.d/ddnsd.json)"
                );
            }
        } else if request == self.dumping {
            self.dumping = None;
            match result {
                Ok(reply) => incoming.push(Incoming::Dump(table_to_json(&reply.into_table()))),
                Err(error) => debug(format_args!("netifd did not answer: {error}")),
            }
            if std::mem::take(&mut self.dump_again) {
                self.dump();
            }
        }
    }

    fn heard(&mut self, name: &str, data: &Table, incoming: &mut Vec<Incoming>) {
        match name {
            "interface.update" | "interface.down" => incoming.push(Incoming::Interface(table_to_json(data))),
            "ubus.object.add" if crate::ubus::value::get(data, "path").and_then(Value::as_str) == Some(NETIFD) => {
                self.look()
            }
            _ => {}
        }
    }

    fn look(&mut self) {
        self.looking = Some(self.client.lookup(Some(NETIFD)));
    }

    /// A netifd that died while it was asked will never answer.
    fn forget_dump(&mut self) {
        if let Some(request) = self.dumping.take() {
            self.client.cancel(request);
        }
        self.dump_again = false;
    }

    fn dump(&mut self) {
        if self.dumping.is_some() {
            self.dump_again = true;
        } else {
            self.dumping = Some(self.client.call(NETIFD, "dump", Table::new()));
        }
    }
}

fn notification(occurrence: &Occurrence) -> Json {
    json!({
        "account": occurrence.account,
        "hostname": occurrence.hostname,
        "ipv4": occurrence.ipv4.map(|address| address.to_string()),
        "ipv6": occurrence.ipv6.map(|address| address.to_string()),
        "code": occurrence.code,
        "message": occurrence.message,
    })
}

/// The environment of a person's scripts. A variable cannot hold a NUL, and nothing of ours does.
fn hotplug(occurrence: &Occurrence) -> Json {
    let address = |text: Option<String>| text.unwrap_or_default();
    json!({"env": [
        format!("ACTION={}", occurrence.kind.as_str()),
        format!("ACCOUNT={}", occurrence.account),
        format!("HOSTNAME={}", occurrence.hostname.as_deref().unwrap_or_default()),
        format!("IPV4={}", address(occurrence.ipv4.map(|it| it.to_string()))),
        format!("IPV6={}", address(occurrence.ipv6.map(|it| it.to_string()))),
        format!("CODE={}", occurrence.code.unwrap_or_default()),
        format!("MESSAGE={}", occurrence.message),
    ]})
}
