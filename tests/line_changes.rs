//! docs/protocol.md, rule 6, from outside: what a change of the line does to failures, and that a silent service holds
//! nobody up but its own accounts.

mod common;

use common::{Home, PATIENCE, account, service, until, wan};
use ddnsd_testkit::bus::{Bus, Hotplug, Netifd};
use ddnsd_testkit::service::{Options, Request, Script, Service, Tls};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const HOST: &[&str] = &["home.ddns.net"];

struct World {
    bus: Bus,
    netifd: Netifd,
    home: Home,
}

impl World {
    fn new(config: &str) -> World {
        let bus = Bus::start();
        let netifd = Netifd::start(&bus);
        netifd.set_interface("wan", wan("198.51.100.10"));
        let home = Home::on_bus(config, bus.socket());
        World { bus, netifd, home }
    }

    fn status(&self) -> Value {
        let client = self.bus.client();
        client.wait_for_object("ddnsd");
        client.call("ddnsd", "status", json!({})).unwrap()
    }

    fn account(&self, name: &str) -> Value {
        let status = self.status();
        let accounts = status["accounts"].as_array().unwrap();
        accounts.iter().find(|account| account["name"] == name).unwrap().clone()
    }

    fn until_state(&self, state: &str) {
        until(&format!("the account is {state}"), || self.account("home")["state"] == state);
    }

    fn change(&self, address: &str) -> Instant {
        self.netifd.set_interface("wan", wan(address));
        self.netifd.notify("wan");
        Instant::now()
    }
}

fn address(request: &Request) -> &str {
    request.query("myip").unwrap_or_default()
}

/// The request that was under way on the old line hung for its time-out, and then the new address waited 30 s more.
#[test]
fn r06_an_address_that_changes_while_a_request_hangs_goes_out_when_that_has_ended() {
    let service = service(HOST);
    let world = World::new(&account(&service, "home", HOST, "").replace("timeout '5'", "timeout '3'"));
    let hotplug = Hotplug::start(&world.bus);
    let _daemon = world.home.daemon();
    service.wait_request(PATIENCE).unwrap();
    world.until_state("current");
    service.script([Script::Hang]);
    world.change("198.51.100.11");
    let begun = service.wait_request(PATIENCE).unwrap().at;
    world.change("198.51.100.12");
    let request = service.wait_request(PATIENCE).unwrap();
    assert_eq!(address(&request), "198.51.100.12");
    let after = request.at.duration_since(begun);
    assert!((Duration::from_secs(2)..Duration::from_secs(5)).contains(&after), "{after:?} after the one that hung");
    world.until_state("current");
    assert!(hotplug.wait(2).iter().all(|call| call["ACTION"] == "updated"), "nobody is told of a failure");
}

#[test]
fn r06_a_trigger_ends_a_back_off_of_the_line_but_no_wait_and_no_halt() {
    let service = service(HOST);
    let world = World::new(&account(&service, "home", HOST, "").replace("timeout '5'", "timeout '2'"));
    service.script([Script::Hang, Script::answer(500, "911\r\n")]);
    let _daemon = world.home.daemon();
    service.wait_request(PATIENCE).unwrap();
    world.until_state("backoff");
    let client = world.bus.client();
    let trigger = || client.call("ddnsd", "trigger", json!({"interface": "wan", "action": "ifup"})).unwrap();
    let begun = Instant::now();
    assert_eq!(trigger(), json!({}));
    service.wait_request(PATIENCE).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
    until("it was asked to wait", || world.account("home")["waiting"]["reason"] == "service");
    trigger();
    assert!(service.wait_request(Duration::from_millis(400)).is_err());
}

/// The router's resolver has not read its new servers yet: the owner's scripts heard of a failure, and the address
/// waited for half a minute.
#[test]
fn r06_a_name_that_is_not_resolved_on_a_fresh_line_alarms_nobody() {
    let service = service(HOST);
    let config = account(&service, "home", HOST, "");
    let server = config.lines().find(|line| line.contains("option server")).unwrap().to_owned();
    let config = config.replace(&server, "\toption server 'no-such-host.invalid'");
    let world = World::new(&config);
    let client = world.bus.client();
    let daemon = world.home.daemon();
    // The line is old: that the name is not resolved is a failure.
    world.until_state("backoff");
    world.change("198.51.100.11");
    until("it is looked up again", || world.account("home")["waiting"]["reason"] == "settling");
    let before = client.call("ddnsd", "history", json!({})).unwrap()["events"].as_array().unwrap().len();
    daemon.wait_log("it is looked up again; next attempt in 1 seconds");
    let status = world.account("home");
    assert!(status["state"] == "pending" || status["state"] == "updating", "{status}");
    assert_eq!(status["failures"], 0);
    until("the second time", || {
        let status = world.account("home");
        let (until, now) = (status["waiting"]["until"].as_u64(), world.status()["now"].as_u64().unwrap());
        until.is_some_and(|until| until > now + 1)
    });
    let after = client.call("ddnsd", "history", json!({})).unwrap()["events"].as_array().unwrap().len();
    assert_eq!(before, after, "nothing happened that anybody must know");
}

/// Eight accounts at a service that takes connections and says nothing once held up the ninth for 42 seconds.
#[test]
fn a_silent_service_holds_up_no_account_of_another() {
    let silent = Service::start(Options { tls: Some(Tls::default()), ..Options::default() }).unwrap();
    silent.script(std::iter::repeat_n(Script::Hang, 100));
    let good = service(HOST);
    let mut config = String::new();
    for number in 0..8 {
        config +=
            &account(&silent, &format!("dead{number}"), &["dead.ddns.net"], "").replace("timeout '5'", "timeout '20'");
    }
    config += &account(&good, "home", HOST, "");
    let world = World::new(&config);
    let begun = Instant::now();
    let _daemon = world.home.daemon();
    assert_eq!(address(&good.wait_request(PATIENCE).unwrap()), "198.51.100.10");
    assert!(begun.elapsed() < Duration::from_secs(2), "at the start: {:?}", begun.elapsed());
    world.until_state("current");
    until("the silent ones have what they may have", || silent.connections() == 3);
    let waiting = world.account("dead7")["waiting"].clone();
    assert_eq!((&waiting["reason"], &waiting["until"]), (&json!("workers"), &Value::Null));
    let changed = world.change("198.51.100.11");
    let request = good.wait_request(PATIENCE).unwrap();
    assert_eq!(address(&request), "198.51.100.11");
    let took = request.at.saturating_duration_since(changed);
    assert!(took < Duration::from_secs(1), "{took:?} after the change");
    assert_eq!(silent.connections(), 3, "the fourth is kept");
}
