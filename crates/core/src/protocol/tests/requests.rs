//! Requests, letter by letter.

use super::*;

/// The hosts `a.example.net`, a username, a password and the address `192.0.2.25`.
pub(super) fn parameters<'a>(hostnames: &'a [String], server: &'a str) -> Parameters<'a> {
    Parameters {
        hostnames,
        username: "user@example.com",
        password: "s3cr3t",
        ipv4: Some([192, 0, 2, 25].into()),
        ipv6: None,
        ipv6_prefix: None,
        ipv4_from_sender: false,
        offline: None,
        server,
        path: "/nic/update",
        tls: true,
        port: 443,
    }
}

pub(super) fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|it| (*it).to_owned()).collect()
}

#[test]
fn one_host_one_address() {
    let hosts = names(&["home.ddns.net"]);
    let request = build(&Dialect::default(), &parameters(&hosts, "dynupdate.no-ip.com"));
    assert_eq!(request.url(), "https://dynupdate.no-ip.com/nic/update?hostname=home.ddns.net&myip=192.0.2.25");
    assert_eq!(request.authorization.as_deref(), Some("Basic dXNlckBleGFtcGxlLmNvbTpzM2NyM3Q="));
    assert_eq!(request.masked, request.url());
    assert_eq!(request.connection, None);
}

#[test]
fn hosts_groups_and_families_share_a_request() {
    let hosts = names(&["home.ddns.net", "all.ddnskey.com", "my group", "host@roundrobin", "a,b&c=d#e", "größe"]);
    let mut dual = parameters(&hosts, "dynupdate.no-ip.com");
    dual.ipv6 = Some("2001:db8::25".parse().unwrap());
    assert_eq!(
        build(&Dialect::default(), &dual).url(),
        "https://dynupdate.no-ip.com/nic/update?hostname=home.ddns.net,all.ddnskey.com,my%20group,host@roundrobin,\
         a%2Cb%26c%3Dd%23e,gr%C3%B6%C3%9Fe&myip=192.0.2.25,2001:db8::25"
    );
    dual.ipv4 = None;
    assert!(build(&Dialect::default(), &dual).url().ends_with("&myip=2001:db8::25"));
}

#[test]
fn offline_and_no_address() {
    let hosts = names(&["home.ddns.net"]);
    let offline = Parameters { ipv4: None, offline: Some(true), ..parameters(&hosts, "s") };
    assert_eq!(build(&Dialect::default(), &offline).url(), "https://s/nic/update?hostname=home.ddns.net&offline=YES");
    let back = Parameters { offline: Some(false), ..parameters(&hosts, "s") };
    assert!(build(&Dialect::default(), &back).url().ends_with("&myip=192.0.2.25&offline=NO"));
    let free = Dialect { offline: false, ..Dialect::default() };
    assert!(!build(&free, &offline).url().contains("offline"));
}

/// docs/protocol.md: the bytes as they were configured, but No-IP's `:` as `%3A`.
#[test]
fn usernames_go_as_they_are_but_for_a_colon() {
    let hosts = names(&["h"]);
    let authorization = |dialect: &Dialect, username: &str, password: &str| {
        build(dialect, &Parameters { username, password, ..parameters(&hosts, "s") }).authorization.unwrap()
    };
    let basic = |text: &str| {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        format!("Basic {}", STANDARD.encode(text))
    };
    let table = [
        ("group:user", "a:b", "group%3Auser:a:b"),
        ("k3y-id", "x", "k3y-id:x"),
        ("a#b%c+d@e", "ä ö", "a#b%c+d@e:ä ö"),
        ("jürgen", "pässwörd€", "jürgen:pässwörd€"),
        ("", "", ":"),
    ];
    for (username, password, sent) in table {
        assert_eq!(authorization(&Dialect::default(), username, password), basic(sent));
    }
    assert_eq!(authorization(&Dialect::dyndns2(), "a%b", "c"), basic("a%b:c"));
    assert!(Dialect::default().takes_colon() && !Dialect::dyndns2().takes_colon());
}

