//! The simulated service itself: what the other tests take for granted.

mod http_support;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ddnsd_testkit::service::{Options, Script, Service};
use http_support::{Exchange, PATIENCE, answer, exchange};
use std::time::Duration;

const LOGIN: &str = "user@example.com";

fn service(options: Options) -> Service {
    let service = Service::start(options).unwrap();
    service.account(LOGIN, "secret:word", &["home.ddns.net", "cam.ddns.net", "nas.ddns.net"]);
    service.account("other", "x", &["theirs.ddns.net"]);
    service.group(LOGIN, "devices", &["cam.ddns.net", "nas.ddns.net"]);
    service
}

fn basic(login: &str, password: &str) -> Option<String> {
    Some(format!("Basic {}", STANDARD.encode(format!("{login}:{password}"))))
}

fn ask_as(service: &Service, login: &str, password: &str, query: &str) -> (u16, String) {
    let url = service.url(&format!("/nic/update?{query}"));
    let response = answer(&Exchange { url, authorization: basic(login, password), ..exchange(service) });
    (response.status, String::from_utf8(response.body).unwrap())
}

/// The body of the answer to the rightful owner.
fn ask(service: &Service, query: &str) -> String {
    ask_as(service, LOGIN, "secret:word", query).1
}

#[test]
fn updates_are_remembered() {
    let service = service(Options::default());
    assert_eq!(ask(&service, "hostname=home.ddns.net&myip=192.0.2.1"), "good 192.0.2.1\r\n");
    assert_eq!(ask(&service, "hostname=home.ddns.net&myip=192.0.2.1"), "nochg 192.0.2.1\r\n");
    assert_eq!(ask(&service, "hostname=home.ddns.net&myip=192.0.2.1,2001:db8::1"), "good 192.0.2.1,2001:db8::1\r\n");
    let host = service.host_entry("home.ddns.net").unwrap();
    assert_eq!(host.ipv4, Some("192.0.2.1".parse().unwrap()));
    assert_eq!(host.ipv6, Some("2001:db8::1".parse().unwrap()));
    assert_eq!(
        ask(&service, "hostname=home.ddns.net&myip=192.0.2.1&myipv6=2001:db8::2"),
        "good 192.0.2.1,2001:db8::2\r\n"
    );
    assert_eq!(ask(&service, "hostname=home.ddns.net"), "good 127.0.0.1\r\n");
    assert_eq!(ask(&service, "hostname=home.ddns.net&myip=nonsense"), "badsys\r\n");
}

#[test]
fn one_line_for_each_host_and_one_for_each_group() {
    let service = service(Options::default());
    let lines = "good 192.0.2.1\r\nnohost\r\n!yours\r\ngood 192.0.2.1\r\n";
    let query = "hostname=home.ddns.net,no.ddns.net,theirs.ddns.net,devices&myip=192.0.2.1";
    assert_eq!(ask(&service, query), lines);
    assert!(service.host_entry("nas.ddns.net").unwrap().ipv4.is_some());
    assert!(service.host_entry("theirs.ddns.net").unwrap().ipv4.is_none());
    assert_eq!(ask(&service, "hostname=all.ddnskey.com&myip=192.0.2.1"), "nochg 192.0.2.1\r\n");
    assert_eq!(ask(&service, "hostname=home.ddns.net@label&myip=192.0.2.2"), "good 192.0.2.2\r\n");
    assert_eq!(ask(&service, "myip=192.0.2.1"), "notfqdn\r\n");
    assert_eq!(ask(&service, &format!("hostname={}", vec!["a"; 21].join(","))), "numhost\r\n");
}

#[test]
fn who_asks_matters() {
    let service = service(Options { paid: false, ..Options::default() });
    let query = "hostname=home.ddns.net&myip=192.0.2.1";
    assert_eq!(ask_as(&service, LOGIN, "wrong", query), (401, "badauth\r\n".to_owned()));
    assert_eq!(ask_as(&service, "nobody", "x", query), (401, "badauth\r\n".to_owned()));
    // A login into a group, in No-IP's own client's form.
    assert_eq!(ask_as(&service, "devices%3Auser@example.com", "secret:word", query).0, 200);
    let agent = Exchange { user_agent: "curl/8".to_owned(), ..exchange(&service) };
    assert_eq!(answer(&agent).body, b"badagent\r\n");
    assert_eq!(ask(&service, "hostname=home.ddns.net&offline=YES"), "!donator\r\n");
}

#[test]
fn offline_until_the_next_update() {
    let service = service(Options::default());
    ask(&service, "hostname=home.ddns.net&myip=192.0.2.1&offline=YES");
    assert!(service.host_entry("home.ddns.net").unwrap().offline);
    assert_eq!(ask(&service, "hostname=home.ddns.net&myip=192.0.2.1"), "good 192.0.2.1\r\n");
    assert!(!service.host_entry("home.ddns.net").unwrap().offline);
}

#[test]
fn a_fatal_error_and_a_script_come_first() {
    let service = service(Options::default());
    let query = "hostname=home.ddns.net&myip=192.0.2.1";
    service.fatal(true);
    assert_eq!(ask_as(&service, LOGIN, "secret:word", query), (500, "911\r\n".to_owned()));
    service.script([Script::answer(200, "abuse")]);
    assert_eq!(ask(&service, query), "abuse");
    service.fatal(false);
    assert_eq!(ask(&service, query), "good 192.0.2.1\r\n");
}

#[test]
fn detection_and_the_record() {
    let service = service(Options::default());
    let detect = || answer(&Exchange { url: service.url("/ip"), authorization: None, ..exchange(&service) }).body;
    assert_eq!(detect(), b"127.0.0.1\r\n");
    service.detection("203.0.113.9\n");
    assert_eq!(detect(), b"203.0.113.9\n");
    service.script_detection([Script::answer(200, "<html>")]);
    service.script([Script::answer(200, "not for the detection")]);
    assert_eq!(detect(), b"<html>");
    for _ in 0..3 {
        assert_eq!(service.wait_request(PATIENCE).unwrap().path(), "/ip");
    }
    let error = service.wait_request(Duration::from_millis(20)).unwrap_err();
    assert_eq!(error, "no request within 20ms; there were 3 before");
    assert_eq!(service.requests().len(), 3);
}
