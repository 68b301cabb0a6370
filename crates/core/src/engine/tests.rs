//! docs/protocol.md, rule by rule, in simulated time.

mod answers;
mod line;
mod rate;
mod slots;

use super::rig::*;
use super::*;
use crate::failure::ErrorKind;
use crate::notice::Kind;
use crate::protocol::{Code, HostAnswer, Refusal};
use crate::time::UnixTime;

#[test]
fn r01_nothing_is_sent_without_a_change() {
    let mut rig = Rig::settled();
    let saves = rig.saves;
    for _ in 0..100 {
        rig.select("192.0.2.1");
        rig.configure();
        rig.update(false);
    }
    let mut renewed = selection("192.0.2.1");
    renewed.came_up = Some(rig.now.monotonic);
    rig.select_all(renewed);
    rig.advance_to(10_000_000);
    assert_eq!(rig.sends.len(), 1);
    assert_eq!(rig.saves, saves, "nothing is written either");
    assert_eq!(rig.engine.deadline(), None, "and nothing is due");
}

#[test]
fn r01_a_changed_address_is_sent_at_once() {
    let mut rig = Rig::settled();
    rig.advance_to(5000);
    rig.select("192.0.2.2");
    assert_eq!(rig.sent_at(), [0, 5000]);
    assert_eq!(rig.last().ipv4.as_ref().unwrap().address.to_string(), "192.0.2.2");
    assert_eq!(rig.state(), "updating");
}

#[test]
fn r01_only_the_hosts_that_differ_are_sent() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.select("192.0.2.1");
    let other = HostAnswer { code: Code::NoHost, ipv4: None, ipv6: None };
    rig.reply(Ok((200, Reply::Hosts(vec![answer(Code::Good), other]))));
    rig.advance_to(5000);
    rig.resume(Some("b"));
    assert_eq!(rig.last().hostnames, ["b"]);
}

#[test]
fn r02_a_restart_remembers() {
    let rig = Rig::settled();
    let state = State::from_json(rig.engine.state().to_json().as_bytes()).unwrap();
    assert_eq!(state, rig.engine.state());
    let mut again = Rig::with(config(&["a"]), state, at(100));
    again.select("192.0.2.1");
    assert!(again.sends.is_empty());
    assert_eq!(again.state(), "current");
}

#[test]
fn r03_a_new_or_changed_configuration_is_proven_once() {
    let mut rig = Rig::settled();
    rig.reconfigure(|config| config.username = "other".into());
    rig.select("192.0.2.1");
    assert_eq!(rig.sends.len(), 2);
    rig.succeed(Code::NoChange);
    rig.configure();
    rig.select("192.0.2.1");
    rig.advance_to(100_000);
    assert_eq!(rig.sends.len(), 2);
}

#[test]
fn r03_an_answer_to_the_old_configuration_proves_nothing() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    rig.reconfigure(|config| config.password = crate::config::Secret::new("right".into()));
    rig.select("192.0.2.1");
    rig.reply(Ok((401, Reply::Account(Code::BadAuth))));
    assert_eq!(rig.reason(), None);
    assert_eq!(rig.sends.len(), 2);
}

#[test]
fn r04_every_code_that_needs_a_person_stops_the_account() {
    for code in [Code::NumHost, Code::BadAuth, Code::BadSys, Code::BadAgent, Code::NotDonator, Code::Abuse] {
        let mut rig = Rig::new(&["a", "b"]);
        rig.select("192.0.2.1");
        rig.reply(Ok((200, Reply::Account(code))));
        assert_eq!((rig.state(), rig.reason()), ("halted", Some(code.as_str())));
        assert_eq!(rig.kinds(), [Kind::Halted]);
        rig.select("192.0.2.2");
        rig.update(true);
        rig.configure();
        rig.advance_to(10_000_000);
        assert_eq!(rig.sends.len(), 1, "{code:?}");
        assert_eq!(rig.engine.deadline(), None);
    }
}