#[test]
fn server_port_and_path() {
    let hosts = names(&["h"]);
    let table = [
        ("dynupdate.no-ip.com", "/nic/update", true, 443, "https://dynupdate.no-ip.com/nic/update?hostname=h"),
        ("dynupdate.no-ip.com", "/nic/update", false, 80, "http://dynupdate.no-ip.com/nic/update?hostname=h"),
        ("dynupdate.no-ip.com", "/nic/update", false, 8245, "http://dynupdate.no-ip.com:8245/nic/update?hostname=h"),
        ("s", "/nic/update", true, 80, "https://s:80/nic/update?hostname=h"),
        ("127.0.0.1", "update", true, 4443, "https://127.0.0.1:4443/update?hostname=h"),
        ("2001:db8::1", "/", true, 443, "https://[2001:db8::1]/?hostname=h"),
        ("[2001:db8::1]", "/", true, 443, "https://[2001:db8::1]/?hostname=h"),
        ("s", "/x?a=b", true, 443, "https://s/x?a=b&hostname=h"),
        ("s", "/x?", true, 443, "https://s/x?hostname=h"),
        ("s", "/a b/%20\r\n#{x}", true, 443, "https://s/a%20b/%20%0D%0A%23%7Bx%7D?hostname=h"),
    ];
    for (server, path, tls, port, expected) in table {
        let parameters = Parameters { path, tls, port, ipv4: None, ..parameters(&hosts, server) };
        assert_eq!(build(&Dialect::default(), &parameters).url(), expected);
    }
}

#[test]
fn r13_the_secret_is_masked_wherever_the_service_wants_it() {
    let hosts = names(&["home.example.net"]);
    let query = Credentials::Query { username: Some("user".into()), password: Some("pass".into()) };
    let dialect = Dialect { credentials: query, ..Dialect::dyndns2() };
    let secret =
        Parameters { password: "p&=w d", path: "/u/{password}/{username}/{hostname}", ..parameters(&hosts, "s") };
    let request = build(&dialect, &secret);
    assert_eq!(
        request.url(),
        "https://s/u/p%26%3Dw%20d/user%40example.com/home.example.net?hostname=home.example.net&myip=192.0.2.25\
         &user=user%40example.com&pass=p%26%3Dw%20d"
    );
    assert_eq!(
        request.masked,
        "https://s/u/***/user%40example.com/home.example.net?hostname=home.example.net&myip=192.0.2.25\
         &user=user%40example.com&pass=***"
    );
    assert_eq!(request.authorization, None);
    assert!(!format!("{request:?}").contains("p%26"));
    let basic = build(&Dialect::default(), &parameters(&hosts, "s"));
    assert!(!format!("{basic:?}").contains("dXNlc"));
}

#[test]
fn a_bare_token_and_a_token_as_both_credentials() {
    let hosts = names(&["h"]);
    let bare = Credentials::Query { username: None, password: Some(String::new()) };
    let dialect = Dialect { hostname: None, ipv4: Some("address".into()), credentials: bare, ..Dialect::dyndns2() };
    assert_eq!(build(&dialect, &parameters(&hosts, "s")).url(), "https://s/nic/update?address=192.0.2.25&s3cr3t");
    let twice = Dialect { credentials: Credentials::BasicToken, ..Dialect::dyndns2() };
    assert_eq!(
        build(&twice, &parameters(&hosts, "s")).authorization.as_deref(),
        Some("Basic czNjcjN0OnMzY3IzdA==") // s3cr3t:s3cr3t
    );
}

