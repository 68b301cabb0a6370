//! Rule 6: what a change of the line does to failures, also while a request is under way.

use super::*;
use crate::address::Settling;

/// The interface has come up now, with this address.
fn comes_up(rig: &mut Rig, ipv4: &str) {
    let came_up = Some(rig.now.monotonic);
    rig.select_all(Selection { came_up, ..selection(ipv4) });
}

/// The request on the old line hung for its whole time-out, and the new address then waited for the back-off as well:
/// 35 seconds, 71, up to an hour.
#[test]
fn r06_an_address_that_changes_during_a_request_that_fails_is_sent_at_once() {
    for kind in [ErrorKind::Dns, ErrorKind::Connect, ErrorKind::Timeout, ErrorKind::Tls] {
        let mut rig = Rig::settled();
        rig.advance_to(10_000);
        rig.select("192.0.2.2");
        rig.advance_to(10_020);
        rig.select("192.0.2.3");
        rig.advance_to(10_030);
        rig.reply(Err(failure(kind)));
        assert_eq!(rig.sent_at(), [0, 10_000, 10_030]);
        assert_eq!(rig.last().ipv4.as_ref().unwrap().address.to_string(), "192.0.2.3");
        assert_eq!((rig.view().failures(), rig.kinds().contains(&Kind::Failed)), (0, false), "nobody is alarmed");
        rig.reply(Err(failure(ErrorKind::Connect)));
        assert_eq!((rig.state(), rig.view().failures()), ("backoff", 1), "once");
    }
}

#[test]
fn r06_an_interface_that_comes_up_or_a_trigger_during_a_request_counts_as_well() {
    for trigger in [false, true] {
        let mut rig = Rig::new(&["a"]);
        rig.select("192.0.2.1");
        rig.advance_to(20);
        if trigger {
            rig.event(Event::Triggered);
        } else {
            comes_up(&mut rig, "192.0.2.1");
        }
        rig.advance_to(30);
        rig.reply(Err(failure(ErrorKind::Timeout)));
        assert_eq!(rig.sent_at(), [0, 30]);
    }
}

#[test]
fn r06_what_the_service_itself_answered_is_no_matter_of_the_line() {
    for answer in [
        Ok((503, Reply::RetryAfter(Some(7200)))),
        Ok((500, Reply::Wait(Code::Fatal))),
        Ok((200, Reply::Foreign("an HTML page".into()))),
    ] {
        let mut rig = Rig::new(&["a"]);
        rig.select("192.0.2.1");
        rig.select("192.0.2.2");
        rig.event(Event::Triggered);
        rig.reply(answer);
        rig.event(Event::Triggered);
        rig.advance_to(29);
        assert_eq!((rig.sends.len(), rig.state()), (1, "backoff"));
    }
}

#[test]
fn r06_a_moved_line_starts_the_counting_anew() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    for _ in 0..5 {
        rig.reply(Err(failure(ErrorKind::Connect)));
        while rig.state() != "updating" {
            rig.next();
        }
    }
    rig.reply(Err(failure(ErrorKind::Connect)));
    assert_eq!(rig.view().failures(), 6);
    let now = rig.now.monotonic.since(Instant::from_secs(START)).as_secs() + 400;
    rig.advance_to(now);
    comes_up(&mut rig, "192.0.2.1");
    assert_eq!((rig.state(), rig.view().failures()), ("updating", 0));
    rig.reply(Err(failure(ErrorKind::Connect)));
    rig.advance_to(now + 38);
    assert_eq!(rig.state(), "updating", "after half a minute, not after half an hour");
}

#[test]
fn r06_a_trigger_ends_a_transport_back_off_and_nothing_else() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    rig.reply(Err(failure(ErrorKind::Connect)));
    assert_eq!(rig.state(), "backoff");
    rig.event(Event::Triggered);
    assert_eq!(rig.sends.len(), 2);
    rig.reply(Ok((401, Reply::Account(Code::BadAuth))));
    rig.event(Event::Triggered);
    assert_eq!((rig.sends.len(), rig.state()), (2, "halted"));
}

