//! Every sentence that a configuration can earn, beside what earns it.

use ddnsd::config::{BuiltIn, Config, Preset, ServiceTable, Severity, build};
use ddnsd::uci;
use proptest::prelude::*;
use std::io;

/// The built-in services, and two that can do less.
struct Services;

impl ServiceTable for Services {
    fn preset(&self, name: &str) -> Option<Preset> {
        let noip = || BuiltIn.preset("noip");
        match name {
            "ipv4only" => Some(Preset { ipv6: false, offline: false, ..noip()? }),
            "token" => Some(Preset { username: false, ..noip()? }),
            _ => BuiltIn.preset(name),
        }
    }

    fn names(&self) -> Vec<&str> {
        vec!["noip", "custom", "ipv4only", "token"]
    }
}

fn files(path: &str) -> io::Result<String> {
    match path {
        "/good" => Ok("Sesame\n".to_owned()),
        "/empty" => Ok("\n".to_owned()),
        "/lines" => Ok("Sesame\nand more\n".to_owned()),
        _ => Err(io::Error::from_raw_os_error(2)),
    }
}

fn built(text: &str) -> Config {
    let package = uci::parse(text.as_bytes()).expect(text);
    build(&package, &Services, &mut |_, file| files(file))
}

/// `line: warning: section 'home', option 'x': …`, one a line.
fn listing(text: &str) -> Vec<String> {
    built(text).diagnostics.iter().map(|diagnostic| diagnostic.in_file("f").to_string()[2..].to_owned()).collect()
}

const HOME: &str = "config account 'home'\noption username 'user@example.com'\noption password 'Sesame'\n\
                    list hostname 'home.ddns.net'\n";

