//! The set-up against a ubusd and a netifd that grant, refuse, say nothing, go and come back; in simulated time.

use super::*;
use crate::ubus::client::Event;
use crate::ubus::message::{Attribute, Kind, Message};
use crate::ubus::{Table, Value};
use std::time::Duration;

const LISTENER: u32 = 0x51;
const OBJECT: u32 = 0x52;
/// ubusd's own object for events.
const EVENTS: u32 = 1;

/// What netifd says to a dump.
#[derive(Clone, Copy, PartialEq)]
enum Dumps {
    Answered,
    WithoutData,
    /// A table that has other things in it.
    OfSomethingElse,
    Unanswered,
}

/// ubusd and netifd: what they grant now.
struct World {
    publish: bool,
    add_listener: bool,
    listen: bool,
    subscribe: bool,
    /// netifd's id, where it is there and may be seen.
    netifd: Option<u32>,
    dumps: Dumps,
}

struct Rig {
    now: Instant,
    client: Client,
    setup: BusSetup,
    world: World,
    /// What was asked, with the second.
    asked: Vec<(u64, &'static str)>,
    dumps: usize,
    lines: Vec<String>,
}

impl Rig {
    /// Connected to a world without what is named.
    fn without(denied: &[&str]) -> Rig {
        let granted = |name| !denied.contains(&name);
        let world = World {
            publish: granted("publish"),
            add_listener: granted("add_listener"),
            listen: granted("listen"),
            subscribe: granted("subscribe"),
            netifd: granted("netifd").then_some(0x100),
            dumps: if granted("dump") { Dumps::Answered } else { Dumps::Unanswered },
        };
        let mut rig = Rig {
            now: Instant::from_secs(1000),
            client: Client::new(),
            setup: BusSetup::new(Vec::new()),
            world,
            asked: Vec::new(),
            dumps: 0,
            lines: Vec::new(),
        };
        rig.connect();
        rig
    }

    fn connect(&mut self) {
        self.client = Client::new();
        self.setup.connected(self.now, &mut self.client);
        self.exchange();
    }

    /// Until nobody has anything to say.
    fn exchange(&mut self) {
        while let Some(bytes) = self.client.poll_transmit() {
            let message = Message::decode(&bytes).unwrap();
            for answer in self.answer(&message) {
                self.client.feed(&answer.encode().unwrap());
            }
            self.take_in();
        }
        while let Some((_, line)) = self.setup.poll_line() {
            self.lines.push(line);
        }
    }