/// netifd tells of the new address some milliseconds before the router's resolver has read its new servers.
#[test]
fn r06_a_name_not_resolved_on_a_fresh_line_is_looked_up_again_in_silence() {
    let mut rig = Rig::settled();
    rig.advance_to(10_000);
    rig.select("192.0.2.2");
    for again in [10_001, 10_003, 10_007, 10_015] {
        rig.reply(Err(failure(ErrorKind::Dns)));
        assert_eq!((rig.state(), rig.waiting()), ("pending", Some(("settling", Some(again)))));
        assert_eq!((rig.view().failures(), rig.view().error()), (0, None));
        rig.advance_to(again);
        assert_eq!(rig.state(), "updating");
    }
    assert_eq!(rig.kinds(), [Kind::Updated], "nobody is told of a failure");
    assert_eq!(rig.notes.len(), 1, "and the log once: {:?}", rig.notes);
    rig.reply(Err(failure(ErrorKind::Dns)));
    assert_eq!((rig.state(), rig.view().failures()), ("backoff", 1), "after that it is a failure as any other");
}

#[test]
fn r06_looking_a_name_up_costs_no_update_and_no_attempt() {
    let mut rig = Rig::new(&["a"]);
    rig.reconfigure(|config| Arc::make_mut(&mut config.dialect).min_interval = 600);
    rig.select("192.0.2.1");
    rig.succeed(Code::Good);
    rig.advance_to(10_000);
    let full = rig.engine.memory().accounts[0].tokens;
    for address in 2..12 {
        rig.select(&format!("192.0.2.{address}"));
        for _ in 0..3 {
            rig.reply(Err(failure(ErrorKind::Dns)));
            assert_eq!(rig.waiting().unwrap().0, "settling");
            rig.next();
        }
        rig.reply(Err(failure(ErrorKind::Dns)));
    }
    let memory = rig.engine.memory().accounts[0].clone();
    assert_eq!((full, memory.tokens, memory.last_attempt), (2, 3, Some(at(0).monotonic)), "refilled meanwhile");
    rig.next();
    rig.succeed(Code::Good);
    assert_eq!(rig.state(), "current", "and the service's interval is not in the way");
}

#[test]
fn r06_a_name_not_resolved_on_an_old_line_backs_off() {
    let mut rig = Rig::settled();
    rig.advance_to(10_000);
    rig.select("192.0.2.2");
    rig.succeed(Code::Good);
    rig.advance_to(10_011);
    rig.update(true);
    rig.reply(Err(failure(ErrorKind::Dns)));
    assert_eq!(rig.state(), "backoff");

    // A restart is no change of the line either.
    let mut again = Rig::new(&["a"]);
    let unknown = || Wanted::Unknown("netifd has not said anything over ubus yet".into());
    again.select_all(Selection { ipv4: unknown(), ..selection("192.0.2.1") });
    let came_up = Some(Instant::from_secs(START - 100));
    again.select_all(Selection { came_up, ..selection("192.0.2.1") });
    again.reply(Err(failure(ErrorKind::Dns)));
    assert_eq!(again.state(), "backoff");
}

/// A name server that does not answer at all is no matter of milliseconds.
#[test]
fn r06_a_look_up_that_takes_its_whole_time_out_is_a_failure() {
    let mut rig = Rig::settled();
    rig.advance_to(10_000);
    rig.select("192.0.2.2");
    rig.advance_to(10_030);
    rig.reply(Err(failure(ErrorKind::Dns)));
    assert_eq!((rig.state(), rig.view().failures()), ("backoff", 1));
}

#[test]
fn r06_the_line_that_changes_while_a_name_is_looked_up_again_is_tried_at_once() {
    let mut rig = Rig::settled();
    rig.advance_to(10_000);
    rig.select("192.0.2.2");
    rig.reply(Err(failure(ErrorKind::Dns)));
    rig.advance_to(10_001);
    rig.reply(Err(failure(ErrorKind::Dns)));
    rig.event(Event::Triggered);
    assert_eq!(rig.sent_at(), [0, 10_000, 10_001, 10_001]);
    rig.reply(Err(failure(ErrorKind::Dns)));
    rig.select("192.0.2.3");
    rig.reply(Err(failure(ErrorKind::Dns)));
    assert_eq!(rig.waiting(), Some(("settling", Some(10_002))), "the series begins anew");
}

