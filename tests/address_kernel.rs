//! `kernel_source` on real devices: in a network namespace of this test's own, as an unprivileged user there.
//!
//! Where namespaces or `ip` are not to be had, it says so and proves nothing.

use ddnsd::io::kernel_source::kernel_source;
use ddnsd_testkit::skipped;
use std::net::Ipv4Addr;
use std::process::Command;

/// Set in the copy of this test that runs inside the namespace.
const INSIDE: &str = "DDNSD_TEST_NAMESPACE";

/// wan0: two addresses, the default route prefers the second. wan1: one, and no route leads out through it.
/// wan2: down.
const SETUP: &str = "set -e
    for n in 0 1 2; do
        ip link add wan$n type veth peer name isp$n
        [ $n = 2 ] || { ip link set wan$n up; ip link set isp$n up; }
    done
    ip addr add 198.51.100.7/24 dev wan0
    ip addr add 198.51.100.8/24 dev wan0
    ip route add default via 198.51.100.1 dev wan0 src 198.51.100.8
    ip addr add 203.0.113.9/32 dev wan1
    exec \"$@\"";

#[test]
fn the_source_on_a_device() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let can = Command::new("unshare").args(["-rn", "ip", "link", "show"]).output();
    if !can.is_ok_and(|output| output.status.success()) {
        skipped("no network namespace, or no `ip`, is to be had here");
        return;
    }
    let me = std::env::current_exe().unwrap();
    let output = Command::new("unshare")
        .args(["-rn", "sh", "-c", SETUP, "sh"])
        .arg(me)
        .args(["--exact", "the_source_on_a_device", "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

fn inside() {
    let source = |device| kernel_source(device).map(|address: Ipv4Addr| address.to_string());
    assert_eq!(source("wan0").as_deref(), Some("198.51.100.8"), "the route's preferred source");
    assert_eq!(source("wan1").as_deref(), Some("203.0.113.9"), "no route: the kernel takes it for on-link");
    assert_eq!(source("wan2"), None, "a device that is down");
}
