//! The bus under fire, and the daemon for a long time: floods, garbage, a ubusd that stops reading, reloads, no logd.
//! Each test is a row of `docs/reliability.md`.

mod common;

use common::{Daemon, Home, PATIENCE, World, account, service, until};
use ddnsd::ubus::Reply;
use ddnsd_testkit::bus::{Bus, Link};
use rustix::process::Signal;
use serde_json::json;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const HOST: &[&str] = &["home.ddns.net"];

fn rig() -> World {
    World::with(HOST, "", |netifd| netifd.load_dump("00-static-wan-up"))
}

#[test]
fn a_flood_of_calls_from_many_clients_costs_no_request_no_descriptor_and_little_memory() {
    let rig = rig();
    let daemon = rig.home.daemon();
    rig.until_state("current");
    let flood = || {
        std::thread::scope(|scope| {
            for number in 0..4 {
                let client = rig.bus.client();
                scope.spawn(move || {
                    let long = "x".repeat(1000 * number);
                    for round in 0..75 {
                        let _ = client.call("ddnsd", "status", json!({"unknown": long}));
                        let _ = client.call("ddnsd", "update", json!({"account": long, "force": round}));
                        let _ = client.call("ddnsd", "history", json!({"limit": i64::MAX}));
                        let _ = client.call("ddnsd", "trigger", json!({"action": "ifup", "interface": long}));
                        let _ = client.call("ddnsd", "trigger", json!({"action": "clock"}));
                        let _ = client.call("ddnsd", &long, json!({"a": [[[[[[1]]]]]], "b": {"c": {}}}));
                    }
                });
            }
        });
    };
    flood();
    let before = (daemon.descriptors(), daemon.memory("VmRSS:"));
    flood();
    let after = (daemon.descriptors(), daemon.memory("VmRSS:"));
    assert_eq!(after.0, before.0);
    assert!(after.1 <= before.1 + 512, "{} KiB, then {} KiB", before.1, after.1);
    assert_eq!(rig.status()["state"], "current");
    assert_eq!(rig.service.requests().len(), 1);
    println!("1,800 calls: {} descriptors, {} KiB, then {} KiB", after.0, before.1, after.1);
}

/// However often somebody asks with force, rule 12 holds.
#[test]
fn r12_a_flood_of_forced_updates_is_bounded() {
    let rig = rig();
    let _daemon = rig.home.daemon();
    rig.until_state("current");
    let client = rig.bus.client();
    for _ in 0..500 {
        client.call("ddnsd", "update", json!({"force": true})).unwrap();
    }
    rig.status();
    assert!(rig.service.requests().len() <= 3, "{}", rig.service.requests().len());
}

#[test]
fn three_hundred_reloads_leak_nothing_and_send_nothing() {
    let rig = rig();
    let daemon = rig.home.daemon();
    rig.until_state("current");
    let client = rig.bus.client();
    let good = std::fs::read_to_string(rig.home.path("ddnsd")).unwrap();
    let bad = format!("{good}config account 'bad'\n\toption nonsense '1'\n");
    let reload = |rounds: usize| {
        for round in 0..rounds {
            rig.home.configure(match round % 3 {
                0 => &bad,
                1 => "config account 'home\n",
                _ => &good,
            });
            if round % 2 == 0 {
                daemon.signal(Signal::HUP);
            }
            client.call("ddnsd", "reload", json!({})).unwrap();
        }
    };
    reload(60);
    let before = (daemon.descriptors(), daemon.memory("VmRSS:"));
    reload(300);
    let after = (daemon.descriptors(), daemon.memory("VmRSS:"));
    assert_eq!(after.0, before.0);
    assert!(after.1 <= before.1 + 512, "{} KiB, then {} KiB", before.1, after.1);
    assert_eq!(rig.status()["state"], "current");
    assert_eq!(rig.service.requests().len(), 1);
    println!("300 reloads: {} descriptors, {} KiB, then {} KiB", after.0, before.1, after.1);
}

