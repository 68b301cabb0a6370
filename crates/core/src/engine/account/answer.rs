//! What an answer (or the lack of one) means: acknowledged, halted, to be tried again, to be left alone.

use super::{Account, Batch, Flight, LastError, Phase, Taken, confirmed};
use crate::address::{Origin, Wanted};
use crate::engine::{Action, Context, backoff};
use crate::failure::{ErrorKind, Failure};
use crate::notice::{self, Hold, Kind, Occurrence};
use crate::protocol::{Class, Code, HostAnswer, Refusal, Reply};
use crate::state::{Acknowledged, Halt, Reason, Wait};
use crate::time::Now;
use std::time::Duration;

/// `nochg` in a row to updates that seemed necessary, until it is a loop (rule 10).
const NOCHG_LIMIT: u32 = 3;
/// How long after a change of the line the router's resolver may not know its name servers yet (rule 6).
const FRESH: Duration = Duration::from_secs(10);
/// How long it is looked up again in silence, all in all: each look-up may take some seconds.
const SERIES: Duration = Duration::from_secs(45);

impl Account {
    pub(in crate::engine) fn finished(
        &mut self,
        now: Now,
        context: &mut Context,
        result: Result<(u16, Reply), Failure>,
    ) {
        let result = self.learn(now, result);
        let Phase::Sending(flight) = std::mem::replace(&mut self.phase, Phase::Idle { review: None }) else { return };
        match result {
            Ok((_, Reply::Wait(code))) => self.wait_after_code(now, context, code, notice::waiting(code).into()),
            Ok((_, Reply::Refused(refusal))) if refusal.code.class() == Class::Wait => {
                self.wait_after_code(now, context, refusal.code, refusal.message);
            }
            Ok((status, Reply::RetryAfter(seconds))) => self.wait_as_told(now, context, status, seconds),
            _ if flight.outdated => {}
            // What it means was said in place of it.
            Ok((_, Reply::Run(_))) => {}
            Ok((_, Reply::Hosts(answers))) => self.acknowledge(now, context, *flight, &answers),
            Ok((_, Reply::Account(code))) => self.halt(now, context, code, notice::halted(code).into()),
            Ok((_, Reply::Refused(refusal))) => self.refused(now, context, *flight, refusal),
            Ok((_, Reply::WrongClock(message))) => {
                let failure = Failure { kind: ErrorKind::Protocol, message };
                self.fail_by_clock(now, context, failure, now.wall.is_none());
            }
            Ok((status, Reply::Foreign(what))) => {
                let kind = if status >= 400 { ErrorKind::Http } else { ErrorKind::Protocol };
                self.fail(now, context, Failure { kind, message: what });
            }
            Err(failure) => self.fail_on_the_way(now, context, *flight, failure),
        }
    }

    /// A request that got no answer: where the line has changed, that says nothing of the present one (rule 6).
    fn fail_on_the_way(&mut self, now: Now, context: &mut Context, flight: Flight, failure: Failure) {
        let unresolved = failure.kind == ErrorKind::Dns;
        let limit = if self.lookups == 0 { FRESH } else { SERIES };
        let new_line = self.line_changed.is_some_and(|at| now.monotonic.since(at) <= limit);
        let again = backoff::LOOK_UP_AGAIN.get(self.lookups).filter(|_| unresolved && new_line);
        if unresolved && (flight.news || again.is_some()) {
            self.give_back(now, context, flight.taken);
        }
        if flight.news && failure.kind.is_transport() {
            self.failures = 0;
            self.note(context, format!("{}; the line has changed meanwhile: trying again", failure.message));
        } else if let Some(pause) = again {
            self.lookups += 1;
            self.phase = Phase::Held { why: Hold::LookUp, until: now.monotonic + *pause };
        } else {
            self.fail(now, context, failure);
        }
    }

    /// Nothing has left this router: no update was spent, and there was no attempt.
    fn give_back(&mut self, now: Now, context: &mut Context, taken: Option<Taken>) {
        if let Some(taken) = taken {
            self.budget.put_back(now.monotonic);
            self.last_attempt = taken.last_attempt;
            self.tried = taken.tried;
            context.remember();
        }
    }

    pub(super) fn acknowledge(&mut self, now: Now, context: &mut Context, flight: Flight, answers: &[HostAnswer]) {
        let Flight { batch, rest, .. } = flight;
        for (at, (name, answer)) in batch.hostnames.iter().zip(answers).enumerate() {
            match answer.code {
                Code::Good | Code::NoChange => {
                    // Where records are set, it is ddnsd itself that finds nothing to do (rule 10).
                    let counts = !self.config.dialect.sets_records();
                    let necessary = counts && batch.necessary.get(at).copied().unwrap_or(false);
                    self.host_succeeded(now, context, name, &batch, answer, necessary);
                }
                code => self.halt_host(now, context, name, Reason::Code(code), notice::halted(code).into()),
            }
        }
        self.is_well(context);
        self.kept.wait = None;
        if batch.basis.is_some() {
            self.kept.basis = batch.basis.clone();
        }
        if batch.prefix.is_some() && !batch.offline {
            self.kept.prefix = batch.prefix;
        }
        if !batch.offline && self.kept.hosts.values().any(|host| host.proven) {
            for (slot, source) in [(&mut self.kept.ipv4, &batch.ipv4), (&mut self.kept.ipv6, &batch.ipv6)] {
                if let Some(source) = source {
                    *slot = Some(Acknowledged {
                        address: source.address,
                        origin: source.origin,
                        interface: source.interface.clone(),
                    });
                }
            }
        }
        context.save();
        if rest.is_empty() || self.halted() {
            self.phase = Phase::Idle { review: self.review(now) };
        } else {
            self.launch(now, context, rest, None);
        }
    }