#[test]
fn one_line_too_much() {
    // The option (its value as UCI has it), and the message about it, which is an error unless it begins with `warning: `.
    // Nothing: the line is fine.
    let table: &[(&str, &str)] = &[
        ("option enabled 'maybe'", "'maybe' is neither yes nor no: write 1 or 0"),
        ("option enabled 'Yes'", ""),
        ("list enabled '1'", "takes one value: write it once, as option enabled, not as list enabled"),
        ("option bind '2'", "'2': write auto, 1 or 0"),
        ("option bind 'auto'", ""),
        ("option bind '0'", ""),
        (
            "option bind '0'\n\toption interface 'wan'",
            "warning: with 0 web detection, and a service that looks at the sender, see the default route's line and not that \
             of the named interface: leave it out unless that is meant",
        ),
        ("option service 'no-ip'", "'no-ip' is no service that ddnsd knows: did you mean 'noip'?"),
        (
            "option service 'dyn'",
            "'dyn' is no service that ddnsd knows: write one that `ubus call ddnsd services` lists, or 'custom' with option server",
        ),
        ("list service 'noip'", "takes one value: write it once, as option service, not as list service"),
        ("option username ' user'", "warning: begins or ends with a space, which is sent too: is that meant?"),
        ("option username 'a\nHost: b'", "holds a line break or another control character: leave it out"),
        (
            "option username 'a-name-that-is-fifty-one-letters-long-if-you-count-@x'",
            "an e-mail address has 50 characters at most with this service",
        ),
        ("option password 'a\tb'", "holds a line break or another control character: leave it out"),
        ("list password 'x'", "takes one value: write it once, as option password, not as list password"),
        ("option password_file '/good'", "password is set too: leave one of the two out"),
        ("list hostname 'HOME.ddns.net'", "warning: 'HOME.ddns.net' stands here twice: it is sent once"),
        ("list hostname ''", "is empty: leave out the line list hostname ''"),
        ("list hostname 'a b'", "'a b': write one line list hostname for each name, without spaces and commas"),
        (
            "list hostname 'a.net,b.net'",
            "'a.net,b.net': write one line list hostname for each name, without spaces and commas",
        ),
        (
            "list hostname 'a\u{a0}b'",
            "'a\u{a0}b': write one line list hostname for each name, without spaces and commas",
        ),
        ("list hostname 'https://a.net'", "'https://a.net': write the name alone, without http:// and path"),
        ("list hostname 'a\nb'", "holds a line break or another control character: leave it out"),
        ("list hostname '@x'", "'@x': write a name, or a name and a label, like host.example.com@roundrobin"),
        ("list hostname 'a@'", "'a@': write a name, or a name and a label, like host.example.com@roundrobin"),
        ("list hostname 'a@b@c'", "'a@b@c': write a name, or a name and a label, like host.example.com@roundrobin"),
        ("list hostname 'a.net@b'", ""),
        ("list hostname 'all.ddnskey.com'", ""),
        ("list hostname 'Büro'", ""),
        ("list hostname 'Дом.ddns.net'", "'Дом.ddns.net' is not how DNS has it: write xn--d1aqf.ddns.net"),
        (
            "list hostname 'u\u{308}.net'",
            "'u\u{308}.net' is not how DNS has it: write its ASCII form, which begins with xn--",
        ),
        (
            "option hostname 'b.net'",
            "warning: is a list, of which UCI keeps one where it is an option: write list hostname 'NAME'",
        ),
        ("option interface 'pppoe-wan'", ""),
        ("option interface 'wan wan6'", "'wan wan6' is no interface: write one line for each interface"),
        ("option interface '@wan'", "'@wan' is no interface: write a name from /etc/config/network, like wan"),
        ("list interface 'wan'\nlist interface 'wan'", "warning: 'wan' stands here twice: the first one counts"),
        ("list interface6 'auto'\nlist interface6 'wan'", "'auto' stands alone: leave it out, or the other interfaces"),
        ("list interface 'wan'\nlist interface ''", "is empty: leave out the line list interface ''"),
        ("option lan 'br lan'", "'br lan' is no interface: write one line for each interface"),
        ("option ipv4 'Auto'", "'Auto' is none of auto, interface, web, server, off; did you mean 'auto'?"),
        ("option ipv4 'wan'", "'wan' is none of auto, interface, web, server, off"),
        ("option ipv4 'off'", "IPv4 is off and IPv6 is not on: write option ipv6 'auto', or option enabled '0'"),
        ("option ipv6 'server'", "'server' is none of off, auto, interface, web"),
        ("option ipv6_suffix '::1'", "warning: has no effect: write option ipv6 'auto' with it"),
        ("option offline 'x'", "'x' is neither yes nor no: write 1 or 0"),
        (
            "option server 'https://x.net/nic/update'",
            "write the server's name alone, without http:// and path: dynupdate.example.com",
        ),
        ("option server 'x.net:8245'", "write the server's name alone; a port goes into option port"),
        ("option server 'x y'", "'x y' is no server's name: write one like dynupdate.example.com"),
        ("option server 'bücher.de'", "'bücher.de' is not ASCII: write xn--bcher-kva.de"),
        ("option path 'nic/update'", "write the path alone, from / on: /nic/update"),
        ("option path '/nic/update?system=dyndns'", ""),
        ("option path '/{hostname}/{password}'", ""),
        (
            "option path '/up?u=[USERNAME]'",
            "only {hostname}, {username}, {password} are replaced: write other braces and brackets as %XX",
        ),
        ("option path '/a#b'", "holds a space or a character that no URL may hold: write it as %XX"),
        ("option path '/a b'", "holds a space or a character that no URL may hold: write it as %XX"),
        ("option path '/a\r\nHost: x'", "holds a line break or another control character: leave it out"),
        ("option port '0'", "'0': write a number from 1 to 65535"),
        ("option port '65536'", "'65536': write a number from 1 to 65535"),
        ("option port '+80'", "'+80': write a number from 1 to 65535"),
        ("option port 'https'", "'https': write a number from 1 to 65535"),
        ("option port '80'", "warning: 80 is a port for plain http: with it goes option tls '0'"),
        ("option port '443'\noption tls '0'", "warning: 443 is the port for https: with it goes option tls '1'"),
        ("option ca_file 'ca.pem'", "'ca.pem': write the whole path, from / on"),
        ("option proxy 'socks5://x:1080'", "write it as http://HOST:PORT; other kinds of proxy are not supported"),
        (
            "option proxy 'http://me:Sesame@x:3128'",
            "write it as http://HOST:PORT; a proxy that wants a password is not supported",
        ),
        ("option proxy 'http://x'", "write it as http://HOST:PORT"),
        ("option proxy 'http://x:0'", "write it as http://HOST:PORT"),
        ("option timeout '301'", "'301': write a number from 1 to 300 seconds"),
        ("option timeout '30s'", "'30s': write a number from 1 to 300 seconds"),
        ("option force_interval '366'", "'366': write a number from 0 to 365 days"),
        ("option web_interval '5'", "'5': write a number from 10 to 10080 minutes"),
        ("option web_url 'ip.example.com'", "write a URL that begins with http:// or https:// and a host's name"),
        ("option web_url 'http://'", "write a URL that begins with http:// or https:// and a host's name"),
        ("option web_url 'http://a:Sesame@b/'", "a URL with a username or a password in it is not supported"),
        ("option web_url 'http://b:0/'", "the port after the host's name is not a number from 1 to 65535"),
        ("option web_url 'http://b/ü'", "holds a space, a # or a letter that is not ASCII: write it as %XX"),
        ("option web_url6 'http://ü.de/'", "the host's name is not ASCII: write xn--tda.de"),
        ("option hostnme 'x'", "warning: is not known and has no effect: did you mean 'hostname'?"),
        ("option domain 'x'", "warning: is not known and has no effect: ddnsd's name for it is 'hostname'"),
        ("option contact 'x'", "warning: has no effect here: it belongs into a section global"),
        ("option xyzzy 'x'", "warning: is not known and has no effect"),
        ("list xyzzy 'x'", "warning: is not known and has no effect"),
    ];
    for (line, message) in table {
        // A second `option` of the same name replaces the first.
        let listing = listing(&format!("{HOME}{line}\n"));
        let name = line.split(' ').nth(1).expect("a name");
        let expected = message.strip_prefix("warning: ").map_or_else(
            || format!("section 'home', option '{name}': {message}"),
            |message| format!("warning: section 'home', option '{name}': {message}"),
        );
        match listing.as_slice() {
            [] => assert_eq!(*message, "", "{line}"),
            [only] => {
                let (at, rest) = only.split_once(": ").expect("a line");
                assert_eq!(rest, expected, "{line}");
                assert!(["2", "3", "4", "5", "6"].contains(&at), "{line}: {only}");
            }
            more => panic!("{line}: {more:#?}"),
        }
        let sound = message.is_empty() || message.starts_with("warning: ");
        assert_eq!(built(&format!("{HOME}{line}\n")).accounts.len(), usize::from(sound), "{line}");
    }
}

