//! `ddnsd run`: the built binary between a bus with a scripted netifd and the simulated service, over TLS.

mod common;

use common::{PATIENCE, World, account, until, wan};
use ddnsd_testkit::bus::{Hotplug, scenario};
use ddnsd_testkit::service::{Request, Script};
use rustix::process::Signal;
use serde_json::json;
use std::time::Duration;

/// A pause in which nothing may happen.
const QUIET: Duration = Duration::from_millis(400);

impl World {
    fn request(&self) -> Request {
        self.service.wait_request(PATIENCE).unwrap()
    }

    fn no_request(&self) {
        if let Ok(request) = self.service.wait_request(QUIET) {
            panic!("a request that nobody needed: {}", request.target);
        }
    }
}

fn myip(request: &Request) -> &str {
    request.query("myip").unwrap_or_default()
}

#[test]
fn an_address_change_is_sent_at_once_and_nothing_else_is() {
    let rig = World::new(&["home.ddns.net"], "");
    let _daemon = rig.home.daemon();
    assert_eq!(myip(&rig.request()), "198.51.100.10");
    rig.until_state("current");
    rig.netifd.notify("wan");
    rig.netifd.emit("wan", "interface.update");
    rig.no_request();
    rig.change("198.51.100.77");
    assert_eq!(myip(&rig.request()), "198.51.100.77");
    rig.until_state("current");
    let status = rig.status();
    assert_eq!(status["ipv4"], json!({"address": "198.51.100.77", "source": "interface", "interface": "wan"}));
    assert_eq!(status["hosts"][0]["code"], "good");
    rig.no_request();
}

#[test]
fn r02_a_restart_of_the_daemon_sends_nothing() {
    let rig = World::new(&["home.ddns.net"], "");
    let mut daemon = rig.home.daemon();
    rig.request();
    rig.until_state("current");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait_end(PATIENCE), Some(0));
    let state = rig.home.state();
    let _again = rig.home.daemon();
    rig.until_state("current");
    rig.no_request();
    assert_eq!(rig.home.state(), state, "and nothing is written");
}

#[test]
fn ubusd_and_netifd_may_come_and_go() {
    let mut rig = World::new(&["home.ddns.net"], "");
    let _daemon = rig.home.daemon();
    rig.request();
    rig.until_state("current");

    rig.netifd.restart();
    rig.netifd.wait_for_subscriber();
    rig.no_request();
    rig.change("198.51.100.11");
    assert_eq!(myip(&rig.request()), "198.51.100.11");

    rig.bus.stop();
    rig.netifd.set_interface("wan", wan("198.51.100.12"));
    rig.bus.start_again();
    rig.netifd.come_back();
    assert_eq!(myip(&rig.request()), "198.51.100.12", "what changed meanwhile is caught up with");
    rig.until_state("current");
    rig.no_request();
}

#[test]
fn a_bus_that_is_not_there_at_the_start_is_waited_for() {
    let mut rig = World::new(&["home.ddns.net"], "");
    rig.netifd.stop();
    rig.bus.stop();
    let _daemon = rig.home.daemon();
    rig.no_request();
    rig.bus.start_again();
    rig.netifd.come_back();
    assert_eq!(myip(&rig.request()), "198.51.100.10");
}

#[test]
fn the_recorded_situations_end_at_the_right_addresses() {
    for (name, last) in [("wan", "198.51.100.77"), ("dhcp", "198.51.100.32"), ("ppp6", "203.0.113.66")] {
        let rig = World::new(&["home.ddns.net"], "");
        let _daemon = rig.home.daemon();
        rig.request();
        rig.until_state("current");
        for step in scenario(name) {
            rig.netifd.play(&step);
        }
        let sent = |address: &str| rig.service.requests().iter().any(|request| myip(request) == address);
        if rig.netifd.interface("wan").is_some_and(|wan| wan["up"] == true) {
            until(&format!("{name} ends at {last}"), || rig.status()["ipv4"]["address"] == last);
        }
        assert!(sent("198.51.100.10"));
        assert!(rig.service.requests().len() <= 3, "{name}: rule 12");
    }
}

