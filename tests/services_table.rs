//! The shipped table of services: every entry's exact requests and what its answers are taken for.
//!
//! `tests/data/services/cases.txt` has a block per service. Each is asked for the host `home.example.net` of `user`
//! with the password `p&ss`, at 192.0.2.25 and 2001:db8::25. `reply` lines answer the IPv4 request (`reply6` the
//! dual one); `\n` in them is a line end.

use ddnsd::protocol::{self, Answer, Class, Credentials, HostAnswer, Parameters, Place, Reply, Server};
use ddnsd::services::{Service, Source, Table};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

const SHIPPED: &str = include_str!("../files/usr/share/ddnsd/services.json");
const CASES: &str = include_str!("data/services/cases.txt");
const IPV4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 25);
const IPV6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x25);

fn table() -> Table {
    Table::new([Source::new("services.json", SHIPPED)])
}

/// What a block of `cases.txt` says.
#[derive(Default)]
struct Case {
    requests: String,
    replies: Vec<(bool, String, String)>,
}

fn cases() -> BTreeMap<String, Case> {
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    let mut name = String::new();
    for line in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with("//")) {
        match line.split_once(' ') {
            Some(("#", service)) => {
                name = service.to_owned();
                assert!(cases.insert(name.clone(), Case::default()).is_none(), "{name} has two blocks");
            }
            Some((kind @ ("reply" | "reply6"), rest)) => {
                let (body, expected) = rest.split_once(" => ").expect("reply BODY => MEANING");
                let body = body.trim().replace("\\n", "\n");
                cases.get_mut(&name).unwrap().replies.push((kind == "reply6", body, expected.trim().to_owned()));
            }
            _ => writeln!(cases.get_mut(&name).unwrap().requests, "{line}").unwrap(),
        }
    }
    cases
}

fn parameters<'a>(service: &'a Service, hosts: &'a [String]) -> Parameters<'a> {
    Parameters {
        hostnames: hosts,
        username: "user",
        password: "p&ss",
        ipv4: None,
        ipv6: None,
        ipv6_prefix: None,
        ipv4_from_sender: false,
        offline: None,
        server: &service.server,
        path: &service.path,
        tls: service.tls,
        port: service.port.unwrap_or(if service.tls { 443 } else { 80 }),
    }
}

/// The requests as `cases.txt` writes them.
fn requests(service: &Service) -> String {
    let hosts = ["home.example.net".to_owned()];
    let mut text = String::new();
    let takes_ipv6 = ddnsd::config::Preset::from(service.clone()).ipv6;
    let families = [("v4", Some(IPV4), None), ("v6", None, Some(IPV6)), ("dual", Some(IPV4), Some(IPV6))];
    for (kind, ipv4, ipv6) in families {
        if ipv6.is_some() && !takes_ipv6 {
            continue;
        }
        if kind == "dual" && service.dialect.ipv6_prefix.is_some() {
            let ipv6_prefix = Some((Ipv6Addr::new(0x2001, 0xdb8, 0x77, 0, 0, 0, 0, 0), 56));
            let parameters = Parameters { ipv4, ipv6, ipv6_prefix, ..parameters(service, &hosts) };
            writeln!(text, "prefix {}", protocol::build(&service.dialect, &parameters).url()).unwrap();
        }
        // The engine sends the families of such a service apart.
        let apart = service.dialect.separate_families && ipv4.is_some() && ipv6.is_some();
        for (ipv4, ipv6) in if apart { vec![(ipv4, None), (None, ipv6)] } else { vec![(ipv4, ipv6)] } {
            let request = protocol::build(&service.dialect, &Parameters { ipv4, ipv6, ..parameters(service, &hosts) });
            let connection = request.connection.map_or(String::new(), |it| format!(" over {it:?}"));
            writeln!(text, "{kind} {}{connection}", request.url()).unwrap();
            assert!(!request.masked.contains("p%26ss"), "{}: {}", service.name, request.masked);
        }
    }
    let authorization = match &service.dialect.credentials {
        Credentials::Basic { .. } => "basic user:p&ss",
        Credentials::BasicToken => "basic p&ss:p&ss",
        Credentials::Query { .. } => "no basic",
    };
    writeln!(text, "auth {authorization}").unwrap();
    text
}