#[test]
fn what_is_missing() {
    assert_eq!(
        listing("\nconfig account 'home'\n"),
        [
            "2: section 'home', option 'username': is missing: write option username 'user@example.com'",
            "2: section 'home', option 'password': is missing: write option password 'SECRET' or option password_file '/etc/ddnsd/home.secret'",
            "2: section 'home', option 'hostname': is missing: write list hostname 'home.ddns.net', one line for each host or group",
        ]
    );
    assert_eq!(
        listing(&format!("{HOME}option service 'custom'")),
        [
            "1: section 'home', option 'server': is missing: service 'custom' needs option server 'dynupdate.example.com'"
        ]
    );
}

#[test]
fn password_files() {
    for (file, message) in [
        ("/none", "cannot read /none: No such file or directory"),
        ("/empty", "/empty is empty: write the password into it"),
        ("/lines", "/lines holds more than a password: write one line into it"),
        ("secret", "'secret': write the whole path, from / on"),
    ] {
        let text = HOME.replace("password 'Sesame'", &format!("password_file '{file}'"));
        assert_eq!(listing(&text), [format!("3: section 'home', option 'password_file': {message}")]);
    }
}

#[test]
fn options_that_do_not_go_together() {
    let two = |lines: &str, message: &str| assert_eq!(listing(&format!("{HOME}{lines}")), [message], "{lines}");
    two(
        "option ipv4 'server'\noption ipv6 'auto'",
        "5: section 'home', option 'ipv4': 'server' sends no address, but an IPv6 address goes into the same list: \
         write option ipv4 'auto' or 'web', or option ipv6 'off'",
    );
    two(
        "option ipv4 'off'\noption ipv6 'off'",
        "6: section 'home', option 'ipv6': IPv4 and IPv6 are both off: turn one of them on, or write option enabled '0'",
    );
    two(
        "option service 'ipv4only'\noption ipv6 'auto'",
        "6: section 'home', option 'ipv6': this service takes no IPv6 address: leave this line out",
    );
    two(
        "option service 'ipv4only'\noption offline '1'",
        "6: section 'home', option 'offline': service 'ipv4only' cannot take hosts offline: leave this line out",
    );
    two(
        "option service 'token'",
        "2: warning: section 'home', option 'username': has no effect: this service takes the password alone",
    );
    two(
        "option service 'custom'\noption server 'x.net'\noption username 'group:user'",
        "7: section 'home', option 'username': a username with : cannot be sent to this service: write it without",
    );
    let suffix = |value: &str, message: &str| {
        two(
            &format!("option ipv6 'auto'\noption ipv6_suffix '{value}'"),
            &format!("6: section 'home', option 'ipv6_suffix': '{value}'{message}"),
        );
    };
    let prefix = ": write only what follows the prefix, like ::1234:5678; the prefix is found by itself";
    suffix("2001:db8::1", prefix);
    suffix("::", prefix);
    suffix("1234", ": write the end of the address, like ::1234:5678, or a MAC address, like 02:00:5e:10:00:01");
    suffix("::1/64", ": write the end of the address, like ::1234:5678, or a MAC address, like 02:00:5e:10:00:01");
    suffix("01:00:5e:00:00:01", " is no host's MAC address");
}

