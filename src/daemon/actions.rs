//! Doing what the engine wants done: requests, the state on the disk, words to everybody.

use super::Daemon;
use crate::engine::Action;
use crate::exchange::Job;
use crate::io::store::Store;
use crate::io::{clock, log as log_io};
use crate::notice::Occurrence;
use crate::time::Instant;
use std::time::Duration;

/// When to try again to save what could not be saved.
const SAVE_AGAIN: Duration = Duration::from_secs(60);

impl Daemon<'_> {
    /// Does all of it; requests only while `sending`.
    pub(super) fn perform(&mut self, sending: bool) {
        while let Some(action) = self.engine.poll_action() {
            match action {
                Action::Send { .. } | Action::Detect { .. } if !sending => {}
                Action::Send { ticket, config, batch } => {
                    let hosts = batch.hostnames.join(", ");
                    log_io::debug(format_args!(
                        "{}: sending an update of {hosts} to {}",
                        config.name, config.endpoint.server
                    ));
                    self.workers.start(Job::update(ticket, &config, &batch, &self.user_agent));
                }
                Action::Detect { ticket, url, ipv6, device, config } => {
                    // Not the page: its query can hold a key.
                    let family = if ipv6 { "IPv6" } else { "IPv4" };
                    log_io::debug(format_args!("{}: asking web detection for the {family} address", config.name));
                    self.workers.start(Job::detection(ticket, &url, ipv6, device, &config, &self.user_agent));
                }
                Action::Save => self.save_at = Some(Instant::ZERO),
                Action::Remember => self.memory.save(&self.engine.memory()),
                Action::Tell(occurrence) => self.tell(&occurrence),
                Action::Note { account, message } => log::info!("{account}: {message}"),
            }
        }
    }

    fn tell(&mut self, occurrence: &Occurrence) {
        if let Some(line) = self.history.record(clock::wall(), occurrence) {
            log::log!(occurrence.kind.level(), "{line}");
        }
        self.bus.tell(clock::monotonic(), occurrence);
    }

    /// Writes the state down, where that is due.
    pub(super) fn save(&mut self, now: Instant) {
        if self.save_at.is_none_or(|at| at > now) {
            return;
        }
        self.save_at = None;
        match self.try_save() {
            Ok(()) => {
                if self.unsaved.take().is_some() {
                    log::info!("the state could be saved again");
                }
            }
            Err(why) => {
                // Said once, not once a minute for as long as the disk is full.
                if self.unsaved.as_ref() != Some(&why) {
                    log::error!("{why}; trying again");
                    self.unsaved = Some(why);
                }
                self.save_at = Some(now + SAVE_AGAIN);
            }
        }
    }

    fn try_save(&mut self) -> Result<(), String> {
        if self.store.is_none() {
            self.store = Some(Store::open(&self.arguments.state, Duration::ZERO).map_err(|why| why.to_string())?);
        }
        self.store.as_mut().map_or(Ok(()), |store| store.save(&self.engine.state()))
    }
}