/// A family that is wanted and cannot be had was nowhere to be seen: `current`, `"ipv6": null`, not a word in the log.
#[test]
fn a_wanted_family_that_is_missing_is_said_once_and_shown() {
    let half = || Selection { ipv6: Wanted::Unknown("wan6 is down".into()), ..selection("192.0.2.1") };
    let mut rig = Rig::new(&["a"]);
    rig.select_all(half());
    rig.succeed(Code::Good);
    assert_eq!(rig.view().family_missing(true).as_deref(), Some("wan6 is down"));
    assert_eq!(rig.view().family_missing(false), None);
    assert_eq!(rig.state(), "current", "it never had an IPv6 address: what it has is right");
    assert!(rig.view().is_current("a"));
    rig.advance_to(9);
    assert!(!rig.notes.iter().any(|note| note.contains("missing")), "the other family may be late: {:?}", rig.notes);
    rig.advance_to(10);
    for _ in 0..3 {
        rig.select_all(half());
    }
    rig.advance_to(100);
    let said = |rig: &Rig, words: &str| rig.notes.iter().filter(|note| note.contains(words)).count();
    assert_eq!(said(&rig, "IPv6 is wanted and missing: wan6 is down"), 1, "{:?}", rig.notes);
    rig.select_all(Selection { ipv6: known("2001:db8::1"), ..selection("192.0.2.1") });
    assert_eq!(said(&rig, "the IPv6 address is there again"), 1, "{:?}", rig.notes);
    rig.succeed(Code::Good);
    assert_eq!((rig.state(), rig.view().family_missing(true)), ("current", None));
}

/// "wan is down" was never followed by a word that it is back.
#[test]
fn a_line_that_is_down_is_said_once_and_that_it_is_back() {
    let down = || Selection { ipv4: Wanted::Unknown("wan is down".into()), ..selection("192.0.2.1") };
    let mut rig = Rig::settled();
    rig.notes.clear();
    for _ in 0..3 {
        rig.select_all(down());
    }
    assert_eq!(rig.notes, ["waiting for an address: wan is down"]);
    rig.select("192.0.2.1");
    rig.advance_to(100);
    assert_eq!(rig.notes[1..], ["there is an address again: 192.0.2.1 (wan); nothing to send"]);
    rig.select_all(down());
    rig.select("192.0.2.2");
    assert_eq!(rig.notes.len(), 4);
    assert_eq!(rig.notes[3], "there is an address again: 192.0.2.2 (wan)", "what is sent is told as an update");
}

/// Each start said so, although netifd told everything a millisecond later.
#[test]
fn a_netifd_that_takes_a_moment_is_no_news() {
    let unheard = Wanted::Unknown("netifd has not said anything over ubus yet".into());
    let unheard = || Selection { ipv4: unheard.clone(), heard: false, ..selection("192.0.2.1") };
    let mut rig = Rig::new(&["a"]);
    rig.select_all(unheard());
    rig.advance_to(1);
    rig.select("192.0.2.1");
    rig.advance_to(20);
    assert!(!rig.notes.iter().any(|note| note.contains("address")), "{:?}", rig.notes);
    let mut rig = Rig::new(&["a"]);
    rig.select_all(unheard());
    rig.advance_to(9);
    assert_eq!(rig.notes, [""; 0]);
    rig.advance_to(10);
    rig.advance_to(100);
    assert_eq!(rig.notes, ["waiting for an address: netifd has not said anything over ubus yet"]);
}

