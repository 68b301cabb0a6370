//! The state file under fire: the built binary is killed, or the kernel refuses, at every system call that touches it.
//!
//! strace names the calls and makes them fail or kills there; where it cannot be used, the test says so and kills at
//! random moments only. Each test is a row of `docs/reliability.md`.

mod common;

use common::{Home, PATIENCE, account, service, until};
use ddnsd::state::State;
use ddnsd_testkit::bus::{Bus, Netifd};
use ddnsd_testkit::service::{Script, Service};
use ddnsd_testkit::skipped;
use rustix::process::Signal;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const HOST: &[&str] = &["home.ddns.net"];

fn rig() -> (Service, Home) {
    let service = service(HOST);
    let home = Home::new(&account(&service, "home", HOST, ""));
    (service, home)
}

/// `ddnsd update --ipv4 …` under strace, with what it is to do at the calls that touch the state's files; those calls, each
/// as its name and the how-manieth of its name it was (that is how strace counts).
fn traced(home: &Home, address: &str, inject: Option<&str>) -> Vec<(String, usize)> {
    home.reboot();
    let trace = home.path("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o"]).arg(&trace);
    for name in ["state", "state/state.json", "state/state.json.new", "state/state.json.lock"] {
        command.arg("-P").arg(home.path(name));
    }
    if let Some(inject) = inject {
        command.arg("-e").arg(format!("inject={inject}"));
    }
    let plain = home.command(&["update", "--ipv4", address]);
    command.arg(plain.get_program()).args(plain.get_args()).stdin(Stdio::null());
    let output = command.output().expect("strace runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!text.contains("panicked"), "{text}");
    common::assert_no_secret(&text);
    std::fs::write(home.path("said"), text).unwrap();
    let trace = std::fs::read_to_string(trace).unwrap_or_default();
    let mut calls: Vec<(String, usize)> = Vec::new();
    for line in trace.lines() {
        // `1234  renameat(…) = 0`; signals and ends have no name before a parenthesis.
        let Some((name, _)) = line.split_whitespace().nth(1).and_then(|word| word.split_once('(')) else { continue };
        let before = calls.iter().filter(|(known, _)| known == name).count();
        calls.push((name.to_owned(), before + 1));
    }
    calls
}

/// Whether strace is there and may trace.
fn strace() -> bool {
    let works = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status().is_ok_and(|it| it.success());
    if !works {
        skipped("strace is missing, or may not trace");
    }
    works
}

/// The address that is remembered; the file must be whole.
fn remembered(home: &Home) -> Option<String> {
    let text = match std::fs::read(home.path("state/state.json")) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => panic!("{error}"),
    };
    let state = State::from_json(&text).unwrap_or_else(|why| panic!("{why}: {}", String::from_utf8_lossy(&text)));
    state.accounts.get("home")?.hosts.get(HOST[0])?.ipv4.map(|address| address.to_string())
}

#[test]
fn killed_at_every_system_call_that_touches_the_state() {
    if !strace() {
        return;
    }
    let (service, home) = rig();
    home.run(&["update", "--ipv4", "192.0.2.1"]);
    let calls = traced(&home, "192.0.2.2", None);
    assert_eq!(remembered(&home).as_deref(), Some("192.0.2.2"));
    assert!(calls.len() > 15 && calls.iter().any(|(name, _)| name.contains("rename")), "{calls:?}");
    let (mut old, mut new) = (0, 0);
    for (name, number) in &calls {
        home.run(&["update", "--ipv4", "192.0.2.1"]);
        let reached = traced(&home, "192.0.2.2", Some(&format!("{name}:signal=KILL:when={number}")));
        assert_eq!(reached.last(), Some(&(name.clone(), *number)), "it did not die there");
        match remembered(&home).as_deref() {
            Some("192.0.2.1") => old += 1,
            Some("192.0.2.2") => new += 1,
            other => panic!("killed at {name} {number}: {other:?}"),
        }
        assert!(!home.path("state/state.json.bad").exists());
    }
    // What the service had acknowledged already is at worst said once more, and answered with nochg.
    home.reboot();
    let output = home.run(&["update", "--ipv4", "192.0.2.2"]);
    assert_eq!(output.status, 0);
    assert!(old > 0 && new > 0, "{old} times the old file, {new} times the new one");
    assert!(service.requests().iter().all(|it| it.body.starts_with("good") || it.body.starts_with("nochg")));
}