#[test]
fn r04_a_host_halts_alone() {
    for code in [Code::NoHost, Code::NotFqdn, Code::NotYours] {
        let mut rig = Rig::new(&["a", "b", "c"]);
        rig.select("192.0.2.1");
        rig.reply(Ok((200, Reply::Hosts(vec![answer(Code::Good), answer(code), answer(Code::Good)]))));
        assert_eq!((rig.state(), rig.reason()), ("current", Some(code.as_str())));
        rig.select("192.0.2.2");
        assert_eq!(rig.last().hostnames, ["a", "c"]);
    }
}

#[test]
fn r04_a_refusal_halts_with_the_services_own_words() {
    let refused = |code, ipv6| {
        let message = "the record is locked".into();
        Ok((200, Reply::Refused(Refusal { code, message, ipv4: None, ipv6 })))
    };
    for code in [Code::NoHost, Code::NotYours, Code::Ambiguous, Code::Rejected] {
        let mut rig = Rig::new(&["a"]);
        rig.select("192.0.2.1");
        rig.reply(refused(code, Some("2001:db8::1".parse().unwrap())));
        assert_eq!((rig.state(), rig.reason()), ("halted", Some(code.as_str())));
        let state = rig.engine.state();
        let host = state.accounts.get("home").unwrap().hosts.get("a").unwrap();
        assert_eq!(host.halt.as_ref().unwrap().message, "the record is locked");
        assert_eq!((host.ipv4, host.ipv6), (None, Some("2001:db8::1".parse().unwrap())), "what was set is remembered");
    }
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    rig.reply(refused(Code::BadAuth, None));
    assert_eq!(rig.engine.state().accounts.get("home").unwrap().halt.as_ref().unwrap().message, "the record is locked");
}

#[test]
fn r05_a_refusal_that_asks_for_patience_is_waited_for() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    let message = "the DNS server answered with SERVFAIL".to_owned();
    let refusal = Refusal { code: Code::DnsError, message: message.clone(), ipv4: None, ipv6: None };
    rig.reply(Ok((200, Reply::Refused(refusal))));
    assert_eq!(rig.engine.state().accounts.get("home").unwrap().wait.as_ref().unwrap().message, message);
    rig.select("192.0.2.2");
    assert_eq!(rig.sends.len(), 1);
    rig.advance_to(10_000);
    assert_eq!(rig.sends.len(), 2);
}

#[test]
fn r04_a_halt_survives_a_restart_and_ends_by_resume_or_configuration() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    rig.reply(Ok((401, Reply::Account(Code::BadAuth))));
    let state = rig.engine.state();
    let mut again = Rig::with(config(&["a"]), state.clone(), at(100_000));
    again.select("192.0.2.2");
    assert!(again.sends.is_empty());
    again.resume(None);
    assert_eq!(again.sends.len(), 1);
    assert_eq!(again.kinds(), [Kind::Resumed]);
    let mut changed = Rig::with(config(&["a"]), state, at(100_000));
    changed.reconfigure(|config| config.username = "right".into());
    changed.select("192.0.2.2");
    assert_eq!(changed.sends.len(), 1);
}

#[test]
fn r04_a_halted_account_does_not_even_ask_the_web() {
    let mut rig = Rig::new(&["a"]);
    let web = Wanted::Web { interface: Some("wan".into()), device: None, local: None };
    rig.select_all(Selection { ipv4: web, ..selection("192.0.2.1") });
    assert_eq!(rig.detections.len(), 1);
    let ticket = rig.detections[0].1;
    rig.event(Event::Detected { ticket, result: Ok((200, b"192.0.2.9".to_vec())) });
    rig.reply(Ok((200, Reply::Account(Code::Abuse))));
    rig.advance_to(1_000_000);
    assert_eq!((rig.detections.len(), rig.sends.len()), (1, 1));
}

#[test]
fn r05_911_waits_thirty_minutes() {
    for code in [Code::Fatal, Code::DnsError] {
        let mut rig = Rig::new(&["a"]);
        rig.select("192.0.2.1");
        rig.reply(Ok((500, Reply::Wait(code))));
        assert_eq!(rig.state(), "backoff");
        for step in 1..30 {
            rig.advance_to(step * 60);
            rig.select(&format!("192.0.2.{step}"));
            rig.update(true);
            rig.resume(None);
            rig.reconfigure(|config| config.username = format!("user{step}"));
            rig.select(&format!("192.0.2.{step}"));
        }
        assert_eq!(rig.sends.len(), 1);
        rig.advance_to(1800 + 601);
        assert_eq!(rig.sends.len(), 2, "and then it goes on");
    }
}

