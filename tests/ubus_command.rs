//! OpenWrt's own `ubus` command, where it is on PATH, against our client and the test bus: libubus on the other side.

use ddnsd::ubus::client::Method;
use ddnsd::ubus::value::Type;
use ddnsd::ubus::{Client, Reply, Status};
use ddnsd_testkit::bus::{Bus, Hotplug, Link, Netifd, dump};
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

/// `ubus` on PATH.
fn ubus() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|folder| folder.join("ubus")).find(|file| file.is_file());
    if found.is_none() {
        ddnsd_testkit::skipped("no ubus on PATH");
    }
    found
}

/// The buses to try it on.
fn buses() -> Vec<Bus> {
    std::iter::once(Bus::start_simulated()).chain(Bus::start_real()).collect()
}

/// Without `-S` its output is for people, and indented.
fn run(ubus: &PathBuf, bus: &Bus, arguments: &[&str]) -> Output {
    Command::new(ubus).arg("-s").arg(bus.socket()).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> Json {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
}

fn publish(bus: &Bus) -> Link {
    let link = Link::connect(
        bus.socket(),
        Some(Box::new(|client: &mut Client, call| match call.method.as_str() {
            "echo" => client.answer(call.token, Some(call.arguments), Status::OK),
            "quiet" => client.answer(call.token, None, Status::OK),
            _ => client.answer(call.token, None, Status::METHOD_NOT_FOUND),
        })),
    )
    .unwrap();
    let methods = [
        Method { name: "echo", arguments: &[("text", Type::String), ("list", Type::Array), ("on", Type::Bool)] },
        Method { name: "quiet", arguments: &[] },
    ];
    assert!(matches!(link.ask(|client| client.add_object(Some("rig"), &methods)), Ok(Reply::Object(_))));
    link
}

/// A child that does not outlive the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_lists_and_calls_our_object() {
    let Some(ubus) = ubus() else { return };
    for bus in buses() {
        let _object = publish(&bus);
        let listed = run(&ubus, &bus, &["list", "-v", "rig"]);
        let listed = String::from_utf8(listed.stdout).unwrap();
        assert!(listed.contains(r#""echo":{"text":"String","list":"Array","on":"Boolean"}"#), "{listed}");
        let arguments =
            json!({"text": "é", "list": [1, -5_000_000_000_i64, {"a": []}], "on": true, "none": null, "pi": 3.5});
        assert_eq!(said(&run(&ubus, &bus, &["call", "rig", "echo", &arguments.to_string()])), arguments);
        assert!(run(&ubus, &bus, &["call", "rig", "quiet"]).status.success());
        let nosuch = run(&ubus, &bus, &["call", "rig", "nosuch"]);
        assert!(String::from_utf8_lossy(&nosuch.stderr).contains("Method not found"), "{nosuch:?}");
        // The exit status is the bus's.
        assert_eq!(run(&ubus, &bus, &["call", "nobody", "echo"]).status.code(), Some(4));
    }
}

#[test]
fn it_talks_to_the_scripted_netifd_and_to_hotplug() {
    let Some(ubus) = ubus() else { return };
    for bus in buses() {
        let netifd = Netifd::start(&bus);
        netifd.load_dump("ppp6-02-dhcp6-refresh");
        assert_eq!(said(&run(&ubus, &bus, &["call", "network.interface", "dump"])), dump("ppp6-02-dhcp6-refresh"));
        assert_eq!(said(&run(&ubus, &bus, &["call", "network.interface.wan", "status"]))["proto"], "pppoe");
        let hotplug = Hotplug::start(&bus);
        assert!(run(&ubus, &bus, &["call", "hotplug.ddnsd", "call", r#"{"env":["ACTION=updated"]}"#]).status.success());
        assert_eq!(hotplug.wait(1)[0]["ACTION"], "updated");
    }
}

#[test]
fn it_hears_our_notifications_and_we_hear_its_events() {
    let Some(ubus) = ubus() else { return };
    for bus in buses() {
        let client = bus.client();
        client.listen("rig.*");
        assert!(run(&ubus, &bus, &["send", "rig.event", r#"{"x":1}"#]).status.success());
        assert_eq!(client.wait_for("rig.event"), json!({"x": 1}));

        let netifd = Netifd::start(&bus);
        netifd.set_interface("wan", json!({"up": true, "ipv4-address": [{"address": "192.0.2.1", "mask": 24}]}));
        let subscriber = Command::new(&ubus)
            .args(["-S", "-s"])
            .arg(bus.socket())
            .args(["subscribe", "network.interface"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        let mut subscriber = Ended(subscriber.unwrap());
        netifd.wait_for_subscriber();
        netifd.notify("wan");
        let mut line = String::new();
        BufReader::new(subscriber.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let heard: Json = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
        assert_eq!(heard["interface.update"], netifd.interface("wan").unwrap());
    }
}