fn show(reply: &Reply) -> String {
    let host = |answer: &HostAnswer| {
        let addresses: Vec<String> =
            answer.ipv4.map(|it| it.to_string()).into_iter().chain(answer.ipv6.map(|it| it.to_string())).collect();
        format!("{} {}", answer.code.as_str(), addresses.join(",")).trim_end().to_owned()
    };
    match reply {
        Reply::Hosts(answers) => answers.iter().map(host).collect::<Vec<_>>().join(" | "),
        Reply::Account(code) => format!("account {}", code.as_str()),
        Reply::Wait(code) => format!("wait {}", code.as_str()),
        Reply::RetryAfter(_) => "retry".into(),
        Reply::Foreign(_) => "foreign".into(),
        Reply::Refused(_) | Reply::WrongClock(_) | Reply::Run(_) => unreachable!("dyndns2 has no such response"),
    }
}

/// `[STATUS] BODY` to a reply.
fn reply(service: &Service, text: &str, dual: bool) -> Reply {
    let (status, body) = match text.strip_prefix("HTTP ") {
        Some(rest) => {
            let (status, body) = rest.split_once(' ').unwrap_or((rest, ""));
            (status.parse().unwrap(), body)
        }
        None => (200, text),
    };
    let answer = Answer {
        status,
        retry_after: None,
        location: None,
        server: &Server::new(true, "dynupdate.no-ip.com", 443),
        body: body.as_bytes(),
        complete: true,
        hosts: 1,
        sent_ipv4: Some(IPV4),
        sent_ipv6: dual.then_some(IPV6),
        now: None,
    };
    protocol::parse(&service.dialect, &answer)
}

#[test]
fn the_shipped_table_is_sound() {
    let table = table();
    assert_eq!(table.mistakes(), []);
    assert!(table.services().len() >= 62, "sixty and the two that are built in");
}

#[test]
fn every_service_sends_exactly_this() {
    let cases = cases();
    // DNS UPDATE has no request of this kind: `dns_update_servers` has its own, and an API has its steps
    // (`api_services`).
    let has_a_request = |it: &Service| !it.dialect.dns_update && it.dialect.api.is_none();
    for service in table().services().into_iter().filter(has_a_request) {
        let case = cases.get(&service.name).unwrap_or_else(|| panic!("{} has no case", service.name));
        assert_eq!(requests(&service), case.requests, "{}", service.name);
    }
    for name in cases.keys() {
        assert!(table().service(name).is_some_and(|it| it.name == *name), "{name} is in no table");
    }
}

#[test]
fn every_service_is_understood() {
    let table = table();
    for (name, case) in cases() {
        let service = table.service(&name).unwrap();
        let mut succeeded = false;
        for (dual, body, expected) in &case.replies {
            let reply = reply(&service, body, *dual);
            assert_eq!(show(&reply), *expected, "{name}: {body:?}");
            succeeded |=
                matches!(&reply, Reply::Hosts(hosts) if hosts.iter().all(|it| it.code.class() == Class::Success));
        }
        assert!(succeeded, "{name} has no answer that is a success");
    }
}

/// Rule 13 and "a 200 proves nothing": what a portal or a broken proxy says succeeds nowhere.
#[test]
fn r13_no_service_takes_a_portal_for_success() {
    let foreign = [
        "",
        "<!DOCTYPE html>\n<html><head><title>Hotel Wi-Fi</title></head><body>Please log in</body></html>",
        "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>",
        "Internal Server Error",
        "192.0.2.25",
        "HTTP 502 Bad Gateway",
        "HTTP 404 Not Found",
        "HTTP 302 good 192.0.2.25",
        "null",
        "{}",
        "goodbye",
        "\u{0}\u{1}",
    ];
    for service in table().services() {
        for body in foreign {
            let reply = reply(&service, body, true);
            let success =
                matches!(&reply, Reply::Hosts(hosts) if hosts.iter().any(|it| it.code.class() == Class::Success));
            assert!(!success, "{}: {body:?} passes for {reply:?}", service.name);
        }
    }
}