#[test]
fn r05_the_wait_survives_restarts_and_wrong_clocks() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    rig.reply(Ok((500, Reply::Wait(Code::Fatal))));
    let state = rig.engine.state();
    let until = state.accounts[&"home".to_owned()].wait.clone().unwrap().until.unwrap().0 - WALL;

    let mut soon = Rig::with(config(&["a"]), state.clone(), at(1000));
    soon.select("192.0.2.1");
    soon.advance_to(until - 1);
    assert!(soon.sends.is_empty());
    soon.advance_to(until + 1);
    assert_eq!(soon.sends.len(), 1);

    let unknown = Now { wall: None, ..at(10_000) };
    let mut blind = Rig::with(config(&["a"]), state.clone(), unknown);
    blind.select("192.0.2.1");
    blind.advance_to(10_000 + 1799);
    assert!(blind.sends.is_empty(), "without a clock it is waited for in full");
    blind.advance_to(10_000 + 2402);
    assert_eq!(blind.sends.len(), 1);

    let past = Now { wall: Some(UnixTime(WALL - 600_000_000)), ..at(0) };
    let mut back = Rig::with(config(&["a"]), state, past);
    back.select("192.0.2.1");
    back.advance_to(2402);
    assert_eq!(back.sends.len(), 1, "a clock that was set back does not make it longer");
}

#[test]
fn r06_transient_failures_back_off_exponentially() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    for attempt in 1..=12 {
        rig.reply(Err(failure(ErrorKind::Connect)));
        assert_eq!(rig.state(), "backoff");
        while rig.sends.len() == attempt {
            rig.next();
        }
    }
    let sent = rig.sent_at();
    let gaps: Vec<u64> = sent.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (at, gap) in gaps.iter().enumerate() {
        let base = 3600.min(30 << at.min(7));
        assert!((base..=base * 5 / 4 + 1).contains(gap) || *gap <= 300, "{gaps:?}");
    }
    assert!(gaps.last().unwrap() >= &3600);
}

#[test]
fn r06_a_new_address_or_an_interface_coming_up_ends_a_transport_back_off_only() {
    for kind in [ErrorKind::Dns, ErrorKind::Connect, ErrorKind::Timeout, ErrorKind::Tls] {
        let mut rig = Rig::new(&["a"]);
        rig.select("192.0.2.1");
        rig.reply(Err(failure(kind)));
        rig.advance_to(1);
        rig.select("192.0.2.1");
        assert_eq!(rig.sends.len(), 1, "the same again is no reason");
        rig.select_all(Selection { came_up: Some(rig.now.monotonic), ..selection("192.0.2.1") });
        assert_eq!(rig.sends.len(), 2);
        rig.reply(Err(failure(kind)));
        rig.select("192.0.2.2");
        assert_eq!(rig.sends.len(), 3);
    }
    for kind in [ErrorKind::Http, ErrorKind::Protocol] {
        let mut rig = Rig::new(&["a"]);
        rig.select("192.0.2.1");
        rig.reply(Err(failure(kind)));
        rig.advance_to(1);
        rig.select("192.0.2.2");
        assert_eq!(rig.sends.len(), 1);
    }
}

#[test]
fn r06_retry_after_is_never_cut_short() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    rig.reply(Ok((503, Reply::RetryAfter(Some(7200)))));
    rig.select("192.0.2.2");
    rig.update(true);
    rig.advance_to(7199);
    assert_eq!(rig.sends.len(), 1);
    let state = rig.engine.state();
    assert!(state.accounts[&"home".to_owned()].wait.is_some());
    rig.advance_to(7231);
    assert_eq!(rig.sends.len(), 2);
}

#[test]
fn r06_what_is_no_answer_backs_off_and_is_no_success() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    rig.reply(Ok((200, Reply::Foreign("an HTML page".into()))));
    assert_eq!((rig.state(), rig.view().failures()), ("backoff", 1));
    assert_eq!(rig.view().error().unwrap().failure.kind, ErrorKind::Protocol);
    assert!(!rig.view().is_current("a"));
}

