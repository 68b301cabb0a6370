//! What the log says of the connection to ubusd: that it is missing or lost, once, and that it is there again.

mod common;

use common::{Daemon, Home, account, service, until};
use ddnsd_testkit::bus::{Bus, Netifd};
use ddnsd_testkit::service::Service;
use serde_json::json;

const HOST: &[&str] = &["home.ddns.net"];

struct Rig {
    bus: Bus,
    netifd: Netifd,
    _service: Service,
    home: Home,
}

impl Rig {
    fn new() -> Rig {
        let bus = Bus::start();
        let netifd = Netifd::start(&bus);
        netifd.load_dump("00-static-wan-up");
        let service = service(HOST);
        let home = Home::on_bus(&account(&service, "home", HOST, ""), bus.socket());
        Rig { bus, netifd, _service: service, home }
    }

    /// The daemon as procd starts it: what it says is for the configuration to decide.
    fn daemon(&self) -> Daemon {
        self.home.daemon_by(self.home.command(&["run", "--log", "stderr"]))
    }

    fn until_current(&self) {
        let client = self.bus.client();
        client.wait_for_object("ddnsd");
        let status = || client.call("ddnsd", "status", json!({})).unwrap();
        until("the account is current", || status()["accounts"][0]["state"] == "current");
    }
}

#[test]
fn a_lost_connection_is_said_once_and_said_to_be_back() {
    let mut rig = Rig::new();
    let daemon = rig.daemon();
    rig.until_current();
    rig.netifd.stop();
    rig.bus.stop();
    daemon.wait_log("lost the connection to ubusd: ubusd closed the connection; connecting again");
    rig.bus.start_again();
    rig.netifd.come_back();
    daemon.wait_log("connected to ubusd again");
    rig.until_current();
    let log = daemon.log();
    assert_eq!(
        (log.matches("lost the connection").count(), log.matches("connected to ubusd").count()),
        (1, 1),
        "{log}"
    );
}

#[test]
fn a_bus_that_was_missing_is_said_to_be_there() {
    let mut rig = Rig::new();
    rig.netifd.stop();
    rig.bus.stop();
    let daemon = rig.daemon();
    daemon.wait_log("no connection to ubusd at");
    rig.bus.start_again();
    rig.netifd.come_back();
    daemon.wait_log("connected to ubusd\n");
    rig.until_current();
    assert_eq!(daemon.log().matches("no connection to ubusd").count(), 1);
}
