//! Services of the table, from the built binary to the simulated service.

mod common;

use common::{Home, PATIENCE, SECRET, account, service, until};
use ddnsd_testkit::bus::{Bus, Netifd};
use ddnsd_testkit::service::{Options, Script, Service};

/// An account of another service of the table, sent to the simulated one, which has one path.
fn account_of(service: &Service, name: &str, more: &str) -> String {
    let options = format!("\toption service '{name}'\n\toption path '/nic/update'\n{more}");
    account(service, "home", &["home.ddns.net"], &options)
}

#[test]
fn r01_families_that_go_apart_are_each_sent_only_when_they_change() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account_of(&service, "hosting.de", "\toption ipv6 'auto'\n"));
    let update = |ipv4, ipv6| {
        let before = service.requests().len();
        assert_eq!(home.run(&["update", "--ipv4", ipv4, "--ipv6", ipv6]).status, 0);
        let requests = service.requests();
        requests[before..].iter().map(|it| it.query("myip").unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(update("192.0.2.25", "2001:db8::25"), ["192.0.2.25", "2001:db8::25"]);
    assert_eq!(update("192.0.2.26", "2001:db8::25"), ["192.0.2.26"]);
    assert_eq!(update("192.0.2.26", "2001:db8::26"), ["2001:db8::26"]);
    assert_eq!(update("192.0.2.26", "2001:db8::26"), [""; 0]);
}

#[test]
fn credentials_in_the_query_and_a_family_that_is_left_out() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account_of(&service, "dynu.com", ""));
    home.run(&["update", "--ipv4", "192.0.2.25"]);
    let request = &service.requests()[0];
    assert_eq!(request.credentials(), None, "not in Authorization");
    assert_eq!(request.query("password"), Some(SECRET));
    assert_eq!((request.query("myip"), request.query("myipv6")), (Some("192.0.2.25"), Some("no")));
}

/// A response as the service sent it, byte by byte.
fn recorded(name: &str) -> Script {
    let file = format!("{}/tests/data/services/responses/{name}.http", env!("CARGO_MANIFEST_DIR"));
    Script::Raw(std::fs::read(file).unwrap())
}

/// Service, options beside its name, response, exit status, result, and what the message has to say.
const RECORDED: &[(&str, &str, &str, i32, &str, &str)] = &[
    ("easydns.com", "", "easydns-ok", 0, "updated", "now at 192.0.2.25"),
    ("easydns.com", "", "easydns-no_service", 4, "halted", "no such host"),
    ("afraid.org-basicauth", "", "afraid-basicauth-wrong-login", 4, "halted", "refused the username or the password"),
    ("afraid.org-v2-token", "", "afraid-v2-token-wrong", 4, "halted", "refused the username or the password"),
    ("he.net", "", "henet-interval", 1, "failed", "asked too often"),
    ("noip", "\toption ipv6 'auto'\n", "only-ipv4-acknowledged", 0, "updated", "did not acknowledge 2001:db8::25"),
];

#[test]
fn r04_what_services_really_answered_is_understood() {
    for (name, more, response, status, result, words) in RECORDED {
        let service = service(&["home.ddns.net"]);
        let home = Home::new(&account_of(&service, name, more));
        service.script([recorded(response)]);
        let mut arguments = vec!["update", "--json", "--ipv4", "192.0.2.25"];
        if !more.is_empty() {
            arguments.extend(["--ipv6", "2001:db8::25"]);
        }
        let output = home.run(&arguments);
        let account = &output.json()["accounts"][0];
        assert_eq!((output.status, account["result"].as_str()), (*status, Some(*result)), "{response}: {output:?}");
        let message = account["message"].as_str().unwrap();
        assert!(message.contains(words), "{response}: {message}");
        assert_eq!(account["hosts"][0]["ipv6"], serde_json::Value::Null, "{response}");
        home.run(&arguments);
        assert_eq!(service.requests().len(), 1, "{response}: nothing is sent again");
    }
}

