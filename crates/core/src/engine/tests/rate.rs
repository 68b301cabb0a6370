//! Rule 12 and the other limits across restarts, and what is said of a wait.

use super::*;

/// Every update that could be sent within so many seconds, the process starting anew before each.
fn crash_loop(mut rig: Rig, seconds: u64, mut provoke: impl FnMut(&mut Rig, u64)) -> usize {
    let mut sent = rig.sends.len();
    for second in 1..=seconds {
        rig.advance_to(second);
        let before = rig.sends.len();
        provoke(&mut rig, second);
        sent += rig.sends.len() - before;
        rig = rig.restarted();
        sent += rig.sends.len();
    }
    sent
}

#[test]
fn r12_a_crash_loop_with_another_address_each_time_is_bounded() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    let sent = crash_loop(rig, 900, |rig, second| {
        rig.select(&format!("192.0.2.{}", second % 250));
        if rig.state() == "updating" {
            rig.succeed(Code::Good);
        }
    });
    assert_eq!(sent, 3 + 3);
}

#[test]
fn r06_a_crash_loop_goes_on_backing_off() {
    for kind in [ErrorKind::Connect, ErrorKind::Protocol] {
        let mut rig = Rig::new(&["a"]);
        rig.select("192.0.2.1");
        rig.reply(Err(failure(kind)));
        let sent = crash_loop(rig, 29, |rig, _| rig.select("192.0.2.1"));
        assert_eq!(sent, 1);
    }
}

#[test]
fn r06_a_restart_counts_on_and_a_new_address_ends_it() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    rig.reply(Err(failure(ErrorKind::Connect)));
    rig.next();
    rig.reply(Err(failure(ErrorKind::Connect)));
    let mut again = rig.restarted();
    assert!(again.notes[0].contains("(before the restart); next attempt in"), "{:?}", again.notes);
    let unknown = Wanted::Unknown("netifd has not said anything over ubus yet".into());
    again.select_all(Selection { ipv4: unknown, ..selection("192.0.2.1") });
    again.select_all(Selection { came_up: Some(Instant::from_secs(START - 50)), ..selection("192.0.2.1") });
    assert_eq!((again.state(), again.sends.len(), again.view().failures()), ("backoff", 0, 2));
    assert_eq!(again.view().error().unwrap().failure.kind, ErrorKind::Connect);
    again.select("192.0.2.2");
    assert_eq!((again.sends.len(), again.view().failures()), (1, 0));

    let mut elsewhere = rig.restarted();
    elsewhere.select("192.0.2.2");
    assert_eq!(elsewhere.sends.len(), 1, "it has moved while nobody looked");

    let mut asked = rig.restarted();
    asked.select("192.0.2.1");
    asked.update(false);
    assert_eq!(asked.sends.len(), 1, "a person asks, and the bucket has one left");
    let mut bounded = asked.restarted();
    bounded.select("192.0.2.1");
    bounded.update(true);
    assert_eq!((bounded.sends.len(), bounded.waiting().unwrap().0), (0, "budget"));
}

#[test]
fn r12_the_services_own_interval_survives_a_restart() {
    let mut rig = Rig::new(&["a"]);
    rig.reconfigure(|config| Arc::make_mut(&mut config.dialect).min_interval = 600);
    rig.select("192.0.2.1");
    rig.succeed(Code::Good);
    let mut again = rig.restarted();
    again.select("192.0.2.2");
    assert_eq!((again.sends.len(), again.waiting()), (0, Some(("interval", Some(600)))));
    assert!(again.view().waiting(again.now).unwrap().message.contains("10 minutes"));
    again.advance_to(600);
    assert_eq!(again.sends.len(), 1);
}

#[test]
fn r12_a_changed_configuration_puts_one_update_back_and_ends_the_back_off() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    for _ in 0..3 {
        rig.reply(Ok((401, Reply::Account(Code::BadAuth))));
        rig.resume(None);
    }
    assert_eq!((rig.sends.len(), rig.state()), (3, "pending"));
    rig.reconfigure(|config| config.username = "right".into());
    rig.select("192.0.2.1");
    assert_eq!(rig.sends.len(), 4, "the corrected password is tried at once");
    rig.reply(Err(failure(ErrorKind::Http)));
    assert_eq!(rig.state(), "backoff");
    rig.reconfigure(|config| config.username = "better".into());
    rig.select("192.0.2.1");
    assert_eq!(rig.sends.len(), 5);
    rig.succeed(Code::Good);
    rig.update(true);
    assert_eq!((rig.sends.len(), rig.waiting().unwrap().0), (5, "budget"), "one each, and no more");

    let mut halted = Rig::new(&["a"]);
    halted.select("192.0.2.1");
    for _ in 0..3 {
        halted.reply(Ok((401, Reply::Account(Code::BadAuth))));
        halted.resume(None);
    }
    let (state, memory) = (halted.engine.state(), halted.engine.memory());
    let mut engine = Engine::new(state, 7, halted.now.monotonic);
    engine.recall(halted.now.monotonic, memory);
    let other = AccountConfig { username: "right".into(), ..config(&["a"]) };
    engine
        .handle(halted.now, Event::Configured(vec![Setup { config: Arc::new(other), fingerprint: "another".into() }]));
    engine.handle(halted.now, Event::Selected { account: "home".into(), selection: selection("192.0.2.1") });
    let sends = std::iter::from_fn(|| engine.poll_action()).filter(|it| matches!(it, Action::Send { .. }));
    assert_eq!(sends.count(), 1, "also where the daemon was not running when it was changed");
}