#[test]
fn refused_at_every_system_call_that_touches_the_state() {
    if !strace() {
        return;
    }
    let (_service, home) = rig();
    home.run(&["update", "--ipv4", "192.0.2.1"]);
    let calls = traced(&home, "192.0.2.2", None);
    home.run(&["update", "--ipv4", "192.0.2.1"]);
    for error in ["ENOSPC", "EIO", "EMFILE"] {
        for (name, number) in &calls {
            let trace = traced(&home, "192.0.2.2", Some(&format!("{name}:error={error}:when={number}")));
            let said = std::fs::read_to_string(home.path("said")).unwrap();
            let address = remembered(&home).or_else(|| {
                // Reading failed: what cannot be used is set aside, not thrown away.
                assert!(home.path("state/state.json.bad").exists() && said.contains("set aside"), "{said}");
                assert_ne!(error, "EMFILE", "a file that is whole was set aside");
                None
            });
            if address.as_deref() != Some("192.0.2.2") {
                let place = home.path("state").display().to_string();
                assert!(
                    said.contains("cannot") && said.contains(&place),
                    "{error} at {name} {number}: {said}\n{trace:?}"
                );
            }
            home.run(&["update", "--ipv4", "192.0.2.1"]);
        }
    }
}

/// `DDNSD_KILLS=1000` kills as often as that.
#[test]
fn killed_at_random_moments_while_it_saves() {
    let kills = std::env::var("DDNSD_KILLS").map_or(60, |text| text.parse().expect("DDNSD_KILLS is a number"));
    let (_service, home) = rig();
    home.run(&["update", "--ipv4", "192.0.2.1"]);
    let begun = std::time::Instant::now();
    home.run(&["update", "--ipv4", "192.0.2.2"]);
    let whole = begun.elapsed();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..kills {
        home.reboot();
        let before = remembered(&home);
        let address = format!("192.0.2.{}", 3 + round % 200);
        let said = std::fs::File::create(home.path("said")).unwrap();
        let mut child =
            home.command(&["update", "--ipv4", &address]).stdout(Stdio::null()).stderr(said).spawn().unwrap();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        std::thread::sleep(whole.mul_f64((random % 1000) as f64 / 1000.0 * 1.1));
        child.kill().unwrap();
        child.wait().unwrap();
        let after = remembered(&home);
        assert!(after == before || after == Some(address), "{before:?} {after:?}");
    }
    assert!(!home.path("state/state.json.bad").exists());
}

/// Without the chance to write, the daemon once took nothing for what was remembered, and forgot its halts.
#[test]
fn r04_a_halt_stays_in_force_where_the_state_can_only_be_read() {
    let (service, home) = rig();
    service.script([Script::answer(401, "badauth\r\n")]);
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.1"]).status, 4);
    // Whoever runs the test may write anywhere; a directory in the lock's place stops even root.
    std::fs::remove_file(home.path("state/state.json.lock")).unwrap();
    std::fs::create_dir(home.path("state/state.json.lock")).unwrap();
    let bus = Bus::start();
    let home = Home { socket: bus.socket().to_owned(), ..home };
    let daemon = home.daemon();
    let client = bus.client();
    client.wait_for_object("ddnsd");
    let status = client.call("ddnsd", "status", serde_json::json!({})).unwrap();
    assert_eq!(status["accounts"][0]["state"], "halted", "{status}");
    daemon.wait_log("until it can be written, nothing new is remembered");
    assert_eq!(service.requests().len(), 1);
    // It can be written again: the next thing to remember is.
    std::fs::remove_dir(home.path("state/state.json.lock")).unwrap();
    client.call("ddnsd", "resume", serde_json::json!({"account": "home"})).unwrap();
    until("the halt is gone from the file too", || !home.state().contains("badauth"));
}