#[test]
fn sections() {
    let text = format!(
        "config global\n\toption contact 'me at example.com'\n\toption log_level 'verbose'\n\toption contct 'x'\n\
         \toption tls '1'\nconfig global 'two'\nconfig acount 'hom'\nconfig wifi 'x'\nconfig account\n\
         config account 'account2'\nconfig account\n{HOME}config account 'home'\n\toption bind '1'\n"
    );
    let missing = |line: &str| !line.contains("is missing");
    assert_eq!(
        listing(&text).into_iter().filter(|line| missing(line)).collect::<Vec<_>>(),
        [
            "2: section '@global[0]', option 'contact': 'me at example.com': write one e-mail address in ASCII, without spaces",
            "3: section '@global[0]', option 'log_level': 'verbose' is none of error, warn, info, debug",
            "4: warning: section '@global[0]', option 'contct': is not known and has no effect: did you mean 'contact'?",
            "5: warning: section '@global[0]', option 'tls': has no effect here: it belongs into a section account",
            "6: warning: section 'two': is a second section global and has no effect: put its options into the first",
            "7: warning: section 'hom': a section of type 'acount' has no effect: did you mean config account?",
            "8: warning: section 'x': a section of type 'wifi' has no effect: ddnsd knows config global and config account",
            "9: warning: section '@account[0]': has no name and is called 'account1' for its place: write config account 'NAME'",
            "11: warning: section '@account[2]': has no name and is called 'account3' for its place: write config account 'NAME'",
            "16: warning: section 'home': goes on from line 12, and UCI makes one account of both: give a second account another name",
        ]
    );
    let text = format!("config account\nconfig account 'account1'\n{HOME}");
    assert_eq!(
        listing(&text)[0],
        "1: section '@account[0]': has no name, and 'account1' is taken: write config account 'NAME'"
    );
    assert!(listing("").is_empty() && built("").accounts.is_empty());
}

#[test]
fn a_long_value_is_refused_and_shown_short() {
    let long = "x".repeat(1025);
    for option in ["username", "password", "contact", "server", "path"] {
        let kind = if option == "contact" { "global" } else { "account" };
        let lines = listing(&format!("config {kind} 'home'\noption {option} '{long}'"));
        let message =
            format!("2: section 'home', option '{option}': has 1025 bytes, more than the 1024 that are allowed");
        assert!(lines.contains(&message), "{lines:#?}");
    }
    let lines = listing(&format!("{HOME}option ipv4 '{}'", "y".repeat(1000)));
    assert_eq!(
        lines,
        [format!(
            "5: section 'home', option 'ipv4': '{}…' is none of auto, interface, web, server, off",
            "y".repeat(60)
        )]
    );
    let lines = listing(&format!("{HOME}list hostname '{}'", "z".repeat(256)));
    assert_eq!(
        lines,
        [format!("5: section 'home', option 'hostname': '{}…' has 256 bytes; a name has 255 at most", "z".repeat(60))]
    );
}

