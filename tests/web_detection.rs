//! Pages of web detection, from the built binary to the simulated service.

mod common;

use common::{Home, account, service};
use ddnsd_testkit::service::{Options, Script, Service};

/// What the command answers where the page is this: the address that was sent, or why there is none.
fn detected(page: Script) -> Result<String, String> {
    let web = Service::start(Options::default()).unwrap();
    let update = service(&["home.ddns.net"]);
    let config = account(&update, "home", &["home.ddns.net"], "\toption ipv4 'web'\n");
    let home = Home::new(&config.replace("http://127.0.0.1:1/", &web.url("/ip")));
    web.script_detection([page]);
    let output = home.run(&["update", "--json"]);
    match update.requests().first() {
        Some(request) => Ok(request.query("myip").unwrap_or_default().to_owned()),
        None => Err(output.json()["accounts"][0]["message"].as_str().unwrap_or_default().to_owned()),
    }
}

#[test]
fn r09_pages_of_every_form_give_the_address() {
    for page in [
        "192.0.2.77",
        "<html><head><title>Current IP Check</title></head><body>Current IP Address: 192.0.2.77</body></html>\r\n",
        "fl=1f1\nh=cloudflare.com\nip=192.0.2.77\nts=1764000000.123\nvisit_scheme=https\nloc=DE\ntls=TLSv1.3\n",
        "{\"ip\":\"192.0.2.77\",\"country\":\"DE\"}",
    ] {
        assert_eq!(detected(Script::answer(200, page)).as_deref(), Ok("192.0.2.77"), "{page}");
    }
    let long = format!("<p>192.0.2.77</p>{}", "x".repeat(40_000));
    assert_eq!(detected(Script::answer(200, &long)).as_deref(), Ok("192.0.2.77"));
}

#[test]
fn r09_pages_with_several_addresses_or_none_are_refused() {
    for (page, words) in [
        ("192.0.2.77 192.0.2.78", "answered 2 different public IPv4 addresses"),
        ("<html><title>Hotel Wi-Fi</title>Please log in</html>", "a captive portal?"),
        ("192.168.1.1", "which is not a public IPv4 address"),
    ] {
        let why = detected(Script::answer(200, page)).unwrap_err();
        assert!(why.contains(words), "{page}: {why}");
    }
    let late = format!("{}192.0.2.77", " ".repeat(20_000));
    assert!(detected(Script::answer(200, &late)).is_err(), "beyond the first 16 KiB");
}