#[test]
fn a_directory_that_vanishes_is_made_anew() {
    let (service, home) = rig();
    let bus = Bus::start();
    let web = Service::start(ddnsd_testkit::service::Options::default()).unwrap();
    web.detection("192.0.2.77\n");
    let home = Home { socket: bus.socket().to_owned(), ..home };
    let config = account(&service, "home", HOST, "\toption ipv4 'web'\n");
    home.configure(&config.replace("http://127.0.0.1:1/", &web.url("/ip")));
    let netifd = Netifd::start(&bus);
    netifd.load_dump("00-static-wan-up");
    let _daemon = home.daemon();
    service.wait_request(PATIENCE).unwrap();
    // The last thing that is written: what comes earlier could be in the way of the removal.
    until("the answer is saved", || {
        std::fs::read_to_string(home.path("state/state.json")).is_ok_and(|text| text.contains("192.0.2.77"))
    });
    std::fs::remove_dir_all(home.path("state")).unwrap();
    let client = bus.client();
    client.call("ddnsd", "offline", serde_json::json!({"account": "home", "offline": true})).unwrap();
    until("it is saved again", || home.path("state/state.json").exists());
    until("and whole", || remembered(&home).is_some());
    let second = home.command(&["run", "--log", "stderr"]).output().unwrap();
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(second.status.code() == Some(1) && said.contains("in use by another ddnsd"), "not locked: {said}");
    common::assert_no_secret(&said);
}

/// When the web was asked last is kept in /tmp, on a router; here beside the state.
#[test]
fn a_full_tmp_costs_no_more_than_the_time_of_the_last_detection() {
    let (service, home) = rig();
    std::fs::create_dir_all(home.path("state/state.json.run.new/in-the-way")).unwrap();
    let web = Service::start(ddnsd_testkit::service::Options::default()).unwrap();
    web.detection("192.0.2.77\n");
    let config = account(&service, "home", HOST, "\toption ipv4 'web'\n");
    home.configure(&config.replace("http://127.0.0.1:1/", &web.url("/ip")));
    let (_bus, _netifd, home) = on_bus(home);
    let mut daemon = home.daemon();
    service.wait_request(PATIENCE).unwrap();
    until("the answer is saved", || remembered(&home).as_deref() == Some("192.0.2.77"));
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait_end(PATIENCE), Some(0));
    assert!(!home.path("state/state.json.run").exists() && !daemon.log().contains("cannot"), "{}", daemon.log());
    assert_eq!(web.connections(), 1, "rule 9 holds without it, as long as the daemon runs");
}