#[test]
fn too_much_of_anything() {
    let many = |line: &str, count: usize| format!("{HOME}{}", line.repeat(count));
    assert_eq!(
        listing(&format!("{HOME}{}", (2..=5001).map(|n| format!("list hostname h{n}\n")).collect::<String>())),
        ["5004: section 'home', option 'hostname': is one line too many: there may be 5000"]
    );
    let last = |text: &str| listing(text).pop();
    assert_eq!(
        last(&many("list web_url 'http://x'\n", 9)).as_deref(),
        Some("13: section 'home', option 'web_url': is one line too many: there may be 8")
    );
    let interfaces: String = (0..17).map(|n| format!("list interface 'wan{n}'\n")).collect();
    assert_eq!(
        last(&format!("{HOME}{interfaces}")).as_deref(),
        Some("21: section 'home', option 'interface': is one line too many: there may be 16")
    );
    let accounts: String = (0..4002).map(|n| HOME.replace("'home'", &format!("'h{n}'"))).collect();
    let config = built(&accounts);
    assert_eq!(config.accounts.len(), 4000);
    assert_eq!(
        listing(&accounts),
        [
            "16001: section 'h4000': is one account too many: ddnsd has 4000 at most",
            "16005: section 'h4001': is one account too many: ddnsd has 4000 at most"
        ]
    );
    let unknown: String = (0..30_000).map(|n| format!("option x{n} 1\n")).collect();
    let lines = listing(&format!("{HOME}{unknown}"));
    assert_eq!(lines.len(), 201);
    assert_eq!(lines[0], "5: warning: section 'home', option 'x0': is not known and has no effect");
    assert_eq!(lines[200], " warning: 29800 more mistakes are not shown: mend these first");
    let lines = listing(&"config account\n".repeat(20_000));
    assert_eq!(lines[200], " 31800 more mistakes are not shown: mend these first");
}

proptest! {
    /// Whatever an option is set to: no panic, no secret in a message, and nothing in an account that could end a
    /// line of the request.
    #[test]
    fn any_value_is_taken_or_refused(
        name in prop::sample::select(ddnsd::config::ACCOUNT_OPTIONS.iter().map(|(name, _)| *name).collect::<Vec<_>>()),
        value in prop_oneof!["[^\0']{0,40}", "[ -&(-~]{1,20}", "[:a-f0-9.-]{1,20}", "https?://[a-z:@/?#0-9]{0,12}"],
        list in any::<bool>(),
    ) {
        let value = value.replace('\'', "");
        let command = if list { "list" } else { "option" };
        let config = built(&format!("{HOME}{command} {name} '{value}'\n"));
        let errors = config.diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
        prop_assert_eq!(errors > 0, config.accounts.is_empty());
        for account in &config.accounts {
            let endpoint = &account.endpoint;
            let mut sent = vec![&account.username, &endpoint.server, &endpoint.path, &account.lan];
            sent.extend(account.hostnames.iter().chain(&account.web_url).chain(&account.web_url6));
            for text in sent {
                prop_assert!(!text.chars().any(char::is_control), "{:?}", text);
            }
            prop_assert!(!account.password.reveal().chars().any(char::is_control));
            prop_assert!(!account.hostnames.is_empty() && account.hostnames.iter().all(|name| !name.contains(',')));
            prop_assert!(endpoint.path.starts_with('/') && !endpoint.path.contains(['#', ' ']));
            prop_assert!(endpoint.port > 0 && endpoint.timeout > 0 && account.web_interval >= 10);
        }
        for diagnostic in &config.diagnostics {
            prop_assert!(!diagnostic.message.contains("Sesame"));
            prop_assert!(!diagnostic.message.chars().any(char::is_control), "{:?}", diagnostic.message);
        }
    }
}
