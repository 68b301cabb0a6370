//! What ubusd does with a message, without any I/O: who is told what.
//!
//! ```text
//! connect() ──▶ HELLO          receive(client, message) ──▶ messages to this and other clients
//! disconnect(client) ──▶ its objects go: their subscribers get UNSUBSCRIBE, listeners `ubus.object.remove`
//! ```
//!
//! Statuses and orders are those that the real one showed (tests/data/ubus). Leaves out ACLs (everybody is root), passing
//! descriptors, monitoring, and sharing the types of objects.

use super::registry::{Object, Registry};
use ddnsd::ubus::client::EVENT_OBJECT;
use ddnsd::ubus::message::{Attribute, Kind, Message, Status, id};
use ddnsd::ubus::value::{Table, Value, get};

/// A message to a client.
pub type Outgoing = (u32, Message);

/// Below this, ids are ubusd's own.
pub const FIRST_OBJECT: u32 = 1024;

/// The server's state.
#[derive(Debug, Default)]
pub struct Broker {
    registry: Registry,
    event_seq: u16,
    outgoing: Vec<Outgoing>,
}

impl Broker {
    /// A new client: its id, and the greeting.
    pub fn connect(&mut self) -> (u32, Vec<Outgoing>) {
        let client = self.registry.add_client();
        (client, vec![(client, Message::new(Kind::Hello, 0, client))])
    }

    /// A client has gone, and its objects with it, the newest first.
    pub fn disconnect(&mut self, client: u32) -> Vec<Outgoing> {
        for object in self.registry.remove_client(client) {
            self.withdraw(object);
        }
        std::mem::take(&mut self.outgoing)
    }

    /// A message of a client.
    pub fn receive(&mut self, client: u32, message: &Message) -> Vec<Outgoing> {
        let status = match message.kind {
            Kind::Ping => {
                self.send(client, Message { kind: Kind::Data, ..message.clone() });
                Some(Status::OK)
            }
            Kind::Lookup => Some(self.lookup(client, message)),
            Kind::AddObject => Some(self.add_object(client, message)),
            Kind::RemoveObject => Some(self.remove_object(client, message)),
            Kind::Invoke => self.invoke(client, message),
            Kind::Subscribe => Some(self.subscribe(client, message)),
            Kind::Unsubscribe => Some(self.unsubscribe(client, message)),
            Kind::Notify => self.notify(client, message),
            Kind::Status | Kind::Data => {
                self.respond(client, message);
                None
            }
            Kind::Hello | Kind::Monitor | Kind::Other(_) => Some(Status::INVALID_COMMAND),
        };
        if let Some(status) = status {
            let answer = Message::new(Kind::Status, message.seq, message.peer).with(Attribute::Status(status));
            self.send(client, answer);
        }
        std::mem::take(&mut self.outgoing)
    }

    fn send(&mut self, client: u32, message: Message) {
        self.outgoing.push((client, message));
    }

    /// Part of the answer to `message`.
    fn data(&mut self, client: u32, message: &Message, attributes: Vec<Attribute>) {
        self.send(client, Message { kind: Kind::Data, seq: message.seq, peer: message.peer, attributes });
    }

    fn lookup(&mut self, client: u32, message: &Message) -> Status {
        let found = match message.objpath() {
            None => self.registry.under(""),
            Some("") => return Status::INVALID_ARGUMENT,
            Some(path) => match path.strip_suffix('*') {
                Some(prefix) => self.registry.under(prefix),
                None => self.registry.at(path).into_iter().collect(),
            },
        };
        if found.is_empty() && message.objpath().is_some() {
            return Status::NOT_FOUND;
        }
        for description in found.into_iter().filter_map(Object::describe).collect::<Vec<_>>() {
            self.data(client, message, description);
        }
        Status::OK
    }

    fn add_object(&mut self, client: u32, message: &Message) -> Status {
        let path = message.objpath().map(str::to_owned);
        if path.as_deref().is_some_and(|p| self.registry.at(p).is_some()) {
            return Status::INVALID_ARGUMENT;
        }
        let object = self.registry.add_object(client, path, message.signature().cloned());
        let (id, kind, path) = (object.id, object.kind(), object.path.clone());
        if let Some(path) = path {
            self.object_event("ubus.object.add", id, path);
        }
        let mut attributes = vec![Attribute::ObjId(id)];
        attributes.extend(kind.map(Attribute::ObjType));
        self.data(client, message, attributes);
        Status::OK
    }

