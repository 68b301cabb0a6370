//! docs/protocol.md, rule 12, from outside: the limits outlive the process, and whoever waits is told why and until when.

mod common;

use common::{Home, PATIENCE, World, account, service, until, wan};
use ddnsd_testkit::service::{Script, Service};
use rustix::process::Signal;
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

const HOST: &[&str] = &["home.ddns.net"];

fn rig() -> (Service, Home) {
    let service = service(HOST);
    let home = Home::new(&account(&service, "home", HOST, ""));
    (service, home)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[test]
fn r12_a_script_that_calls_update_in_a_loop_gets_three_and_is_told_when_the_next_may_go() {
    let (service, home) = rig();
    for last in 1..=12 {
        home.run(&["update", "--ipv4", &format!("192.0.2.{last}")]);
    }
    for _ in 0..3 {
        home.run(&["update", "--force", "--ipv4", "192.0.2.3"]);
    }
    assert_eq!(service.requests().len(), 3);
    let output = home.run(&["update", "--ipv4", "192.0.2.99", "--json"]);
    let entry = &output.json()["accounts"][0];
    assert_eq!((output.status, &entry["result"]), (1, &json!("waiting")));
    let message = entry["message"].as_str().unwrap();
    assert!(message.contains("three updates at once, then one in five minutes"), "{message}");
    let next = entry["next_attempt"].as_u64().unwrap();
    assert!((now() + 200..=now() + 301).contains(&next), "{entry}");
    let said = home.run(&["update", "--ipv4", "192.0.2.99"]).stdout;
    assert!(said.starts_with(&format!("home  waiting  {message}; next attempt in ")), "{said}");
    let rehearsal = home.run(&["update", "--ipv4", "192.0.2.99", "--dry-run"]).stdout;
    assert_eq!(rehearsal, format!("home: {message}\n"));
}

#[test]
fn r12_neither_failures_nor_resume_nor_the_services_refusal_refill_it() {
    let (service, home) = rig();
    service.script(std::iter::repeat_n(Script::Close, 4));
    for _ in 0..12 {
        assert_eq!(home.run(&["update", "--ipv4", "192.0.2.1"]).status, 1);
    }
    assert_eq!(service.requests().len(), 3);

    let (service, home) = rig();
    service.script(std::iter::repeat_n(Script::answer(401, "badauth\r\n"), 9));
    for _ in 0..8 {
        home.run(&["update", "--ipv4", "192.0.2.1"]);
        home.run(&["resume", "home"]);
    }
    assert_eq!(service.requests().len(), 3);
}

#[test]
fn r12_a_corrected_password_is_tried_at_once_and_once() {
    let (service, home) = rig();
    for more in ["", "\toption timeout '6'\n"] {
        let config = account(&service, "home", HOST, more);
        let password = config.lines().find(|line| line.contains("option password")).unwrap().to_owned();
        home.configure(&config.replace(&password, "\toption password 'wrong'"));
        home.run(&["update", "--ipv4", "192.0.2.1"]);
    }
    for _ in 0..4 {
        home.run(&["resume", "home"]);
        home.run(&["update", "--ipv4", "192.0.2.1"]);
    }
    let before = service.requests().len();
    home.configure(&account(&service, "home", HOST, ""));
    let output = home.run(&["update", "--ipv4", "192.0.2.1"]);
    assert_eq!((output.status, output.stdout.as_str()), (0, "home  updated  now at 192.0.2.1\n"));
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.2"]).status, 1);
    assert_eq!(service.requests().len(), before + 1);
}

#[test]
fn r12_the_services_own_interval_outlives_the_process() {
    let service = service(HOST);
    let home =
        Home::new(&account(&service, "home", HOST, "\toption service 'easydns.com'\n\toption path '/nic/update'\n"));
    service.script([Script::answer(200, "NOERROR\n")]);
    let first = home.run(&["update", "--ipv4", "192.0.2.1"]);
    assert_eq!(first.status, 0, "{first:?}");
    let output = home.run(&["update", "--ipv4", "192.0.2.2", "--json"]);
    let entry = &output.json()["accounts"][0];
    assert_eq!(entry["message"], "the service takes one update in 10 minutes");
    assert!((now() + 500..=now() + 601).contains(&entry["next_attempt"].as_u64().unwrap()), "{entry}");
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn r06_a_back_off_outlives_the_daemon() {
    let world = World::new(HOST, "");
    world.service.script(std::iter::repeat_n(Script::answer(200, "<html>Please log in</html>"), 20));
    for run in 0..6 {
        let mut daemon = world.home.daemon();
        world.until_state("backoff");
        let status = world.status();
        assert_eq!((&status["failures"], &status["error"]["kind"]), (&json!(1), &json!("protocol")), "run {run}");
        assert!(status["next_attempt"].as_u64().unwrap() > now(), "{status}");
        daemon.signal(Signal::KILL);
        daemon.wait_end(PATIENCE);
    }
    assert_eq!(world.service.requests().len(), 1);
}

#[test]
fn r12_a_crash_loop_with_another_address_each_time_sends_three() {
    let world = World::new(HOST, "");
    for run in 0..8 {
        world.change(&format!("198.51.100.{}", 20 + run));
        let mut daemon = world.home.daemon();
        until("it knows what to do", || {
            let status = world.status();
            status["state"] == "current" || status["waiting"]["reason"] == "budget"
        });
        daemon.signal(Signal::KILL);
        daemon.wait_end(PATIENCE);
    }
    assert_eq!(world.service.requests().len(), 3);
    // The command line has no other bucket.
    let alone = Home { socket: world.home.path("no-ubus.sock"), ..world.home };
    assert_eq!(alone.run(&["update", "--force", "--ipv4", "192.0.2.77"]).status, 1);
    assert_eq!(world.service.requests().len(), 3);
}

#[test]
fn who_waits_is_told_the_same_everywhere_and_the_log_once() {
    let world = World::new(HOST, "");
    let daemon = world.home.daemon();
    for last in 20..26 {
        world.change(&format!("198.51.100.{last}"));
        until("it is sent or held back", || {
            let status = world.status();
            status["ipv4"]["address"] == format!("198.51.100.{last}")
                && (status["state"] == "current" || status["state"] == "pending" && !status["waiting"].is_null())
        });
    }
    let status = world.status();
    let waiting = &status["waiting"];
    assert_eq!((&status["state"], &waiting["reason"]), (&json!("pending"), &json!("budget")));
    assert_eq!(waiting["until"], status["next_attempt"]);
    let message = waiting["message"].as_str().unwrap();
    let shown = world.home.run(&["status"]).stdout;
    assert!(shown.contains("home (noip): waiting\n") && shown.contains(&format!("  {message}\n")), "{shown}");
    let update = world.home.run(&["update", "--json"]).json()["accounts"][0].clone();
    assert_eq!((&update["result"], &update["message"]), (&json!("waiting"), &json!(message)));
    let log = daemon.log();
    assert_eq!(log.matches(message).count(), 1, "{log}");
    assert!(log.contains(&format!("home: {message}; next attempt in 5 minutes")), "{log}");
}

#[test]
fn what_update_force_says_is_what_happened() {
    let world = World::new(HOST, "\toption ipv6 'auto'\n");
    let both = json!({"ipv6-address": [{"address": "2001:db8::25", "mask": 64, "preferred": 9000, "valid": 9000}]});
    let mut interface = wan("198.51.100.10");
    interface["ipv6-address"] = both["ipv6-address"].clone();
    interface["route"]
        .as_array_mut()
        .unwrap()
        .push(json!({"target": "::", "mask": 0, "nexthop": "fe80::1", "source": "::/0"}));
    world.netifd.set_interface("wan", interface);
    let _daemon = world.home.daemon();
    world.until_state("current");
    assert_eq!(world.status()["hosts"][0]["ipv6"], "2001:db8::25");
    world.home.configure(&account(&world.service, "home", HOST, ""));
    world.bus.client().call("ddnsd", "reload", json!({})).unwrap();
    world.until_state("current");
    let mut said = Vec::new();
    for _ in 0..3 {
        said.push(world.home.run(&["update", "--force", "home"]).stdout);
    }
    let nothing_new = "home  unchanged  sent, and was already at 198.51.100.10 (nochg)\n";
    assert_eq!(said[..2], [nothing_new, nothing_new], "the AAAA of before was not sent");
    assert!(said[2].starts_with("home  waiting  held back so as not to annoy the service"), "{said:?}");
}

#[test]
fn what_resume_says_is_what_happened() {
    let world = World::new(HOST, "");
    world.service.script([Script::answer(401, "badauth\r\n")]);
    let _daemon = world.home.daemon();
    world.until_state("halted");
    let client = world.bus.client();
    let host = world.home.run(&["resume", "home", "home.ddns.net"]);
    let said = "home: the whole account is halted, not home.ddns.net alone; say: ddnsd resume home\n";
    assert_eq!((host.status, host.stdout.as_str()), (4, said));
    let resume = |parameters| client.call("ddnsd", "resume", parameters).unwrap();
    assert_eq!(resume(json!({"account": "home", "hostname": "home.ddns.net"})), json!({"resumed": false}));
    assert_eq!(world.home.run(&["resume", "home"]).stdout, "home: resumed; the daemon tries again now\n");
    world.until_state("current");
    assert_eq!(resume(json!({"account": "home"})), json!({"resumed": false}));
    let again = world.home.run(&["resume", "home"]);
    let said = "home: was not halted, there is nothing to resume\n";
    assert_eq!((again.status, again.stdout.as_str()), (0, said));
    assert_eq!(world.home.run(&["resume", "home", "--json"]).json(), json!({"resumed": false}));
    assert_eq!(world.service.requests().len(), 2);
}

#[test]
fn what_resume_says_without_the_daemon_is_what_happened() {
    let (service, home) = rig();
    assert_eq!(home.run(&["resume", "home", "--json"]).json(), json!({"resumed": false}));
    service.script([Script::answer(401, "badauth\r\n")]);
    home.run(&["update", "--ipv4", "192.0.2.1"]);
    let host = home.run(&["resume", "home", "home.ddns.net"]);
    let said = "home: the whole account is halted, not home.ddns.net alone; say: ddnsd resume home\n";
    assert_eq!((host.status, host.stdout.as_str()), (4, said));
    assert_eq!(home.run(&["resume", "home", "--json"]).json(), json!({"resumed": true}));
    assert_eq!(home.run(&["resume", "home", "--json"]).json(), json!({"resumed": false}));
}

/// It was once "held back for a moment: it is sent as soon as it may".
#[test]
fn what_is_not_sent_because_it_could_not_be_remembered_is_said_to_be_that() {
    let (service, home) = rig();
    std::fs::create_dir_all(home.path("state/state.json.new/in-the-way")).unwrap();
    for _ in 0..4 {
        let output = home.run(&["update", "--ipv4", "192.0.2.25", "--json"]);
        let entry = &output.json()["accounts"][0];
        assert_eq!((output.status, &entry["result"]), (1, &json!("failed")));
        assert!(entry["message"].as_str().unwrap().contains("nothing is sent"), "{entry}");
    }
    std::fs::remove_dir_all(home.path("state/state.json.new")).unwrap();
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.25"]).status, 0, "and it has cost no update");
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn a_memory_file_that_says_anything_is_no_harm() {
    let (service, home) = rig();
    home.run(&["update", "--ipv4", "192.0.2.1"]);
    let file = home.path("state/state.json.run");
    let right = std::fs::read_to_string(&file).unwrap();
    assert!(right.contains("\"tokens\":2"), "{right}");
    for wrong in ["", "{", "[]", "null", "\u{0}\u{1}", &"[".repeat(60_000)] {
        std::fs::write(&file, wrong).unwrap();
        assert_eq!(home.run(&["update", "--ipv4", "192.0.2.1"]).status, 0);
    }
    let huge = u64::MAX;
    let strange = right.replace("\"tokens\":2", "\"tokens\":0");
    let start = strange.find("\"since\":").unwrap();
    let end = start + strange[start..].find([',', '}']).unwrap();
    std::fs::write(&file, format!("{}\"since\":{huge}{}", &strange[..start], &strange[end..])).unwrap();
    let output = home.run(&["update", "--ipv4", "192.0.2.2", "--json"]);
    let next = output.json()["accounts"][0]["next_attempt"].as_u64().unwrap();
    // A bucket may owe 15 minutes, after updates of several runs.
    assert!(next <= now() + 1201, "{output:?}");
    assert_eq!(service.requests().len(), 1);
}

/// root's command line once left files that the daemon, another user, could not read: a bucket of its own for each.
#[test]
fn r12_root_and_the_daemons_user_have_one_bucket() {
    use std::os::unix::fs::{PermissionsExt, chown};
    const USER: u32 = 64_918;
    let service = Service::start(Default::default()).unwrap();
    service.account("user@example.com", common::SECRET, HOST);
    let home = Home::new(&account(&service, "home", HOST, ""));
    std::fs::create_dir(home.path("state")).unwrap();
    if chown(home.path("state"), Some(USER), Some(USER)).is_err() {
        ddnsd_testkit::skipped("only root can run the program as another user");
        return;
    }
    let open = |path: &std::path::Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    open(home.folder.path(), 0o755);
    open(&home.path("ddnsd"), 0o644);
    std::fs::copy(env!("CARGO_BIN_EXE_ddnsd"), home.path("program")).unwrap();
    open(&home.path("program"), 0o755);
    let as_user = |address: &str| {
        let plain = home.command(&["update", "--ipv4", address]);
        let mut command = std::process::Command::new("setpriv");
        let user = USER.to_string();
        command.args(["--reuid", &user, "--regid", &user, "--clear-groups"]).arg(home.path("program"));
        let output = command.args(plain.get_args()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.1"]).status, 0);
    assert_eq!(as_user("192.0.2.2"), (0, String::new()));
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.3"]).status, 0);
    assert_eq!(as_user("192.0.2.4"), (1, String::new()));
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.4"]).status, 1);
    assert_eq!(service.requests().len(), 3);
}
