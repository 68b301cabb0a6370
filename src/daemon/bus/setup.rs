//! The daemon's place on the bus: five steps, each of which may be refused, or not be possible yet, and is then asked for
//! again. No I/O, and no clock: requests go to the [`Client`], answers and the time come in.
//!
//! ```text
//!   connected ─┬▶ publish the object `ddnsd`
//!              └▶ add the listener (an object without a name) ─┬▶ listen for ubus.object.add
//!                                                              └▶ look up network.interface, subscribe ─▶ dump
//! ```
//!
//! ubusd refuses what its ACL, as far as it has read it, does not grant, and a name that is taken; netifd may come later
//! than the daemon, and a restart of netifd ends the subscription. `ubus.object.add` says that netifd is back; where that
//! is not granted, it is looked up again all the same. Only a bus with all five is whole.
//!
//! Each complaint is made once, and taken back when it is no longer true, over new connections too.

use super::dump::Dump;
use super::step::Step;
use super::words::What;
use crate::time::Instant;
use crate::ubus::client::Method;
use crate::ubus::{Client, Reply, RequestError, RequestId, Status};
use log::Level;
use serde_json::Value as Json;
use std::collections::VecDeque;
use std::fmt::Display;

/// Our object's path.
pub const PATH: &str = "ddnsd";
/// netifd's object.
pub const NETIFD: &str = "network.interface";
/// The event that says which object has been added.
pub const OBJECT_ADDED: &str = "ubus.object.add";
/// netifd may come later than the daemon, and procd has one that died back after five seconds: that it is not there is
/// said at this refusal, 15 seconds after the first.
const NETIFD_LATE: u32 = 5;

/// How far the set-up has come on the present connection.
pub struct BusSetup {
    methods: Vec<Method<'static>>,
    publish: Step,
    object: Option<u32>,
    add_listener: Step,
    listener: Option<u32>,
    listen: Step,
    /// The look-up of netifd's object, then the subscription to it.
    subscribe: Step,
    /// netifd's object, where it is on the bus.
    netifd: Option<u32>,
    dump: Dump,
    lines: VecDeque<(Level, String)>,
}

impl BusSetup {
    /// Not connected yet.
    pub fn new(methods: Vec<Method<'static>>) -> Self {
        BusSetup {
            methods,
            publish: Step::default(),
            object: None,
            add_listener: Step::default(),
            listener: None,
            listen: Step::default(),
            subscribe: Step::default(),
            netifd: None,
            dump: Dump::default(),
            lines: VecDeque::new(),
        }
    }

    /// A new connection: everything is asked for.
    pub fn connected(&mut self, now: Instant, client: &mut Client) {
        self.disconnected();
        self.publish(now, client);
        self.add_listener(now, client);
    }

    /// The connection has ended, and all that was set up with it.
    pub fn disconnected(&mut self) {
        let steps = [&mut self.publish, &mut self.add_listener, &mut self.listen, &mut self.subscribe];
        steps.into_iter().for_each(Step::reset);
        self.dump.forget();
        (self.object, self.listener, self.netifd) = (None, None, None);
    }

    /// Our object, once it is published.
    pub fn object(&self) -> Option<u32> {
        self.object
    }

    /// Whether ubusd has let us listen: then the connection is of use.
    pub fn has_listener(&self) -> bool {
        self.listener.is_some()
    }

    /// Whether all five steps are done.
    pub fn is_whole(&self) -> bool {
        self.steps().iter().all(|step| step.is_done()) && self.dump.step.is_done()
    }

    /// The next line for the log.
    pub fn poll_line(&mut self) -> Option<(Level, String)> {
        self.lines.pop_front()
    }

