//! `ddnsd update` and its companions, without a daemon: the built binary against the simulated service, over TLS.

mod common;

use common::{Home, SECRET, account, service};
use ddnsd_testkit::service::{Options, Script, Service};
use serde_json::json;

#[test]
fn r01_an_address_is_sent_once() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    let first = home.run(&["update", "--ipv4", "192.0.2.25", "--json"]);
    assert_eq!(first.status, 0, "{first:?}");
    assert_eq!(
        first.json(),
        json!({"accounts": [{
            "name": "home", "result": "updated", "message": "now at 192.0.2.25", "next_attempt": null,
            "hosts": [{"hostname": "home.ddns.net", "code": "good", "ipv4": "192.0.2.25", "ipv6": null, "halt": null}],
        }]})
    );
    let again = home.run(&["update", "--ipv4", "192.0.2.25", "--json"]);
    assert_eq!((again.status, &again.json()["accounts"][0]["result"]), (0, &json!("unchanged")));
    assert_eq!(service.requests().len(), 1);
    let request = &service.requests()[0];
    assert_eq!(request.target, "/nic/update?hostname=home.ddns.net&myip=192.0.2.25");
    assert_eq!(request.credentials(), Some(("user@example.com".into(), SECRET.into())));
}

#[test]
fn r07_both_families_go_in_one_request() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], "\toption ipv6 'auto'\n"));
    let output = home.run(&["update", "--ipv4", "192.0.2.25", "--ipv6", "2001:db8::25"]);
    assert_eq!((output.status, output.stdout.as_str()), (0, "home  updated  now at 192.0.2.25 and 2001:db8::25\n"));
    assert_eq!(service.requests()[0].query("myip"), Some("192.0.2.25,2001:db8::25"));
}

#[test]
fn r03_a_changed_configuration_is_proven_once_at_the_same_address() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    home.run(&["update", "--ipv4", "192.0.2.25"]);
    home.configure(&account(&service, "home", &["home.ddns.net"], "\toption timeout '9'\n"));
    let output = home.run(&["update", "--ipv4", "192.0.2.25", "--json"]);
    assert_eq!(output.json()["accounts"][0]["hosts"][0]["code"], "nochg");
    home.run(&["update", "--ipv4", "192.0.2.25"]);
    assert_eq!(service.requests().len(), 2);
}

#[test]
fn r04_a_wrong_password_stops_until_resume_and_says_what_to_do() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    service.script([Script::answer(401, "badauth\r\n")]);
    let refused = home.run(&["update", "--ipv4", "192.0.2.25", "--json"]);
    assert_eq!((refused.status, &refused.json()["accounts"][0]["result"]), (4, &json!("halted")));
    for arguments in [&["update", "--ipv4", "192.0.2.26"][..], &["update", "--force", "--ipv4", "192.0.2.26"]] {
        let output = home.run(arguments);
        assert_eq!(output.status, 4);
        assert!(output.stdout.contains("ddnsd resume home"), "{}", output.stdout);
    }
    assert_eq!(service.requests().len(), 1, "not even --force breaks a halt");
    let status = home.run(&["status", "--json"]);
    assert_eq!(status.status, 4);
    let account = &status.json()["accounts"][0];
    assert_eq!((&account["state"], &account["halt"]["reason"]), (&json!("halted"), &json!("badauth")));
    assert_eq!(account["hosts"][0]["state"], "halted");

    assert_eq!(home.run(&["resume", "home"]).status, 0);
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.26"]).status, 0);
    assert_eq!(service.requests().len(), 2);
}