#[test]
fn r12_a_changed_configuration_puts_one_back_once_also_where_the_state_cannot_be_saved() {
    let mut rig = Rig::settled();
    let (state, mut memory, mut sent) = (rig.engine.state(), rig.engine.memory(), 0);
    rig.advance_to(1);
    for _ in 0..10 {
        let mut engine = Engine::new(state.clone(), 7, rig.now.monotonic);
        engine.recall(rig.now.monotonic, memory);
        let other = AccountConfig { username: "right".into(), ..config(&["a"]) };
        let setup = Setup { config: Arc::new(other), fingerprint: "another".into() };
        engine.handle(rig.now, Event::Configured(vec![setup]));
        engine.handle(rig.now, Event::Selected { account: "home".into(), selection: selection("192.0.2.1") });
        let actions = std::iter::from_fn(|| engine.poll_action());
        sent += actions.filter(|it| matches!(it, Action::Send { .. })).count();
        memory = engine.memory();
    }
    assert_eq!(sent, 3, "two that were left and the one that was put back");
}

#[test]
fn r12_the_bucket_is_remembered_before_the_request_is_sent() {
    let mut engine = Engine::new(State::default(), 7, at(0).monotonic);
    engine.handle(at(0), Event::Configured(vec![Setup { config: Arc::new(config(&["a"])), fingerprint: "1".into() }]));
    engine.handle(at(0), Event::Selected { account: "home".into(), selection: selection("192.0.2.1") });
    let actions: Vec<Action> = std::iter::from_fn(|| engine.poll_action()).collect();
    let remember = actions.iter().position(|it| matches!(it, Action::Remember)).unwrap();
    let send = actions.iter().position(|it| matches!(it, Action::Send { .. })).unwrap();
    assert!(remember < send, "{actions:?}");
    assert_eq!(engine.memory().accounts[0].tokens, 2);
}

#[test]
fn whatever_the_memory_says_nobody_waits_longer_than_the_rules_allow() {
    let end = Instant::from_millis(u64::MAX);
    let strange = AccountMemory {
        name: "home".into(),
        fingerprint: None,
        tokens: 0,
        since: end,
        last_attempt: Some(end),
        tried: Some("x".into()),
        failed: true,
        failures: u32::MAX,
        back_off: Some((end, failure(ErrorKind::Http))),
    };
    let rig = Rig::new(&["a"]);
    let mut rig = rig.started_with(Memory { accounts: vec![strange.clone(), strange], ..Memory::default() });
    rig.select("192.0.2.1");
    rig.advance_to(4500);
    assert_eq!(rig.sends.len(), 1);
    rig.succeed(Code::Good);
    assert_eq!(rig.view().failures(), 0);
}

/// A state file could say "until the year 2400", and neither resume nor force nor another password ended it.
#[test]
fn r05_a_saved_wait_is_a_week_long_at_most() {
    for (until, seconds) in
        [(None, u64::MAX), (Some(UnixTime(13_000_000_000)), u64::MAX), (Some(UnixTime(u64::MAX)), 1)]
    {
        let mut state = Rig::settled().engine.state();
        let wait = crate::state::Wait { until, seconds, count: 1, message: "911".into() };
        let account = state.accounts.get_mut("home").unwrap();
        account.wait = Some(wait);
        let mut rig = Rig::with(config(&["a"]), state, at(0));
        rig.select("192.0.2.2");
        rig.advance_to(86_400);
        // A restart does not make it as long again.
        let mut rig = rig.restarted();
        rig.select("192.0.2.2");
        rig.advance_to(7 * 86_400);
        assert_eq!(rig.state(), "updating", "{until:?} {seconds}");
    }
}