#[test]
fn r07_the_address_is_said_and_both_families_in_one_request() {
    let mut rig = Rig::new(&["a"]);
    rig.select_all(Selection { ipv6: known("2001:db8::1"), ..selection("192.0.2.1") });
    let batch = rig.last();
    assert!(batch.ipv4.is_some() && batch.ipv6.is_some());
    assert_eq!(rig.sends.len(), 1);
}

/// The story: the router's own address stayed, only the delegated prefix changed, and the service never heard of it.
#[test]
fn r01_another_delegated_prefix_is_a_change_and_the_same_one_is_none() {
    let with = |prefix: &str| Selection {
        ipv6: known("2001:db8::1"),
        prefix: Some((prefix.parse().unwrap(), 56)),
        ..selection("192.0.2.1")
    };
    let mut rig = Rig::new(&["a"]);
    rig.select_all(with("2001:db8:77::"));
    assert_eq!(rig.last().prefix, Some(("2001:db8:77::".parse().unwrap(), 56)));
    rig.succeed(Code::Good);
    assert_eq!(rig.state(), "current");
    rig.select_all(with("2001:db8:78::"));
    assert_eq!(rig.sends.len(), 2);
    rig.succeed(Code::NoChange);
    let mut again = rig.restarted();
    again.select_all(with("2001:db8:78::"));
    assert_eq!((again.state(), again.sends.len()), ("current", 0));
}

#[test]
fn r07_the_other_family_may_arrive_within_five_seconds() {
    let half = |rig: &Rig| Selection {
        ipv6: Wanted::Unknown("no IPv6 yet".into()),
        came_up: Some(rig.now.monotonic),
        ..selection("192.0.2.1")
    };
    let mut both = Rig::new(&["a"]);
    both.select_all(half(&both));
    assert_eq!((both.sends.len(), both.state()), (0, "pending"));
    both.advance_to(3);
    both.select_all(Selection { ipv6: known("2001:db8::1"), came_up: Some(at(0).monotonic), ..selection("192.0.2.1") });
    assert_eq!(both.sent_at(), [3]);

    let mut alone = Rig::new(&["a"]);
    alone.select_all(half(&alone));
    alone.advance_to(60);
    assert_eq!(alone.sent_at(), [5], "one family alone is sent when the time is over");
}

#[test]
fn r09_web_detection_asks_once_in_ten_minutes() {
    let mut rig = Rig::new(&["a"]);
    let web = |came_up| Selection {
        ipv4: Wanted::Web { interface: Some("wan".into()), device: None, local: None },
        came_up,
        ..selection("192.0.2.1")
    };
    rig.select_all(web(None));
    rig.event(Event::Detected { ticket: rig.detections[0].1, result: Ok((200, b"192.0.2.9\n".to_vec())) });
    rig.succeed(Code::Good);
    for second in 1..600 {
        rig.advance_to(second);
        rig.select_all(web(Some(rig.now.monotonic)));
        rig.update(true);
    }
    assert_eq!(rig.detections.len(), 1);
    rig.advance_to(600);
    assert_eq!(rig.detections.len(), 2);
    rig.event(Event::Detected { ticket: rig.detections[1].1, result: Ok((200, b"192.0.2.10\n".to_vec())) });
    rig.advance_to(10_000);
    assert_eq!(rig.last().ipv4.as_ref().unwrap().address.to_string(), "192.0.2.10");
}

/// A page that was asked on the first line answers after the line has failed over: its answer was sent as the second
/// line's address, and the next question came ten minutes later.
#[test]
fn r09_an_answer_from_before_the_line_changed_is_not_sent() {
    let web = |interface: &str| Selection {
        ipv4: Wanted::Web { interface: Some(interface.into()), device: None, local: None },
        ..selection("192.0.2.1")
    };
    let mut rig = Rig::new(&["a"]);
    rig.select_all(web("wan1"));
    rig.advance_to(3);
    rig.select_all(Selection { ipv4: Wanted::Unknown("wan1 is down".into()), ..selection("192.0.2.1") });
    rig.select_all(web("wan2"));
    rig.advance_to(6);
    rig.event(Event::Detected { ticket: rig.detections[0].1, result: Ok((200, b"192.0.2.9\n".to_vec())) });
    assert!(rig.sends.is_empty(), "it is the first line's address");
    rig.advance_to(600);
    assert_eq!(rig.detections.len(), 2, "asked again as soon as it may be");
    rig.event(Event::Detected { ticket: rig.detections[1].1, result: Ok((200, b"192.0.2.10\n".to_vec())) });
    assert_eq!(rig.last().ipv4.as_ref().unwrap().address.to_string(), "192.0.2.10");
    // A line behind NAT that gets another address is another line, too.
    rig.succeed(Code::Good);
    rig.advance_to(610);
    let mut renumbered = web("wan2");
    let Wanted::Web { local, .. } = &mut renumbered.ipv4 else { unreachable!("it was made so") };
    *local = "192.168.1.7".parse().ok();
    rig.select_all(renumbered);
    assert_eq!(rig.view().address(false), None);
    rig.advance_to(1200);
    assert_eq!(rig.detections.len(), 3);
}