    fn remove_object(&mut self, client: u32, message: &Message) -> Status {
        let Some(id) = message.objid() else { return Status::INVALID_ARGUMENT };
        match self.registry.object(id) {
            None => return Status::NOT_FOUND,
            Some(object) if object.client != client => return Status::PERMISSION_DENIED,
            Some(_) => {}
        }
        if let Some(object) = self.registry.remove_object(id) {
            let mut attributes = vec![Attribute::ObjId(id)];
            attributes.extend(object.kind().map(Attribute::ObjType));
            self.data(client, message, attributes);
            self.withdraw(object);
        }
        Status::OK
    }

    /// Ends what an object that is no longer in the registry took part in.
    fn withdraw(&mut self, mut object: Object) {
        for target in self.registry.targets_of(object.id) {
            self.end_subscription(object.id, target);
        }
        let subscribers = std::mem::take(&mut object.subscribers);
        for subscriber in subscribers.iter().rev() {
            if let Some(own) = self.registry.object_mut(*subscriber) {
                own.invoke_seq = own.invoke_seq.wrapping_add(1);
                let message = Message::new(Kind::Unsubscribe, own.invoke_seq, 0)
                    .with(Attribute::ObjId(own.id))
                    .with(Attribute::Target(object.id));
                let client = own.client;
                self.send(client, message);
            }
        }
        if !subscribers.is_empty() {
            let (owner, message) = object.subscribers_changed();
            self.send(owner, message);
        }
        if let Some(path) = object.path {
            self.object_event("ubus.object.remove", object.id, path);
        }
    }

    fn invoke(&mut self, client: u32, message: &Message) -> Option<Status> {
        let (Some(method), Some(id)) = (message.method(), message.objid()) else {
            return Some(Status::INVALID_ARGUMENT);
        };
        if id == EVENT_OBJECT {
            let empty = Table::new();
            return Some(self.event_object(client, method, message.data().unwrap_or(&empty)));
        }
        if self.registry.object(id).is_none() {
            return Some(Status::NOT_FOUND);
        }
        // That a call wants no reply is not passed on; the caller of one that is answered all the same ignores it.
        self.forward(client, id, message, false);
        None
    }

    /// An invocation of the object `id`, as its owner gets it.
    fn forward(&mut self, client: u32, id: u32, message: &Message, no_reply: bool) {
        let Some(object) = self.registry.object(id) else { return };
        let mut invocation = Message::new(Kind::Invoke, message.seq, client);
        if no_reply {
            invocation = invocation.with(Attribute::NoReply(true));
        }
        invocation = invocation
            .with(Attribute::ObjId(id))
            .with(Attribute::Method(message.method().unwrap_or_default().to_owned()))
            .with(Attribute::User("root".to_owned()))
            .with(Attribute::Group("root".to_owned()));
        invocation.attributes.extend(content(message).cloned());
        self.outgoing.push((object.client, invocation));
    }

    /// An answer on its way to the caller; one that belongs to nothing is dropped.
    fn respond(&mut self, client: u32, message: &Message) {
        let whole = match message.kind {
            Kind::Status => message.status().is_some(),
            _ => content(message).is_some(),
        };
        let object = message.objid().and_then(|id| self.registry.object(id));
        let Some(object) = object.filter(|o| whole && o.client == client) else { return };
        if self.registry.has_client(message.peer) {
            self.outgoing.push((message.peer, Message { peer: object.id, ..message.clone() }));
        }
    }

    fn subscribe(&mut self, client: u32, message: &Message) -> Status {
        let (Some(own), Some(target)) = (message.objid(), message.target()) else { return Status::INVALID_ARGUMENT };
        match self.registry.object(own) {
            None => return Status::NOT_FOUND,
            Some(object) if object.client != client => return Status::INVALID_ARGUMENT,
            Some(_) => {}
        }
        let Some(target) = self.registry.object_mut(target) else { return Status::NOT_FOUND };
        if target.client == client {
            return Status::INVALID_ARGUMENT;
        }
        target.subscribers.push(own);
        if target.subscribers.len() == 1 {
            let (owner, message) = target.subscribers_changed();
            self.send(owner, message);
        }
        Status::OK
    }

