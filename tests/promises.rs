//! Promises of `docs/threat-model.md` that no other test shows; and that whatever test that page names is there.

mod common;

use common::{Home, PATIENCE, account, service, until};
use ddnsd::ubus::Status;
use ddnsd::ubus::client::RequestError;
use ddnsd_testkit::bus::{Bus, Netifd};
use ddnsd_testkit::service::Script;
use ddnsd_testkit::{skipped, sources};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const HOST: &[&str] = &["home.ddns.net"];

/// Text that would repaint a terminal, forge a second line in a log, or ring.
const HOSTILE: [&str; 6] = [
    "good 192.0.2.25\x1b[2J\x1b[1;1Howned\r\n",
    "\x1b]0;owned\x07nohost\r\n",
    "badsys\x1b[31m\r\n",
    "<html>\x1b[31m<title>\x07Log in\x08</title>\u{9b}31m\r\n",
    "911 \0\x1b(0\r\n",
    "nohost\rddnsd: home: updated to 192.0.2.66 (good)\r\n",
];

fn without_controls(text: &str) {
    assert!(text.chars().all(|it| it == '\n' || !it.is_control()), "{text:?}");
}

/// The same for every text in an answer.
fn all_without_controls(value: &Value) {
    match value {
        Value::String(text) => without_controls(text),
        Value::Array(items) => items.iter().for_each(all_without_controls),
        Value::Object(fields) => fields.values().for_each(all_without_controls),
        _ => {}
    }
}

#[test]
fn what_a_service_says_paints_no_terminal_and_forges_no_line() {
    for text in HOSTILE {
        for script in [Script::answer(200, text), Script::Raw(format!("HTTP/1.1 200 {text}\r\n").into())] {
            let service = service(HOST);
            let bus = Bus::start();
            let netifd = Netifd::start(&bus);
            netifd.load_dump("00-static-wan-up");
            service.script([script.clone(), script]);
            let mut home = Home::new(&account(&service, "home", HOST, ""));
            let output = home.run(&["update", "--ipv4", "192.0.2.25"]);
            without_controls(&output.stdout);
            without_controls(&output.stderr);
            all_without_controls(&home.run(&["status", "--json"]).json());
            fs::remove_dir_all(home.path("state")).unwrap();
            home.socket = bus.socket().to_owned();
            let daemon = home.daemon();
            service.wait_request(PATIENCE).unwrap();
            let client = bus.client();
            client.wait_for_object("ddnsd");
            let status = || client.call("ddnsd", "status", json!({})).unwrap();
            until("it has taken the answer in", || status()["accounts"][0]["state"] != "updating");
            all_without_controls(&status());
            all_without_controls(&client.call("ddnsd", "history", json!({})).unwrap());
            without_controls(&daemon.log());
            assert!(!daemon.log().contains("\nddnsd: home: updated to 192.0.2.66"), "{}", daemon.log());
        }
    }
}

#[test]
fn arguments_of_a_wrong_type_are_refused() {
    let service = service(HOST);
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    netifd.load_dump("00-static-wan-up");
    let home = Home::on_bus(&account(&service, "home", HOST, ""), bus.socket());
    let _daemon = home.daemon();
    service.wait_request(PATIENCE).unwrap();
    let client = bus.client();
    client.wait_for_object("ddnsd");
    for (method, arguments) in [
        ("update", json!({"account": 1})),
        ("update", json!({"account": "home", "force": "yes"})),
        ("update", json!({"account": ["home"]})),
        ("resume", json!({})),
        ("resume", json!({"account": {"name": "home"}})),
        ("offline", json!({"account": "home"})),
        ("offline", json!({"account": "home", "offline": "YES"})),
        ("history", json!({"limit": "all"})),
        ("trigger", json!({"action": true})),
        ("trigger", json!({"action": "reboot"})),
    ] {
        let answer = client.call("ddnsd", method, arguments.clone());
        assert_eq!(answer, Err(RequestError::Status(Status::INVALID_ARGUMENT)), "{method} {arguments}");
    }
    assert_eq!(service.requests().len(), 1);
}

/// The real ubusd, where it is on PATH, with the package's ACL: a process that is neither root nor named there.
#[test]
fn nobody_but_root_is_let_near_the_object() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let ubus = std::env::split_paths(&path).map(|folder| folder.join("ubus")).find(|file| file.is_file());
    let (Some(ubus), Some(bus)) = (ubus, Bus::start_real()) else {
        skipped("no real ubusd and ubus on PATH, or not root");
        return;
    };
    let service = service(HOST);
    let home = Home::on_bus(&account(&service, "home", HOST, ""), bus.socket());
    let _daemon = home.daemon();
    bus.client().wait_for_object("ddnsd");
    // Nothing but ubusd may stand in the way.
    for folder in bus.socket().ancestors().skip(1).take_while(|it| it.starts_with(std::env::temp_dir())) {
        if folder != std::env::temp_dir() {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    fs::set_permissions(bus.socket(), fs::Permissions::from_mode(0o666)).unwrap();
    let call = |user: &str| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", user, "--regid", user, "--clear-groups"]).arg(&ubus).arg("-s").arg(bus.socket());
        command.args(["call", "ddnsd", "status"]).output().unwrap()
    };
    assert!(call("0").status.success(), "{:?}", call("0"));
    let refused = call("65534");
    assert!(!refused.status.success() && refused.stdout.is_empty(), "{refused:?}");
}

#[test]
fn it_starts_no_process_and_has_no_unsafe_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src", "crates/core/src", "crates/ubus/src", "crates/uci/src"];
    let found: Vec<_> = folders.iter().flat_map(|folder| sources(&root.join(folder))).collect();
    assert!(found.len() > 80);
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        for word in ["process::Command", "Command::new", "execve", "fork("] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
    let manifest = |path: &str| fs::read_to_string(root.join(path)).unwrap();
    for path in
        ["Cargo.toml", "fuzz/Cargo.toml", "crates/core/Cargo.toml", "crates/ubus/Cargo.toml", "crates/uci/Cargo.toml"]
    {
        assert!(manifest(path).contains("\n[lints.rust]\nunsafe_code = \"forbid\"\n"), "{path}");
    }
    assert!(manifest("Cargo.toml").contains("\n[workspace.lints.rust]\nunsafe_code = \"forbid\"\n"));
    assert!(manifest("tests/support/Cargo.toml").contains("\n[lints]\nworkspace = true\n"));
}

/// `file::name`, or a path.
#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/threat-model.md")).unwrap();
    let quoted: Vec<&str> = page.split('`').skip(1).step_by(2).collect();
    let mut named = 0;
    for name in quoted {
        if let Some((file, test)) = name.split_once("::") {
            let file =
                if file == "engine" { "crates/core/src/engine/tests.rs".into() } else { format!("tests/{file}.rs") };
            let text = fs::read_to_string(root.join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(text.contains(&format!("fn {test}()")), "there is no {name}");
            named += 1;
        } else if name.starts_with("tests/") || name.starts_with("src/") || name.starts_with("crates/") {
            assert!(root.join(name).exists(), "there is no {name}");
            named += 1;
        }
    }
    assert!(named > 20, "{named}");
}