#[test]
fn r04_a_halt_is_told_to_everyone_and_resumed_over_the_bus() {
    let rig = World::new(&["home.ddns.net"], "");
    let hotplug = Hotplug::start(&rig.bus);
    rig.service.script([Script::answer(401, "badauth\r\n")]);
    let client = rig.bus.client();
    let _daemon = rig.home.daemon();
    rig.request();
    rig.until_state("halted");
    client.subscribe("ddnsd");
    let told = hotplug.wait(1);
    assert_eq!((told[0]["ACTION"].as_str(), told[0]["ACCOUNT"].as_str()), ("halted", "home"));
    assert_eq!(told[0]["CODE"], "badauth");
    let said = "the service refused the username or the password (badauth). ";
    assert!(told[0]["MESSAGE"].starts_with(said), "the action has told the rest: {}", told[0]["MESSAGE"]);
    rig.change("198.51.100.99");
    rig.no_request();

    assert_eq!(client.call("ddnsd", "resume", json!({"account": "home"})).unwrap(), json!({"resumed": true}));
    assert_eq!(myip(&rig.request()), "198.51.100.99");
    let resumed = client.wait_for("resumed");
    assert_eq!(resumed["account"], "home");
    let updated = client.wait_for("updated");
    assert_eq!(
        (&updated["hostname"], &updated["ipv4"], &updated["code"]),
        (&json!("home.ddns.net"), &json!("198.51.100.99"), &json!("good"))
    );
    let kinds: Vec<String> = hotplug.wait(3).iter().map(|call| call["ACTION"].clone()).collect();
    assert_eq!(kinds, ["halted", "resumed", "updated"]);
    let history = client.call("ddnsd", "history", json!({"limit": 2})).unwrap();
    assert_eq!(history["events"][0]["kind"], "updated");
    assert_eq!(history["events"].as_array().unwrap().len(), 2);
}

/// The log is empty after a reboot: a halt that goes on has to be said anew.
#[test]
fn r04_a_halt_that_survived_is_said_at_the_start_with_what_to_do() {
    let rig = World::new(&["home.ddns.net"], "");
    rig.service.script([Script::answer(401, "badauth\r\n")]);
    let mut daemon = rig.home.daemon();
    rig.until_state("halted");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait_end(PATIENCE), Some(0));
    std::fs::remove_file(rig.home.path("log")).unwrap();
    let again = rig.home.daemon();
    again.wait_log("home: still halted: the service refused the username or the password (badauth). ");
    rig.until_state("halted");
    let log = again.log();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("halted: the service")).collect();
    assert!(told.len() == 1 && told[0].contains("ddnsd resume home"), "{log}");
}

#[test]
fn a_line_that_goes_and_comes_back_is_a_story_in_the_log() {
    let rig = World::new(&["home.ddns.net"], "");
    let daemon = rig.home.daemon();
    rig.request();
    rig.until_state("current");
    let mut down = wan("198.51.100.10");
    (down["up"], down["ipv4-address"]) = (json!(false), json!([]));
    rig.netifd.set_interface("wan", down);
    rig.netifd.emit("wan", "interface.down");
    daemon.wait_log("home: waiting for an address: ");
    rig.change("198.51.100.10");
    daemon.wait_log("home: there is an address again: 198.51.100.10 (wan); nothing to send");
    // With everything: what netifd said, what was chosen and why, what was decided.
    for line in [
        "netifd says: wan is up on wan0 with 198.51.100.10",
        "netifd says: interface.down: wan is down",
        "home: chosen: IPv4 198.51.100.10 (wan); IPv6 off",
        "home: sending an update of home.ddns.net to ",
        "home: decided: waiting_address",
        "home: decided: current",
    ] {
        daemon.wait_log(line);
    }
    let log = daemon.log();
    assert_eq!(log.matches("waiting for an address").count(), 1, "netifd answered at once at the start: {log}");
    rig.no_request();
}