#[test]
fn r10_three_nochg_to_necessary_updates_halt() {
    let mut rig = Rig::settled();
    for step in 2..5 {
        assert_eq!(rig.reason(), None);
        rig.advance_to(step * 1000);
        rig.select(&format!("192.0.2.{step}"));
        rig.succeed(Code::NoChange);
    }
    assert_eq!((rig.state(), rig.reason()), ("halted", Some("nochg-loop")));
    rig.select("192.0.2.99");
    rig.advance_to(1_000_000);
    assert_eq!(rig.sends.len(), 4);
}

#[test]
fn r10_good_in_between_and_proofs_do_not_count() {
    let mut rig = Rig::settled();
    for step in 2..20 {
        rig.advance_to(step * 1000);
        rig.select(&format!("192.0.2.{step}"));
        rig.succeed(if step % 3 == 0 { Code::Good } else { Code::NoChange });
        rig.advance_to(step * 1000 + 500);
        rig.update(true);
        rig.succeed(Code::NoChange);
    }
    assert_eq!(rig.reason(), None);
}

#[test]
fn r11_another_address_in_the_answer_halts_the_host() {
    let mut rig = Rig::new(&["a", "b"]);
    rig.select("192.0.2.1");
    let other = HostAnswer { code: Code::Good, ipv4: Some("192.0.2.77".parse().unwrap()), ipv6: None };
    rig.reply(Ok((200, Reply::Hosts(vec![other, answer(Code::Good)]))));
    assert_eq!((rig.state(), rig.reason()), ("current", Some("address-mismatch")));
    let message = &rig.told[0].message;
    assert!(message.contains("192.0.2.1") && message.contains("192.0.2.77"), "{message}");
    rig.select("192.0.2.2");
    assert_eq!(rig.last().hostnames, ["b"]);
}

#[test]
fn r11_in_server_mode_the_answer_is_the_truth() {
    let server = |basis: &str| Selection {
        ipv4: Wanted::Server { basis: basis.into(), interface: Some("wan".into()), device: None },
        ..selection("192.0.2.1")
    };
    let mut rig = Rig::new(&["a"]);
    rig.select_all(server("wan 10.0.0.1"));
    assert_eq!(rig.last().ipv4, None);
    let told = HostAnswer { code: Code::Good, ipv4: Some("192.0.2.77".parse().unwrap()), ipv6: None };
    rig.reply(Ok((200, Reply::Hosts(vec![told]))));
    assert_eq!(rig.state(), "current");
    let (address, origin, interface) = rig.view().address(false).unwrap();
    assert_eq!(
        (address.to_string().as_str(), origin.as_str(), interface.as_deref()),
        ("192.0.2.77", "server", Some("wan"))
    );
    rig.advance_to(1000);
    rig.select_all(server("wan 10.0.0.1"));
    assert_eq!(rig.sends.len(), 1);
    rig.select_all(server("wan 10.0.0.2"));
    assert_eq!(rig.sends.len(), 2);
}

#[test]
fn r12_flapping_is_bounded_and_the_last_state_is_sent() {
    let mut rig = Rig::settled();
    for second in 1..=3600 {
        rig.advance_to(second);
        rig.select(if second % 2 == 0 { "192.0.2.1" } else { "192.0.2.2" });
        if rig.state() == "updating" {
            rig.succeed(Code::Good);
        }
    }
    assert!(rig.sends.len() <= 3 + 3600 / 300, "{}", rig.sends.len());
    rig.select("192.0.2.3");
    rig.advance_to(4000);
    assert_eq!(rig.last().ipv4.as_ref().unwrap().address.to_string(), "192.0.2.3");
}

