//! The kernel has nothing left: descriptors, memory, threads. Each test is a row of `docs/reliability.md`.

mod common;

use common::{Home, PATIENCE, account, assert_no_secret, service, until};
use ddnsd::state::State;
use ddnsd_testkit::bus::{Bus, Netifd};
use ddnsd_testkit::service::Service;
use rustix::process::Signal;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::time::{Duration, Instant};

const HOST: &[&str] = &["home.ddns.net"];

fn rig() -> (Service, Home) {
    let service = service(HOST);
    let home = Home::new(&account(&service, "home", HOST, ""));
    home.run(&["update", "--ipv4", "192.0.2.1"]);
    (service, home)
}

/// A command of the binary under a limit. Whatever descriptors the tests' own caller left open are not its affair.
fn limited(home: &Home, limit: &str, arguments: &[&str]) -> Command {
    let plain = home.command(arguments);
    let mut command = Command::new("sh");
    command.args(["-c", "exec 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-; exec prlimit \"$@\"", "limited"]);
    command.arg(limit).arg(plain.get_program()).args(plain.get_args());
    command
}

/// Runs an update under a limit to its end, soon; its exit status (none where a signal ended it) and what it said.
fn update(home: &Home, limit: &str, address: &str) -> (Option<i32>, String) {
    home.reboot();
    let begun = Instant::now();
    let output = limited(home, limit, &["update", "--ipv4", address]).output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(30), "{limit}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!text.contains("panicked"), "{limit}: {text}");
    assert_no_secret(&text);
    let state = std::fs::read(home.path("state/state.json")).expect("the state is still there");
    State::from_json(&state).unwrap_or_else(|why| panic!("{limit}: {why}"));
    assert!(!home.path("state/state.json.bad").exists(), "{limit}");
    (output.status.code(), text)
}

#[test]
fn without_descriptors_a_command_fails_in_words() {
    let (_service, home) = rig();
    let (mut failed, mut worked) = (0, 0);
    for count in 4..=16 {
        let (status, text) = update(&home, &format!("--nofile={count}"), &format!("192.0.2.{}", 10 + count));
        match status {
            Some(0) => worked += 1,
            Some(1) => {
                failed += 1;
                assert!(text.to_lowercase().contains("too many open files"), "{count}: {text}");
            }
            // The configuration could not be read.
            Some(3) => assert!(text.contains("os error 24"), "{count}: {text}"),
            other => panic!("{count}: {other:?} {text}"),
        }
    }
    assert!(failed > 0 && worked > 0, "{failed} failed, {worked} worked");
}

#[test]
fn without_memory_a_command_ends_at_once_and_the_state_is_whole() {
    let (service, home) = rig();
    for mebibytes in [3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 64] {
        update(&home, &format!("--as={}", mebibytes << 20), &format!("192.0.2.{}", 100 + mebibytes));
    }
    let sent = service.requests().len();
    let (status, _) = update(&home, "--as=unlimited", "192.0.2.200");
    assert_eq!((status, service.requests().len()), (Some(0), sent + 1));
}

#[test]
fn a_daemon_short_of_descriptors_ends_in_words_or_lives_and_recovers() {
    for count in [5, 8, 10, 11, 12, 13, 14, 16] {
        let bus = Bus::start();
        let netifd = Netifd::start(&bus);
        netifd.load_dump("00-static-wan-up");
        let service = service(HOST);
        let home = Home::on_bus(&account(&service, "home", HOST, ""), bus.socket());
        let mut daemon = home.daemon_by(limited(&home, &format!("--nofile={count}:1024"), &["run", "--log", "stderr"]));
        // The system's own words, or the reason for which an exchange failed.
        let short = |log: &str| log.contains("os error 24") || log.contains("too many open files");
        let what = format!("with {count} descriptors it works, or says why not");
        until(&what, || service.requests().len() == 1 || short(&daemon.log()));
        assert!(!daemon.log().contains("panicked"), "{}", daemon.log());
        let ended = daemon.wait_end(Duration::from_millis(200));
        match ended {
            Some(status) => assert_eq!(status, 1, "{}", daemon.log()),
            None => {
                // There is room again: what has gone wrong is tried again, at the latest when somebody asks.
                let pid = daemon.child.id().to_string();
                let raised = Command::new("prlimit").args(["--nofile=1024", "--pid", &pid]).status().unwrap();
                assert!(raised.success());
                let client = bus.client();
                client.wait_for_object("ddnsd");
                until("it sends", || {
                    let _ = client.call("ddnsd", "update", serde_json::json!({}));
                    service.host_entry(HOST[0]).is_some_and(|host| host.ipv4.is_some())
                });
                daemon.signal(Signal::TERM);
                assert_eq!(daemon.wait_end(PATIENCE), Some(0));
                assert!(home.state().contains("home.ddns.net"), "{}", daemon.log());
            }
        }
    }
}