/// Every word of every entry means what it says, also when it comes alone.
#[test]
fn every_word_counts() {
    for service in table().services() {
        for word in &service.dialect.words {
            let text = match word.place {
                Place::Prefix => format!("{}…", word.text),
                Place::Anywhere => format!("… {} …", word.text),
                Place::Line => word.text.clone(),
            };
            let got = show(&reply(&service, &text, false));
            let code = word.code.as_str();
            let expected = match word.code.class() {
                Class::Success | Class::Host => code.to_owned(),
                Class::Account => format!("account {code}"),
                Class::Wait => format!("wait {code}"),
            };
            assert_eq!(got, expected, "{}: {:?}", service.name, word.text);
        }
    }
}

#[test]
fn services_use_https_but_for_two() {
    let table = table();
    let plain: Vec<String> =
        table.services().into_iter().filter(|it| !it.tls && !it.dialect.dns_update).map(|it| it.name).collect();
    assert_eq!(plain, ["3322.org", "xlhost.de"], "docs/services.md says why");
}

#[test]
fn each_has_a_help_page_and_a_title_and_unique_names() {
    let services = table().services();
    let mut names: Vec<&String> = services.iter().flat_map(|it| std::iter::once(&it.name).chain(&it.aliases)).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all, "a name or alias is there twice");
    for service in &services {
        assert!(!service.title.is_empty(), "{}", service.name);
        assert!(service.url.starts_with("http") || service.name == "custom", "{}", service.name);
        assert!(
            !service.server.is_empty() || matches!(service.name.as_str(), "rfc2136" | "pdns" | "custom"),
            "{}",
            service.name
        );
    }
}

#[test]
fn the_documentation_lists_every_service() {
    let page = include_str!("../docs/services.md");
    for service in table().services() {
        for name in std::iter::once(&service.name).chain(&service.aliases) {
            assert!(page.contains(&format!("`{name}`")), "{name} is missing in docs/services.md");
        }
    }
    let (services, names) = (table().services(), |it: &Service| it.aliases.len());
    let count = format!("{} services with {} further names", services.len(), services.iter().map(names).sum::<usize>());
    assert!(page.contains(&count), "it has {count} now");
    let bytes = SHIPPED.len().to_string();
    let written = format!("{},{}", &bytes[..bytes.len() - 3], &bytes[bytes.len() - 3..]);
    assert!(page.contains(&format!("`services.json` has {written} bytes")), "its size is {written} now");
}

/// What the services want of a client's pace and patience.
#[test]
fn the_limits_of_the_services_are_kept() {
    let table = table();
    let limits = |name: &str| {
        let service = table.service(name).unwrap();
        (service.dialect.min_interval, service.timeout.unwrap_or(30))
    };
    for (name, expected) in [
        ("easydns.com", (600, 30)),
        ("zoneedit.com", (600, 30)),
        ("dnsexit.com", (480, 30)),
        ("domaindiscount24.com", (1800, 30)),
        ("moniker.com", (1800, 30)),
        // Two in two minutes for a domain.
        ("desec.io", (60, 30)),
        ("dyn.com", (0, 120)),
        ("noip", (0, 30)),
    ] {
        assert_eq!(limits(name), expected, "{name}");
    }
}

#[test]
fn an_account_has_the_services_own_time_out_and_may_set_another() {
    let timeout = |more: &str| {
        let text = format!(
            "config account 'home'\n option service 'dyn.com'\n option username 'u'\n option password 'p'\n \
             list hostname 'home.example.net'\n{more}"
        );
        let package = ddnsd::uci::parse(text.as_bytes()).unwrap();
        let config = ddnsd::config::build(&package, &table(), &mut |_, _| Ok(String::new()));
        assert_eq!(config.diagnostics, []);
        config.accounts[0].endpoint.timeout
    };
    assert_eq!((timeout(""), timeout("option timeout '45'\n")), (120, 45));
}

/// ddns-scripts up to 2.7 called the key's URL afraid.org.
#[test]
fn afraid_org_is_the_key_and_freedns_afraid_org_the_name_and_password() {
    let table = table();
    assert_eq!(table.service("afraid.org").unwrap().name, "afraid.org-keyauth");
    assert_eq!(table.service("freedns.afraid.org").unwrap().name, "afraid.org-basicauth");
}