    fn take_in(&mut self) {
        while let Some(event) = self.client.poll_event() {
            match event {
                Event::Reply { request, result } => {
                    let dump = self.setup.replied(self.now, &mut self.client, request, result);
                    self.dumps += usize::from(dump.expect("every request is of the set-up").is_some());
                }
                Event::Unsubscribed { target, .. } => {
                    self.setup.unsubscribed(self.now, &mut self.client, target);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn answer(&mut self, message: &Message) -> Vec<Message> {
        let reply = |kind| Message::new(kind, message.seq, message.peer);
        let status = |granted: bool, refusal| {
            vec![reply(Kind::Status).with(Attribute::Status(if granted { Status::OK } else { refusal }))]
        };
        let added = |granted: bool, id| {
            let mut answer = status(granted, Status::INVALID_ARGUMENT);
            if granted {
                answer.insert(0, reply(Kind::Data).with(Attribute::ObjId(id)));
            }
            answer
        };
        let (what, answer) = match message.kind {
            Kind::AddObject if message.objpath().is_some() => ("publish", added(self.world.publish, OBJECT)),
            Kind::AddObject => ("add_listener", added(self.world.add_listener, LISTENER)),
            Kind::Invoke if message.objid() == Some(EVENTS) => {
                ("listen", status(self.world.listen, Status::PERMISSION_DENIED))
            }
            Kind::Lookup => {
                let mut answer = status(self.world.netifd.is_some(), Status::NOT_FOUND);
                if let Some(id) = self.world.netifd {
                    let object = reply(Kind::Data).with(Attribute::ObjPath(NETIFD.into())).with(Attribute::ObjId(id));
                    answer.insert(0, object);
                }
                ("look up", answer)
            }
            Kind::Subscribe => ("subscribe", status(self.world.subscribe, Status::NOT_FOUND)),
            Kind::Invoke => {
                let object = message.objid().unwrap();
                assert_eq!(Some(object), self.world.netifd, "the present netifd is asked");
                let data = |table: Table| reply(Kind::Data).with(Attribute::ObjId(object)).with(Attribute::Data(table));
                let mut answer = status(true, Status::OK);
                match self.world.dumps {
                    Dumps::Answered => answer.insert(0, data(vec![("interface".into(), Value::Array(Vec::new()))])),
                    Dumps::OfSomethingElse => answer.insert(0, data(vec![("interface".into(), Value::from("wan"))])),
                    Dumps::WithoutData => {}
                    Dumps::Unanswered => answer.clear(),
                }
                ("dump", answer)
            }
            kind => panic!("{kind:?}"),
        };
        self.asked.push((self.now.as_millis() / 1000 - 1000, what));
        answer
    }

    /// netifd goes, as ubusd tells it.
    fn netifd_goes(&mut self) {
        let target = self.world.netifd.take().unwrap();
        let gone =
            Message::new(Kind::Unsubscribe, 0, 0).with(Attribute::ObjId(LISTENER)).with(Attribute::Target(target));
        self.client.feed(&gone.encode().unwrap());
        self.take_in();
        self.exchange();
    }

    /// netifd is back, under another id; whether ubusd tells it.
    fn netifd_comes(&mut self, id: u32, told: bool) {
        self.world.netifd = Some(id);
        if told {
            self.setup.netifd_added(self.now, &mut self.client);
        }
        self.exchange();
    }

    fn dump(&mut self) {
        self.setup.dump(self.now, &mut self.client);
        self.exchange();
    }

    /// Lets so many seconds pass: whatever is due meanwhile happens in its time, and nothing before it.
    fn pass(&mut self, seconds: u64) -> Result<(), &'static str> {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(at) = self.setup.deadline().filter(|at| *at <= end) {
            assert!(at > self.now, "it does not spin");
            let asked = self.asked.len();
            self.setup.tend(at - Duration::from_millis(1), &mut self.client)?;
            self.exchange();
            assert_eq!(self.asked.len(), asked, "not before its time");
            self.now = at;
            self.setup.tend(at, &mut self.client)?;
            self.exchange();
        }
        self.now = end;
        Ok(())
    }

    /// The seconds at which this was asked.
    fn seconds(&self, what: &str) -> Vec<u64> {
        self.asked.iter().filter(|(_, it)| *it == what).map(|(at, _)| *at).collect()
    }

    fn said(&self, words: &str) -> usize {
        self.lines.iter().filter(|line| line.contains(words)).count()
    }
}

#[test]
fn a_bus_that_grants_everything_is_whole_at_once_and_then_asleep() {
    let rig = Rig::without(&[]);
    assert!(rig.setup.is_whole());
    assert_eq!((rig.setup.deadline(), rig.setup.object(), rig.dumps), (None, Some(OBJECT), 1));
    let order: Vec<&str> = rig.asked.iter().map(|(_, what)| *what).collect();
    // A dump is a look-up and a call.
    let expected = ["publish", "add_listener", "listen", "look up", "subscribe", "look up", "dump"];
    assert_eq!(order, expected);
    assert_eq!(rig.lines, Vec::<String>::new());
}

/// The rights of the daemon may be read by ubusd seconds or hours after it has connected. Once the object alone was asked
/// for again: ddnsd was published, and never heard of an address change.
#[test]
fn each_step_that_is_refused_is_asked_for_again_by_the_same_pauses() {
    let pauses = [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 2047, 4095, 7695, 11295];
    let steps = [
        ("publish", "publish", "cannot publish the object ddnsd on ubus: invalid argument"),
        ("add_listener", "add_listener", "cannot listen on ubus: invalid argument"),
        ("listen", "listen", "cannot listen for ubus.object.add: permission denied"),
        ("subscribe", "subscribe", "cannot subscribe to network.interface: not found"),
        ("netifd", "look up", "network.interface is not on ubus: not found"),
    ];
    for (denied, asked, complaint) in steps {
        let mut rig = Rig::without(&[denied]);
        rig.pass(12_000).unwrap();
        assert_eq!(rig.seconds(asked), pauses, "{denied}");
        assert!(!rig.setup.is_whole(), "{denied}");
        assert_eq!((rig.lines.len(), rig.said(complaint)), (1, 1), "{denied}: {:?}", rig.lines);
    }
}

#[test]
fn whatever_is_refused_first_the_bus_becomes_whole_and_each_complaint_is_taken_back() {
    let names = ["publish", "add_listener", "listen", "subscribe", "netifd", "dump"];
    for denied in 0..1 << names.len() {
        let denied: Vec<&str> = (0..names.len()).filter(|at| denied >> at & 1 == 1).map(|at| names[at]).collect();
        let mut rig = Rig::without(&denied);
        assert_eq!(rig.setup.is_whole(), denied.is_empty(), "{denied:?}");
        rig.pass(90).unwrap();
        assert_eq!(rig.setup.is_whole(), denied.is_empty(), "{denied:?}");
        let complaints = rig.lines.len();
        rig.world = Rig::without(&[]).world;
        rig.pass(3600).unwrap();
        assert!(rig.setup.is_whole(), "{denied:?}: {:?}", rig.asked);
        assert_eq!(rig.setup.deadline(), None, "{denied:?}");
        assert!(rig.dumps > 0, "{denied:?}");
        assert_eq!(rig.lines.len(), 2 * complaints, "{denied:?}: {:?}", rig.lines);
        let taken_back = rig.lines[complaints..].iter().all(|line| line.contains(" now") || line.contains("again"));
        assert!(taken_back, "{:?}", rig.lines);
    }
}

#[test]
fn a_netifd_that_is_restarted_is_subscribed_to_and_asked_anew() {
    let mut rig = Rig::without(&[]);
    rig.pass(100).unwrap();
    rig.netifd_goes();
    assert!(!rig.setup.is_whole());
    rig.pass(5).unwrap();
    rig.netifd_comes(0x200, true);
    assert!(rig.setup.is_whole());
    assert_eq!((rig.dumps, rig.setup.deadline()), (2, None));
    assert_eq!(rig.seconds("subscribe"), [0, 105]);
    assert_eq!(rig.lines, Vec::<String>::new(), "it was not away for long");
}

#[test]
fn a_netifd_whose_return_nobody_tells_is_found() {
    for told in [true, false] {
        let mut rig = Rig::without(if told { &[] } else { &["listen"] });
        rig.netifd_goes();
        rig.pass(20).unwrap();
        assert_eq!(rig.said("network.interface is not on ubus"), 1);
        rig.netifd_comes(0x200, false);
        rig.pass(60).unwrap();
        assert_eq!(rig.setup.is_whole(), told);
        assert_eq!((rig.dumps, rig.said("subscribed to network.interface now")), (2, 1), "{:?}", rig.lines);
    }
}

#[test]
fn the_end_of_another_object_changes_nothing() {
    let mut rig = Rig::without(&[]);
    assert!(!rig.setup.unsubscribed(rig.now, &mut rig.client, 0x99));
    assert!(rig.setup.is_whole());
}

#[test]
fn a_dump_that_nobody_answers_is_given_up_and_asked_for_again() {
    let mut rig = Rig::without(&["dump"]);
    rig.pass(29).unwrap();
    assert_eq!((rig.seconds("dump"), rig.said("netifd does not say")), (vec![0], 0));
    rig.pass(60).unwrap();
    // 30 seconds of patience and a pause each time.
    assert_eq!(rig.seconds("dump"), [0, 31, 63]);
    assert_eq!(rig.said("netifd does not say how its interfaces are (network.interface dump: no answer within 30"), 1);
    rig.world.dumps = Dumps::Answered;
    rig.pass(60).unwrap();
    assert!(rig.setup.is_whole());
    assert_eq!((rig.dumps, rig.said("netifd says how its interfaces are again")), (1, 1));
    assert_eq!(rig.client.in_flight(), 0, "nothing is left behind");
}

#[test]
fn a_dump_that_nobody_answers_holds_no_later_one_up() {
    let mut rig = Rig::without(&["dump"]);
    rig.world.dumps = Dumps::Answered;
    rig.pass(1).unwrap();
    // Just asked: one answer serves both.
    rig.dump();
    assert_eq!(rig.seconds("dump"), [0], "it is still under way");
    rig.pass(9).unwrap();
    rig.dump();
    assert_eq!((rig.seconds("dump"), rig.dumps), (vec![0, 10], 1));
    assert!(rig.setup.is_whole());
    assert_eq!((rig.setup.deadline(), rig.client.in_flight()), (None, 0));
}

/// Each new question must not be the end of the one before.
#[test]
fn a_netifd_that_takes_its_time_is_heard_however_often_it_is_asked() {
    let mut rig = Rig::without(&["dump"]);
    for _ in 0..5 {
        rig.pass(3).unwrap();
        rig.dump();
    }
    assert_eq!(rig.client.in_flight(), 2, "the first and the last");
    let first = rig.setup.dump.earlier().unwrap();
    let answer = Reply::Data(vec![vec![("interface".into(), Value::Array(Vec::new()))]]);
    let dump = rig.setup.replied(rig.now, &mut rig.client, first, Ok(answer));
    assert!(matches!(dump, Some(Some(_))));
}

#[test]
fn many_who_ask_at_once_get_two_answers() {
    let mut rig = Rig::without(&[]);
    rig.world.dumps = Dumps::Unanswered;
    rig.dump();
    rig.world.dumps = Dumps::Answered;
    for _ in 0..100 {
        rig.dump();
    }
    assert_eq!(rig.seconds("dump").len(), 2, "the set-up's own, and one");
    rig.pass(31).unwrap();
    assert_eq!(rig.seconds("dump").len(), 3, "who asked meanwhile is served");
}

#[test]
fn an_answer_without_interfaces_is_no_empty_network() {
    for dumps in [Dumps::WithoutData, Dumps::OfSomethingElse] {
        let mut rig = Rig::without(&[]);
        rig.world.dumps = dumps;
        rig.dump();
        assert_eq!((rig.dumps, rig.setup.is_whole()), (1, false));
        assert_eq!(rig.said("the answer has no list of interfaces"), 1, "{:?}", rig.lines);
        rig.world.dumps = Dumps::Answered;
        rig.pass(1).unwrap();
        assert_eq!((rig.dumps, rig.setup.is_whole()), (2, true));
    }
}

#[test]
fn a_new_connection_begins_anew_and_says_nothing_twice() {
    let mut rig = Rig::without(&["publish", "listen"]);
    rig.pass(100).unwrap();
    rig.setup.disconnected();
    assert_eq!((rig.setup.deadline(), rig.setup.object(), rig.setup.is_whole()), (None, None, false));
    rig.connect();
    rig.pass(1).unwrap();
    assert_eq!(rig.lines.len(), 2, "{:?}", rig.lines);
    assert_eq!(rig.seconds("publish")[7..], [100, 101]);
    rig.world = Rig::without(&[]).world;
    rig.connect();
    assert!(rig.setup.is_whole());
    assert_eq!(rig.lines.len(), 4, "{:?}", rig.lines);
}

#[test]
fn a_ubusd_that_does_not_answer_is_left() {
    let (now, mut client) = (Instant::from_secs(5), Client::new());
    let mut setup = BusSetup::new(Vec::new());
    setup.connected(now, &mut client);
    assert_eq!(setup.deadline(), Some(Instant::from_secs(35)));
    assert_eq!(setup.tend(Instant::from_secs(34), &mut client), Ok(()));
    assert_eq!(setup.tend(Instant::from_secs(35), &mut client), Err("ubusd does not answer"));
}