#[test]
fn thousands_of_notifications_leak_nothing() {
    let rig = rig();
    let daemon = rig.home.daemon();
    rig.until_state("current");
    let flood = |rounds: usize| {
        for round in 0..rounds {
            rig.netifd.emit("wan", if round % 5 == 0 { "interface.down" } else { "interface.update" });
        }
        // Answered when all of these have been taken in.
        rig.status();
    };
    flood(1000);
    let before = (daemon.descriptors(), daemon.memory("VmRSS:"));
    // A hundred at a time: how many more wait at once, on a busy machine, is no leak.
    (0..100).for_each(|_| flood(100));
    let after = (daemon.descriptors(), daemon.memory("VmRSS:"));
    assert_eq!(after.0, before.0);
    assert!(after.1 <= before.1 + 512, "{} KiB, then {} KiB", before.1, after.1);
    flood(10_000);
    until("it has caught up", || rig.status()["state"] == "current");
    assert_eq!(rig.service.requests().len(), 1, "nothing differed");
    println!("10,000 notifications: {} descriptors, {} KiB, then {} KiB", after.0, before.1, after.1);
}

/// A ubusd of the test's own, that does with each connection what it is told; connections are counted by the caller.
fn false_ubusd(home: &Home, serve: impl Fn(UnixStream) + Send + 'static) -> std::sync::mpsc::Receiver<Instant> {
    let listener = UnixListener::bind(&home.socket).unwrap();
    let (sender, connections) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if sender.send(Instant::now()).is_err() {
                return;
            }
            serve(stream);
        }
    });
    connections
}

const HELLO: [u8; 12] = [0, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 4];

#[test]
fn a_ubusd_that_stops_reading_is_given_up_or_left_and_holds_nothing_up() {
    let service = service(HOST);
    let home = Home::new(&account(&service, "home", HOST, ""));
    let connections = false_ubusd(&home, |mut stream| {
        let _ = stream.write_all(&HELLO);
        std::mem::forget(stream);
    });
    let mut daemon = home.daemon();
    connections.recv_timeout(PATIENCE).unwrap();
    for _ in 0..50 {
        daemon.signal(Signal::HUP);
    }
    daemon.wait_log("the configuration was read again");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait_end(PATIENCE), Some(0), "nothing waits for the bus");
    // The command line gives up in words, and sends nothing beside a daemon that may be there.
    let begun = Instant::now();
    let output = home.run(&["status"]);
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert_eq!(output.status, 1);
    assert!(output.stderr.contains("does not answer"), "{}", output.stderr);
}

#[test]
fn garbage_on_the_bus_is_left_with_a_pause_and_the_real_bus_is_found_again() {
    let mut rig = rig();
    rig.netifd.stop();
    rig.bus.stop();
    let _ = std::fs::remove_file(&rig.home.socket);
    let connections = false_ubusd(&rig.home, |mut stream| {
        let _ = stream.write_all(&HELLO);
        let _ = stream.write_all(&[0xff; 4096]);
        let _ = stream.set_read_timeout(Some(PATIENCE));
        let mut sink = [0; 4096];
        while stream.read(&mut sink).is_ok_and(|count| count > 0) {}
    });
    let daemon = rig.home.daemon();
    daemon.wait_log("what is no message");
    let dialled: Vec<Instant> = (0..4).map(|_| connections.recv_timeout(PATIENCE).unwrap()).collect();
    assert!(dialled[3] - dialled[0] >= Duration::from_millis(500), "it dials with growing pauses");
    drop(connections);
    std::fs::remove_file(&rig.home.socket).unwrap();
    rig.bus.start_again();
    rig.netifd.come_back();
    rig.service.wait_request(PATIENCE).unwrap();
    rig.until_state("current");
}

/// Somebody else's object under the daemon's name; gone with the link.
fn usurper(bus: &Bus) -> Link {
    let link = Link::connect(bus.socket(), None).unwrap();
    assert!(matches!(link.ask(|client| client.add_object(Some("ddnsd"), &[])), Ok(Reply::Object(_))));
    link
}

/// How many lines of the log say so.
fn said(daemon: &Daemon, words: &str) -> usize {
    daemon.log().lines().filter(|line| line.contains(words)).count()
}

