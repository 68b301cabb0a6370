//! A netifd that does what the script says: it shows interfaces on the bus, and notifies when told to.
//!
//! The interfaces' statuses are whatever JSON they are given, in order. `network.interface` answers `dump` and `status`,
//! each `network.interface.NAME` answers `status`; up, down, renew and the like are taken, kept and answered with nothing.
//! Leaves out doing anything by itself.

use super::Bus;
use super::link::Link;
use super::scenario::{self, Step};
use ddnsd::ubus::client::{Call, Method, RequestError};
use ddnsd::ubus::json::table_from_json;
use ddnsd::ubus::value::{Type, get};
use ddnsd::ubus::{Client, Reply, Status, Table, Value};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The object that dumps all interfaces.
const ALL: &str = "network.interface";

/// What netifd publishes for `network.interface` and each interface.
const METHODS: &[Method<'_>] = &[
    Method { name: "up", arguments: &[] },
    Method { name: "down", arguments: &[] },
    Method { name: "renew", arguments: &[] },
    Method { name: "restart", arguments: &[] },
    Method { name: "status", arguments: &[] },
    Method { name: "prepare", arguments: &[] },
    Method { name: "dump", arguments: &[] },
    Method {
        name: "add_device",
        arguments: &[("name", Type::String), ("link-ext", Type::Bool), ("vlan", Type::Array)],
    },
    Method {
        name: "remove_device",
        arguments: &[("name", Type::String), ("link-ext", Type::Bool), ("vlan", Type::Array)],
    },
    Method { name: "notify_proto", arguments: &[] },
    Method { name: "remove", arguments: &[] },
    Method { name: "set_data", arguments: &[] },
];

/// The scripted netifd.
pub struct Netifd {
    socket: PathBuf,
    state: Arc<Mutex<State>>,
    link: Mutex<Option<Link>>,
}

#[derive(Debug, Default)]
struct State {
    /// Name and status, in the order of the dump.
    interfaces: Vec<(String, Json)>,
    /// Path and id of what is published.
    objects: Vec<(String, u32)>,
    /// `dump` or `status`, and the others, with their object's path.
    calls: Vec<(String, String)>,
}

impl Netifd {
    /// Publishes `network.interface`, with no interfaces yet.
    pub fn start(bus: &Bus) -> Netifd {
        let netifd = Netifd { socket: bus.socket().to_owned(), state: Arc::default(), link: Mutex::new(None) };
        netifd.come_back();
        netifd
    }

    /// Goes away: all its objects are removed.
    pub fn stop(&self) {
        *lock(&self.link) = None;
        lock(&self.state).objects.clear();
    }

    /// Comes back after a [`Netifd::stop`], or after the bus was restarted: the same interfaces, other ids.
    pub fn come_back(&self) {
        let state = Arc::clone(&self.state);
        let server = move |client: &mut Client, call: Call| lock(&state).serve(client, call);
        let link = Link::connect(&self.socket, Some(Box::new(server))).expect("the bus takes connections");
        *lock(&self.link) = Some(link);
        lock(&self.state).objects.clear();
        self.publish("network");
        self.publish("network.device");
        self.publish(ALL);
        let names: Vec<_> = lock(&self.state).interfaces.iter().map(|(name, _)| name.clone()).collect();
        names.iter().for_each(|name| self.publish(&path_of(name)));
    }

    /// Both.
    pub fn restart(&self) {
        self.stop();
        self.come_back();
    }

    /// What an interface's status is from now on; nobody is told. Its name is put in where it is missing.
    pub fn set_interface(&self, name: &str, status: Json) {
        let mut full = json!({"interface": name});
        if let (Some(full), Json::Object(status)) = (full.as_object_mut(), status) {
            full.extend(status);
        }
        let mut state = lock(&self.state);
        let known = state.interfaces.iter_mut().find(|(known, _)| known == name);
        match known {
            Some((_, status)) => *status = full,
            None => {
                state.interfaces.push((name.to_owned(), full));
                drop(state);
                self.publish(&path_of(name));
            }
        }
    }

    /// The interface is no longer there; its object goes, nobody is notified.
    pub fn remove_interface(&self, name: &str) {
        let object = {
            let mut state = lock(&self.state);
            state.interfaces.retain(|(known, _)| known != name);
            let path = path_of(name);
            let index = state.objects.iter().position(|(known, _)| *known == path);
            index.map(|index| state.objects.remove(index).1)
        };
        if let (Some(object), Some(link)) = (object, lock(&self.link).as_ref()) {
            let result = link.ask(|client| client.remove_object(object));
            assert_eq!(result, Ok(Reply::Done), "removing {name}");
        }
    }

    /// An interface's status as it is set.
    pub fn interface(&self, name: &str) -> Option<Json> {
        lock(&self.state).status(name).cloned()
    }

    /// Exactly the interfaces of a recorded dump (`00-static-wan-up`); nobody is notified.
    pub fn load_dump(&self, name: &str) {
        let dump = scenario::dump(name);
        let statuses: Vec<_> = dump["interface"].as_array().into_iter().flatten().collect();
        let name_of = |status: &Json| status["interface"].as_str().unwrap_or_default().to_owned();
        let gone: Vec<String> = {
            let state = lock(&self.state);
            let names = state.interfaces.iter().map(|(name, _)| name.clone());
            names.filter(|name| !statuses.iter().any(|s| name_of(s) == *name)).collect()
        };
        gone.iter().for_each(|name| self.remove_interface(name));
        statuses.iter().for_each(|status| self.set_interface(&name_of(status), (*status).clone()));
    }

