//! The daemon with a provider that has an API: what it remembers saves requests, and is never relied on blindly.

mod common;

use common::{Home, until, wan};
use ddnsd_testkit::bus::{Bus, Netifd};
use ddnsd_testkit::provider::{Api, World, provider};
use serde_json::{Value, json};

const TOKEN: &str = "T0ken";

struct Rig {
    api: Api,
    netifd: Netifd,
    home: Home,
    _bus: Bus,
}

fn rig(service: &str, hostnames: &[&str], more: &str) -> Rig {
    let mut world = World::new("", TOKEN);
    for host in hostnames {
        world.add(host, "A", "198.51.100.7");
    }
    let api = Api::start(&provider(service), world);
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    netifd.set_interface("wan", wan("192.0.2.1"));
    let mut text = format!(
        "config account 'home'\n\toption service '{service}'\n\toption server '127.0.0.1'\n\toption port '{}'\n\
         \toption tls '0'\n\toption password '{TOKEN}'\n",
        api.port()
    );
    for host in hostnames {
        text.push_str(&format!("\tlist hostname '{host}'\n"));
    }
    let home = Home::on_bus(&format!("{text}{more}"), bus.socket());
    Rig { api, netifd, home, _bus: bus }
}

impl Rig {
    fn change(&self, address: &str) {
        self.netifd.set_interface("wan", wan(address));
        self.netifd.notify("wan");
    }

    fn wait_for(&self, address: &str) {
        until(&format!("all records to be {address}"), || {
            self.api.world(|world| world.records.iter().all(|it| it.value == address))
        });
    }

    /// The methods of what was asked since the last time.
    fn methods(&self, count: usize) -> String {
        until("the requests", || self.api.calls().len() >= count);
        let methods: Vec<String> = self.api.calls().into_iter().map(|call| call.method).collect();
        self.api.forget_calls();
        methods.join(" ")
    }
}

#[test]
fn the_usual_update_is_one_request_and_a_stale_id_is_found_out_anew() {
    let rig = rig("cloudflare.com", &["home.example.com"], "");
    let daemon = rig.home.daemon();
    rig.wait_for("192.0.2.1");
    daemon.wait_log("updated to 192.0.2.1");
    assert_eq!(rig.methods(4), "GET GET GET PATCH", "two zones are tried, the record is read and written");
    assert_eq!(rig.api.connections(), 1, "over one connection");
    rig.change("192.0.2.2");
    rig.wait_for("192.0.2.2");
    daemon.wait_log("updated to 192.0.2.2");
    assert_eq!(rig.methods(1), "PATCH", "all that is needed is known");
    // The owner deletes the record and makes another one.
    rig.api.world(|world| {
        world.records.clear();
        world.add("home.example.com", "A", "198.51.100.9");
    });
    rig.change("192.0.2.3");
    rig.wait_for("192.0.2.3");
    daemon.wait_log("updated to 192.0.2.3");
    assert_eq!(rig.methods(5), "PATCH GET GET GET PATCH", "what was remembered is forgotten, once");
    assert_eq!(rig.api.world(|world| (world.records[0].ttl, world.records[0].comment.clone())), (7200, json!("mine")));
}

#[test]
fn what_has_to_be_sent_along_is_read_each_time() {
    let rig = rig("gandi.net", &["home.example.com"], "");
    let daemon = rig.home.daemon();
    rig.wait_for("192.0.2.1");
    daemon.wait_log("updated to 192.0.2.1");
    assert_eq!(rig.methods(4), "GET GET GET PUT");
    rig.api.world(|world| world.records[0].ttl = 1234);
    rig.change("192.0.2.2");
    rig.wait_for("192.0.2.2");
    daemon.wait_log("updated to 192.0.2.2");
    assert_eq!(rig.methods(2), "GET PUT");
    assert_eq!(rig.api.world(|world| world.records[0].ttl), 1234, "the owner's new TTL stays");
}

#[test]
fn several_hosts_are_runs_one_after_the_other_and_one_that_halts_stops_no_other() {
    let rig = rig("cloudflare.com", &["a.example.com", "b.example.com", "c.example.com", "d.example.com"], "");
    rig.api.world(|world| world.records.retain(|it| it.host != "b.example.com"));
    let daemon = rig.home.daemon();
    rig.wait_for("192.0.2.1");
    daemon.wait_log("d.example.com: updated to 192.0.2.1");
    assert!(daemon.log().contains("b.example.com: halted"), "{}", daemon.log());
    assert_eq!(rig.api.connections(), 4, "one for each run");
    let status = rig.home.run(&["status", "--json"]).json();
    let halt = &status["accounts"][0]["hosts"][1]["halt"];
    assert_eq!(halt["reason"], "nohost", "{status}");
    assert!(halt["advice"].as_str().unwrap().contains("option create '1'"), "{halt}");
}

/// An answer is read as it comes: of a zone with 5,000 records only the one that is meant is kept.
#[test]
fn a_zone_with_thousands_of_records_costs_no_more_memory_than_one_with_few() {
    let peak = |records: usize| {
        let rig = rig("vultr.com", &["home.example.com"], "");
        rig.api.world(|world| {
            for at in 0..records {
                world.make("example.com", &format!("h{at}.example.com"), "A", "198.51.100.1", 300, Value::Null);
            }
        });
        let daemon = rig.home.daemon();
        daemon.wait_log("updated to 192.0.2.1");
        daemon.memory("VmHWM:")
    };
    // The allocator and the threads make 200 kB of noise: the least of three. The answer alone has 450 kB.
    let least = |records: usize| (0..3).map(|_| peak(records)).min().unwrap_or(0);
    let (few, many) = (least(5), least(5000));
    assert!(many < few + 300, "{few} kB with few records, {many} kB with many");
}