/// root has as many processes as it likes: this is another user, which no process has yet.
#[test]
fn a_daemon_that_may_start_no_thread_says_so_and_recovers() {
    if rustix::process::getuid().as_raw() != 0 {
        ddnsd_testkit::skipped("only root can run the daemon as another user");
        return;
    }
    const USER: &str = "64917";
    let bus = Bus::start_simulated();
    let netifd = Netifd::start(&bus);
    netifd.load_dump("00-static-wan-up");
    let service = Service::start(Default::default()).unwrap();
    service.account("user@example.com", common::SECRET, HOST);
    let home = Home::on_bus(&account(&service, "home", HOST, ""), bus.socket());
    // All that it needs is open to it: the program, the folder, the bus.
    std::fs::copy(env!("CARGO_BIN_EXE_ddnsd"), home.path("program")).unwrap();
    let open = |path: &std::path::Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    open(home.folder.path(), 0o777);
    open(&home.path("ddnsd"), 0o644);
    open(bus.socket().parent().unwrap(), 0o755);
    open(bus.socket(), 0o666);
    let as_user = |words: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]).args(words);
        command
    };
    let mut command = as_user(&["prlimit", "--nproc=1:64"]);
    command.arg(home.path("program")).args(home.command(&["run", "--log", "stderr"]).get_args());
    let mut daemon = home.daemon_by(command);
    daemon.wait_log("no thread could be started for the request");
    assert_eq!(service.requests().len(), 0);
    let raised = as_user(&["prlimit", "--nproc=64", "--pid", &daemon.child.id().to_string()]).status().unwrap();
    assert!(raised.success());
    let client = bus.client();
    client.wait_for_object("ddnsd");
    client.call("ddnsd", "update", serde_json::json!({})).unwrap();
    until("it sends", || service.host_entry(HOST[0]).is_some_and(|host| host.ipv4.is_some()));
    assert!(!daemon.log().contains("panicked"), "{}", daemon.log());
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait_end(PATIENCE), Some(0));
}

/// The passwords are in its memory. Whether a core file was written the kernel tells the parent, wherever it went.
#[test]
fn a_crash_leaves_no_core_file() {
    let (_service, home) = rig();
    // With cores of any size allowed, in a folder that can be written.
    let start = |program: &Command| {
        let mut command = Command::new("prlimit");
        command.arg("--core=unlimited").arg(program.get_program()).args(program.get_args());
        command.current_dir(home.folder.path());
        home.daemon_by(command)
    };
    for signal in [Signal::SEGV, Signal::ABORT] {
        let mut other = start(Command::new("sleep").arg("60"));
        let name = format!("/proc/{}/comm", other.child.id());
        until("sleep has started", || std::fs::read_to_string(&name).is_ok_and(|it| it == "sleep\n"));
        other.signal(signal);
        if !other.child.wait().unwrap().core_dumped() {
            ddnsd_testkit::skipped("this system writes core files of no program");
            return;
        }
        let mut daemon = start(&home.command(&["run", "--log", "stderr"]));
        daemon.wait_log("has started");
        let mut status = None;
        until("it has ended", || {
            // The standard library takes the first SIGSEGV for its own, and waits for the fault to come again.
            daemon.signal(signal);
            status = daemon.child.try_wait().unwrap();
            status.is_some()
        });
        let status = status.unwrap();
        assert_eq!((status.signal(), status.core_dumped()), (Some(signal.as_raw()), false));
        std::fs::remove_file(home.path("log")).unwrap();
    }
}
