//! Random sequences of events against a specification of docs/protocol.md that is small enough to be read at a glance
//! and shares nothing with the engine.

use super::rig::*;
use super::*;
use crate::failure::ErrorKind;
use crate::protocol::{Code, HostAnswer};
use proptest::prelude::*;

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Step {
    Pass(u32),
    Address(u8),
    NoAddress,
    LineUp(u8),
    Good,
    NoChange,
    Mismatch,
    HostHalt,
    AccountHalt,
    Fatal,
    RetryAfter(u16),
    Foreign,
    Fail(u8),
    Trigger,
    Update,
    Force,
    Resume,
    Reread,
    Reconfigure,
    Restart,
    Offline(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    use Step::*;
    let step = prop_oneof![
        8 => (1u32..2000).prop_map(Pass),
        1 => (2000u32..100_000).prop_map(Pass),
        8 => (1u8..4).prop_map(Address),
        1 => Just(NoAddress),
        4 => (1u8..4).prop_map(LineUp),
        12 => Just(Good),
        4 => Just(NoChange),
        1 => Just(Mismatch),
        1 => Just(HostHalt),
        1 => Just(AccountHalt),
        1 => Just(Fatal),
        1 => (0u16..20_000).prop_map(RetryAfter),
        2 => Just(Foreign),
        4 => (0u8..4).prop_map(Fail),
        2 => Just(Trigger),
        3 => Just(Update),
        2 => Just(Force),
        2 => Just(Resume),
        3 => Just(Reread),
        1 => Just(Reconfigure),
        2 => Just(Restart),
        1 => any::<bool>().prop_map(Offline),
    ];
    proptest::collection::vec(step, 1..120)
}

/// The specification: what is owed to the service, from what was said and answered alone.
#[derive(Default)]
struct Specification {
    /// Nothing may be sent before (rules 5 and 6).
    silent_until: u64,
    /// Nothing may be sent at all (rule 4).
    halted: bool,
    /// The last acknowledged address (rule 1).
    acknowledged: Option<String>,
    /// One update is allowed without a change: new configuration, resume, force, offline and back (rule 3).
    allowance: bool,
    /// When updates were sent (rule 12).
    sent: Vec<u64>,
    /// When the configuration was changed: each puts one update back (rule 12).
    changed: Vec<u64>,
    /// Nothing may be sent before, unless a person asks for it (rule 6).
    patient_until: u64,
}

impl Specification {
    fn check(&mut self, at: u64, batch: &Batch) -> Result<(), TestCaseError> {
        prop_assert!(!self.halted, "sent while halted");
        prop_assert!(at >= self.silent_until, "sent at {at}, asked to wait until {}", self.silent_until);
        prop_assert!(at >= self.patient_until, "sent at {at}, backing off until {}", self.patient_until);
        let address = batch.ipv4.as_ref().map(|source| source.address.to_string());
        prop_assert!(
            self.allowance || batch.offline || address != self.acknowledged,
            "sent {address:?} again for nothing"
        );
        self.sent.push(at);
        for (n, earlier) in self.sent.iter().rev().enumerate() {
            let back = self.changed.iter().filter(|change| **change >= *earlier).count() as u64;
            prop_assert!(n as u64 <= 2 + back + (at - earlier) / 300, "too fast: {:?}", self.sent);
        }
        Ok(())
    }
}

fn seconds(rig: &Rig) -> u64 {
    rig.now.monotonic.since(Instant::from_secs(START)).as_secs()
}

fn run(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut rig = Rig::new(&["a"]);
    let mut specification = Specification { allowance: true, ..Specification::default() };
    let mut checked = 0;
    let mut line = None;
    for step in steps {
        apply(step, &mut rig, &mut specification, &mut line);
        if matches!(step, Step::Restart) {
            checked = 0;
        }
        while checked < rig.sends.len() {
            let (at, _, batch) = &rig.sends[checked];
            specification.check(at.since(Instant::from_secs(START)).as_secs(), batch)?;
            checked += 1;
        }
    }
    settles(rig, specification)
}

fn apply(step: Step, rig: &mut Rig, specification: &mut Specification, line: &mut Option<u8>) {
    let busy = rig.state() == "updating";
    let now = seconds(rig);
    match step {
        Step::Pass(seconds) => rig.advance_to(now + u64::from(seconds)),
        Step::Address(last) => {
            *line = Some(last);
            rig.select(&format!("192.0.2.{last}"));
        }
        Step::NoAddress => {
            *line = None;
            rig.select_all(Selection { ipv4: Wanted::Unknown("down".into()), ..selection("192.0.2.1") });
        }
        Step::LineUp(last) => {
            *line = Some(last);
            let came_up = Some(rig.now.monotonic);
            rig.select_all(Selection { came_up, ..selection(&format!("192.0.2.{last}")) });
        }
        Step::Trigger => rig.event(Event::Triggered),
        Step::Update => {
            specification.patient_until = 0;
            rig.update(false);
        }
        Step::Force => {
            specification.patient_until = 0;
            specification.allowance |= !busy;
            rig.update(true);
        }
        Step::Resume => {
            specification.allowance |= specification.halted;
            specification.halted = false;
            rig.resume(None);
        }
        Step::Reread => rig.configure(),
        Step::Reconfigure => {
            specification.allowance = true;
            specification.halted = false;
            specification.changed.push(now);
            specification.patient_until = 0;
            rig.reconfigure(|config| config.username.push('x'));
            if let Some(last) = line {
                rig.select(&format!("192.0.2.{last}"));
            }
        }
        Step::Restart => {
            let fresh = rig.restarted();
            // What was in flight is not known to have arrived.
            specification.allowance |= busy;
            *rig = fresh;
            if let Some(last) = line {
                rig.select(&format!("192.0.2.{last}"));
            }
        }
        Step::Offline(offline) => {
            specification.allowance = true;
            rig.offline(&[], offline);
        }
        reply if busy => answer_with(reply, rig, specification, now),
        _ => {}
    }
}

fn answer_with(reply: Step, rig: &mut Rig, specification: &mut Specification, now: u64) {
    let sent = rig.last().clone();
    let outdated = rig.is_outdated();
    let address = sent.ipv4.as_ref().map(|source| source.address.to_string());
    match reply {
        Step::Good | Step::NoChange => {
            if !outdated {
                specification.acknowledged = if sent.offline { None } else { address };
                specification.allowance = sent.offline;
            }
            rig.succeed(if matches!(reply, Step::Good) { Code::Good } else { Code::NoChange });
            specification.halted |= rig.reason().is_some();
        }
        Step::Mismatch => {
            let other = HostAnswer { ipv4: Some("203.0.113.250".parse().unwrap()), ..answer(Code::Good) };
            specification.halted |= !outdated && !sent.offline && address.is_some();
            rig.reply(Ok((200, Reply::Hosts(vec![other]))));
        }
        Step::HostHalt => {
            specification.halted |= !outdated;
            rig.succeed(Code::NoHost);
        }
        Step::AccountHalt => {
            specification.halted |= !outdated;
            rig.reply(Ok((401, Reply::Account(Code::BadAuth))));
        }
        Step::Fatal => {
            specification.silent_until = now + 1800;
            rig.reply(Ok((500, Reply::Wait(Code::Fatal))));
        }
        Step::RetryAfter(seconds) => {
            specification.silent_until = now + u64::from(seconds);
            rig.reply(Ok((503, Reply::RetryAfter(Some(seconds.into())))));
        }
        Step::Foreign => {
            if !outdated {
                specification.patient_until = now + 30;
            }
            rig.reply(Ok((200, Reply::Foreign("an HTML page".into()))));
        }
        Step::Fail(kind) => {
            let kinds = [ErrorKind::Dns, ErrorKind::Connect, ErrorKind::Timeout, ErrorKind::Tls];
            if kind == 0 {
                // The service has seen nothing of it.
                specification.sent.pop();
            }
            rig.reply(Err(failure(kinds[usize::from(kind) % 4])));
        }
        _ => unreachable!("only answers come here"),
    }
    if outdated {
        specification.allowance = true;
    }
}

/// Whatever happened: when the service is well again, the last address is what it has.
fn settles(mut rig: Rig, specification: Specification) -> Result<(), TestCaseError> {
    rig.offline(&[], false);
    rig.resume(None);
    rig.select("192.0.2.200");
    for _ in 0..50 {
        if rig.state() == "updating" {
            rig.succeed(Code::Good);
        } else if let Some(deadline) = rig.engine.deadline() {
            let wait = deadline.since(rig.now.monotonic);
            prop_assert!(wait <= Duration::from_secs(6 * 3600), "asleep for {wait:?}");
            rig.next();
        } else {
            break;
        }
    }
    prop_assert_eq!(rig.state(), "current");
    let host = rig.view().kept().hosts[&"a".to_owned()].clone();
    prop_assert_eq!(host.ipv4, Some("192.0.2.200".parse().unwrap()));
    drop(specification);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_service_is_owed_nothing_and_the_last_state_is_sent(steps in steps()) {
        run(steps)?;
    }
}