    /// The service has answered: whatever failed before is over.
    fn is_well(&mut self, context: &mut Context) {
        if self.failed || self.failures > 0 {
            context.remember();
        }
        self.failures = 0;
        self.failed = false;
        self.lookups = 0;
        self.error = None;
        self.told = None;
    }

    pub(super) fn host_succeeded(
        &mut self,
        now: Now,
        context: &mut Context,
        name: &str,
        batch: &Batch,
        answer: &HostAnswer,
        necessary: bool,
    ) {
        let host = self.kept.hosts.entry(name.to_owned()).or_default();
        host.code = Some(answer.code);
        host.updated = now.wall;
        let word = answer.code.as_str();
        if batch.offline {
            host.offline = true;
            host.proven = true;
            host.nochg = 0;
            self.tell_host(context, Kind::Updated, name, Some(word), format!("is offline now ({word})"));
            return;
        }
        host.offline = false;
        let said = confirmed::Confirmed::by(answer, batch);
        // What a request leaves out stays as it was, unless the service deletes it.
        let stays = |sent: bool| !sent && !self.config.dialect.drops;
        host.ipv4 = said.ipv4.or(host.ipv4.filter(|_| stays(batch.ipv4.is_some())));
        host.ipv6 = said.ipv6.or(host.ipv6.filter(|_| stays(batch.ipv6.is_some())));
        host.unconfirmed = said.unconfirmed;
        if let Some((sent, got)) = said.other {
            let message = format!("the service was told {sent}, but answered that the host now has {got} ({word})");
            self.halt_host(now, context, name, Reason::AddressMismatch, message);
            return;
        }
        host.proven = true;
        match answer.code {
            Code::NoChange if necessary => host.nochg += 1,
            Code::NoChange => {}
            _ => host.nochg = 0,
        }
        let looping = host.nochg >= NOCHG_LIMIT;
        if let (Some(_), Some(address)) = (&batch.basis, host.ipv4) {
            let interface = match self.selection.as_ref().map(|selection| &selection.ipv4) {
                Some(Wanted::Server { interface, .. }) => interface.clone(),
                _ => None,
            };
            self.kept.ipv4 = Some(Acknowledged { address: address.into(), origin: Origin::Server, interface });
        }
        if looping {
            let message =
                format!("the service answered nochg {NOCHG_LIMIT} times in a row to updates that seemed necessary");
            self.halt_host(now, context, name, Reason::NochgLoop, message);
            return;
        }
        let verb = if answer.code == Code::Good { "updated to" } else { "was already at" };
        let told = said.words().unwrap_or_else(|| "the address that the service sees".into());
        let mut message = format!("{verb} {told} ({word})");
        if let Some(address) = said.unconfirmed {
            message += &format!("; the service did not acknowledge {address}, which it was told, too");
        }
        self.tell_host(context, Kind::Updated, name, Some(word), message);
    }

    /// What a halt of the account, or of one of its hosts, is about.
    pub(in crate::engine) fn about<'a>(&'a self, hostname: Option<&'a str>) -> notice::Halted<'a> {
        let (ddns_key, records) = (self.config.may_have_ddns_key(), self.config.dialect.sets_records());
        notice::Halted { account: &self.config.name, hostname, ddns_key, records }
    }

    /// A refusal in the service's own words, of every host of the request or of the account.
    fn refused(&mut self, now: Now, context: &mut Context, flight: Flight, refusal: Refusal) {
        let Flight { batch, mut rest, .. } = flight;
        let Refusal { code, message, ipv4, ipv6 } = refusal;
        if code.class() == Class::Account {
            return self.halt(now, context, code, message);
        }
        for name in &batch.hostnames {
            let host = self.kept.hosts.entry(name.clone()).or_default();
            host.ipv4 = ipv4.or(host.ipv4);
            host.ipv6 = ipv6.or(host.ipv6);
            self.halt_host(now, context, name, Reason::Code(code), message.clone());
        }
        self.is_well(context);
        self.kept.wait = None;
        let hosts = &self.kept.hosts;
        let halted = |name: &String| hosts.get(name).is_some_and(|host| host.halt.is_some());
        rest.retain(|batch| !batch.hostnames.iter().all(halted));
        self.launch(now, context, rest, None);
    }

    pub(super) fn halt(&mut self, now: Now, context: &mut Context, code: Code, message: String) {
        let reason = Reason::Code(code);
        self.kept.halt = Some(Halt { reason, message: message.clone(), since: now.wall });
        self.kept.wait = None;
        self.is_well(context);
        let advice = notice::advice(reason, &self.about(None));
        let message = format!("{message}. {advice}");
        self.tell_coded(context, Kind::Halted, None, Some(reason.as_str()), message);
        context.save();
    }

