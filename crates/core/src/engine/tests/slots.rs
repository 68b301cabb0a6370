//! Who goes first where not all can (docs/architecture.md).

use super::*;
use std::collections::BTreeMap;

/// Several accounts, each with a server of its own or a shared one, and what they have under way.
struct House {
    engine: Engine,
    now: Now,
    open: BTreeMap<String, Ticket>,
}

impl House {
    fn new(accounts: &[(&str, &str)]) -> House {
        let mut house =
            House { engine: Engine::new(State::default(), 7, at(0).monotonic), now: at(0), open: BTreeMap::new() };
        let setups = accounts.iter().map(|(name, server)| {
            let mut config = AccountConfig { name: (*name).into(), ..config(&["a"]) };
            config.endpoint.server = (*server).into();
            Setup { config: Arc::new(config), fingerprint: "1".into() }
        });
        house.event(Event::Configured(setups.collect()));
        house
    }

    fn event(&mut self, event: Event) {
        self.engine.handle(self.now, event);
        self.drain();
    }

    fn select(&mut self, accounts: &[(&str, &str)], ipv4: &str) {
        for (name, _) in accounts {
            self.event(Event::Selected { account: (*name).into(), selection: selection(ipv4) });
        }
    }

    fn finish(&mut self, account: &str, works: bool) {
        let ticket = self.open.remove(account).unwrap_or_else(|| panic!("{account} has nothing under way"));
        let good = Ok((200, Reply::Hosts(vec![answer(Code::Good)])));
        self.event(Event::Finished { ticket, result: if works { good } else { Err(failure(ErrorKind::Timeout)) } });
    }

    fn drain(&mut self) {
        while let Some(action) = self.engine.poll_action() {
            if let Action::Send { ticket, config, .. } = action {
                self.open.insert(config.name.clone(), ticket);
            }
        }
        assert!(self.open.len() <= AT_ONCE, "{:?}", self.open);
    }

    fn under_way(&self) -> Vec<&str> {
        self.open.keys().map(String::as_str).collect()
    }

    fn advance_to(&mut self, secs: u64) {
        self.now = at(secs);
        self.engine.handle_timeout(self.now);
        self.drain();
    }
}

const NINE: [(&str, &str); 9] = [
    ("dead1", "dead"),
    ("dead2", "dead"),
    ("dead3", "dead"),
    ("dead4", "dead"),
    ("dead5", "dead"),
    ("dead6", "dead"),
    ("dead7", "dead"),
    ("dead8", "dead"),
    ("good", "good"),
];

/// Eight accounts of a silent service, with a time-out of 20 seconds, once delayed the ninth by 42 seconds.
#[test]
fn a_silent_service_never_holds_up_a_healthy_account() {
    let mut house = House::new(&NINE);
    house.select(&NINE, "192.0.2.1");
    assert_eq!(house.under_way(), ["dead1", "dead2", "dead3", "good"], "right after the start");
    let waiting = house.engine.view("dead4").unwrap().waiting(house.now).unwrap();
    assert_eq!((waiting.why.as_str(), waiting.until), ("workers", None));
    assert_eq!(house.engine.view("dead4").unwrap().state().as_str(), "pending");
    assert_eq!(house.engine.deadline(), None, "it waits for an event, not for a time");
    house.finish("good", true);
    assert_eq!(house.under_way(), ["dead1", "dead2", "dead3"], "the fourth is kept");

    for second in 1..1300 {
        house.advance_to(second);
        if second % 20 == 0 {
            for name in house.under_way().into_iter().map(str::to_owned).collect::<Vec<_>>() {
                house.finish(&name, false);
            }
        }
        if second % 300 == 50 {
            house.select(&NINE, &format!("192.0.2.{}", second / 300 + 2));
            assert!(house.open.contains_key("good"), "at {second}: {:?}", house.open);
            house.finish("good", true);
        }
    }
}

#[test]
fn the_others_get_their_turn_as_it_comes() {
    let accounts: Vec<(String, String)> = (0..12).map(|it| (format!("a{it:02}"), format!("s{it}"))).collect();
    let accounts: Vec<(&str, &str)> = accounts.iter().map(|(name, server)| (name.as_str(), server.as_str())).collect();
    let mut house = House::new(&accounts);
    house.select(&accounts, "192.0.2.1");
    let mut order = Vec::new();
    while let Some(name) = house.under_way().first().map(|name| (*name).to_owned()) {
        house.finish(&name, true);
        order.push(name);
    }
    assert_eq!(order, accounts.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

#[test]
fn what_is_sent_is_what_is_so_when_its_turn_comes() {
    let mut house = House::new(&NINE);
    house.select(&NINE, "192.0.2.1");
    house.event(Event::Selected { account: "dead4".into(), selection: selection("192.0.2.4") });
    house.finish("good", true);
    let ticket = house.open.remove("dead1").unwrap();
    house.engine.handle(house.now, Event::Finished { ticket, result: Err(failure(ErrorKind::Timeout)) });
    let sent = std::iter::from_fn(|| house.engine.poll_action()).find_map(|action| match action {
        Action::Send { config, batch, .. } => Some((config.name.clone(), batch.sent_ipv4())),
        _ => None,
    });
    assert_eq!(sent, Some(("dead4".into(), "192.0.2.4".parse().ok())));
}

#[test]
fn who_comes_and_goes_while_all_slots_are_taken_leaves_nothing_behind() {
    let mut house = House::new(&NINE);
    house.select(&NINE, "192.0.2.1");
    for _ in 0..10_000 {
        let unknown = Selection { ipv4: Wanted::Unknown("down".into()), ..selection("192.0.2.1") };
        house.event(Event::Selected { account: "dead8".into(), selection: unknown });
        house.event(Event::Selected { account: "dead8".into(), selection: selection("192.0.2.1") });
    }
    assert!(house.engine.ready.len() < 32, "{}", house.engine.ready.len());
    house.finish("good", true);
    let mut order = Vec::new();
    while let Some(name) = house.under_way().first().map(|name| (*name).to_owned()) {
        house.finish(&name, true);
        order.push(name);
    }
    assert_eq!(order.len(), 8, "{order:?}");
}

#[test]
fn r12_what_waits_for_a_slot_when_the_program_ends_has_cost_nothing() {
    let mut house = House::new(&NINE);
    house.select(&NINE, "192.0.2.1");
    house.engine.close();
    house.finish("good", true);
    house.finish("dead1", false);
    assert_eq!(house.under_way(), ["dead2", "dead3"]);
    let memory = house.engine.memory();
    let tokens = |name: &str| memory.accounts.iter().find(|it| it.name == name).unwrap().tokens;
    assert_eq!((tokens("dead1"), tokens("dead4")), (2, 3));
}

#[test]
fn questions_to_web_detection_have_slots_as_well() {
    let mut house = House::new(&NINE);
    let mut asked = 0;
    for (name, _) in NINE {
        let web = Wanted::Web { interface: Some("wan".into()), device: None, local: None };
        let selection = Selection { ipv4: web, ..selection("192.0.2.1") };
        house.engine.handle(house.now, Event::Selected { account: name.into(), selection });
        // Accounts that need the same share one question.
        while let Some(action) = house.engine.poll_action() {
            asked += usize::from(matches!(action, Action::Detect { .. }));
        }
    }
    assert_eq!(asked, 1);
    assert!(house.engine.deadline().is_none_or(|at| at > house.now.monotonic), "no deadline that has passed");
}
