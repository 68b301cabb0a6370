//! The daemon's connection to ubusd, and the wait for one.
//!
//! ```text
//!  Away ──dial──▶ Connected: set up step by step (setup.rs)
//!   ▲                 │
//!   └── EOF, error ───┘
//! ```
//!
//! What arrives is only sorted here; the loop decides.

mod dump;
mod setup;
mod step;
mod words;

use crate::io::ubus_socket::{Received, UbusSocket};
use crate::notice::Occurrence;
use crate::time::Instant;
use crate::ubus::client::Method;
use crate::ubus::json::{table_from_json, table_to_json};
use crate::ubus::{Client, Event, Status, Table, Value};
use serde_json::{Value as Json, json};
use setup::{BusSetup, NETIFD, OBJECT_ADDED};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::time::Duration;

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
    /// One interface's whole state, and the notification's name.
    Interface(String, Json),
    /// netifd has ended: it says nothing more until it is back.
    NetifdGone,
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
    setup: BusSetup,
    connection: Option<Connection>,
    redial_at: Instant,
    pause: Duration,
    complaint: Complaint,
}

/// What the log was told of a connection that is missing: said once, and taken back when the bus is whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Complaint {
    Nothing,
    /// There has been none yet.
    Unreachable,
    /// It was lost.
    Lost,
}

struct Connection {
    socket: UbusSocket,
    client: Client,
    /// Whether somebody is subscribed to us.
    subscribed: bool,
}

impl Bus {
    /// Not connected yet: [`Bus::tend`] dials.
    pub fn new(path: PathBuf, methods: Vec<Method<'static>>) -> Self {
        Bus {
            path,
            setup: BusSetup::new(methods),
            connection: None,
            redial_at: Instant::ZERO,
            pause: FIRST_PAUSE,
            complaint: Complaint::Nothing,
        }
    }

    /// When [`Bus::tend`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.connection {
            Some(_) => self.setup.deadline(),
            None => Some(self.redial_at),
        }
    }

    /// Dials, or asks again for what was refused, where that is due.
    pub fn tend(&mut self, now: Instant) {
        if self.deadline().is_none_or(|at| now < at) {
            return;
        }
        if let Some(connection) = &mut self.connection {
            let tended = self.setup.tend(now, &mut connection.client);
            self.report();
            return match tended {
                Ok(()) => self.flush(now),
                Err(why) => self.lose(now, why),
            };
        }
        match UbusSocket::connect(&self.path) {
            Ok(socket) => {
                let mut client = Client::new();
                self.setup.connected(now, &mut client);
                self.connection = Some(Connection { socket, client, subscribed: false });
                self.flush(now);
            }
            Err(error) => {
                if self.complaint == Complaint::Nothing && self.pause > Duration::from_secs(1) {
                    log::warn!("no connection to ubusd at {}: {error}; trying again", self.path.display());
                    self.complaint = Complaint::Unreachable;
                }
                self.wait(now);
            }
        }
    }

    /// Tells the log how the set-up goes.
    fn report(&mut self) {
        while let Some((level, line)) = self.setup.poll_line() {
            log::log!(level, "{line}");
        }
        if self.complaint != Complaint::Nothing && self.setup.is_whole() {
            let again = if self.complaint == Complaint::Lost { " again" } else { "" };
            log::info!("connected to ubusd{again}");
            self.complaint = Complaint::Nothing;
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
                    let sorted = connection.sort(now, &mut self.setup, &mut incoming);
                    self.report();
                    if let Err(why) = sorted {
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
            self.setup.dump(now, &mut connection.client);
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
        if let Some(object) = self.setup.object().filter(|_| connection.subscribed) {
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
        if self.connection.take().is_some() {
            if self.complaint != Complaint::Lost {
                log::info!("lost the connection to ubusd: {why}; connecting again");
                self.complaint = Complaint::Lost;
            }
            // One that was of use was no bad luck.
            if self.setup.has_listener() {
                self.pause = FIRST_PAUSE;
            }
            self.setup.disconnected();
        }
        self.wait(now);
    }

    fn wait(&mut self, now: Instant) {
        self.redial_at = now + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }
}

impl Connection {
    fn sort(&mut self, now: Instant, setup: &mut BusSetup, incoming: &mut Vec<Incoming>) -> Result<(), String> {
        while let Some(event) = self.client.poll_event() {
            match event {
                Event::Hello { .. } => {}
                Event::Reply { request, result } => {
                    let dump = setup.replied(now, &mut self.client, request, result);
                    incoming.extend(dump.flatten().map(Incoming::Dump));
                }
                Event::Call(call) if Some(call.object) == setup.object() => {
                    incoming.push(Incoming::Call { method: call.method, arguments: call.arguments, token: call.token });
                }
                Event::Call(call) => {
                    match call.method.as_str() {
                        "interface.update" | "interface.down" => {
                            incoming.push(Incoming::Interface(call.method, table_to_json(&call.arguments)));
                        }
                        OBJECT_ADDED if path(&call.arguments) == Some(NETIFD) => {
                            setup.netifd_added(now, &mut self.client);
                        }
                        _ => {}
                    }
                    self.client.answer(call.token, None, Status::OK);
                }
                Event::Unsubscribed { target, .. } => {
                    if setup.unsubscribed(now, &mut self.client, target) {
                        incoming.push(Incoming::NetifdGone);
                    }
                }
                Event::Subscribers { object, active } => {
                    if Some(object) == setup.object() {
                        self.subscribed = active;
                    }
                }
                Event::Broken(error) => return Err(format!("ubusd sent what is no message: {error}")),
            }
        }
        Ok(())
    }
}

/// The object that an event is about.
fn path(event: &Table) -> Option<&str> {
    crate::ubus::value::get(event, "path").and_then(Value::as_str)
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