    pub(super) fn halt_host(&mut self, now: Now, context: &mut Context, name: &str, reason: Reason, message: String) {
        let host = self.kept.hosts.entry(name.to_owned()).or_default();
        if let Reason::Code(code) = reason {
            host.code = Some(code);
        }
        host.halt = Some(Halt { reason, message: message.clone(), since: now.wall });
        let advice = notice::advice(reason, &self.about(Some(name)));
        self.tell_host(context, Kind::Halted, name, Some(reason.as_str()), format!("{message}. {advice}"));
        context.save();
    }

    pub(super) fn fail(&mut self, now: Now, context: &mut Context, failure: Failure) {
        let clock = failure.kind == ErrorKind::Tls && now.wall.is_none();
        self.fail_by_clock(now, context, failure, clock);
    }

    /// A failure; `clock` where a wrong clock is the reason, which is waited for.
    fn fail_by_clock(&mut self, now: Now, context: &mut Context, failure: Failure, clock: bool) {
        self.failures = self.failures.saturating_add(1);
        self.failed = true;
        context.remember();
        let message = if clock {
            self.phase = Phase::WaitingClock;
            format!("{}; the clock is not set yet: waiting for it", failure.message)
        } else {
            let wait = backoff::after_failure(self.failures, &mut context.jitter);
            self.phase = Phase::BackOff { until: now.monotonic + wait, transport: failure.kind.is_transport() };
            format!("{}; next attempt in {}", failure.message, duration(wait))
        };
        self.tell_coded(context, Kind::Failed, None, Some(failure.kind.as_str()), message);
        self.error = Some(LastError { failure, at: now.monotonic });
    }

    pub(super) fn wait_after_code(&mut self, now: Now, context: &mut Context, code: Code, message: String) {
        let count = self.kept.wait.as_ref().map_or(0, |wait| wait.count).saturating_add(1);
        let wait = backoff::after_fatal(count, &mut context.jitter);
        let failure = Failure { kind: ErrorKind::Protocol, message };
        self.wait(now, context, failure, code.as_str(), wait, count);
    }

    pub(super) fn wait_as_told(&mut self, now: Now, context: &mut Context, status: u16, seconds: Option<u64>) {
        let count = self.kept.wait.as_ref().map_or(0, |wait| wait.count);
        let wait = backoff::after_retry_after(seconds.unwrap_or(0), self.failures + 1, &mut context.jitter);
        let message = format!("the service answered with HTTP status {status} and asked to wait");
        self.wait(now, context, Failure { kind: ErrorKind::Http, message }, "http", wait, count);
    }

    pub(super) fn wait(
        &mut self,
        now: Now,
        context: &mut Context,
        failure: Failure,
        code: &'static str,
        wait: Duration,
        count: u32,
    ) {
        self.failures = self.failures.saturating_add(1);
        self.failed = true;
        let until = now.monotonic + wait;
        self.phase = Phase::Waiting { until };
        // The log is told below.
        self.told = Some((Hold::Service, until));
        self.kept.wait = Some(Wait {
            until: now.wall_at(until),
            seconds: wait.as_secs().max(1),
            count,
            message: failure.message.clone(),
        });
        let message = format!("{}; next attempt in {}", failure.message, duration(wait));
        self.tell_coded(context, Kind::Failed, None, Some(code), message);
        self.error = Some(LastError { failure, at: now.monotonic });
        context.save();
        context.remember();
    }

    /// Tells the log alone.
    pub(super) fn note(&self, context: &mut Context, message: String) {
        context.actions.push_back(Action::Note { account: self.config.name.clone(), message });
    }

    pub(super) fn tell(&self, context: &mut Context, kind: Kind, hostname: Option<&str>, message: String) {
        match hostname {
            Some(name) => self.tell_host(context, kind, name, None, message),
            None => self.tell_coded(context, kind, None, None, message),
        }
    }

    pub(super) fn tell_host(
        &self,
        context: &mut Context,
        kind: Kind,
        name: &str,
        code: Option<&'static str>,
        message: String,
    ) {
        self.tell_coded(context, kind, Some(name), code, message);
    }

    pub(super) fn tell_coded(
        &self,
        context: &mut Context,
        kind: Kind,
        hostname: Option<&str>,
        code: Option<&'static str>,
        message: String,
    ) {
        let host = hostname.and_then(|name| self.kept.hosts.get(name));
        context.actions.push_back(Action::Tell(Occurrence {
            account: self.config.name.clone(),
            hostname: hostname.map(str::to_owned),
            kind,
            ipv4: host.and_then(|host| host.ipv4),
            ipv6: host.and_then(|host| host.ipv6),
            code,
            message,
        }));
    }
}

/// A duration for a sentence: `45 seconds`, `31 minutes`, `2 hours`.
pub(super) fn duration(wait: Duration) -> String {
    let seconds = wait.as_secs();
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3600)),
    }
}
