//! What a daemon has around it: a bus, a netifd with its interfaces, the service, and a folder for what it writes.

use super::{Home, account, service, until};
use ddnsd_testkit::bus::{Bus, Netifd};
use ddnsd_testkit::service::Service;
use serde_json::{Value, json};

pub struct World {
    pub bus: Bus,
    pub netifd: Netifd,
    pub service: Service,
    pub home: Home,
}

impl World {
    /// Nothing but `wan`, and the account `home` with these hosts and lines more.
    pub fn new(hostnames: &[&str], more: &str) -> World {
        World::with(hostnames, more, |netifd| netifd.set_interface("wan", wan("198.51.100.10")))
    }

    /// The same with another network.
    pub fn with(hostnames: &[&str], more: &str, network: impl FnOnce(&Netifd)) -> World {
        let bus = Bus::start();
        let netifd = Netifd::start(&bus);
        network(&netifd);
        let service = service(hostnames);
        let home = Home::on_bus(&account(&service, "home", hostnames, more), bus.socket());
        World { bus, netifd, service, home }
    }

    /// The first account's.
    pub fn status(&self) -> Value {
        status(&self.bus)
    }

    pub fn until_state(&self, state: &str) {
        until(&format!("the account is {state}"), || self.status()["state"] == state);
    }

    /// `wan` gets another address, and netifd says so.
    pub fn change(&self, address: &str) {
        self.netifd.set_interface("wan", wan(address));
        self.netifd.notify("wan");
    }
}

/// What the daemon says of its first account, once it is on the bus.
pub fn status(bus: &Bus) -> Value {
    let client = bus.client();
    client.wait_for_object("ddnsd");
    client.call("ddnsd", "status", json!({})).unwrap()["accounts"][0].clone()
}

/// A line with a default route that has been up for a while.
pub fn wan(address: &str) -> Value {
    json!({
        "up": true, "pending": false, "available": true, "uptime": 1000, "l3_device": "wan0", "proto": "static",
        "metric": 0, "ipv4-address": [{"address": address, "mask": 24}], "ipv6-address": [], "ipv6-prefix": [],
        "ipv6-prefix-assignment": [], "route": [
            {"target": "0.0.0.0", "mask": 0, "nexthop": "198.51.100.1", "source": "0.0.0.0/0"},
        ],
    })
}
