//! The way to the server: names, families, devices, proxies.

mod http_support;

use ddnsd::failure::ErrorKind;
use ddnsd::io::http::Family;
use ddnsd_testkit::proxy::{Manner, Proxy};
use ddnsd_testkit::service::{Options, Service, Tls};
use http_support::{Exchange, answer, exchange, failure, plain, with_tls};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};
use std::process::Command;
use std::time::Duration;

/// A port of the loopback address that nobody listens on.
fn deserted() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

#[test]
fn a_name_that_does_not_resolve() {
    // No label has more than 63 letters: the C library knows without asking anybody.
    let name = "x".repeat(64);
    let exchange = Exchange { url: format!("http://{name}.invalid/nic/update"), ..exchange(&plain()) };
    let message = failure(&exchange, ErrorKind::Dns);
    assert!(message.starts_with(&format!("the name {name}.invalid could not be resolved (")), "{message}");
}

#[test]
fn nobody_listens() {
    let port = deserted();
    let exchange = exchange(&plain());
    let by = |host: &str| Exchange { url: format!("http://{host}:{port}/nic/update"), ..exchange.clone() };
    let message = failure(&by("127.0.0.1"), ErrorKind::Connect);
    assert_eq!(message, format!("no connection to 127.0.0.1 port {port}: connection refused"));
    let message = failure(&Exchange { family: Some(Family::Ipv4), ..by("localhost") }, ErrorKind::Connect);
    assert_eq!(message, format!("no connection to localhost port {port}: 127.0.0.1: connection refused"));
}

#[test]
fn the_family_chooses_the_address() {
    let service = plain();
    let by_name = format!("http://localhost:{}/nic/update", service.port());
    answer(&Exchange { url: by_name, family: Some(Family::Ipv4), ..exchange(&service) });
    assert!(service.requests()[0].peer.is_ipv4());
    let message = failure(&Exchange { family: Some(Family::Ipv6), ..exchange(&service) }, ErrorKind::Dns);
    assert_eq!(message, "127.0.0.1 has no IPv6 address");
}

#[test]
fn ipv6_with_and_without_tls() {
    for tls in [None, Some(Tls::default())] {
        let options = Options { address: Ipv6Addr::LOCALHOST.into(), tls, ..Options::default() };
        let Ok(service) = Service::start(options) else {
            ddnsd_testkit::skipped("this machine has no IPv6");
            return;
        };
        answer(&Exchange { family: Some(Family::Ipv6), ..exchange(&service) });
        let host = service.requests()[0].header("host").map(str::to_owned);
        assert_eq!(host, Some(format!("[::1]:{}", service.port())));
        let message = failure(&Exchange { family: Some(Family::Ipv4), ..exchange(&service) }, ErrorKind::Dns);
        assert_eq!(message, "::1 has no IPv4 address");
    }
}

