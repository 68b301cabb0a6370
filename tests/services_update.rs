//! Services of the table, from the built binary to the simulated service.

mod common;

use common::{Home, SECRET, account, service};

/// An account of another service of the table, sent to the simulated one.
fn account_of(service: &ddnsd_testkit::service::Service, name: &str, more: &str) -> String {
    account(service, "home", &["home.ddns.net"], &format!("\toption service '{name}'\n{more}"))
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