#[test]
fn who_waits_is_told_why_and_until_when_and_the_log_once() {
    let mut rig = Rig::settled();
    for address in 2..8 {
        rig.advance_to(address);
        rig.select(&format!("192.0.2.{address}"));
        if rig.state() == "updating" {
            rig.succeed(Code::Good);
        }
    }
    assert_eq!((rig.state(), rig.waiting()), ("pending", Some(("budget", Some(300)))));
    let message = rig.view().waiting(rig.now).unwrap().message;
    rig.update(true);
    rig.configure();
    assert_eq!(rig.notes, [format!("{message}; next attempt in 5 minutes")]);
    rig.advance_to(300);
    assert_eq!((rig.state(), rig.waiting()), ("updating", None));
    rig.succeed(Code::Good);
    rig.select("192.0.2.99");
    assert_eq!(rig.notes.len(), 2, "another wait");
}

#[test]
fn each_wait_has_its_word() {
    let mut asked = Rig::new(&["a"]);
    asked.select("192.0.2.1");
    asked.reply(Ok((500, Reply::Wait(Code::Fatal))));
    let waiting = asked.view().waiting(asked.now).unwrap();
    assert_eq!(waiting.why.as_str(), "service");
    assert!(waiting.message.contains("(911)"), "{}", waiting.message);
    assert!(asked.notes.is_empty(), "the failure has been told");
    let again = asked.restarted();
    assert_eq!((again.notes.len(), again.waiting().unwrap().0), (1, "service"), "a new log");

    let mut rig = Rig::with(config(&["a"]), State::default(), Now { wall: None, ..at(0) });
    rig.select("192.0.2.1");
    rig.reply(Err(failure(ErrorKind::Tls)));
    assert_eq!(rig.waiting(), Some(("clock", None)));
    assert_eq!(rig.view().waiting(rig.now).unwrap().message, "it failed; the clock is not set yet: waiting for it");

    let mut fresh = Rig::new(&["a"]);
    fresh.select_all(Selection {
        ipv6: Wanted::Unknown("not yet".into()),
        came_up: Some(at(0).monotonic),
        ..selection("192.0.2.1")
    });
    assert_eq!(fresh.waiting(), Some(("settling", Some(5))));

    let boot = Now { monotonic: Instant::from_secs(20), wall: None, millis: 0 };
    let mut booted = Rig::with(config(&["a"]), State::default(), boot);
    booted.select("192.0.2.1");
    assert_eq!(booted.view().waiting(boot).unwrap().why.as_str(), "boot");

    let mut halted = Rig::new(&["a"]);
    halted.select("192.0.2.1");
    halted.reply(Ok((200, Reply::Account(Code::Abuse))));
    assert_eq!(halted.waiting(), None, "a halt is no wait");
}

/// Only with plain http: TLS needs a clock.
#[test]
fn force_interval_counts_from_an_acknowledgement_without_a_clock() {
    let unknown = Now { wall: None, ..at(0) };
    let mut rig = Rig::with(AccountConfig { force_interval: 7, ..config(&["a"]) }, State::default(), unknown);
    rig.select("192.0.2.1");
    rig.succeed(Code::Good);
    assert_eq!(rig.view().kept().hosts[&"a".to_owned()].updated, None);
    rig.now = at(100);
    rig.event(Event::ClockSet);
    assert_eq!(rig.view().kept().hosts[&"a".to_owned()].updated, Some(UnixTime(WALL)));
    rig.advance_to(7 * 86_400 + 1);
    assert_eq!(rig.sends.len(), 2);
}

/// What was remembered of accounts that a mistake took out once grew beyond what the next start would read: the whole
/// file was set aside then, and every halt with it.
#[test]
fn accounts_that_were_taken_out_never_make_the_state_too_large_to_be_read() {
    let names: Vec<String> = (0..3000).map(|number| format!("host{number}.example.com")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut rig = Rig::new(&names);
    rig.select("192.0.2.1");
    for run in 0..150 {
        let answers = vec![answer(if run == 0 { Code::NoHost } else { Code::Good }); rig.last().hostnames.len()];
        rig.reply(Ok((200, Reply::Hosts(answers))));
    }
    rig.event(Event::Configured(Vec::new()));
    let state = rig.engine.state();
    assert!(state.to_json().len() as u64 <= crate::state::largest(0), "{} bytes", state.to_json().len());
    let kept = &state.accounts[&"home".to_owned()];
    assert_eq!(kept.hosts.values().filter(|host| host.halt.is_some()).count(), 20, "what needs a person is kept");
    assert_eq!(kept.fingerprint.as_deref(), Some("1"));

    let setups = (0..2000).map(|number| {
        let config = AccountConfig { name: format!("account{number}"), ..config(&["a"]) };
        Setup { config: Arc::new(config), fingerprint: "1".into() }
    });
    rig.event(Event::Configured(setups.collect()));
    rig.event(Event::Configured(Vec::new()));
    let state = rig.engine.state();
    assert!(state.to_json().len() as u64 <= crate::state::largest(0) && state.accounts.len() == ABSENT);
}
