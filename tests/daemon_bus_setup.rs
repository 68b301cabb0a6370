//! The daemon on a bus that grants its rights late, and beside a netifd that does not answer as it should.

mod common;

use common::{Home, PATIENCE, account, service, status, until};
use ddnsd::ubus::Status;
use ddnsd::ubus::message::{Kind, Message};
use ddnsd_testkit::bus::{Bus, Gate, Netifd, Verdict};
use ddnsd_testkit::service::Service;
use serde_json::json;

const HOST: &[&str] = &["home.ddns.net"];

struct Rig {
    bus: Bus,
    netifd: Netifd,
    gate: Gate,
    service: Service,
    home: Home,
}

fn rig(judge: impl FnMut(&Message) -> Verdict + Send + 'static) -> Rig {
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    netifd.load_dump("00-static-wan-up");
    let gate = Gate::start(&bus, judge);
    let service = service(HOST);
    let home = Home::on_bus(&account(&service, "home", HOST, ""), gate.socket());
    Rig { bus, netifd, gate, service, home }
}

impl Rig {
    fn until_current(&self) {
        until("the account is current", || status(&self.bus)["state"] == "current");
    }

    /// netifd has another address on `wan`; whether it says so.
    fn change(&self, address: &str, notify: bool) {
        let mut wan = self.netifd.interface("wan").unwrap();
        wan["ipv4-address"][0]["address"] = json!(address);
        self.netifd.set_interface("wan", wan);
        if notify {
            self.netifd.notify("wan");
        }
    }

    fn sends(&self, address: &str) {
        let request = self.service.wait_request(PATIENCE).unwrap();
        assert_eq!(request.query("myip"), Some(address));
    }

    fn trigger(&self) {
        self.bus.client().call("ddnsd", "trigger", json!({"action": "ifup", "interface": "wan"})).unwrap();
    }
}

/// What the ACL grants, as ubusd refuses it to others than root without one.
fn without_acl(message: &Message) -> Verdict {
    match message.kind {
        Kind::AddObject if message.objpath().is_some() => Verdict::Answer(Status::INVALID_ARGUMENT),
        Kind::Invoke if message.method() == Some("register") => Verdict::Answer(Status::PERMISSION_DENIED),
        Kind::Lookup | Kind::Subscribe => Verdict::Answer(Status::NOT_FOUND),
        _ => Verdict::Pass,
    }
}

fn is_dump(message: &Message) -> bool {
    message.kind == Kind::Invoke && message.method() == Some("dump")
}

/// It was published when its rights came, and never listened, looked up or subscribed: it heard of no address change.
#[test]
fn rights_that_come_late_make_the_bus_whole_and_the_log_takes_back_what_it_said() {
    let rig = rig(without_acl);
    let daemon = rig.home.daemon();
    daemon.wait_log("cannot publish the object ddnsd on ubus: invalid argument");
    daemon.wait_log("cannot listen for ubus.object.add: permission denied; a restart of netifd will go unnoticed");
    // Refused a second time.
    until("all of it was asked for twice", || rig.gate.stopped() >= 6);
    rig.gate.open();
    rig.sends("198.51.100.10");
    daemon.wait_log("the object ddnsd is published on ubus now");
    daemon.wait_log("listening for ubus.object.add now: a restart of netifd will be noticed");
    rig.until_current();
    rig.netifd.wait_for_subscriber();
    rig.change("198.51.100.77", true);
    rig.sends("198.51.100.77");
    rig.until_current();
    rig.netifd.restart();
    rig.netifd.wait_for_subscriber();
    rig.change("198.51.100.78", true);
    rig.sends("198.51.100.78");
    let log = daemon.log();
    for words in ["cannot publish", "cannot listen", "is published on ubus now", "listening for"] {
        assert_eq!(log.matches(words).count(), 1, "{words}: {log}");
    }
}

#[test]
fn a_subscription_that_is_refused_is_asked_for_again() {
    let rig = rig(|message| match message.kind {
        Kind::Subscribe => Verdict::Answer(Status::NOT_FOUND),
        _ => Verdict::Pass,
    });
    let daemon = rig.home.daemon();
    rig.sends("198.51.100.10");
    daemon.wait_log("cannot subscribe to network.interface: not found; address changes are only heard of by hotplug");
    rig.gate.open();
    daemon.wait_log("subscribed to network.interface now: address changes are heard of as they happen");
    rig.change("198.51.100.77", true);
    rig.sends("198.51.100.77");
}

/// Every later one waited behind it, for ever.
#[test]
fn a_dump_that_is_never_answered_holds_no_later_one_up() {
    let rig = rig(|message| if is_dump(message) { Verdict::Lose } else { Verdict::Pass });
    let _daemon = rig.home.daemon();
    until("netifd was asked", || rig.gate.stopped() > 0);
    rig.gate.open();
    until("a request", || {
        rig.trigger();
        !rig.service.requests().is_empty()
    });
    rig.sends("198.51.100.10");
}

/// The address was taken for gone, and the account waited for one.
#[test]
fn an_answer_without_data_is_no_empty_network() {
    let rig = rig(|_| Verdict::Pass);
    let daemon = rig.home.daemon();
    rig.sends("198.51.100.10");
    rig.until_current();
    rig.gate.judge(|message| if is_dump(message) { Verdict::Answer(Status::OK) } else { Verdict::Pass });
    rig.trigger();
    daemon.wait_log("the answer has no list of interfaces");
    let status = status(&rig.bus);
    assert_eq!((&status["state"], &status["ipv4"]["address"]), (&json!("current"), &json!("198.51.100.10")));
    // And it is asked again, by itself.
    rig.change("198.51.100.77", false);
    rig.gate.open();
    rig.sends("198.51.100.77");
    daemon.wait_log("netifd says how its interfaces are again");
}