#[test]
fn r04_one_bad_host_among_three_halts_alone() {
    let service = service(&["a.ddns.net", "c.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["a.ddns.net", "b.ddns.net", "c.ddns.net"], ""));
    let output = home.run(&["update", "--ipv4", "192.0.2.25", "--json"]);
    assert_eq!(output.status, 4);
    let hosts = output.json()["accounts"][0]["hosts"].clone();
    assert_eq!(hosts[1]["halt"]["reason"], "nohost");
    assert_eq!([&hosts[0]["code"], &hosts[2]["code"]], [&json!("good"), &json!("good")]);
    home.run(&["update", "--ipv4", "192.0.2.26"]);
    assert_eq!(service.requests()[1].query("hostname"), Some("a.ddns.net,c.ddns.net"));
    assert_eq!(home.run(&["resume", "home", "b.ddns.net"]).status, 0);
    home.run(&["update", "--ipv4", "192.0.2.26"]);
    assert_eq!(service.requests()[2].query("hostname"), Some("b.ddns.net"));
}

#[test]
fn r05_911_is_waited_for_across_runs() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    service.fatal(true);
    let before = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.25"]).status, 1);
    service.fatal(false);
    for arguments in
        [&["update", "--ipv4", "192.0.2.26", "--json"][..], &["update", "--force", "--json", "--ipv4", "192.0.2.26"]]
    {
        let output = home.run(arguments);
        assert_eq!(output.status, 1);
        let account = output.json()["accounts"][0].clone();
        assert_eq!(account["result"], "waiting");
        assert!(account["next_attempt"].as_u64().unwrap() >= before + 1800, "{account}");
    }
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn r06_what_is_no_answer_is_a_failure_and_is_tried_again() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    let answers = [
        Script::answer(200, "<html><body>Please log in</body></html>"),
        Script::answer(200, ""),
        Script::answer(200, "good 192.0.2.2"),
        Script::Truncate,
        Script::Redirect("http://127.0.0.1:1/login".into()),
        Script::Huge(100_000),
        Script::Garbage,
        Script::Close,
    ];
    for answer in answers {
        home.reboot();
        service.script([answer.clone()]);
        let output = home.run(&["update", "--ipv4", "192.0.2.25", "--json"]);
        assert_eq!(
            (output.status, &output.json()["accounts"][0]["result"]),
            (1, &json!("failed")),
            "{answer:?} {output:?}"
        );
    }
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.25"]).status, 0);
}

#[test]
fn r08_credentials_go_nowhere_else_when_redirected() {
    let (service, other) = (service(&["home.ddns.net"]), common::service(&["home.ddns.net"]));
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    service.script([Script::Redirect(other.url("/nic/update"))]);
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.25"]).status, 1);
    assert_eq!(other.connections(), 0);
}

/// The account `home` with web detection at the other service's page.
fn detecting(service: &Service, web: &Service) -> String {
    let page = format!("'{}'", web.url("/ip"));
    account(service, "home", &["home.ddns.net"], "\toption ipv4 'web'\n").replace("'http://127.0.0.1:1/'", &page)
}

#[test]
fn r09_web_detection_is_asked_once_in_ten_minutes_across_runs() {
    let service = service(&["home.ddns.net"]);
    let web = Service::start(Options::default()).unwrap();
    web.detection("192.0.2.77\n");
    let home = Home::new(&detecting(&service, &web));
    assert_eq!(home.run(&["update"]).status, 0);
    web.detection("192.0.2.78\n");
    for _ in 0..3 {
        assert_eq!(home.run(&["update"]).status, 0);
    }
    assert_eq!((web.requests().len(), service.requests().len()), (1, 1));
    assert_eq!(service.requests()[0].query("myip"), Some("192.0.2.77"));
    assert_eq!(web.requests()[0].header("authorization"), None);
}

#[test]
fn r10_three_nochg_in_a_row_halt() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    home.run(&["update", "--ipv4", "192.0.2.1"]);
    for last in 2..5 {
        home.reboot();
        let address = format!("192.0.2.{last}");
        service.script([Script::answer(200, &format!("nochg {address}\r\n"))]);
        let output = home.run(&["update", "--ipv4", &address]);
        assert_eq!(output.status, if last == 4 { 4 } else { 0 });
    }
    let status = home.run(&["status", "--json"]).json();
    assert_eq!(status["accounts"][0]["hosts"][0]["halt"]["reason"], "nochg-loop");
}