const REFUSED: &str = "cannot publish the object ddnsd";
const PUBLISHED: &str = "the object ddnsd is published on ubus now";

/// The daemon took the first refusal for the last: until it or ubusd started anew, nobody found it on the bus.
#[test]
fn a_name_that_is_taken_is_asked_for_again_and_all_else_goes_on() {
    let rig = rig();
    let other = usurper(&rig.bus);
    let daemon = rig.home.daemon();
    daemon.wait_log(REFUSED);
    // netifd is asked, subscribed to and heard meanwhile.
    let first = rig.service.wait_request(PATIENCE).unwrap();
    rig.netifd.wait_for_subscriber();
    let mut wan = rig.netifd.interface("wan").unwrap();
    wan["ipv4-address"][0]["address"] = json!("198.51.100.200");
    rig.netifd.set_interface("wan", wan);
    rig.netifd.notify("wan");
    let second = rig.service.wait_request(PATIENCE).unwrap();
    assert_ne!(first.query("myip"), Some("198.51.100.200"));
    assert_eq!(second.query("myip"), Some("198.51.100.200"));
    assert_eq!(said(&daemon, PUBLISHED), 0);

    drop(other);
    daemon.wait_log(PUBLISHED);
    rig.until_state("current");
    let status = rig.home.run(&["status", "--json"]);
    assert_eq!((status.status, &status.json()["accounts"][0]["state"]), (0, &json!("current")));
    assert_eq!((said(&daemon, REFUSED), said(&daemon, PUBLISHED)), (1, 1), "{}", daemon.log());
}

#[test]
fn a_name_that_is_taken_is_free_on_a_new_connection() {
    let mut rig = rig();
    let _other = usurper(&rig.bus);
    let daemon = rig.home.daemon();
    daemon.wait_log(REFUSED);
    rig.netifd.stop();
    rig.bus.stop();
    rig.bus.start_again();
    rig.netifd.come_back();
    rig.until_state("current");
    assert_eq!(said(&daemon, REFUSED), 1, "{}", daemon.log());
}

/// As a jail leaves a daemon after a restart of logd: procd files what stands on standard output as `daemon.info`, what
/// stands on standard error as `daemon.err`, and adds the name itself.
fn daemon_without_logd(home: &Home, stdout: Stdio) -> Option<Daemon> {
    // With a logd, the lines would be in its log.
    if Path::new("/dev/log").exists() {
        return None;
    }
    let mut command = home.command(&["run", "--log", "syslog"]);
    command.stdout(stdout);
    Some(home.daemon_by(command))
}

#[test]
fn without_a_log_daemon_each_line_goes_where_procd_files_it_rightly() {
    let rig = rig();
    let good = std::fs::read_to_string(rig.home.path("ddnsd")).unwrap();
    rig.home.configure(&format!("{good}config account 'bad'\n\toption enabled '1'\n"));
    let news = rig.home.path("news");
    let Some(daemon) = daemon_without_logd(&rig.home, std::fs::File::create(&news).unwrap().into()) else { return };
    rig.until_state("current");
    let read = || std::fs::read_to_string(&news).unwrap();
    until("the update is told", || read().contains("home: home.ddns.net: updated to"));
    let (news, trouble) = (read(), daemon.log());
    assert!(trouble.contains("'bad'") && !news.contains("'bad'"), "{news}{trouble}");
    assert!(!trouble.contains("updated to"), "{trouble}");
    for line in news.lines().chain(trouble.lines()) {
        assert!(["ddnsd: ", "error: ", "warning: "].iter().all(|tag| !line.starts_with(tag)), "{line}");
    }
}

#[test]
fn without_a_log_daemon_and_with_a_procd_that_stops_reading_everything_else_goes_on() {
    let rig = rig();
    let (reader, writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    while rustix::io::write(&writer, &[b'x'; 4096]).is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false).unwrap();
    let Some(mut daemon) = daemon_without_logd(&rig.home, writer.into()) else { return };
    rig.service.wait_request(PATIENCE).unwrap();
    rig.until_state("current");
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait_end(PATIENCE), Some(0));
    drop(reader);
}
