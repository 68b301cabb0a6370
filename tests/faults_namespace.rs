//! The line under fire: packets that vanish, a link that goes away, a service that falls silent for ever. Each test has
//! two network namespaces of its own, a router's and a provider's, and a cable between them. Each is a row of
//! `docs/reliability.md`.

mod common;

use common::{Home, PATIENCE, SECRET, account, status, until};
use ddnsd_testkit::bus::{Bus, Netifd};
use ddnsd_testkit::service::{Options, Script, Service, Tls};
use ddnsd_testkit::skipped;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const HOST: &[&str] = &["home.ddns.net"];
/// Set in the copy of a test that runs inside the router's namespace.
const INSIDE: &str = "DDNSD_TEST_NAMESPACE";
/// Where the service is, behind the provider's end of the cable.
const SERVICE: &str = "203.0.113.10";

/// Runs a test in a network namespace of its own, as root there.
fn in_namespace(name: &str, test: fn()) {
    if std::env::var_os(INSIDE).is_some() {
        return test();
    }
    let can = Command::new("unshare")
        .args(["-rn", "ip", "link", "add", "wan0", "type", "veth", "peer", "name", "isp0"])
        .output();
    if !can.is_ok_and(|output| output.status.success()) {
        skipped("no network namespace of our own, or no `ip`, is to be had here");
        return;
    }
    let mut inside = Command::new("unshare");
    inside.arg("-rn").arg(std::env::current_exe().unwrap()).args(["--exact", name, "--nocapture"]).env(INSIDE, "1");
    let output = inside.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The provider's namespace, which a process keeps open.
struct Provider {
    holder: Child,
    namespace: File,
}

impl Provider {
    fn start() -> Provider {
        let mut holder = Command::new("unshare");
        holder.args(["--net", "sh", "-c", "echo ready; exec sleep 600"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut holder = holder.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        let namespace = File::open(format!("/proc/{}/ns/net", holder.id())).unwrap();
        Provider { holder, namespace }
    }

    /// Does something there: sockets and programs that are opened in this stay there.
    fn there<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let enter_and_work = || {
            move_into_link_name_space(self.namespace.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            work()
        };
        std::thread::scope(|scope| scope.spawn(enter_and_work).join().unwrap())
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// The router's end is `wan0`, and its address, its routes and its daemon are in the test's own namespace.
struct World {
    bus: Bus,
    netifd: Netifd,
    home: Home,
    service: Option<Service>,
    provider: Provider,
}

impl World {
    fn new(tls: bool) -> World {
        let provider = Provider::start();
        ip("link set lo up");
        ip(&format!("link add wan0 type veth peer name isp0 netns {}", provider.holder.id()));
        ip("addr add 198.51.100.10/24 dev wan0");
        provider.there(|| {
            ip("link set lo up");
            ip("addr add 198.51.100.1/24 dev isp0");
            ip(&format!("addr add {SERVICE}/32 dev lo"));
            ip("link set isp0 up");
        });
        router_link("up");
        let service = start_service(&provider, 0, tls);
        let bus = Bus::start();
        let netifd = Netifd::start(&bus);
        netifd.set_interface("wan", wan(1000));
        let home = Home::on_bus(&account(&service, "home", HOST, ""), bus.socket());
        World { bus, netifd, home, service: Some(service), provider }
    }

    fn service(&self) -> &Service {
        self.service.as_ref().unwrap()
    }

    fn status(&self) -> Value {
        status(&self.bus)
    }

    /// Waits until the update has failed for now, soon; says why.
    fn until_failed(&self, kind: &str) -> String {
        let begun = Instant::now();
        until("the update has failed for now", || self.status()["state"] == "backoff");
        assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
        let status = self.status();
        assert_eq!((&status["error"]["kind"], &status["failures"]), (&json!(kind), &json!(1)), "{status}");
        status["error"]["message"].as_str().unwrap().to_owned()
    }

    /// netifd says that the line has come up anew, as it does after a cable was plugged in.
    fn line_is_back(&self) {
        self.netifd.set_interface("wan", wan(20));
        self.netifd.notify("wan");
        until("it works again", || self.status()["state"] == "current");
    }

    /// How many requests came, all in all.
    fn requests(&self) -> usize {
        self.service().requests().len()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // It ends itself through its own address, which is to be found only there.
        let service = self.service.take();
        self.provider.there(move || drop(service));
    }
}

fn start_service(provider: &Provider, port: u16, tls: bool) -> Service {
    let names = vec![SERVICE.to_owned()];
    let tls = tls.then(|| Tls { names, ..Tls::default() });
    let options = Options { address: SERVICE.parse().unwrap(), port, tls, ..Options::default() };
    let service = provider.there(|| Service::start(options).unwrap());
    service.account("user@example.com", SECRET, HOST);
    service
}

/// Pulls the router's end of the cable, or plugs it in; the kernel forgets the routes with it.
fn router_link(state: &str) {
    ip(&format!("link set wan0 {state}"));
    if state == "up" {
        ip("route replace default via 198.51.100.1");
    }
}

fn wan(uptime: u64) -> Value {
    json!({
        "up": true, "pending": false, "available": true, "uptime": uptime, "l3_device": "wan0", "proto": "static",
        "metric": 0, "ipv4-address": [{"address": "198.51.100.10", "mask": 24}], "ipv6-address": [], "ipv6-prefix": [],
        "ipv6-prefix-assignment": [], "route": [
            {"target": "0.0.0.0", "mask": 0, "nexthop": "198.51.100.1", "source": "0.0.0.0/0"},
        ],
    })
}

#[test]
fn packets_that_vanish_while_connecting_cost_the_timeout_and_no_more() {
    in_namespace("packets_that_vanish_while_connecting_cost_the_timeout_and_no_more", || {
        let world = World::new(true);
        // What the router sends arrives; what is sent to it falls into a hole.
        world.provider.there(|| ip("route add blackhole 198.51.100.10/32"));
        let _daemon = world.home.daemon();
        let message = world.until_failed("timeout");
        assert_eq!(message, format!("no connection to {SERVICE} port {} within 5 seconds", world.service().port()));
        assert_eq!((world.service().connections(), world.requests()), (0, 0));
        world.provider.there(|| ip("route del blackhole 198.51.100.10/32"));
        world.line_is_back();
        assert_eq!(world.requests(), 1);
    });
}

#[test]
fn without_a_route_the_failure_comes_at_once_and_in_words() {
    in_namespace("without_a_route_the_failure_comes_at_once_and_in_words", || {
        let world = World::new(true);
        router_link("down");
        let _daemon = world.home.daemon();
        let message = world.until_failed("connect");
        assert!(message.contains("network is unreachable"), "{message}");
        router_link("up");
        world.line_is_back();
        assert_eq!(world.requests(), 1);
    });
}

#[test]
fn a_link_that_goes_away_after_the_request_costs_the_timeout_and_one_more_request() {
    in_namespace("a_link_that_goes_away_after_the_request_costs_the_timeout_and_one_more_request", || {
        let world = World::new(true);
        world.service().script([Script::Late(Duration::from_secs(1))]);
        let daemon = world.home.daemon();
        world.service().wait_request(PATIENCE).unwrap();
        router_link("down");
        let message = world.until_failed("timeout");
        assert!(message.contains("5 seconds"), "{message}");
        assert_eq!(world.requests(), 1, "nothing is repeated while the line is away");
        router_link("up");
        world.line_is_back();
        // The service had acknowledged the first one, which nobody could know: one nochg.
        let bodies: Vec<String> = world.service().requests().iter().map(|it| it.body.clone()).collect();
        assert_eq!(bodies, ["good 198.51.100.10\r\n", "nochg 198.51.100.10\r\n"]);
        let descriptors = daemon.descriptors();
        world.bus.client().call("ddnsd", "update", json!({"account": "home", "force": true})).unwrap();
        world.service().wait_request(PATIENCE).unwrap();
        until("the third one is over", || world.status()["state"] == "current");
        until("no descriptor more is open", || daemon.descriptors() == descriptors);
    });
}

#[test]
fn a_link_that_comes_back_within_the_timeout_costs_nothing() {
    in_namespace("a_link_that_comes_back_within_the_timeout_costs_nothing", || {
        let world = World::new(true);
        world.service().script([Script::Late(Duration::from_millis(300))]);
        let _daemon = world.home.daemon();
        world.service().wait_request(PATIENCE).unwrap();
        world.provider.there(|| ip("link set isp0 down"));
        // The answer is on its way into nowhere meanwhile; TCP sends it again.
        std::thread::sleep(Duration::from_secs(1));
        world.provider.there(|| ip("link set isp0 up"));
        until("the answer has arrived", || world.status()["state"] == "current");
        assert_eq!((world.requests(), &world.status()["error"]), (1, &Value::Null));
    });
}

#[test]
fn a_service_that_vanishes_without_a_word_after_the_request_is_left_and_found_again() {
    in_namespace("a_service_that_vanishes_without_a_word_after_the_request_is_left_and_found_again", || {
        let mut world = World::new(false);
        let port = world.service().port();
        world.service().script([Script::Hang]);
        let _daemon = world.home.daemon();
        world.service().wait_request(PATIENCE).unwrap();
        // No FIN and no RST gets out: to the router, the connection stands.
        world.provider.there(|| ip("link set isp0 down"));
        let service = world.service.take();
        world.provider.there(move || drop(service));
        assert!(connections().starts_with("ESTAB"), "{}", connections());
        let message = world.until_failed("timeout");
        assert!(message.contains("5 seconds"), "{message}");
        // Another one takes its place, and knows nothing of that connection.
        world.service = Some(start_service(&world.provider, port, false));
        world.provider.there(|| ip("link set isp0 up"));
        world.line_is_back();
        assert_eq!(world.requests(), 1);
        until("nothing is left of the connection", || !connections().contains("ESTAB"));
    });
}

/// Says to everybody, over HTTP, which of the provider's public addresses it comes from: two lines behind its NAT.
fn page(provider: &Provider) -> u16 {
    let listener = provider.there(|| TcpListener::bind((SERVICE, 0)).unwrap());
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let seen = match stream.peer_addr() {
                Ok(peer) if peer.ip().to_string() == "198.51.100.10" => "192.0.2.1",
                Ok(peer) if peer.ip().to_string() == "192.168.201.2" => "192.0.2.2",
                _ => "nobody",
            };
            let mut request = [0; 1024];
            let _ = stream.read(&mut request);
            let length = seen.len();
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{seen}");
        }
    });
    port
}

/// Web detection went by the default route, and one answer was for all: both names were given the first line's address.
#[test]
fn each_line_behind_nat_is_asked_through_itself() {
    in_namespace("each_line_behind_nat_is_asked_through_itself", || {
        let world = World::new(false);
        ip(&format!("link add wan1 type veth peer name isp1 netns {}", world.provider.holder.id()));
        ip("addr add 192.168.201.2/24 dev wan1");
        world.provider.there(|| {
            ip("addr add 192.168.201.1/24 dev isp1");
            ip("link set isp1 up");
        });
        ip("link set wan1 up");
        ip("route add default via 192.168.201.1 dev wan1 metric 20");
        // Answers come in by the line that the question left through, and not by the default route's.
        for name in ["all", "wan1"] {
            let _ = std::fs::write(format!("/proc/sys/net/ipv4/conf/{name}/rp_filter"), "0");
        }
        let mut second = wan(1000);
        second["l3_device"] = json!("wan1");
        second["ipv4-address"][0]["address"] = json!("192.168.201.2");
        second["route"][0]["metric"] = json!(20);
        world.netifd.set_interface("wan2", second);
        let url = format!("http://{SERVICE}:{}/", page(&world.provider));
        let one = |name: &str, interface: &str| {
            let more = format!("\toption ipv4 'web'\n\toption interface '{interface}'\n");
            account(world.service(), name, HOST, &more).replace("http://127.0.0.1:1/", &url)
        };
        world.home.configure(&(one("first", "wan") + &one("second", "wan2")));
        let _daemon = world.home.daemon();
        let client = world.bus.client();
        client.wait_for_object("ddnsd");
        let status = || client.call("ddnsd", "status", json!({})).unwrap();
        until("both are current", || {
            let status = status();
            (0..2).all(|at| status["accounts"][at]["state"] == "current")
        });
        let shown = |at: usize| status()["accounts"][at]["ipv4"].clone();
        assert_eq!(shown(0), json!({"address": "192.0.2.1", "source": "web", "interface": "wan"}));
        assert_eq!(shown(1), json!({"address": "192.0.2.2", "source": "web", "interface": "wan2"}));
        let mut told: Vec<String> =
            world.service().requests().iter().map(|it| it.query("myip").unwrap_or_default().to_owned()).collect();
        told.sort();
        assert_eq!(told, ["192.0.2.1", "192.0.2.2"]);
    });
}

/// The TCP connections between the router and the service, as the router's kernel knows them.
fn connections() -> String {
    let output = Command::new("ss").args(["-tnH", "state", "all", "dst", SERVICE]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
