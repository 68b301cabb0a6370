//! What came over the bus, and what the accounts have of the network: every account's addresses, chosen anew whenever
//! something may have changed.

use super::bus::Incoming;
use super::{Daemon, request};
use crate::address::{select_alone, select_nothing_yet};
use crate::engine::Event;
use crate::io::log::debug;
use crate::io::{clock, kernel_source};
use crate::netifd;
use crate::time::Now;
use std::time::Duration;

/// Without a word from netifd for so long after the start, accounts that do not need it go on without it.
const ALONE: Duration = Duration::from_secs(30);

impl Daemon<'_> {
    /// Takes in what came over the bus: netifd's words, and calls of our object.
    pub(super) fn take_in_bus(&mut self, incoming: Vec<Incoming>) {
        let now = clock::now();
        let mut moved = false;
        for item in incoming {
            match item {
                Incoming::Dump(dump) => {
                    let network = netifd::parse_dump(&dump, now.monotonic);
                    for (name, interface) in network.interfaces() {
                        debug(format_args!("netifd says: {name} is {interface}"));
                    }
                    match &mut self.network {
                        Some(known) => moved |= known.replace(network),
                        None => {
                            self.network = Some(network);
                            self.heard = now.monotonic;
                            moved = true;
                        }
                    }
                }
                Incoming::Interface(event, status) => {
                    let told = netifd::parse_interface(&status, now.monotonic);
                    if let Some((name, interface)) = &told {
                        debug(format_args!("netifd says: {event}: {name} is {interface}"));
                    }
                    if let (Some(network), Some((name, interface))) = (&mut self.network, told) {
                        moved |= network.apply(name, interface);
                        if network.wants_dump() {
                            self.bus.dump(now.monotonic);
                        }
                    }
                }
                Incoming::NetifdGone => debug(format_args!("netifd has gone from the bus")),
                Incoming::Call { method, arguments, token } => {
                    if std::mem::take(&mut moved) {
                        self.select(now);
                    }
                    let reply = request::parse(&method, &arguments).and_then(|request| self.serve(now, request));
                    self.bus.answer(now.monotonic, token, reply);
                }
            }
        }
        if moved {
            self.select(now);
        }
    }

    /// Chooses every account's addresses anew.
    pub(super) fn select(&mut self, now: Now) {
        self.reselect_at = None;
        let alone_at = self.started + ALONE;
        if self.network.is_none() && now.monotonic < alone_at {
            self.reselect_at = Some(alone_at);
        }
        let configs: Vec<_> = self.engine.views().map(|view| view.config().clone()).collect();
        self.steady.retain(|name, _| configs.iter().any(|config| config.name == *name));
        for config in configs.into_iter().filter(|config| config.enabled) {
            let selection = match &self.network {
                Some(network) => {
                    let remembered =
                        self.engine.view(&config.name).map(|view| view.acknowledged_interfaces()).unwrap_or_default();
                    let steady = self.steady.entry(config.name.clone()).or_default();
                    steady.select(
                        &config,
                        network,
                        &kernel_source::kernel_source,
                        now.monotonic,
                        self.heard,
                        remembered,
                    )
                }
                None if now.monotonic < alone_at => select_nothing_yet(&config),
                None => select_alone(&config, true),
            };
            if let Some(expires) = selection.expires.filter(|at| *at > now.monotonic) {
                self.reselect_at = Some(self.reselect_at.map_or(expires, |at| at.min(expires)));
            }
            let (ipv4, ipv6) = (&selection.ipv4, &selection.ipv6);
            debug(format_args!("{}: chosen: IPv4 {ipv4}; IPv6 {ipv6}", config.name));
            self.engine.handle(now, Event::Selected { account: config.name.clone(), selection });
            self.say_decision(now, &config.name);
        }
    }
    /// Says, to those who want to know everything, what follows from the choice.
    fn say_decision(&self, now: Now, account: &str) {
        let Some(view) = self.engine.view(account) else { return };
        let state = view.state().as_str();
        // Why stands in the choice, or is told as a wait.
        match view.waiting(now) {
            Some(waiting) => debug(format_args!("{account}: decided: {state} ({})", waiting.why.as_str())),
            None => debug(format_args!("{account}: decided: {state}")),
        }
    }
}
