//! The decision: what is due, what stands in its way, and the request.

use super::answer::duration;
use super::{Account, Batch, Flight, Phase, Spread, Taken, Waiting};
use crate::engine::{Action, Context, backoff};
use crate::notice::Hold;
use crate::time::{Instant, Now};
use std::collections::VecDeque;
use std::time::Duration;

/// How long after an interface came up the other family may still arrive (docs/configuration.md).
const SETTLE: Duration = Duration::from_secs(5);
/// A time of an acknowledgement that is further in the future is of a clock that was wrong.
const DAY: u64 = 86_400;

impl Account {
    /// Finds out what is due now, and sets when to look again. Where nothing is in its way the account is ready, and
    /// the engine gives it a slot.
    pub(in crate::engine) fn evaluate(&mut self, now: Now, context: &mut Context) {
        self.date_acknowledgements(now, context);
        self.note_unaddressed(now, context);
        self.note_missing(now, context);
        match self.phase {
            Phase::Sending(_) => return,
            _ if !self.config.enabled || self.halted() => {
                self.forced = false;
                if !matches!(self.phase, Phase::Waiting { until } if until > now.monotonic) {
                    self.phase = Phase::Idle { review: None };
                }
                return;
            }
            Phase::BackOff { until, .. } | Phase::Waiting { until } | Phase::Held { why: Hold::LookUp, until }
                if until > now.monotonic =>
            {
                self.note_wait(now, context);
                return;
            }
            Phase::WaitingClock if now.wall.is_none() => return,
            Phase::Waiting { .. } => {
                if let Some(wait) = &mut self.kept.wait {
                    wait.until = None;
                    wait.seconds = 0;
                }
            }
            _ => {}
        }
        let batches = self.due(now);
        if batches.is_empty() {
            if self.missing().is_none() {
                self.forced = false;
            }
            self.phase = Phase::Idle { review: self.review(now) };
            self.note_wait(now, context);
            return;
        }
        self.phase = match self.obstacle(now, context, batches.iter().all(|batch| batch.offline)) {
            Some((why, until)) => Phase::Held { why, until },
            None => Phase::Ready { turn: self.turn().unwrap_or_else(|| context.turn()) },
        };
        self.note_wait(now, context);
    }

    /// Its place among the accounts that are ready, if it is one of them.
    pub(in crate::engine) fn turn(&self) -> Option<u64> {
        match self.phase {
            Phase::Ready { turn } => Some(turn),
            _ => None,
        }
    }

    /// What stands in the way of every update, in this order: settling, spreading, the service's own interval, the
    /// budget; and until when.
    fn obstacle(&mut self, now: Now, context: &mut Context, offline: bool) -> Option<(Hold, Instant)> {
        let monotonic = now.monotonic;
        if let Some(came_up) = self.selection.as_ref().and_then(|selection| selection.came_up) {
            let until = came_up + SETTLE;
            if until > monotonic && self.is_incomplete() && !offline {
                return Some((Hold::Settling, until));
            }
        }
        if let Spread::Pending(end) = self.spread {
            self.spread = if monotonic < end {
                Spread::Until(monotonic + backoff::after_boot(&mut context.jitter))
            } else {
                Spread::Over
            };
        }
        if let Spread::Until(until) = self.spread {
            if until > monotonic {
                return Some((Hold::Boot, until));
            }
            self.spread = Spread::Over;
        }
        if let Some(again) = self.last_attempt.map(|last| last + self.least()).filter(|again| *again > monotonic) {
            return Some((Hold::Interval, again));
        }
        self.budget.ready(monotonic).err().map(|until| (Hold::Budget, until))
    }

    /// The least time between two updates that the service wants.
    pub(super) fn least(&self) -> Duration {
        Duration::from_secs(self.config.dialect.min_interval.into())
    }

    /// An account that is ready has a slot: takes a token and sends.
    pub(in crate::engine) fn start(&mut self, now: Now, context: &mut Context) {
        if self.turn().is_none() {
            return;
        }
        let batches = self.due(now);
        if let Err(until) = self.budget.take(now.monotonic) {
            self.phase = Phase::Held { why: Hold::Budget, until };
            return;
        }
        let taken = Taken { last_attempt: self.last_attempt, tried: self.tried.take() };
        self.forced = false;
        self.tried = self.says();
        self.launch(now, context, batches.into(), Some(taken));
    }

    pub(super) fn launch(&mut self, now: Now, context: &mut Context, mut rest: VecDeque<Batch>, taken: Option<Taken>) {
        let Some(mut batch) = rest.pop_front() else {
            self.phase = Phase::Idle { review: self.review(now) };
            return;
        };
        batch.recall = self.recall(now, &batch);
        if batch.recall.is_some() && taken.is_none() {
            // Each run of an API is an update of its own (rule 12), but the hosts of an account do not wait for each other.
            self.budget.charge(now.monotonic);
        }
        if rest.is_empty() {
            // Else what it has set aside is kept as long as the request is under way, in every account at once.
            rest = VecDeque::new();
        }
        let ticket = context.ticket();
        self.last_attempt = Some(now.monotonic);
        // First: a program that is killed right after it has sent must not find a full bucket when it starts again.
        context.remember();
        context.slots.take(ticket, &self.config.name, self.standing(), self.server());
        context.actions.push_back(Action::Send { ticket, config: self.config.clone(), batch: batch.clone() });
        self.phase = Phase::Sending(Box::new(Flight { ticket, batch, rest, taken, news: false, outdated: false }));
    }

    /// Whom it waits for while a request is under way.
    pub(in crate::engine) fn server(&self) -> String {
        let endpoint = &self.config.endpoint;
        format!("{}:{}", endpoint.server, endpoint.port)
    }

    /// Says, once for each wait, that there is one.
    fn note_wait(&mut self, now: Now, context: &mut Context) {
        let (why, until) = match self.phase {
            Phase::Held { why, until } => (why, until),
            Phase::Waiting { until } => (Hold::Service, until),
            Phase::Idle { .. } => match self.waiting() {
                Some(Waiting { why, until: Some(until), .. }) => (why, until),
                _ => return,
            },
            _ => return,
        };
        // The end of a settling wait moves with the line, and each look-up has its own: it is one wait all the same.
        let short = matches!(why, Hold::Settling | Hold::LookUp | Hold::Boot);
        if self.told.is_some_and(|(told, end)| told == why && (short || end == until)) {
            return;
        }
        self.told = Some((why, until));
        if let Some(waiting) = self.waiting() {
            let left = duration(until.since(now.monotonic));
            let message = format!("{}; next attempt in {left}", waiting.message);
            self.note(context, message);
        }
    }

    /// A host that was acknowledged while the clock was unknown (or far ahead) gets its time as soon as the clock is
    /// right: without one `force_interval` would never come due.
    fn date_acknowledgements(&mut self, now: Now, context: &mut Context) {
        let Some(wall) = now.wall else { return };
        let when = self.last_attempt.and_then(|at| now.wall_at(at)).unwrap_or(wall);
        let mut dated = false;
        for (_, host) in self.kept.hosts.iter_mut() {
            let unknown = host.updated.is_none() && host.proven;
            if unknown || host.updated.is_some_and(|updated| updated.0 > wall.0.saturating_add(DAY)) {
                host.updated = Some(when);
                dated = true;
            }
        }
        if dated {
            context.save();
        }
    }
}
