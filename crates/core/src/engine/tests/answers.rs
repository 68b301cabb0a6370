//! What a service's answer means for what is sent next, in simulated time.

use super::*;
use crate::protocol::Dialect;

/// The story: both families were sent, the service named the IPv4 address alone, and the host passed for current with both.
#[test]
fn r11_the_family_that_was_not_named_is_not_current_and_not_sent_again() {
    let both = |ipv6: &str| Selection { ipv6: known(ipv6), ..selection("192.0.2.1") };
    let only4 = HostAnswer { ipv4: Some("192.0.2.1".parse().unwrap()), ..answer(Code::Good) };
    let mut rig = Rig::new(&["a"]);
    rig.select_all(both("2001:db8::1"));
    rig.reply(Ok((200, Reply::Hosts(vec![only4]))));
    let host = rig.view().kept().hosts[&"a".to_owned()].clone();
    assert_eq!((host.ipv4, host.ipv6), (Some("192.0.2.1".parse().unwrap()), None));
    assert!(!rig.view().is_current("a"), "a wanted family is not there");
    assert_eq!((rig.state(), rig.engine.deadline()), ("current", None), "there is nothing to send");
    assert!(rig.told.last().unwrap().message.contains("did not acknowledge 2001:db8::1"), "{:?}", rig.told);

    let mut again = rig.restarted();
    again.select_all(both("2001:db8::1"));
    assert_eq!(again.sends.len(), 0, "a restart is no reason either");
    again.select_all(both("2001:db8::2"));
    assert_eq!(again.sends.len(), 1, "another address is");
    again.succeed(Code::Good);
    assert!(again.view().is_current("a"));
}

#[test]
fn r11_an_address_of_the_other_family_alone_is_a_mismatch() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    let only6 = HostAnswer { ipv6: Some("2001:db8::66".parse().unwrap()), ..answer(Code::Good) };
    rig.reply(Ok((200, Reply::Hosts(vec![only6]))));
    assert_eq!(rig.reason(), Some("address-mismatch"));
    let message = &rig.told.last().unwrap().message;
    assert!(message.contains("192.0.2.1") && message.contains("2001:db8::66"), "{message}");
}

/// The story: Dyn deletes the family that is left out. IPv6 went, IPv4 changed, the same IPv6 came back, and was not sent.
#[test]
fn r01_what_a_service_has_dropped_is_sent_again() {
    for (drops, sends) in [(true, 3), (false, 2)] {
        let mut config = config(&["a"]);
        config.dialect = Arc::new(Dialect { drops, ..Dialect::default() });
        let mut rig = Rig::with(config, State::default(), at(0));
        let six = |ipv4: &str| Selection { ipv6: known("2001:db8::1"), ..selection(ipv4) };
        rig.select_all(six("192.0.2.1"));
        rig.succeed(Code::Good);
        rig.select_all(Selection { ipv6: Wanted::Unknown("gone".into()), ..selection("192.0.2.2") });
        rig.succeed(Code::Good);
        rig.select_all(six("192.0.2.2"));
        assert_eq!(rig.sends.len(), sends, "drops: {drops}");
    }
}

/// The story: INWX was told the IPv6 address alone, and set the IPv4 address to 127.0.0.1.
#[test]
fn r07_a_service_that_makes_up_an_ipv4_address_is_not_told_ipv6_alone() {
    let mut config = config(&["a"]);
    config.dialect = Arc::new(Dialect { ipv6_alone: false, ..Dialect::default() });
    let mut rig = Rig::with(config, State::default(), at(0));
    rig.select_all(Selection {
        ipv4: Wanted::Unknown("wan is down".into()),
        ipv6: known("2001:db8::1"),
        ..selection("192.0.2.1")
    });
    rig.advance_to(60);
    assert_eq!((rig.sends.len(), rig.state()), (0, "waiting_address"));
    let why = "noip takes no IPv6 address without the IPv4 address beside it: wan is down";
    assert_eq!(rig.view().missing().as_deref(), Some(why));
    rig.select_all(Selection { ipv6: known("2001:db8::1"), ..selection("192.0.2.1") });
    assert!(rig.last().ipv4.is_some() && rig.last().ipv6.is_some());
    rig.succeed(Code::Good);
    rig.select("192.0.2.2");
    assert_eq!(rig.sends.len(), 2, "IPv4 alone may go");
}

#[test]
fn r05_asked_too_often_waits_thirty_minutes_and_says_so() {
    let mut rig = Rig::new(&["a"]);
    rig.select("192.0.2.1");
    rig.reply(Ok((200, Reply::Wait(Code::TooOften))));
    rig.select("192.0.2.2");
    rig.update(true);
    rig.advance_to(1799);
    assert_eq!(rig.sends.len(), 1);
    let told = rig.told.last().unwrap();
    assert_eq!(told.code, Some("interval"));
    assert!(told.message.contains("asked too often") && !told.message.contains("fatal"), "{}", told.message);
    rig.advance_to(3 * 3600);
    assert_eq!(rig.sends.len(), 2);
}