    /// Notifies as netifd does: `interface.update` or, where the interface is not up, `interface.down`, with the whole
    /// status, on `network.interface` and on the interface's own object. Gives the moment just before.
    pub fn notify(&self, name: &str) -> Instant {
        let up = self.interface(name).is_some_and(|status| status["up"] == true);
        self.emit(name, if up { "interface.update" } else { "interface.down" })
    }

    /// The same with a name for the notification.
    pub fn emit(&self, name: &str, notification: &str) -> Instant {
        let status = self.interface(name).unwrap_or_else(|| panic!("no interface {name} was set"));
        self.emit_raw(name, notification, &status)
    }

    /// The same with any content: what is sent may differ from what a dump says.
    pub fn emit_raw(&self, name: &str, notification: &str, status: &Json) -> Instant {
        let own = path_of(name);
        let objects: Vec<u32> = {
            let state = lock(&self.state);
            let ours = state.objects.iter().filter(|(path, _)| path == ALL || *path == own);
            ours.map(|(_, id)| *id).collect()
        };
        let link = lock(&self.link);
        let link = link.as_ref().expect("netifd was stopped");
        let data = table_from_json(status);
        let now = Instant::now();
        for object in objects {
            let result = link.with(|client| client.notify(object, notification, data.clone()));
            assert_eq!(result, Ok(()), "{notification} of {name}");
        }
        now
    }

    /// What netifd notified in a step of a recorded scenario; the statuses become the interfaces'.
    pub fn play(&self, step: &Step) {
        for (notification, status) in &step.notifications {
            let name = status["interface"].as_str().unwrap_or_default();
            self.set_interface(name, status.clone());
            self.emit_raw(name, notification, status);
        }
    }

    /// The calls so far: the object's path, a blank, the method.
    pub fn calls(&self) -> Vec<String> {
        lock(&self.state).calls.iter().map(|(path, method)| format!("{path} {method}")).collect()
    }

    /// How often `dump` was called.
    pub fn dumps(&self) -> usize {
        lock(&self.state).calls.iter().filter(|(_, method)| method == "dump").count()
    }

    /// Waits until somebody subscribes to `network.interface`.
    pub fn wait_for_subscriber(&self) {
        let object = lock(&self.state).object(ALL).expect("netifd was stopped");
        let link = lock(&self.link);
        let link = link.as_ref().expect("netifd was stopped");
        link.wait_inbox(super::PATIENCE, |inbox| inbox.subscribers.get(&object).filter(|on| **on).map(|_| ()))
            .expect("nobody subscribed to network.interface");
    }

    fn publish(&self, path: &str) {
        let link = lock(&self.link);
        let Some(link) = link.as_ref() else { return };
        let deadline = Instant::now() + super::PATIENCE;
        loop {
            match link.ask(|client| client.add_object(Some(path), METHODS)) {
                Ok(Reply::Object(id)) => return lock(&self.state).objects.push((path.to_owned(), id)),
                // The bus has not seen the end of the connection before yet, to which the path belongs.
                Err(RequestError::Status(Status::INVALID_ARGUMENT)) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                other => panic!("publishing {path}: {other:?}"),
            }
        }
    }
}

fn path_of(name: &str) -> String {
    format!("{ALL}.{name}")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl State {
    fn status(&self, name: &str) -> Option<&Json> {
        self.interfaces.iter().find(|(known, _)| known == name).map(|(_, status)| status)
    }

    fn object(&self, path: &str) -> Option<u32> {
        self.objects.iter().find(|(known, _)| known == path).map(|(_, id)| *id)
    }

    fn serve(&mut self, client: &mut Client, call: Call) {
        let path = self.objects.iter().find(|(_, id)| *id == call.object).map(|(path, _)| path.clone());
        let path = path.unwrap_or_default();
        self.calls.push((path.clone(), call.method.clone()));
        let (data, status) = self.answer(&path, &call);
        client.answer(call.token, data, status);
    }

    fn answer(&self, path: &str, call: &Call) -> (Option<Table>, Status) {
        let asked = get(&call.arguments, "interface").and_then(Value::as_str);
        let name = path.strip_prefix(ALL).and_then(|rest| rest.strip_prefix('.')).or(asked);
        match call.method.as_str() {
            "dump" => {
                let all: Vec<_> = self.interfaces.iter().map(|(_, status)| Value::from(status)).collect();
                (Some(vec![("interface".to_owned(), Value::Array(all))]), Status::OK)
            }
            "status" => match name.and_then(|name| self.status(name)) {
                Some(status) => {
                    // The answer to `status` does not repeat the interface's name.
                    let mut status = table_from_json(status);
                    status.retain(|(key, _)| key != "interface");
                    (Some(status), Status::OK)
                }
                None => (None, Status::NOT_FOUND),
            },
            method if METHODS.iter().any(|m| m.name == method) => (None, Status::OK),
            _ => (None, Status::METHOD_NOT_FOUND),
        }
    }
}
