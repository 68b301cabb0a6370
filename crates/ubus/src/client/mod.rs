//! A client of ubusd, without any I/O: bytes in, bytes out, events.
//!
//! ```text
//!   the connection        greeting ──HELLO──▶ ready ──bytes that are no message──▶ broken
//!
//!   a request             sent ──DATA*──▶ sent ──STATUS──▶ Event::Reply
//!   a call by path        looking up ──DATA, STATUS──▶ sent (as above); only told: done
//!
//!   an own object         adding ──DATA──▶ ours ◀── INVOKE: Event::Call, later answer()
//!                                           │   ◀── NOTIFY: Event::Subscribers
//!                                           │   ◀── UNSUBSCRIBE: Event::Unsubscribed
//!                                           └──remove_object()──▶ gone: INVOKE is answered NOT_FOUND
//! ```
//!
//! Answers are matched to requests by their sequence number, so any number may be in flight and anything may come in
//! between. Requests may be made before the HELLO has come. A connection that ended is the end of a client: drop it and
//! all it knows, connect anew, make a new one. It knows no time either: whoever waits too long for an answer
//! calls [`Client::cancel`].

mod api;
mod pending;

pub use api::{Call, CallToken, Event, Method, ObjectInfo, Reply, RequestError, RequestId};

use super::blobmsg::BlobmsgError;
use super::message::{Attribute, Frames, Kind, Message, Status, id};
use super::value::{Table, Value};
use litemap::LiteMap;
use pending::{MAX_REPLY, Pending, Purpose};
use std::collections::VecDeque;

/// ubusd's own object for events.
pub const EVENT_OBJECT: u32 = 1;

/// How many requests may wait for their answers at a time; the next is refused at once.
pub const MAX_IN_FLIGHT: usize = 1024;

/// The client's side of one connection.
#[derive(Debug, Default)]
pub struct Client {
    frames: Frames,
    client: Option<u32>,
    broken: bool,
    requests: u64,
    seq: u16,
    pending: LiteMap<u16, Pending>,
    objects: Vec<u32>,
    transmit: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
}

impl Client {
    /// The client's side of a connection that was just made.
    pub fn new() -> Client {
        Client::default()
    }

    /// Our client id, once the server has greeted us.
    pub fn id(&self) -> Option<u32> {
        self.client
    }

    /// How many requests wait for their answer.
    pub fn in_flight(&self) -> usize {
        self.pending.len()
    }

