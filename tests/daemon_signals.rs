//! Signals that arrive while the daemon is still starting: they are listened for before anything is read.

mod common;

use common::{Daemon, Home, PATIENCE, account, service, until};
use ddnsd_testkit::bus::Bus;
use rustix::process::Signal;
use std::time::Duration;

const HOST: &[&str] = &["home.ddns.net"];

/// How long the daemon has been on a CPU: how busy the machine is does not count. `None` where it has ended, or where the
/// kernel does not count it.
fn on_cpu(daemon: &Daemon) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{}/schedstat", daemon.child.id())).ok()?;
    Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
}

/// A configuration that takes a while to read.
fn long(config: &str) -> String {
    let mut text = config.to_owned();
    while text.len() < 500_000 {
        let number = text.len();
        text.push_str(&format!("config account 'off{number}'\n\toption enabled '0'\n\toption username 'u'\n"));
        text.push_str(&format!("\toption password 'p'\n\tlist hostname 'host{number}.example.net'\n\n"));
    }
    text
}

/// `service ddnsd reload` sends SIGHUP to a daemon that has only just been started. It was ended by that, and procd
/// starts it again after five minutes.
#[test]
fn a_reload_in_the_first_milliseconds_is_a_reload() {
    let bus = Bus::start();
    let service = service(HOST);
    let home = Home::on_bus(&long(&account(&service, "home", HOST, "")), bus.socket());
    // How much it takes until it runs, in this build.
    let daemon = home.daemon();
    daemon.wait_log("has started with");
    let Some(whole) = on_cpu(&daemon).filter(|time| !time.is_zero()) else {
        return ddnsd_testkit::skipped("the kernel does not count how long a process has been on a CPU");
    };
    drop(daemon);
    for part in 1..=8 {
        let _ = std::fs::remove_file(home.path("log"));
        let mut daemon = home.daemon();
        // The C library and Rust's runtime start without any of our code: not even a handler is there before.
        let early = Duration::from_millis(4).max(whole * part / 10);
        while on_cpu(&daemon).is_some_and(|time| time < early) {
            std::thread::yield_now();
        }
        daemon.signal(Signal::HUP);
        until("the configuration was read again, or the daemon has ended", || {
            daemon.log().contains("the configuration was read again") || daemon.child.try_wait().unwrap().is_some()
        });
        assert_eq!(daemon.child.try_wait().unwrap(), None, "SIGHUP after {early:?} of {whole:?} ended it");
        daemon.signal(Signal::TERM);
        assert_eq!(daemon.wait_end(PATIENCE), Some(0));
    }
}

#[test]
fn an_end_in_the_first_milliseconds_is_an_orderly_one() {
    let bus = Bus::start();
    let service = service(HOST);
    let home = Home::on_bus(&long(&account(&service, "home", HOST, "")), bus.socket());
    let mut daemon = home.daemon();
    while on_cpu(&daemon).is_some_and(|time| time < Duration::from_millis(6)) {
        std::thread::yield_now();
    }
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait_end(PATIENCE), Some(0));
}