#[test]
fn r12_neither_reloads_nor_removal_nor_force_refill_the_bucket() {
    let mut rig = Rig::new(&["a"]);
    let mut sent = 0;
    for step in 0..50 {
        rig.configure();
        rig.select(&format!("192.0.2.{step}"));
        rig.update(true);
        if rig.state() == "updating" {
            rig.succeed(Code::Good);
        }
        rig.event(Event::Configured(Vec::new()));
        rig.configure();
        if step % 10 == 9 {
            sent += rig.sends.len();
            rig = rig.restarted();
        }
    }
    assert_eq!(sent, 3);
}

/// Each was once kept for ever: in memory, and in a file that at some size nobody would have read again.
#[test]
fn names_that_come_and_go_are_forgotten_in_the_end() {
    let mut rig = Rig::new(&["a"]);
    for number in 0..1000 {
        rig.reconfigure(|config| config.name = format!("home{number}"));
    }
    let state = rig.engine.state();
    assert!(state.accounts.len() <= ABSENT + 1, "{}", state.accounts.len());
    assert!(state.accounts.contains_key("home998") && state.accounts.contains_key("home999"));
    assert!(rig.engine.memories.is_empty(), "a full bucket is as good as none");
}

#[test]
fn r12_a_split_update_counts_once() {
    let names: Vec<String> = (0..45).map(|at| format!("h{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut rig = Rig::new(&names);
    rig.select("192.0.2.1");
    for _ in 0..3 {
        rig.succeed(Code::Good);
    }
    assert_eq!(rig.sends.iter().map(|it| it.2.hostnames.len()).collect::<Vec<_>>(), [20, 20, 5]);
    assert_eq!(rig.sends[1].2.hostnames[0], "h20");
    rig.select("192.0.2.2");
    assert_eq!(rig.state(), "updating");
}

#[test]
fn r14_the_first_request_after_a_boot_is_spread_and_later_ones_are_not() {
    let mut delays = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let boot = Now { monotonic: Instant::from_secs(20), wall: None, millis: 0 };
        let mut engine = Engine::new(State::default(), seed, boot.monotonic);
        engine
            .handle(boot, Event::Configured(vec![Setup { config: Arc::new(config(&["a"])), fingerprint: "1".into() }]));
        let up = Now { monotonic: Instant::from_secs(60), wall: None, millis: 0 };
        engine.handle(up, Event::Selected { account: "home".into(), selection: selection("192.0.2.1") });
        assert!(!std::iter::from_fn(|| engine.poll_action()).any(|action| matches!(action, Action::Send { .. })));
        let deadline = engine.deadline().unwrap();
        assert!(deadline <= Instant::from_secs(90), "{deadline:?}");
        delays.insert(deadline.as_millis() / 1000);
        engine.handle_timeout(Now { monotonic: deadline, wall: None, millis: 0 });
        assert!(std::iter::from_fn(|| engine.poll_action()).any(|action| matches!(action, Action::Send { .. })));
    }
    assert!(delays.len() > 20, "spread over the half minute: {delays:?}");
    let mut rig = Rig::settled();
    rig.select("192.0.2.2");
    assert_eq!(rig.sends.len(), 2, "a restart long after the boot does not wait");
}

#[test]
fn a_tls_failure_under_a_wrong_clock_waits_for_the_clock() {
    let unknown = Now { wall: None, ..at(0) };
    let mut rig = Rig::with(config(&["a"]), State::default(), unknown);
    rig.select("192.0.2.1");
    rig.reply(Err(failure(ErrorKind::Tls)));
    assert_eq!((rig.state(), rig.engine.deadline()), ("waiting_clock", None));
    rig.advance_to(100_000);
    assert_eq!(rig.sends.len(), 1);
    rig.now = at(100_001);
    rig.event(Event::ClockSet);
    assert_eq!(rig.sent_at(), [0, 100_001]);
    rig.reply(Err(failure(ErrorKind::Tls)));
    assert_eq!(rig.state(), "backoff", "with a right clock it is an ordinary failure");
    // A signature that our clock made invalid is the same.
    let mut rig = Rig::with(config(&["a"]), State::default(), unknown);
    rig.select("192.0.2.1");
    rig.reply(Ok((200, Reply::WrongClock("the DNS server's clock is an hour ahead".into()))));
    assert_eq!((rig.state(), rig.engine.deadline()), ("waiting_clock", None));
    rig.now = at(100_001);
    rig.event(Event::ClockSet);
    assert_eq!(rig.sent_at(), [0, 100_001]);
    rig.reply(Ok((200, Reply::WrongClock("the DNS server's clock is an hour ahead".into()))));
    assert_eq!(rig.state(), "backoff");
}

#[test]
fn force_sends_without_a_change_once() {
    let mut rig = Rig::settled();
    rig.update(true);
    assert_eq!(rig.sends.len(), 2);
    rig.succeed(Code::NoChange);
    rig.advance_to(10_000);
    assert_eq!(rig.sends.len(), 2);
}

#[test]
fn force_interval_sends_without_a_change() {
    let mut rig = Rig::settled();
    rig.reconfigure(|config| config.force_interval = 7);
    rig.select("192.0.2.1");
    rig.succeed(Code::NoChange);
    rig.advance_to(7 * 86_400 - 10);
    assert_eq!(rig.sends.len(), 2);
    rig.advance_to(7 * 86_400 + 10);
    assert_eq!(rig.sends.len(), 3);
    rig.succeed(Code::NoChange);
    rig.advance_to(30 * 86_400);
    assert_eq!(rig.sends.len(), 4);
}

#[test]
fn offline_hosts_are_left_alone_until_they_come_back() {
    let mut rig = Rig::settled();
    rig.offline(&["a"], true);
    assert!(rig.last().offline);
    assert_eq!(rig.last().ipv4.as_ref().unwrap().address.to_string(), "192.0.2.1", "rule 7");
    rig.succeed(Code::Good);
    assert_eq!(rig.state(), "current");
    rig.advance_to(5000);
    rig.select("192.0.2.2");
    rig.advance_to(100_000);
    assert_eq!(rig.sends.len(), 2, "any update would bring it back online");
    rig.offline(&["a"], false);
    assert!(!rig.last().offline);
    assert_eq!(rig.sends.len(), 3);
    rig.succeed(Code::Good);
    assert_eq!(rig.state(), "current");
}

#[test]
fn a_host_can_be_taken_offline_while_there_is_no_address() {
    let mut rig = Rig::new(&["a"]);
    rig.select_all(Selection { ipv4: Wanted::Unknown("wan is down".into()), ..selection("192.0.2.1") });
    assert_eq!(rig.state(), "waiting_address");
    assert_eq!(rig.view().missing().as_deref(), Some("wan is down"));
    rig.offline(&[], true);
    assert_eq!(rig.sends.len(), 1);
}

#[test]
fn a_disabled_account_does_nothing() {
    let mut rig = Rig::with(AccountConfig { enabled: false, ..config(&["a"]) }, State::default(), at(0));
    rig.select("192.0.2.1");
    rig.update(true);
    assert_eq!((rig.state(), rig.sends.len(), rig.engine.deadline()), ("disabled", 0, None));
}

#[test]
fn an_address_that_changes_during_a_request_is_sent_after_it() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    rig.select("192.0.2.2");
    assert_eq!(rig.sends.len(), 1);
    rig.succeed(Code::Good);
    assert_eq!(rig.sends.len(), 2);
    assert_eq!(rig.last().ipv4.as_ref().unwrap().address.to_string(), "192.0.2.2");
}

#[test]
fn answers_nobody_waits_for_are_ignored() {
    let mut rig = Rig::settled();
    let before = rig.engine.state();
    rig.event(Event::Finished { ticket: Ticket(99), result: Ok((200, Reply::Account(Code::BadAuth))) });
    rig.event(Event::Detected { ticket: Ticket(99), result: Ok((200, b"192.0.2.1".to_vec())) });
    rig.event(Event::Resume { account: "nobody".into(), hostname: None });
    assert_eq!(rig.engine.state(), before);
}