#[test]
fn r12_a_flood_of_changes_is_bounded_and_the_last_one_is_kept() {
    let rig = World::new(&["home.ddns.net"], "");
    let _daemon = rig.home.daemon();
    rig.request();
    rig.until_state("current");
    for round in 0..2000 {
        rig.change(&format!("198.51.100.{}", 20 + round % 200));
    }
    rig.change("198.51.100.250");
    until("the last address is known", || rig.status()["ipv4"]["address"] == "198.51.100.250");
    rig.until_state("pending");
    assert!(rig.service.requests().len() <= 3);
    let next = rig.status()["next_attempt"].as_u64().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!((now..=now + 301).contains(&next));
}

#[test]
fn both_hotplug_and_the_bus_make_one_request() {
    let rig = World::new(&["home.ddns.net"], "");
    let _daemon = rig.home.daemon();
    rig.request();
    rig.until_state("current");
    let client = rig.bus.client();
    rig.change("198.51.100.50");
    let trigger = json!({"interface": "wan", "action": "ifup"});
    assert_eq!(client.call("ddnsd", "trigger", trigger).unwrap(), json!({}));
    assert_eq!(myip(&rig.request()), "198.51.100.50");
    rig.until_state("current");
    rig.no_request();

    rig.netifd.set_interface("wan", wan("198.51.100.51"));
    client.call("ddnsd", "trigger", json!({"action": "ifupdate"})).unwrap();
    assert_eq!(myip(&rig.request()), "198.51.100.51", "hotplug alone is enough");
}

#[test]
fn a_reload_takes_up_what_is_right_and_keeps_what_it_cannot_read() {
    let rig = World::new(&["home.ddns.net"], "");
    let daemon = rig.home.daemon();
    rig.request();
    rig.until_state("current");
    rig.home.configure("config account 'home\n");
    daemon.signal(Signal::HUP);
    daemon.wait_log("the configuration in force stays");
    let client = rig.bus.client();
    let status = client.call("ddnsd", "status", json!({})).unwrap();
    assert_eq!((&status["accounts"][0]["state"], &status["errors"][0]["line"]), (&json!("current"), &json!(1)));
    rig.no_request();

    let good = account(&rig.service, "home", &["home.ddns.net"], "\toption force_interval '7'\n");
    rig.home.configure(&format!("{good}config account 'bad'\n"));
    let errors = client.call("ddnsd", "reload", json!({})).unwrap()["errors"].clone();
    assert_eq!(errors[0]["section"], "bad");
    assert_eq!(myip(&rig.request()), "198.51.100.10", "rule 3");
    rig.until_state("current");
}

#[test]
fn an_exchange_in_flight_may_end_before_the_daemon_does() {
    let rig = World::new(&["home.ddns.net"], "");
    rig.service.script([Script::Late(Duration::from_millis(800))]);
    let mut daemon = rig.home.daemon();
    rig.request();
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait_end(PATIENCE), Some(0));
    assert!(rig.home.state().contains("198.51.100.10"), "{}", rig.home.state());
}

#[test]
fn a_server_that_hangs_does_not_hold_up_the_end() {
    let rig = World::new(&["home.ddns.net"], "\toption timeout '60'\n");
    rig.service.script([Script::Hang]);
    let mut daemon = rig.home.daemon();
    rig.request();
    let begun = std::time::Instant::now();
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait_end(PATIENCE), Some(0));
    assert!(begun.elapsed() >= Duration::from_secs(4));
}

