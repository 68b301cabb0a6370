//! procd's `hotplug.ddnsd`: takes the calls that would run a person's scripts, and keeps them.

use super::Bus;
use super::link::{Link, PATIENCE};
use ddnsd::ubus::client::{Call, Method};
use ddnsd::ubus::value::{Type, get};
use ddnsd::ubus::{Client, Reply, Status};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// The environment that a script would get.
pub type Environment = BTreeMap<String, String>;

/// The object, and what it was called with.
pub struct Hotplug {
    calls: Arc<(Mutex<Vec<Environment>>, Condvar)>,
    socket: PathBuf,
    link: Option<Link>,
}

impl Hotplug {
    /// Publishes `hotplug.ddnsd`.
    pub fn start(bus: &Bus) -> Hotplug {
        let mut hotplug = Hotplug { calls: Arc::default(), socket: bus.socket().to_owned(), link: None };
        hotplug.restart();
        hotplug
    }

    /// Publishes it anew, after the bus was restarted. What was called stays known.
    pub fn restart(&mut self) {
        self.link = None;
        let calls = Arc::clone(&self.calls);
        let server = move |client: &mut Client, call: Call| {
            let Some(environment) = environment(&call) else {
                return client.answer(call.token, None, Status::INVALID_ARGUMENT);
            };
            calls.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(environment);
            calls.1.notify_all();
            client.answer(call.token, None, Status::OK);
        };
        let link = Link::connect(&self.socket, Some(Box::new(server))).expect("the bus takes connections");
        let methods = [Method { name: "call", arguments: &[("env", Type::Array)] }];
        let result = link.ask(|client| client.add_object(Some("hotplug.ddnsd"), &methods));
        assert!(matches!(result, Ok(Reply::Object(_))), "publishing hotplug.ddnsd: {result:?}");
        self.link = Some(link);
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Environment> {
        self.calls.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Waits until there were `n` calls, and gives all of them.
    pub fn wait(&self, n: usize) -> Vec<Environment> {
        self.wait_in(n, PATIENCE).unwrap_or_else(|| panic!("{n} calls expected, there were {:?}", self.calls()))
    }

    /// The same; none if there were fewer in this time.
    pub fn wait_in(&self, n: usize, patience: Duration) -> Option<Vec<Environment>> {
        let calls = self.calls.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (calls, _) = self
            .calls
            .1
            .wait_timeout_while(calls, patience, |calls| calls.len() < n)
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        (calls.len() >= n).then(|| calls.clone())
    }
}

fn environment(call: &Call) -> Option<Environment> {
    if call.method != "call" {
        return None;
    }
    let entries = get(&call.arguments, "env")?.as_array()?;
    entries.iter().map(|entry| split(entry.as_str()?)).collect()
}

fn split(entry: &str) -> Option<(String, String)> {
    let (name, value) = entry.split_once('=')?;
    Some((name.to_owned(), value.to_owned()))
}