#[test]
fn families_of_their_own() {
    let hosts = names(&["h"]);
    let declare = |name: &str| Some((name.to_owned(), "preserve".to_owned()));
    let dialect = Dialect {
        ipv4: Some("myipv4".into()),
        ipv6: Some("myipv6".into()),
        without_ipv4: declare("myipv4"),
        without_ipv6: declare("myipv6"),
        fixed: vec![("system".into(), "dyndns".into())],
        ..Dialect::dyndns2()
    };
    let ipv4 = Some([192, 0, 2, 25].into());
    let ipv6 = Some("2001:db8::25".parse().unwrap());
    let table = [
        (ipv4, ipv6, false, "&myipv4=192.0.2.25&myipv6=2001:db8::25&system=dyndns"),
        (ipv4, None, false, "&myipv4=192.0.2.25&myipv6=preserve&system=dyndns"),
        (None, ipv6, false, "&myipv6=2001:db8::25&myipv4=preserve&system=dyndns"),
        (None, ipv6, true, "&myipv6=2001:db8::25&system=dyndns"),
        (None, None, true, "&myipv6=preserve&system=dyndns"),
        (None, None, false, "&system=dyndns"),
    ];
    for (ipv4, ipv6, ipv4_from_sender, expected) in table {
        let parameters = Parameters { ipv4, ipv6, ipv4_from_sender, ..parameters(&hosts, "s") };
        let request = build(&dialect, &parameters);
        assert_eq!(request.url(), format!("https://s/nic/update?hostname=h{expected}"));
        assert_eq!(request.connection, ipv4_from_sender.then_some(AddressFamily::Ipv4));
    }
}

#[test]
fn a_server_per_family_that_looks_at_the_sender() {
    let hosts = names(&["h"]);
    let dialect = Dialect {
        ipv4: None,
        ipv6: None,
        separate_families: true,
        sender_address: true,
        ipv6_server: Some(Ipv6Server { instead_of: "ipv4.s".into(), server: "ipv6.s".into() }),
        ..Dialect::dyndns2()
    };
    let (ipv4, ipv6) = (Some([192, 0, 2, 25].into()), Some("2001:db8::25".parse().unwrap()));
    let families = [(ipv4, None), (None, ipv6)];
    let request = |server, (ipv4, ipv6)| build(&dialect, &Parameters { ipv4, ipv6, ..parameters(&hosts, server) });
    let first = request("ipv4.s", families[0]);
    assert_eq!(
        (first.url().as_str(), first.connection),
        ("https://ipv4.s/nic/update?hostname=h", Some(AddressFamily::Ipv4))
    );
    let second = request("ipv4.s", families[1]);
    assert_eq!(
        (second.url().as_str(), second.connection),
        ("https://ipv6.s/nic/update?hostname=h", Some(AddressFamily::Ipv6))
    );
    assert_eq!(request("own.s", families[1]).url(), "https://own.s/nic/update?hostname=h");
}

#[test]
fn twenty_hosts_and_four_thousand_characters_at_most() {
    let many: Vec<String> = (0..45).map(|it| format!("h{it}.example.net")).collect();
    let sizes: Vec<usize> = batches(&Dialect::default(), &many).iter().map(Vec::len).collect();
    assert_eq!(sizes, [20, 20, 5]);
    assert_eq!(batches(&Dialect::default(), &many).concat(), many, "the configured order");
    assert!(batches(&Dialect::default(), &[]).is_empty());

    let long: Vec<String> = (0..20).map(|it| format!("{it:02}{}", "x".repeat(248))).collect();
    let batches_of_long = batches(&Dialect::default(), &long);
    assert_eq!(batches_of_long.iter().map(Vec::len).collect::<Vec<_>>(), [15, 5]);
    assert!(batches_of_long.iter().all(|it| it.join(",").len() < 4000));

    let alone = vec!["x".repeat(5000), "y".into()];
    assert_eq!(batches(&Dialect::default(), &alone).len(), 2);
    let single = Dialect { hosts_per_request: 1, ..Dialect::default() };
    assert_eq!(batches(&single, &many).len(), 45);
    let login = Dialect { hostname: None, answers_once: true, ..Dialect::default() };
    assert_eq!(batches(&login, &many), std::slice::from_ref(&many));
}