#[test]
fn the_object_checks_what_it_is_asked() {
    use ddnsd::ubus::{RequestError, Status};
    let rig = World::new(&["home.ddns.net"], "");
    let _daemon = rig.home.daemon();
    rig.request();
    let client = rig.bus.client();
    let object = client.wait_for_object("ddnsd");
    assert_eq!(object.signature.len(), 8);
    let cases = [
        ("update", json!({"account": "nobody"}), Status::NOT_FOUND),
        ("update", json!({"account": 7}), Status::INVALID_ARGUMENT),
        ("update", json!({"force": "yes"}), Status::INVALID_ARGUMENT),
        ("resume", json!({}), Status::INVALID_ARGUMENT),
        ("resume", json!({"account": "nobody"}), Status::NOT_FOUND),
        ("resume", json!({"account": "home", "hostname": "other"}), Status::NOT_FOUND),
        ("offline", json!({"account": "home"}), Status::INVALID_ARGUMENT),
        ("offline", json!({"account": "nobody", "offline": true}), Status::NOT_FOUND),
        ("history", json!({"limit": "many"}), Status::INVALID_ARGUMENT),
        ("history", json!({"account": "nobody"}), Status::NOT_FOUND),
        ("status", json!({"verbose": true}), Status::INVALID_ARGUMENT),
        ("reload", json!({"now": 1}), Status::INVALID_ARGUMENT),
        ("services", json!({"name": "noip"}), Status::INVALID_ARGUMENT),
        ("trigger", json!({"action": "clock", "interfaces": []}), Status::INVALID_ARGUMENT),
        ("update", json!({"acount": "home", "force": true}), Status::INVALID_ARGUMENT),
        ("offline", json!({"account": "home", "hostnam": "a", "offline": true}), Status::INVALID_ARGUMENT),
        ("trigger", json!({}), Status::INVALID_ARGUMENT),
        ("trigger", json!({"action": "explode"}), Status::INVALID_ARGUMENT),
        ("explode", json!({}), Status::METHOD_NOT_FOUND),
    ];
    for (method, arguments, status) in cases {
        let answer = client.call("ddnsd", method, arguments.clone());
        assert!(matches!(&answer, Err(RequestError::Status(it)) if *it == status), "{method} {arguments}: {answer:?}");
    }
    rig.no_request();
    // As it comes through rpcd.
    let services = client.call("ddnsd", "services", json!({"ubus_rpc_session": "0123"})).unwrap();
    assert_eq!(services["services"][0]["name"], "noip");
}

#[test]
fn the_command_line_talks_to_the_daemon() {
    let rig = World::new(&["home.ddns.net"], "");
    let _daemon = rig.home.daemon();
    rig.request();
    rig.until_state("current");
    let status = rig.home.run(&["status", "--json"]);
    assert_eq!((status.status, &status.json()["accounts"][0]["state"]), (0, &json!("current")));
    let unchanged = rig.home.run(&["update", "--json"]);
    assert_eq!((unchanged.status, &unchanged.json()["accounts"][0]["result"]), (0, &json!("unchanged")));
    let forced = rig.home.run(&["update", "--force", "home", "--json"]);
    assert_eq!((forced.status, &forced.json()["accounts"][0]["result"]), (0, &json!("unchanged")), "{forced:?}");
    assert_eq!(forced.json()["accounts"][0]["message"], "sent, and was already at 198.51.100.10 (nochg)");
    assert_eq!(rig.request().query("hostname"), Some("home.ddns.net"));
    assert_eq!(rig.home.run(&["update", "nobody"]).status, 2);
    assert_eq!(rig.home.run(&["update", "--ipv4", "192.0.2.1"]).status, 2);
    let offline = rig.home.run(&["offline", "home", "--json"]);
    assert_eq!(offline.status, 0, "{offline:?}");
    assert_eq!(rig.request().query("offline"), Some("YES"));
    assert_eq!(rig.home.run(&["resume", "home"]).status, 0);
}

#[test]
fn two_daemons_do_not_share_a_state_file() {
    let rig = World::new(&["home.ddns.net"], "");
    let _first = rig.home.daemon();
    rig.until_state("current");
    let second = rig.home.command(&["run", "--log", "stderr"]).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("in use by another ddnsd"));
    common::assert_no_secret(&said);
}

#[test]
fn an_idle_daemon_does_not_wake_up() {
    let rig = World::new(&["home.ddns.net"], "");
    let daemon = rig.home.daemon();
    rig.request();
    rig.until_state("current");
    let switches = || {
        let file = format!("/proc/{}/status", daemon.child.id());
        let text = std::fs::read_to_string(file).unwrap();
        let count =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok()).unwrap();
        count("voluntary_ctxt_switches:") + count("nonvoluntary_ctxt_switches:")
    };
    // The answer to the last call of `status` may still be on its way.
    std::thread::sleep(QUIET);
    let before = switches();
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(switches(), before);
}