/// Runs a shell in a mount namespace of its own, with a file system of 16 KiB at the state's place; None where not root.
fn in_small_tmpfs(home: &Home, script: &str) -> Option<String> {
    std::fs::create_dir_all(home.path("state")).unwrap();
    let mut plain = home.command(&["update", "--ipv4", "192.0.2.9"]);
    let words: Vec<String> = std::iter::once(plain.get_program())
        .chain(plain.get_args())
        .map(|word| format!("'{}'", word.to_string_lossy()))
        .collect();
    let script = format!(
        "mount -t tmpfs -o size=16k,nr_inodes=16 small '{}' || exit 77\ncd '{}'\nddnsd() {{ {}; }}\n{script}",
        home.path("state").display(),
        home.path("state").display(),
        words.join(" ")
    );
    plain = Command::new("unshare");
    let output = plain.args(["--mount", "sh", "-c", &script]).output().ok()?;
    if !output.status.success() {
        skipped("no mount of our own is to be had here");
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    common::assert_no_secret(&text);
    Some(text)
}

#[test]
fn a_full_file_system_sends_nothing_that_cannot_be_remembered() {
    let (service, home) = rig();
    let script = "cat /dev/zero > fill 2>/dev/null\nddnsd 2>&1\necho status $?\nls -a\nrm fill\nddnsd\necho status $?";
    let Some(text) = in_small_tmpfs(&home, script) else { return };
    assert!(text.contains("cannot save") && text.contains("No space left") && text.contains("status 1"), "{text}");
    assert!(!text.contains("state.json.new"), "nothing half-written is left: {text}");
    assert!(text.ends_with("now at 192.0.2.9\nstatus 0\n"), "{text}");
    assert_eq!(service.requests().len(), 1, "only when there was room again");
}

#[test]
fn a_file_system_that_becomes_read_only_keeps_what_is_there() {
    let (service, home) = rig();
    let script = "ddnsd\ncp state.json /tmp/before.$$\nmount -o remount,ro . \nddnsd 2>&1\necho status $?\n\
                  cmp state.json /tmp/before.$$ && echo same\nrm -f /tmp/before.$$";
    let Some(text) = in_small_tmpfs(&home, script) else { return };
    assert!(text.contains("Read-only file system") && text.contains("status 1\nsame\n"), "{text}");
    assert_eq!(service.requests().len(), 1);
}

/// The same home on a bus, where netifd has a WAN.
fn on_bus(home: Home) -> (Bus, Netifd, Home) {
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    netifd.load_dump("00-static-wan-up");
    let home = Home { socket: bus.socket().to_owned(), ..home };
    (bus, netifd, home)
}

#[test]
fn a_full_disk_is_said_once_and_the_state_is_written_when_the_daemon_ends() {
    let (service, home) = rig();
    // In the way of the temporary file, as a full disk is: a directory that is not empty.
    std::fs::create_dir_all(home.path("state/state.json.new/in-the-way")).unwrap();
    let (_bus, _netifd, home) = on_bus(home);
    let mut daemon = home.daemon();
    service.wait_request(PATIENCE).unwrap();
    daemon.wait_log("cannot save");
    std::fs::remove_dir_all(home.path("state/state.json.new")).unwrap();
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait_end(PATIENCE), Some(0));
    assert_eq!(daemon.log().matches("cannot save").count(), 1, "{}", daemon.log());
    assert!(remembered(&home).is_some() && Path::new(&home.path("state/state.json")).exists());
}

#[test]
fn what_could_not_be_saved_is_tried_again_after_a_minute() {
    let (service, home) = rig();
    std::fs::create_dir_all(home.path("state/state.json.new/in-the-way")).unwrap();
    let (bus, _netifd, home) = on_bus(home);
    let daemon = home.daemon();
    service.wait_request(PATIENCE).unwrap();
    daemon.wait_log("cannot save");
    let client = bus.client();
    client.wait_for_object("ddnsd");
    let current =
        || client.call("ddnsd", "status", serde_json::json!({})).unwrap()["accounts"][0]["state"] == "current";
    until("the answer is there, and could not be saved either", current);
    std::fs::remove_dir_all(home.path("state/state.json.new")).unwrap();
    // Nobody asks, nothing happens: only the minute passes.
    let begun = std::time::Instant::now();
    while remembered(&home).is_none() {
        assert!(begun.elapsed() < Duration::from_secs(80), "{}", daemon.log());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(begun.elapsed() > Duration::from_secs(30), "{:?}: something else saved it", begun.elapsed());
    assert_eq!(daemon.log().matches("cannot save").count(), 1, "{}", daemon.log());
}

/// The loop once turned without a pause for those five seconds, since SIGTERM stayed in its descriptor.
#[test]
fn the_end_is_waited_for_asleep() {
    let (service, home) = rig();
    let (_bus, _netifd, home) = on_bus(home);
    service.script([Script::Late(Duration::from_secs(2))]);
    let mut daemon = home.daemon();
    service.wait_request(PATIENCE).unwrap();
    let ticks = |pid: u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields: Vec<u64> =
            stat.rsplit(')').next().unwrap_or_default().split(' ').filter_map(|it| it.parse().ok()).collect();
        // After the state: ppid is the first number; utime and stime are the 11th and 12th.
        fields.get(10).zip(fields.get(11)).map_or(0, |(user, system)| user + system)
    };
    let pid = daemon.child.id();
    let before = ticks(pid);
    daemon.signal(Signal::TERM);
    daemon.wait_log("ending");
    std::thread::sleep(Duration::from_secs(1));
    let spent = ticks(pid) - before;
    assert!(spent < 20, "{spent} hundredths of a second of work in one second of waiting");
    assert_eq!(daemon.wait_end(PATIENCE), Some(0));
}