    /// Bytes from the server, in any pieces.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.broken {
            return;
        }
        let mut frames = std::mem::take(&mut self.frames);
        frames.feed(bytes);
        while !self.broken {
            let message = match frames.next_frame() {
                Ok(Some(bytes)) => Message::decode(bytes).map(|m| (m, bytes.len())),
                Ok(None) => break,
                Err(error) => Err(error),
            };
            match message {
                Ok((message, size)) => self.handle(message, size),
                Err(error) => {
                    self.broken = true;
                    self.transmit.clear();
                    self.events.push_back(Event::Broken(error));
                }
            }
        }
        self.frames = frames;
    }

    /// The next bytes to send, one whole message.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmit.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Asks for the objects that match `path`; a `*` at its end matches anything, none asks for all.
    /// Brings [`Reply::Objects`], or `NOT_FOUND`.
    pub fn lookup(&mut self, path: Option<&str>) -> RequestId {
        let attributes = path.map(|p| Attribute::ObjPath(p.to_owned())).into_iter().collect();
        self.request(Kind::Lookup, 0, attributes, Purpose::Lookup(Vec::new()))
    }

    /// Calls a method of the object `object`. Brings [`Reply::Data`].
    pub fn invoke(&mut self, object: u32, method: &str, arguments: Table) -> RequestId {
        self.request(
            Kind::Invoke,
            object,
            invocation(object, method, arguments),
            Purpose::Invoke { tables: Vec::new(), by_path: false },
        )
    }

    /// Looks an object up and calls a method of it. Brings [`Reply::Data`], or [`RequestError::NoObject`].
    pub fn call(&mut self, path: &str, method: &str, arguments: Table) -> RequestId {
        let purpose = Purpose::Call { found: None, method: method.to_owned(), arguments, forget: false };
        self.request(Kind::Lookup, 0, vec![Attribute::ObjPath(path.to_owned())], purpose)
    }

    /// The same, without waiting for the answer: brings [`Reply::Done`] when the call is on its way. For objects that may
    /// never answer: ubusd does not say that one went away while it was called, and each call would wait for ever.
    pub fn tell(&mut self, path: &str, method: &str, arguments: Table) -> RequestId {
        let purpose = Purpose::Call { found: None, method: method.to_owned(), arguments, forget: true };
        self.request(Kind::Lookup, 0, vec![Attribute::ObjPath(path.to_owned())], purpose)
    }

    /// Publishes an object; without a path, one to subscribe or to listen with. Brings [`Reply::Object`].
    pub fn add_object(&mut self, path: Option<&str>, methods: &[Method<'_>]) -> RequestId {
        let mut attributes = Vec::new();
        if let Some(path) = path {
            attributes.push(Attribute::ObjPath(path.to_owned()));
            attributes.push(Attribute::Signature(methods.iter().map(signature).collect()));
        }
        self.request(Kind::AddObject, 0, attributes, Purpose::AddObject(None))
    }

    /// Withdraws an object of ours.
    pub fn remove_object(&mut self, object: u32) -> RequestId {
        self.objects.retain(|known| *known != object);
        self.request(Kind::RemoveObject, 0, vec![Attribute::ObjId(object)], Purpose::Other)
    }

    /// From now on notifications of `target` arrive as [`Event::Call`] on `object`, which is ours.
    pub fn subscribe(&mut self, object: u32, target: u32) -> RequestId {
        let attributes = vec![Attribute::ObjId(object), Attribute::Target(target)];
        self.request(Kind::Subscribe, 0, attributes, Purpose::Other)
    }

    /// No more of them.
    pub fn unsubscribe(&mut self, object: u32, target: u32) -> RequestId {
        let attributes = vec![Attribute::ObjId(object), Attribute::Target(target)];
        self.request(Kind::Unsubscribe, 0, attributes, Purpose::Other)
    }

    /// From now on events whose name matches `pattern` (`ubus.object.add`, `network.*`) arrive as [`Event::Call`] on
    /// `object`, which is ours.
    pub fn listen(&mut self, object: u32, pattern: &str) -> RequestId {
        // An object id is unsigned, but blobmsg has no such type: libubus sends the same bits.
        let arguments =
            vec![("object".to_owned(), Value::I32(object as i32)), ("pattern".to_owned(), Value::from(pattern))];
        self.request(Kind::Invoke, EVENT_OBJECT, invocation(EVENT_OBJECT, "register", arguments), Purpose::Other)
    }

    /// Tells the subscribers of `object`, which is ours. Nobody answers, ubusd neither: there is no reply to wait for.
    pub fn notify(&mut self, object: u32, name: &str, arguments: Table) -> Result<(), BlobmsgError> {
        let message = Message::new(Kind::Notify, self.next_seq(), object)
            .with(Attribute::ObjId(object))
            .with(Attribute::Method(name.to_owned()))
            .with(Attribute::NoReply(true))
            .with(Attribute::Data(arguments));
        self.send(&message)
    }

    /// The same, asking every subscriber for an answer. Brings [`Reply::Done`] when ubusd has passed it on; what the
    /// subscribers then answer is not waited for.
    pub fn notify_asking(&mut self, object: u32, name: &str, arguments: Table) -> RequestId {
        self.request(Kind::Notify, object, invocation(object, name, arguments), Purpose::Other)
    }

    /// Answers a call, at once or later. Data that does not fit on the bus becomes the status `UNKNOWN_ERROR`.
    pub fn answer(&mut self, token: CallToken, data: Option<Table>, status: Status) {
        if token.no_reply {
            return;
        }
        let head = |kind| Message::new(kind, token.seq, token.peer);
        let mut status = status;
        if let Some(data) = data {
            let message = head(Kind::Data).with(Attribute::ObjId(token.object)).with(Attribute::Data(data));
            if self.send(&message).is_err() {
                status = Status::UNKNOWN_ERROR;
            }
        }
        let message = head(Kind::Status).with(Attribute::Status(status)).with(Attribute::ObjId(token.object));
        // A status of two numbers always fits.
        let _ = self.send(&message);
    }

    /// Forgets a request: its answer, if it still comes, is dropped.
    pub fn cancel(&mut self, request: RequestId) {
        self.pending.retain(|_, pending| pending.request != request);
    }

    fn request(&mut self, kind: Kind, peer: u32, attributes: Vec<Attribute>, purpose: Purpose) -> RequestId {
        self.requests += 1;
        let request = RequestId(self.requests);
        self.start(request, Message { kind, seq: 0, peer, attributes }, purpose);
        request
    }

    fn start(&mut self, request: RequestId, mut message: Message, purpose: Purpose) {
        if self.pending.len() >= MAX_IN_FLIGHT {
            return self.finish(request, Err(RequestError::Busy));
        }
        message.seq = self.next_seq();
        match self.send(&message) {
            Ok(()) => {
                self.pending.insert(self.seq, Pending { request, purpose, received: 0, fault: None });
            }
            Err(error) => self.finish(request, Err(RequestError::Encode(error))),
        }
    }

    fn next_seq(&mut self) -> u16 {
        // Ends: fewer than 65,536 are taken.
        loop {
            self.seq = self.seq.wrapping_add(1);
            if !self.pending.contains_key(&self.seq) {
                return self.seq;
            }
        }
    }

    fn send(&mut self, message: &Message) -> Result<(), BlobmsgError> {
        let bytes = message.encode()?;
        if !self.broken {
            self.transmit.push_back(bytes);
        }
        Ok(())
    }

    fn finish(&mut self, request: RequestId, result: Result<Reply, RequestError>) {
        self.events.push_back(Event::Reply { request, result });
    }

    fn handle(&mut self, message: Message, size: usize) {
        match message.kind {
            Kind::Hello if self.client.is_none() => {
                self.client = Some(message.peer);
                self.events.push_back(Event::Hello { client: message.peer });
            }
            Kind::Data => self.handle_data(message, size),
            Kind::Status => self.handle_status(&message),
            Kind::Invoke => self.handle_invoke(message),
            Kind::Unsubscribe => {
                if let (Some(object), Some(target)) = (message.objid(), message.target()) {
                    self.events.push_back(Event::Unsubscribed { object, target });
                }
            }
            Kind::Notify => {
                if let (Some(object), Some(active)) = (message.objid(), message.active()) {
                    self.events.push_back(Event::Subscribers { object, active });
                }
            }
            // Nothing else comes from a server, and what is not understood is not for us.
            _ => {}
        }
    }

    fn handle_data(&mut self, message: Message, size: usize) {
        // Of a request that was cancelled, or never made.
        let Some(pending) = self.pending.get_mut(&message.seq) else {
            return;
        };
        pending.received = pending.received.saturating_add(size);
        if pending.received > MAX_REPLY {
            pending.fault.get_or_insert("the answer is longer than 1 MiB");
            return;
        }
        let result = pending.purpose.collect(message);
        match result {
            Ok(None) => {}
            Ok(Some(object)) => {
                // From here on it may be invoked, even before the STATUS has come.
                self.objects.push(object);
            }
            Err(fault) => {
                pending.fault.get_or_insert(fault);
            }
        }
    }

    fn handle_status(&mut self, message: &Message) {
        let Some(pending) = self.pending.remove(&message.seq) else {
            return;
        };
        let request = pending.request;
        let status = message.status().unwrap_or(Status::UNKNOWN_ERROR);
        let result = match (status, pending.fault) {
            (Status::OK, None) => match pending.purpose {
                Purpose::Lookup(objects) if objects.is_empty() => Err(RequestError::Status(Status::NOT_FOUND)),
                Purpose::Lookup(objects) => Ok(Reply::Objects(objects)),
                Purpose::AddObject(Some(object)) => Ok(Reply::Object(object)),
                Purpose::AddObject(None) => Err(RequestError::Malformed("the new object has no id")),
                Purpose::Invoke { tables, .. } => Ok(Reply::Data(tables)),
                Purpose::Call { found: None, .. } => Err(RequestError::NoObject),
                Purpose::Call { found: Some(object), method, arguments, forget } => {
                    let attributes = invocation(object, &method, arguments);
                    let mut message = Message { kind: Kind::Invoke, seq: 0, peer: object, attributes };
                    if !forget {
                        let purpose = Purpose::Invoke { tables: Vec::new(), by_path: true };
                        return self.start(request, message, purpose);
                    }
                    message.seq = self.next_seq();
                    self.send(&message).map(|()| Reply::Done).map_err(RequestError::Encode)
                }
                Purpose::Other => Ok(Reply::Done),
            },
            (Status::OK, Some(fault)) => Err(RequestError::Malformed(fault)),
            // The object's own status names the object; ubusd's, that there is none, does not.
            (Status::NOT_FOUND, _) if pending.purpose.by_path() && message.objid().is_none() => {
                Err(RequestError::NoObject)
            }
            (status, _) => Err(RequestError::Status(status)),
        };
        self.finish(request, result);
    }

    fn handle_invoke(&mut self, message: Message) {
        let token = CallToken {
            object: message.objid().unwrap_or(0),
            peer: message.peer,
            seq: message.seq,
            no_reply: message.no_reply(),
        };
        if !self.objects.contains(&token.object) {
            return self.answer(token, None, Status::NOT_FOUND);
        }
        let (Some(method), false) = (message.method().map(str::to_owned), message.is_broken(id::DATA)) else {
            return self.answer(token, None, Status::INVALID_ARGUMENT);
        };
        let mut call = Call { object: token.object, method, arguments: Table::new(), user: None, group: None, token };
        for attribute in message.attributes {
            match attribute {
                Attribute::Data(arguments) => call.arguments = arguments,
                Attribute::User(name) => call.user = Some(name),
                Attribute::Group(name) => call.group = Some(name),
                _ => {}
            }
        }
        self.events.push_back(Event::Call(call));
    }
}

fn invocation(object: u32, method: &str, arguments: Table) -> Vec<Attribute> {
    vec![Attribute::ObjId(object), Attribute::Method(method.to_owned()), Attribute::Data(arguments)]
}

fn signature(method: &Method<'_>) -> (String, Value) {
    let arguments = method.arguments.iter().map(|(name, kind)| (*name, Value::I32(i32::from(*kind as u8))));
    (method.name.to_owned(), Value::table(arguments))
}