/// The story: IPv4 alone was asked for, of a server that has both, and an IPv6-only line had no way there.
#[test]
fn a_line_without_ipv4_reaches_a_server_that_has_both() {
    const INSIDE: &str = "DDNSD_TEST_INSIDE";
    if std::env::var_os(INSIDE).is_some() {
        let address = "2001:db8::7".parse().unwrap();
        let service = Service::start(Options { address, ..Options::default() }).unwrap();
        let by =
            |host: &str| Exchange { url: format!("http://{host}:{}/nic/update", service.port()), ..exchange(&service) };
        answer(&by("both.example"));
        assert_eq!(service.requests().len(), 1);
        let unreachable = "192.0.2.7: network is unreachable";
        let message = failure(&Exchange { family: Some(Family::Ipv4), ..by("both.example") }, ErrorKind::Connect);
        assert!(message.ends_with(unreachable), "{message}");
        let message = failure(&by("ipv4.example"), ErrorKind::Connect);
        assert!(message.ends_with(unreachable), "{message}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let hosts = folder.path().join("hosts");
    std::fs::write(&hosts, "192.0.2.7 both.example ipv4.example\n2001:db8::7 both.example\n").unwrap();
    let script =
        "ip link set lo up && ip addr add 2001:db8::7/128 dev lo nodad && mount --bind \"$1\" /etc/hosts || exit 77
        shift; exec \"$@\"";
    let mut inside = Command::new("unshare");
    inside.args(["-rmn", "sh", "-c", script, "sh"]).arg(&hosts).arg(std::env::current_exe().unwrap());
    inside.args(["--exact", "a_line_without_ipv4_reaches_a_server_that_has_both", "--nocapture"]).env(INSIDE, "1");
    let output = inside.output().unwrap();
    if output.status.code() == Some(77) || output.status.code() == Some(1) && output.stdout.is_empty() {
        ddnsd_testkit::skipped("no namespace of our own, or no IPv6, is to be had here");
        return;
    }
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn through_a_device() {
    let service = with_tls(Tls::default());
    answer(&Exchange { device: Some("lo".to_owned()), ..exchange(&service) });
    for device in ["none0", "", "a\0b"] {
        let message = failure(&Exchange { device: Some(device.to_owned()), ..exchange(&service) }, ErrorKind::Connect);
        let start = format!("cannot send to 127.0.0.1 port {} through device ", service.port());
        assert!(message.starts_with(&start), "{message}");
    }
    let message = failure(&Exchange { device: Some("none0".to_owned()), ..exchange(&service) }, ErrorKind::Connect);
    assert!(message.ends_with(" through device none0: there is no such device"), "{message}");
    assert_eq!(service.connections(), 1);
}

#[test]
fn an_honest_proxy() {
    let proxy = Proxy::start(Manner::Honest).unwrap();
    for service in [plain(), with_tls(Tls::default())] {
        answer(&Exchange { proxy: Some(proxy.address()), ..exchange(&service) });
        assert_eq!(service.requests().len(), 1);
        let asked = proxy.asked().pop().unwrap();
        let target = format!("127.0.0.1:{}", service.port());
        // Credentials are for the service, not for the proxy, and so is who asks.
        let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Connection: Keep-Alive\r\n\r\n");
        assert_eq!(asked, head);
    }
}

#[test]
fn a_proxy_resolves_the_name_itself() {
    let service = with_tls(Tls::default());
    let proxy = Proxy::start(Manner::Elsewhere((Ipv4Addr::LOCALHOST, service.port()).into())).unwrap();
    let url = "https://no-such-name.invalid/nic/update".to_owned();
    let message = failure(&Exchange { url, proxy: Some(proxy.address()), ..exchange(&service) }, ErrorKind::Tls);
    // It led elsewhere, and the certificate says so.
    assert!(message.starts_with("the certificate of no-such-name.invalid is for another name ("), "{message}");
    assert!(proxy.asked()[0].starts_with("CONNECT no-such-name.invalid:443 HTTP/1.1\r\n"));
}

#[test]
fn proxies_that_do_not_connect() {
    let service = plain();
    let refusal = |says: &[u8]| {
        let proxy = Proxy::start(Manner::Says(says.to_vec())).unwrap();
        let message = failure(&Exchange { proxy: Some(proxy.address()), ..exchange(&service) }, ErrorKind::Connect);
        let (host, port) = proxy.address();
        let target = format!("127.0.0.1 port {}", service.port());
        let start = format!("the proxy {host} port {port} did not connect to {target}: ");
        message.strip_prefix(&start).unwrap_or_else(|| panic!("{message}")).to_owned()
    };
    assert_eq!(refusal(b"HTTP/1.1 403 Not here\r\n\r\n"), "it refused with HTTP status 403");
    assert_eq!(refusal(b"HTTP/1.0 502\n\n"), "it refused with HTTP status 502");
    let password = "it wants a username and password, which ddnsd has no option for";
    assert_eq!(refusal(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"), password);
    let foreign = "its answer is not HTTP: is it an HTTP proxy?";
    for says in [
        "\x05\x00\r\n\r\n",
        "HTTP/1.1 403 Not \x1b[31mhere\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "SSH-2.0-x\r\n\r\n",
    ] {
        assert_eq!(refusal(says.as_bytes()), foreign, "{says:?}");
    }
    for cut in [&b""[..], b"\n\n", b"HTTP/1.1 200 OK\r\n"] {
        assert_eq!(refusal(cut), "it closed the connection without a whole answer");
    }
    assert_eq!(refusal(&b"HTTP/1.1 200 OK\r\nX: y\r\n".repeat(400)), foreign);
    assert!(service.requests().is_empty());
}

#[test]
fn a_proxy_that_is_silent() {
    let (service, proxy) = (plain(), Proxy::start(Manner::Silent).unwrap());
    let timeout = Duration::from_secs(1);
    let message =
        failure(&Exchange { proxy: Some(proxy.address()), timeout, ..exchange(&service) }, ErrorKind::Timeout);
    assert!(message.starts_with("no answer from the proxy 127.0.0.1 port "), "{message}");
}

#[test]
fn a_proxy_that_is_not_there() {
    let port = deserted();
    let exchange = Exchange { proxy: Some(("127.0.0.1".to_owned(), port)), ..exchange(&plain()) };
    let message = failure(&exchange, ErrorKind::Connect);
    assert_eq!(message, format!("no connection to the proxy 127.0.0.1 port {port}: connection refused"));
}

/// The environment is set for a child, which is this very test again.
#[test]
fn proxies_of_the_environment_are_ignored() {
    const CHILD: &str = "DDNSD_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        answer(&exchange(&plain()));
        answer(&exchange(&with_tls(Tls::default())));
        return;
    }
    let proxy = Proxy::start(Manner::Honest).unwrap();
    let (host, port) = proxy.address();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "proxies_of_the_environment_are_ignored"]).env(CHILD, "1");
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        child.env(name, format!("http://{host}:{port}"));
    }
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(proxy.asked().is_empty(), "{:?}", proxy.asked());
}
