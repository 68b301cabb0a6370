//! The test's own hands on the bus.

use super::link::{Link, PATIENCE};
use ddnsd::ubus::client::ObjectInfo;
use ddnsd::ubus::json::{table_from_json, table_to_json};
use ddnsd::ubus::{Reply, RequestError, Status};
use serde_json::Value as Json;
use std::path::Path;
use std::time::Duration;

/// A client that asks, waits and listens.
pub struct TestClient {
    link: Link,
    own: u32,
}

/// A notification or an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// Its name.
    pub name: String,
    /// What it says.
    pub data: Json,
}

impl TestClient {
    /// Connects, and registers an object to hear with.
    pub(super) fn connect(socket: &Path) -> TestClient {
        let link = Link::connect(socket, None).expect("the bus takes connections");
        let own = match link.ask(|client| client.add_object(None, &[])) {
            Ok(Reply::Object(id)) => id,
            other => panic!("an object to hear with: {other:?}"),
        };
        TestClient { link, own }
    }

    /// Calls `method` of the object at `path`.
    pub fn call(&self, path: &str, method: &str, arguments: Json) -> Result<Json, RequestError> {
        let arguments = table_from_json(&arguments);
        self.link.ask(|client| client.call(path, method, arguments)).map(|reply| table_to_json(&reply.into_table()))
    }

    /// The object at `path`, if there is one.
    pub fn lookup(&self, path: &str) -> Option<ObjectInfo> {
        match self.link.ask(|client| client.lookup(Some(path))) {
            Ok(Reply::Objects(objects)) => objects.into_iter().next(),
            Err(RequestError::Status(Status::NOT_FOUND)) => None,
            other => panic!("lookup of {path}: {other:?}"),
        }
    }

    /// Waits until there is an object at `path`.
    pub fn wait_for_object(&self, path: &str) -> ObjectInfo {
        self.listen("ubus.object.add");
        loop {
            if let Some(object) = self.lookup(path) {
                return object;
            }
            self.next(PATIENCE).unwrap_or_else(|| panic!("nobody published {path}"));
        }
    }

    /// Hears the notifications of the object at `path` from now on.
    pub fn subscribe(&self, path: &str) {
        let target = self.lookup(path).unwrap_or_else(|| panic!("there is no {path}")).id;
        let result = self.link.ask(|client| client.subscribe(self.own, target));
        assert_eq!(result, Ok(Reply::Done), "subscribing to {path}");
    }

    /// Hears events from now on; `ubus.*` with a star.
    pub fn listen(&self, pattern: &str) {
        let result = self.link.ask(|client| client.listen(self.own, pattern));
        assert_eq!(result, Ok(Reply::Done), "listening for {pattern}");
    }

    /// The next notification or event; none if there is none in this time, or ever.
    pub fn next(&self, patience: Duration) -> Option<Heard> {
        let heard = self.link.wait_inbox(patience, |inbox| match inbox.calls.pop_front() {
            Some(call) => Some(Some(call)),
            None => inbox.closed.then_some(None),
        });
        let call = heard.flatten()?;
        let heard = Heard { name: call.method.clone(), data: table_to_json(&call.arguments) };
        self.link.with(|client| client.answer(call.token, None, Status::OK));
        Some(heard)
    }

    /// The next one of this name; what else comes is passed over.
    pub fn wait_for(&self, name: &str) -> Json {
        loop {
            let heard = self.next(PATIENCE).unwrap_or_else(|| panic!("nobody said {name}"));
            if heard.name == name {
                return heard.data;
            }
        }
    }

    /// Sends an event.
    pub fn send_event(&self, name: &str, data: &Json) {
        let arguments = serde_json::json!({"id": name, "data": data});
        let arguments = table_from_json(&arguments);
        let event_object = ddnsd::ubus::client::EVENT_OBJECT;
        let result = self.link.ask(|client| client.invoke(event_object, "send", arguments));
        assert!(result.is_ok(), "sending {name}: {result:?}");
    }

    /// The connection itself, for what is not here.
    pub fn link(&self) -> &Link {
        &self.link
    }
}