/// Why web detection found nothing stood in the status alone.
#[test]
fn a_failed_web_detection_is_said_once_with_its_reason() {
    let web = Wanted::Web { interface: None, device: None, local: None };
    let mut rig = Rig::new(&["a"]);
    rig.select_all(Selection { ipv4: web, ..selection("192.0.2.1") });
    rig.advance_to(1);
    assert_eq!(rig.notes, [""; 0], "the page has not answered yet");
    for (at, status) in [(1, 404), (700, 500), (1400, 404)] {
        rig.advance_to(at);
        let ticket = rig.detections.last().unwrap().1;
        rig.event(Event::Detected { ticket, result: Ok((status, Vec::new())) });
    }
    assert_eq!(rig.detections.len(), 3);
    assert_eq!(rig.notes.len(), 1, "{:?}", rig.notes);
    let begin = "waiting for an address: web detection has not found the IPv4 address yet: ";
    assert!(rig.notes[0].starts_with(begin) && rig.notes[0].contains("404"), "{:?}", rig.notes);
    rig.advance_to(2100);
    let ticket = rig.detections.last().unwrap().1;
    rig.event(Event::Detected { ticket, result: Ok((200, b"192.0.2.1".to_vec())) });
    assert_eq!(rig.notes[1..], ["there is an address again: 192.0.2.1"]);
}

/// After a reboot the log is empty, and a halt that goes on was nowhere in it.
#[test]
fn r04_a_halt_has_its_line_for_a_new_log() {
    let mut rig = Rig::settled();
    assert_eq!(rig.view().halts(), [""; 0]);
    rig.select("192.0.2.9");
    rig.reply(Ok((401, Reply::Account(Code::BadAuth))));
    let message = rig.told.last().unwrap().message.clone();
    assert!(message.starts_with("the service refused the username or the password"), "the kind is told beside it");
    assert_eq!(rig.told.last().unwrap().line(), format!("home: halted: {message}"));
    assert_eq!(rig.view().halts(), [format!("home: still halted: {message}")]);
}

#[test]
fn an_acknowledged_address_of_a_missing_family_is_stale() {
    let mut rig = Rig::new(&["a"]);
    let both = || Selection { ipv6: known("2001:db8::1"), ..selection("192.0.2.1") };
    let half = || Selection { ipv6: Wanted::Unknown("wan6 is down".into()), ..selection("192.0.2.1") };
    rig.select_all(both());
    rig.succeed(Code::Good);
    rig.select_all(half());
    assert_eq!(rig.sends.len(), 1, "there is nothing to say");
    assert_eq!((rig.state(), rig.view().is_current("a")), ("waiting_address", false));
    rig.select_all(both());
    assert_eq!((rig.state(), rig.view().is_current("a"), rig.sends.len()), ("current", true, 1));
    // Neither what nobody wants any more nor what netifd has not been asked for is missing.
    rig.select_all(Selection { ipv6: Wanted::Off, ..selection("192.0.2.1") });
    assert_eq!((rig.state(), rig.view().is_current("a")), ("current", true));
    let unheard = Wanted::Unknown("netifd has not said anything over ubus yet".into());
    rig.select_all(Selection { ipv4: unheard.clone(), ipv6: unheard, heard: false, ..selection("192.0.2.1") });
    assert!(rig.view().is_current("a"));
    // The whole line: the same.
    rig.select_all(Selection { ipv4: Wanted::Unknown("wan is down".into()), ..selection("192.0.2.1") });
    assert_eq!((rig.state(), rig.view().is_current("a")), ("waiting_address", false));
}

#[test]
fn a_lower_choice_that_is_held_back_is_shown_and_costs_nothing() {
    let mut rig = Rig::settled();
    let sent = rig.sends.len();
    let message = "wan has no address now; wan2 is taken if that lasts ten seconds";
    let held = |until: u64| Selection {
        ipv4: Wanted::Unknown(message.into()),
        settling: Some(Box::new(Settling { until: at(until).monotonic, message: message.into() })),
        ..selection("192.0.2.1")
    };
    rig.advance_to(100);
    for _ in 0..2 {
        rig.select_all(held(110));
    }
    assert_eq!((rig.state(), rig.waiting()), ("pending", Some(("settling", Some(110)))));
    assert!(rig.view().is_current("a"), "what it has is still right, as far as anybody knows");
    assert_eq!(rig.notes.iter().filter(|note| note.contains("ten seconds")).count(), 1, "{:?}", rig.notes);
    rig.advance_to(103);
    rig.select("192.0.2.1");
    assert_eq!((rig.state(), rig.waiting(), rig.sends.len()), ("current", None, sent));
    rig.select_all(held(113));
    rig.advance_to(113);
    rig.select("192.0.2.50");
    assert_eq!(rig.sends.len(), sent + 1);
}