    /// When [`BusSetup::tend`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        self.steps().iter().filter_map(|step| step.deadline()).chain(self.dump.deadline()).min()
    }

    /// The steps that ubusd itself answers.
    fn steps(&self) -> [&Step; 4] {
        [&self.publish, &self.add_listener, &self.listen, &self.subscribe]
    }

    /// Asks again for what is due.
    ///
    /// # Errors
    /// ubusd itself has not answered for too long: this connection is of no use any more.
    pub fn tend(&mut self, now: Instant, client: &mut Client) -> Result<(), &'static str> {
        if self.steps().iter().any(|step| step.is_overdue(now)) {
            return Err("ubusd does not answer");
        }
        if self.publish.is_due(now) {
            self.publish(now, client);
        }
        if self.add_listener.is_due(now) {
            self.add_listener(now, client);
        }
        if self.listen.is_due(now) {
            self.listen(now, client);
        }
        if self.subscribe.is_due(now) {
            self.look_up(now, client);
        }
        if let Some(why) = self.dump.tend(now, client) {
            self.dump_failed(now, &why);
            self.dump.go_on(now, client);
        }
        Ok(())
    }

    /// Asks netifd for everything.
    pub fn dump(&mut self, now: Instant, client: &mut Client) {
        self.dump.wanted(now, client);
    }

    /// netifd's object has been added: it is another one than before.
    pub fn netifd_added(&mut self, now: Instant, client: &mut Client) {
        if self.listener.is_some() {
            self.forget_netifd(client);
            self.look_up(now, client);
        }
    }

    /// An object that we were subscribed to has gone. True where it is netifd's.
    pub fn unsubscribed(&mut self, now: Instant, client: &mut Client, target: u32) -> bool {
        let ours = self.netifd == Some(target);
        if ours {
            self.forget_netifd(client);
            // When it is back, that is told, where it is granted and not lost; else it is found like this.
            self.subscribe.refused(now, NETIFD_LATE);
        }
        ours
    }

    /// Takes an answer in; `None` where it is to no request of the set-up, else netifd's dump if it brought one.
    pub fn replied(
        &mut self,
        now: Instant,
        client: &mut Client,
        request: RequestId,
        result: Result<Reply, RequestError>,
    ) -> Option<Option<Json>> {
        if self.publish.is(request) {
            self.published(now, added(result));
        } else if self.add_listener.is(request) {
            self.listener_added(now, client, added(result));
        } else if self.listen.is(request) {
            match result {
                Ok(_) => finish(&mut self.listen, What::Listen, &mut self.lines),
                Err(error) => refuse(&mut self.listen, now, What::Listen, &error, 1, &mut self.lines),
            }
        } else if self.subscribe.is(request) {
            match self.netifd {
                None => self.looked_up(now, client, result),
                Some(_) => match result {
                    Ok(_) => finish(&mut self.subscribe, What::Subscribe, &mut self.lines),
                    Err(error) => refuse(&mut self.subscribe, now, What::Subscribe, &error, 1, &mut self.lines),
                },
            }
        } else {
            let last = self.dump.step.is(request);
            let dumped = self.dump.replied(client, request, result)?;
            if last {
                match &dumped {
                    Ok(_) => finish(&mut self.dump.step, What::Dump, &mut self.lines),
                    Err(error) => self.dump_failed(now, error),
                }
                self.dump.go_on(now, client);
            }
            return Some(dumped.ok());
        }
        Some(None)
    }

    fn publish(&mut self, now: Instant, client: &mut Client) {
        self.publish.ask(now, client.add_object(Some(PATH), &self.methods));
    }

    fn published(&mut self, now: Instant, result: Result<u32, RequestError>) {
        match result {
            Ok(id) => {
                self.object = Some(id);
                finish(&mut self.publish, What::Publish, &mut self.lines);
            }
            Err(error) => refuse(&mut self.publish, now, What::Publish, &error, 1, &mut self.lines),
        }
    }

    fn add_listener(&mut self, now: Instant, client: &mut Client) {
        self.add_listener.ask(now, client.add_object(None, &[]));
    }

    fn listener_added(&mut self, now: Instant, client: &mut Client, result: Result<u32, RequestError>) {
        match result {
            Ok(id) => {
                self.listener = Some(id);
                finish(&mut self.add_listener, What::AddListener, &mut self.lines);
                self.listen(now, client);
                self.look_up(now, client);
            }
            Err(error) => refuse(&mut self.add_listener, now, What::AddListener, &error, 1, &mut self.lines),
        }
    }

    fn listen(&mut self, now: Instant, client: &mut Client) {
        if let Some(listener) = self.listener {
            self.listen.ask(now, client.listen(listener, OBJECT_ADDED));
        }
    }

    fn look_up(&mut self, now: Instant, client: &mut Client) {
        self.netifd = None;
        self.subscribe.ask(now, client.lookup(Some(NETIFD)));
    }

    fn looked_up(&mut self, now: Instant, client: &mut Client, result: Result<Reply, RequestError>) {
        let found = match result {
            Ok(Reply::Objects(objects)) => objects.iter().find(|it| it.path == NETIFD).map(|it| it.id),
            Ok(_) => None,
            Err(error) => return self.not_found(now, &error),
        };
        match (found, self.listener) {
            (Some(netifd), Some(listener)) => {
                self.netifd = Some(netifd);
                self.subscribe.ask(now, client.subscribe(listener, netifd));
                // After the subscription: nothing can happen in between unheard.
                self.dump(now, client);
            }
            _ => self.not_found(now, &Status::NOT_FOUND),
        }
    }

    fn not_found(&mut self, now: Instant, error: &dyn Display) {
        refuse(&mut self.subscribe, now, What::LookUp, error, NETIFD_LATE, &mut self.lines);
    }

    /// A netifd that has gone answers nothing any more.
    fn forget_netifd(&mut self, client: &mut Client) {
        if let Some((request, _)) = self.subscribe.asked() {
            client.cancel(request);
        }
        self.subscribe.reset();
        self.netifd = None;
        self.dump.cancel(client);
    }

    fn dump_failed(&mut self, now: Instant, error: &dyn Display) {
        if self.netifd.is_some() {
            refuse(&mut self.dump.step, now, What::Dump, error, 1, &mut self.lines);
        } else {
            // That it is not on the bus is said; it is asked as soon as it is there.
            self.dump.step.reset();
        }
    }
}

/// A step is done.
fn finish(step: &mut Step, what: What, lines: &mut VecDeque<(Level, String)>) {
    if step.done() {
        lines.push_back(what.done());
    }
}

/// A step is refused, for the `quiet`-th time in a row or later where that is to be said.
fn refuse(
    step: &mut Step,
    now: Instant,
    what: What,
    error: &dyn Display,
    quiet: u32,
    lines: &mut VecDeque<(Level, String)>,
) {
    if step.refused(now, quiet) {
        lines.push_back(what.refused(error));
    }
}

/// The id of an object that was added.
fn added(result: Result<Reply, RequestError>) -> Result<u32, RequestError> {
    match result? {
        Reply::Object(id) => Ok(id),
        _ => Err(RequestError::Malformed("the answer names no object")),
    }
}

#[cfg(test)]
mod tests;
