//! The dump of netifd's interfaces: asked for one at a time where that is enough, and never waited for without end.
//!
//! netifd answers within milliseconds. Where it does not, another question is not kept waiting behind the first one;
//! 30 seconds later a question is given up.

use super::setup::NETIFD;
use super::step::{PATIENCE, Step};
use crate::time::Instant;
use crate::ubus::json::table_to_json;
use crate::ubus::value::get;
use crate::ubus::{Client, Reply, RequestError, RequestId, Table, Value};
use serde_json::Value as Json;
use std::time::Duration;

/// One that is asked for while another has been under way for longer than this does not wait for it.
const PROMPT: Duration = Duration::from_secs(2);

/// The dump.
#[derive(Default)]
pub struct Dump {
    /// The last question.
    pub step: Step,
    /// One before it that has not been answered.
    earlier: Option<(RequestId, Instant)>,
    /// Asked for while one was under way.
    again: bool,
}

impl Dump {
    /// Somebody wants to know; one answer serves all who want that before it comes.
    pub fn wanted(&mut self, now: Instant, client: &mut Client) {
        match self.step.asked() {
            Some((_, since)) if since + PROMPT > now => self.again = true,
            Some(slow) => {
                // What has waited longest is most likely to be answered next: it is not given up for this one.
                match self.earlier {
                    Some(_) => client.cancel(slow.0),
                    None => self.earlier = Some(slow),
                }
                self.ask(now, client);
            }
            None => self.ask(now, client),
        }
    }

    fn ask(&mut self, now: Instant, client: &mut Client) {
        self.again = false;
        self.step.ask(now, client.call(NETIFD, "dump", Table::new()));
    }

    #[cfg(test)]
    pub fn earlier(&self) -> Option<RequestId> {
        self.earlier.map(|(request, _)| request)
    }

    /// Nobody will answer any more, or nobody wants to know.
    pub fn cancel(&mut self, client: &mut Client) {
        for (request, _) in self.step.asked().into_iter().chain(self.earlier.take()) {
            client.cancel(request);
        }
        self.forget();
    }

    /// The same where the connection has ended.
    pub fn forget(&mut self) {
        self.step.reset();
        (self.earlier, self.again) = (None, false);
    }

    /// When [`Dump::tend`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        self.step.deadline().into_iter().chain(self.earlier.map(|(_, since)| since + PATIENCE)).min()
    }

    /// Asks again after a refusal, and gives up what nobody answers: then why, for the caller to refuse it.
    pub fn tend(&mut self, now: Instant, client: &mut Client) -> Option<String> {
        if let Some((request, _)) = self.earlier.take_if(|(_, since)| *since + PATIENCE <= now) {
            client.cancel(request);
        }
        if self.step.is_due(now) {
            self.ask(now, client);
        }
        let (request, _) = self.step.asked().filter(|_| self.step.is_overdue(now))?;
        client.cancel(request);
        Some(format!("no answer within {} seconds", PATIENCE.as_secs()))
    }

    /// Asks again where somebody has wanted to know meanwhile; to be called when one has ended.
    pub fn go_on(&mut self, now: Instant, client: &mut Client) {
        if self.again {
            self.ask(now, client);
        }
    }

    /// Takes an answer in; `None` where it is to none of its questions. Whether the step is done or refused is for the
    /// caller to say: only the last question counts, but each answer is true.
    pub fn replied(
        &mut self,
        client: &mut Client,
        request: RequestId,
        result: Result<Reply, RequestError>,
    ) -> Option<Result<Json, String>> {
        if self.earlier.take_if(|(earlier, _)| *earlier == request).is_none() {
            if !self.step.is(request) {
                return None;
            }
            // netifd answers in order: it has lost the earlier one.
            if let Some((earlier, _)) = self.earlier.take() {
                client.cancel(earlier);
            }
        }
        Some(match result {
            Ok(reply) => interfaces(reply).ok_or_else(|| "the answer has no list of interfaces".into()),
            Err(error) => Err(error.to_string()),
        })
    }
}

/// What netifd has dumped, where it has: an answer without data is no empty network.
fn interfaces(reply: Reply) -> Option<Json> {
    let table = reply.into_table();
    matches!(get(&table, "interface"), Some(Value::Array(_))).then(|| table_to_json(&table))
}