    fn unsubscribe(&mut self, client: u32, message: &Message) -> Status {
        let (Some(own), Some(target)) = (message.objid(), message.target()) else { return Status::INVALID_ARGUMENT };
        match self.registry.object(own) {
            None => return Status::NOT_FOUND,
            Some(object) if object.client != client => return Status::INVALID_ARGUMENT,
            Some(_) => {}
        }
        if self.end_subscription(own, target) { Status::OK } else { Status::NOT_FOUND }
    }

    fn end_subscription(&mut self, own: u32, target: u32) -> bool {
        let Some(target) = self.registry.object_mut(target) else { return false };
        let Some(index) = target.subscribers.iter().position(|s| *s == own) else { return false };
        target.subscribers.remove(index);
        if target.subscribers.is_empty() {
            let (owner, message) = target.subscribers_changed();
            self.send(owner, message);
        }
        true
    }

    fn notify(&mut self, client: u32, message: &Message) -> Option<Status> {
        let (Some(id), Some(_)) = (message.objid(), message.method()) else { return Some(Status::INVALID_ARGUMENT) };
        let object = match self.registry.object(id) {
            None => return Some(Status::NOT_FOUND),
            Some(object) if object.client != client => return Some(Status::PERMISSION_DENIED),
            Some(object) => object,
        };
        // The newest subscriber first.
        let subscribers: Vec<u32> = object.subscribers.iter().rev().copied().collect();
        if !message.no_reply() {
            let answer = Message::new(Kind::Status, message.seq, message.peer)
                .with(Attribute::ObjId(id))
                .with(Attribute::Subscribers(subscribers.clone()))
                .with(Attribute::Status(Status::OK));
            self.send(client, answer);
        }
        subscribers.into_iter().for_each(|subscriber| self.forward(client, subscriber, message, message.no_reply()));
        None
    }

    /// ubusd's own object: who hears which events, and the events.
    fn event_object(&mut self, client: u32, method: &str, arguments: &Table) -> Status {
        match method {
            "register" => {
                let (Some(Value::I32(id)), Some(Value::String(pattern))) =
                    (get(arguments, "object"), get(arguments, "pattern"))
                else {
                    return Status::INVALID_ARGUMENT;
                };
                let id = *id as u32;
                if id < FIRST_OBJECT {
                    return Status::PERMISSION_DENIED;
                }
                let Some(object) = self.registry.object_mut(id) else { return Status::NOT_FOUND };
                if object.client != client {
                    return Status::PERMISSION_DENIED;
                }
                object.patterns.push(pattern.clone());
                Status::OK
            }
            "send" => {
                let (Some(Value::String(name)), Some(Value::Table(data))) =
                    (get(arguments, "id"), get(arguments, "data"))
                else {
                    return Status::INVALID_ARGUMENT;
                };
                if name.starts_with("ubus.") {
                    return Status::PERMISSION_DENIED;
                }
                self.event(Some(client), name, data.clone());
                Status::OK
            }
            _ => Status::INVALID_COMMAND,
        }
    }

    fn object_event(&mut self, name: &str, id: u32, path: String) {
        self.event(None, name, vec![("id".into(), Value::I32(id as i32)), ("path".into(), Value::String(path))]);
    }

    /// An event goes to everybody who listens for it, but not back to its sender.
    fn event(&mut self, sender: Option<u32>, name: &str, data: Table) {
        self.event_seq = self.event_seq.wrapping_add(1);
        for object in self.registry.listeners(name).filter(|o| Some(o.client) != sender) {
            let message = Message::new(Kind::Invoke, self.event_seq, 0)
                .with(Attribute::ObjId(object.id))
                .with(Attribute::Method(name.to_owned()))
                .with(Attribute::Data(data.clone()));
            self.outgoing.push((object.client, message));
        }
    }
}

/// A message's data, well-formed or not: ubusd does not look into it.
fn content(message: &Message) -> Option<&Attribute> {
    message.attributes.iter().find(|a| matches!(a, Attribute::Data(_) | Attribute::Raw { id: id::DATA, .. }))
}