/// The story: INWX was told the IPv6 address alone, set the IPv4 address to 127.0.0.1, and passed for current.
#[test]
fn r07_inwx_is_never_told_an_ipv6_address_alone() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account_of(&service, "inwx.de", "\toption ipv6 'auto'\n"));
    let output = home.run(&["update", "--json", "--ipv6", "2001:db8::25"]);
    let account = &output.json()["accounts"][0];
    assert_eq!((output.status, account["result"].as_str()), (1, Some("waiting")), "{output:?}");
    assert!(account["message"].as_str().unwrap().contains("no IPv6 address without the IPv4 address beside it"));
    assert!(service.requests().is_empty());
    home.run(&["update", "--ipv4", "192.0.2.25", "--ipv6", "2001:db8::25"]);
    assert_eq!(service.requests()[0].target, "/nic/update?myip=192.0.2.25&myipv6=2001:db8::25");
}

/// The story: a plain request was answered with a redirect, and the message spoke of server and path.
#[test]
fn r13_a_redirect_to_https_says_what_to_write_and_is_not_followed() {
    let service = Service::start(Options::default()).unwrap();
    let home = Home::new(&account_of(&service, "noip", ""));
    service.script([Script::Redirect(format!("https://{}/nic/update", service.host()))]);
    let output = home.run(&["update", "--json", "--ipv4", "192.0.2.25"]);
    let message = output.json()["accounts"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("write option tls '1', and leave option port out"), "{message}");
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn several_hosts_of_one_domain_go_to_desec_in_one_request() {
    let service = service(&["a.example.com", "b.example.com", "me.dedyn.io"]);
    let hosts = ["a.example.com", "me.dedyn.io", "b.example.com"];
    let home =
        Home::new(&account(&service, "home", &hosts, "\toption service 'desec.io'\n\toption path '/nic/update'\n"));
    service.script([Script::answer(200, "good"), Script::answer(200, "good")]);
    let output = home.run(&["update", "--ipv4", "192.0.2.25"]);
    assert_eq!(output.status, 0, "{output:?}");
    let asked: Vec<_> = service.requests().iter().map(|it| it.query("hostname").unwrap().to_owned()).collect();
    assert_eq!(asked, ["a.example.com,b.example.com", "me.dedyn.io"]);
}

#[test]
fn an_empty_answer_of_204_is_a_success_where_the_entry_says_so() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account_of(&service, "domeneshop.no", ""));
    service.script([Script::Raw(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".to_vec())]);
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.25"]).status, 0);
}

/// The advice for a halt of No-IP's, for an account with this username.
fn advice(username: &str, hostname: &str, answer: &str) -> String {
    let service = service(&["home.ddns.net"]);
    let config = account(&service, "home", &[hostname], "").replace("user@example.com", username);
    let home = Home::new(&config);
    service.script([Script::answer(200, answer)]);
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.25"]).status, 4);
    let status = home.run(&["status", "--json"]).json();
    let account = &status["accounts"][0];
    let halt = [&account["halt"], &account["hosts"][0]["halt"]].into_iter().find(|it| !it.is_null()).unwrap();
    halt["advice"].as_str().unwrap().to_owned()
}

/// The story: a DDNS key opens its own hosts only; the name of another host is `nohost`, and the spelling was right.
#[test]
fn r04_nohost_with_a_ddns_key_names_all_ddnskey_com() {
    let words = "list hostname 'all.ddnskey.com' updates all that do";
    assert!(advice("rv7sc9a", "home.ddns.net", "nohost").contains(words));
    for (username, hostname) in
        [("user@example.com", "home.ddns.net"), ("group:user", "home.ddns.net"), ("rv7sc9a", "all.ddnskey.com")]
    {
        let advice = advice(username, hostname, "nohost");
        assert!(!advice.contains(words) && advice.contains("ddnsd resume home"), "{username}: {advice}");
    }
}

#[test]
fn r04_badagent_names_the_form_of_the_user_agent() {
    let advice = advice("user@example.com", "home.ddns.net", "badagent");
    assert!(advice.contains("User-Agent") && advice.contains("option contact"), "{advice}");
}

/// docs/protocol.md: the group first; the colon goes as No-IP's own client sends it.
#[test]
fn the_login_of_a_group_is_sent_to_no_ip_alone() {
    let service = service(&["home.ddns.net"]);
    let config = |more| account(&service, "home", &["home.ddns.net"], more).replace("user@", "devices:user@");
    let home = Home::new(&config(""));
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.25"]).status, 0);
    assert_eq!(service.requests()[0].credentials().unwrap().0, "devices%3Auser@example.com");
    home.configure(&config("\toption service 'custom'\n"));
    let output = home.run(&["update", "--ipv4", "192.0.2.26"]);
    assert_eq!(output.status, 3, "{output:?}");
    assert!(output.stderr.contains("a username with : cannot be sent to this service"), "{output:?}");
    assert_eq!(service.requests().len(), 1);
}

#[test]
fn names_that_are_in_no_table_get_the_reason_and_the_way_out() {
    for (name, words) in [
        ("route53-v1", "more than an entry can say"),
        ("transip.nl", "point a CNAME at a host"),
        ("domains.google.com", "Squarespace, which has no dynamic DNS: choose another service"),
        ("google.com", "Google Domains was closed"),
        ("duckdns", "did you mean 'duckdns.org'?"),
        ("qqqqqq", "`ubus call ddnsd services` lists"),
    ] {
        let home = Home::new(&account_of(&service(&[]), name, ""));
        let output = home.run(&["check"]);
        assert_eq!(output.status, 3, "{name}: {output:?}");
        let said = output.stdout + &output.stderr;
        assert!(said.contains(&format!("'{name}' is no service that ddnsd knows")) && said.contains(words), "{said}");
    }
    let home = Home::new(&account_of(&service(&[]), "dyndns.com", ""));
    assert_eq!(home.run(&["check"]).status, 0, "Dyn's old name");
}

/// The most wanted missing feature of other clients: the records of all hosts behind the router follow the prefix.
#[test]
fn the_delegated_prefix_goes_to_dynv6_beside_the_addresses() {
    let service = service(&["home.ddns.net"]);
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    netifd.load_dump("00-static-wan-up");
    let home = Home::on_bus(&account_of(&service, "dynv6.com", "\toption ipv6 'auto'\n"), bus.socket());
    service.script([Script::answer(200, "addresses updated"), Script::answer(200, "addresses updated")]);
    let _daemon = home.daemon();
    let first = service.wait_request(PATIENCE).unwrap();
    assert!(first.target.contains("&ipv6=2001:db8:1::10&ipv6prefix=2001:db8:aa00::/56&"), "one request says all");
    netifd.load_dump("06-wan6-prefix-changed");
    netifd.wait_for_subscriber();
    netifd.notify("wan6");
    let second = service.wait_request(PATIENCE).unwrap();
    assert!(second.target.contains("&ipv6prefix=2001:db8:bb00::/56&"));
}

/// What `status` says of a family that the service did not name: stale, why, and that nothing waits to be sent.
#[test]
fn r11_a_family_that_was_not_acknowledged_is_shown_with_its_reason() {
    let service = service(&["home.ddns.net"]);
    let bus = Bus::start();
    let netifd = Netifd::start(&bus);
    netifd.load_dump("00-static-wan-up");
    let home = Home::on_bus(&account_of(&service, "noip", "\toption ipv6 'auto'\n"), bus.socket());
    service.script([Script::answer(200, "good 198.51.100.10\n")]);
    let first = home.run(&["update"]);
    let reason = "the service did not acknowledge 2001:db8:1::10";
    assert!(first.status == 0 && first.stdout.contains(reason), "{first:?}");
    let _daemon = home.daemon();
    let shown = || home.run(&["status"]).stdout;
    until("the daemon shows it, too", || shown().contains("stale") && shown().contains(reason));
    let again = home.run(&["update"]);
    assert!(again.stdout.contains("nothing to send") && again.stdout.contains(reason), "{again:?}");
    assert_eq!(service.requests().len(), 1);
}