#[test]
fn r11_another_address_than_sent_halts_the_host_and_names_both() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    service.script([Script::answer(200, "good 203.0.113.9\r\n")]);
    let output = home.run(&["update", "--ipv4", "192.0.2.25", "--json"]);
    let halt = output.json()["accounts"][0]["hosts"][0]["halt"].clone();
    assert_eq!((output.status, &halt["reason"]), (4, &json!("address-mismatch")));
    let message = halt["message"].as_str().unwrap();
    assert!(message.contains("192.0.2.25") && message.contains("203.0.113.9"), "{message}");
}

#[test]
fn a_dry_run_shows_the_request_masked_and_sends_nothing() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    let output = home.run(&["update", "--ipv4", "192.0.2.25", "--dry-run"]);
    assert_eq!(output.status, 0);
    assert!(output.stdout.contains("/nic/update?hostname=home.ddns.net&myip=192.0.2.25"), "{}", output.stdout);
    assert_eq!(service.connections(), 0);
    assert!(!home.path("state").exists(), "and nothing is remembered");
}

#[test]
fn hosts_go_offline_and_come_back() {
    let service = service(&["home.ddns.net"]);
    let web = Service::start(Options::default()).unwrap();
    web.detection("192.0.2.77\n");
    let home = Home::new(&detecting(&service, &web));
    assert_eq!(home.run(&["update"]).status, 0);
    assert_eq!(home.run(&["offline", "home", "home.ddns.net"]).status, 0);
    assert_eq!(service.requests()[1].query("offline"), Some("YES"));
    assert_eq!(home.run(&["status", "--json"]).json()["accounts"][0]["hosts"][0]["state"], "offline");
    assert_eq!(home.run(&["update"]).status, 0);
    assert_eq!(service.requests().len(), 2, "an update would bring it back");
    assert_eq!(home.run(&["offline", "home", "--undo"]).status, 0);
    assert_eq!(service.requests().len(), 3);
    assert_eq!(home.run(&["status", "--json"]).json()["accounts"][0]["hosts"][0]["state"], "current");
}

#[test]
fn what_cannot_be_remembered_is_not_sent() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    std::fs::create_dir_all(home.path("state/state.json.new/in-the-way")).unwrap();
    let output = home.run(&["update", "--ipv4", "192.0.2.25"]);
    assert_eq!(output.status, 1, "{output:?}");
    assert!(output.stderr.contains("cannot save"), "{}", output.stderr);
    assert_eq!(service.connections(), 0);
}

#[test]
fn a_broken_state_file_is_set_aside_and_said_so() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    std::fs::create_dir_all(home.path("state")).unwrap();
    std::fs::write(home.path("state/state.json"), "{\"version\":1,").unwrap();
    let output = home.run(&["update", "--ipv4", "192.0.2.25"]);
    assert_eq!(output.status, 0);
    assert!(output.stderr.contains("state.json.bad"), "{}", output.stderr);
    assert_eq!(std::fs::read_to_string(home.path("state/state.json.bad")).unwrap(), "{\"version\":1,");
    assert!(home.state().contains("192.0.2.25"));
}

#[test]
fn a_bad_account_is_left_out_and_the_others_run() {
    let service = service(&["home.ddns.net"]);
    let good = account(&service, "home", &["home.ddns.net"], "");
    let home = Home::new(&format!("{good}config account 'work'\n\toption username 'x'\n\tlist hostname 'y.z'\n"));
    let output = home.run(&["update", "--ipv4", "192.0.2.25", "--json"]);
    assert_eq!(output.status, 3, "{output:?}");
    assert_eq!(output.json()["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(service.requests().len(), 1);
    assert!(output.stderr.contains("section 'work', option 'password'"), "{}", output.stderr);
    assert_eq!(home.run(&["update", "work"]).status, 3);
    assert_eq!(home.run(&["check"]).status, 3);
    assert_eq!(home.run(&["update", "nobody"]).status, 2);
}
