//! What our object on ubus does when it is called (docs/ubus.md).

use super::Daemon;
use super::request::Request;
use crate::engine::{Event, View};
use crate::io::clock;
use crate::shorten::shorten;
use crate::time::{Now, UnixTime};
use crate::ubus::Status;
use crate::ubus::blob::MAX_BLOB;
use crate::ubus::json::size_of;
use crate::{services, setup, status};
use serde_json::{Map, Value};

impl Daemon<'_> {
    /// Does what a call asks for: its answer, or the status to refuse it with.
    pub(super) fn serve(&mut self, now: Now, request: Request) -> Result<Value, Status> {
        match request {
            Request::Status => Ok(fit(self.status(now))),
            Request::Update { account, force } => {
                if let Some(name) = &account {
                    self.engine.view(name).ok_or(Status::NOT_FOUND)?;
                }
                // A halted account sends nothing, whoever asks: it is not queued.
                let wanted = |view: &View<'_>| account.as_ref().is_none_or(|name| *name == view.config().name);
                let able = |view: &View<'_>| view.config().enabled && !view.halted();
                let views = self.engine.views().filter(|view| wanted(view) && able(view));
                let queued: Vec<String> = views.map(|view| view.config().name.clone()).collect();
                self.engine.handle(now, Event::Update { account, force });
                Ok(Value::from_iter(vec![("accounts", Value::from(queued))]))
            }
            Request::Resume { account, hostname } => {
                self.known(&account, hostname.as_ref())?;
                let resumed = self.engine.view(&account).is_some_and(|it| it.is_resumable(hostname.as_deref()));
                self.engine.handle(now, Event::Resume { account, hostname });
                Ok(Value::from_iter(vec![("resumed", Value::from(resumed))]))
            }
            Request::Offline { account, hostname, offline } => {
                self.known(&account, hostname.as_ref())?;
                let config = self.engine.view(&account).ok_or(Status::NOT_FOUND)?.config().clone();
                if offline && !config.dialect.offline || !offline && config.offline {
                    return Err(Status::NOT_SUPPORTED);
                }
                let hostnames = hostname.into_iter().collect();
                self.engine.handle(now, Event::Offline { account: account.clone(), hostnames, offline });
                let queued: Vec<String> = if config.enabled { vec![account] } else { Vec::new() };
                Ok(Value::from_iter(vec![("accounts", Value::from(queued))]))
            }
            Request::History { account, limit } => {
                if let Some(name) = &account
                    && self.history.newest(Some(name), 1).next().is_none()
                {
                    self.engine.view(name).ok_or(Status::NOT_FOUND)?;
                }
                let entries = self.history.newest(account.as_deref(), limit).map(|entry| {
                    Value::from_iter(vec![
                        ("at", Value::from(entry.at.0)),
                        ("account", entry.account.as_str().into()),
                        ("kind", entry.kind.as_str().into()),
                        ("message", entry.message.as_str().into()),
                    ])
                });
                Ok(Value::from_iter(vec![("events", entries.collect::<Value>())]))
            }
            Request::Network => {
                self.engine.handle(now, Event::Triggered);
                self.bus.dump(now.monotonic);
                Ok(Value::Object(Map::new()))
            }
            Request::Clock => {
                self.engine.handle(now, Event::ClockSet);
                self.engine.handle(now, Event::Triggered);
                Ok(Value::Object(Map::new()))
            }
            Request::Reload => {
                self.reload();
                Ok(fit(Value::from_iter(vec![("errors", status::errors(&self.diagnostics))])))
            }
            Request::Services => Ok(services::document(&services::Table::new(setup::services()))),
        }
    }

    /// Whether there is such an account, with such a host.
    fn known(&self, account: &str, hostname: Option<&String>) -> Result<(), Status> {
        let view = self.engine.view(account).ok_or(Status::NOT_FOUND)?;
        match hostname {
            Some(hostname) if !view.config().hostnames.contains(hostname) => Err(Status::NOT_FOUND),
            _ => Ok(()),
        }
    }

    fn status(&self, now: Now) -> Value {
        let clock = clock::wall();
        let started = UnixTime(clock.0.saturating_sub(now.monotonic.since(self.started).as_secs()));
        status::document(&self.engine, now, clock, started, &self.diagnostics)
    }
}

/// What an answer may take up: a message has other attributes beside it.
const LARGEST: usize = MAX_BLOB - 1024;

/// Leaves out what would not fit into a message.
fn fit(mut document: Value) -> Value {
    shorten(&mut document, &size_of, LARGEST);
    document
}
