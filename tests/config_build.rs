//! What a sound configuration becomes: every default, every option.

use ddnsd::address::Suffix;
use ddnsd::config::{
    AccountConfig, Bind, BuiltIn, Config, Endpoint, InterfaceChoice, Ipv4Policy, Ipv6Policy, Preset, ServiceTable,
    build,
};
use ddnsd::uci;
use std::io;
use std::sync::Arc;

const HOME: &str = "config account 'home'\n\toption username 'user@example.com'\n\toption password 'Sesame'\n\
                    \tlist hostname 'home.ddns.net'\n";

fn built(text: &str) -> Config {
    let package = uci::parse(text.as_bytes()).expect(text);
    build(&package, &BuiltIn, &mut |_, _| Err(io::Error::from(io::ErrorKind::NotFound)))
}

/// The only account of a configuration in which nothing is wrong.
#[track_caller]
fn account(text: &str) -> Arc<AccountConfig> {
    let config = built(text);
    assert_eq!(config.diagnostics, [], "{text}");
    assert_eq!(config.accounts.len(), 1, "{text}");
    config.accounts[0].clone()
}

fn home(more: &str) -> Arc<AccountConfig> {
    account(&format!("{HOME}{more}"))
}

#[test]
fn three_lines_are_enough() {
    let account = account(HOME);
    assert_eq!(account.name, "home");
    assert!(account.enabled);
    assert_eq!(account.service, "noip");
    assert_eq!(account.username, "user@example.com");
    assert_eq!(account.password.reveal(), "Sesame");
    assert_eq!(account.hostnames, ["home.ddns.net"]);
    assert_eq!(account.interface, InterfaceChoice::Auto);
    assert_eq!(account.interface6, InterfaceChoice::Auto);
    assert_eq!(account.lan, "lan");
    assert_eq!((account.ipv4, account.ipv6), (Ipv4Policy::Auto, Ipv6Policy::Off));
    assert_eq!(account.ipv6_suffix, None);
    assert!(!account.offline && account.bind == Bind::Auto);
    let endpoint = Endpoint {
        server: "dynupdate.no-ip.com".to_owned(),
        path: "/nic/update".to_owned(),
        tls: true,
        port: 443,
        ca_file: "/etc/ssl/certs/ca-certificates.crt".to_owned(),
        proxy: None,
        timeout: 30,
    };
    assert_eq!(account.endpoint, endpoint);
    assert_eq!((account.force_interval, account.web_interval), (0, 10));
    assert_eq!(account.web_url, ["http://ip1.dynupdate.no-ip.com/"]);
    assert_eq!(account.web_url6, ["http://ip1.dynupdate6.no-ip.com/"]);
    assert!(!account.web_url6_own);
}

#[test]
fn every_option_is_read() {
    let text = "
config global 'global'
	option contact     'admin@example.com'
	option log_level   'debug'

config account 'office'
	option enabled     'off'
	option service     'custom'
	option username    'key%+#'
	option password    'p: \"ä€\" '\\''#'
	list   hostname    'host.example.com@roundrobin'
	list   hostname    'Gruppe'
	list   interface   'wan'
	list   interface   'wwan'
	option interface6  'wan_6'
	option lan         'dmz'
	option ipv4        'interface'
	option ipv6        'web'
	option offline     'yes'
	option server      'dyn.example.com'
	option path        '/update%20it'
	option tls         '0'
	option port        '8245'
	option ca_file     '/etc/ddnsd/ca.pem'
	option bind        'true'
	option proxy       'http://proxy.lan:3128/'
	option timeout     '5'
	option force_interval '25'
	option web_interval   '60'
	list   web_url        'http://ip.example.com:8245/a?b=c'
	list   web_url        'https://[2001:db8::1]/'
	option web_url6       'https://ip6.example.com'
";
    let config = built(text);
    assert_eq!(config.diagnostics, []);
    assert_eq!(config.global.contact.as_deref(), Some("admin@example.com"));
    assert_eq!(config.global.log_level, log::LevelFilter::Debug);
    let account = &config.accounts[0];
    assert!(!account.enabled && account.offline && account.bind == Bind::Always);
    assert_eq!((account.service.as_str(), account.username.as_str()), ("custom", "key%+#"));
    assert_eq!(account.password.reveal(), "p: \"ä€\" '#");
    assert_eq!(account.hostnames, ["host.example.com@roundrobin", "Gruppe"]);
    assert_eq!(account.interface, InterfaceChoice::Named(vec!["wan".to_owned(), "wwan".to_owned()]));
    assert_eq!(account.interface6, InterfaceChoice::Named(vec!["wan_6".to_owned()]));
    assert_eq!(account.lan, "dmz");
    assert_eq!((account.ipv4, account.ipv6), (Ipv4Policy::Interface, Ipv6Policy::Web));
    let endpoint = Endpoint {
        server: "dyn.example.com".to_owned(),
        path: "/update%20it".to_owned(),
        tls: false,
        port: 8245,
        ca_file: "/etc/ddnsd/ca.pem".to_owned(),
        proxy: Some(("proxy.lan".to_owned(), 3128)),
        timeout: 5,
    };
    assert_eq!(account.endpoint, endpoint);
    assert_eq!((account.force_interval, account.web_interval), (25, 60));
    assert_eq!(account.web_url, ["http://ip.example.com:8245/a?b=c", "https://[2001:db8::1]/"]);
    assert_eq!(account.web_url6, ["https://ip6.example.com"]);
    assert!(account.web_url6_own);
}

#[test]
fn the_port_follows_tls() {
    assert_eq!(home("option tls '0'").endpoint.port, 80);
    assert_eq!(home("option tls '1'").endpoint.port, 443);
    assert_eq!(home("option tls '0'\noption port '8245'").endpoint.port, 8245);
}

#[test]
fn an_empty_option_is_none() {
    let account = home("option ipv6_suffix ''\noption proxy ''\noption web_url6 ''\noption service ''");
    assert_eq!((account.ipv6_suffix, account.endpoint.proxy.as_ref()), (None, None));
    assert_eq!(account.service, "noip");
}

#[test]
fn suffixes() {
    let suffix = |text: &str| home(&format!("option ipv6 'auto'\noption ipv6_suffix '{text}'")).ipv6_suffix;
    assert_eq!(suffix("::1234:5678"), Some(Suffix::Interface(0x1234_5678)));
    assert_eq!(suffix("::ff:1:2:3:4"), Some(Suffix::Interface(0x00ff_0001_0002_0003_0004)));
    assert_eq!(suffix("02:00:5E:10:00:01"), Some(Suffix::Mac([2, 0, 0x5e, 0x10, 0, 1])));
    assert_eq!(suffix("02-00-5e-10-00-01"), Some(Suffix::Mac([2, 0, 0x5e, 0x10, 0, 1])));
}

#[test]
fn servers_by_address() {
    assert_eq!(home("option server '127.0.0.1'").endpoint.server, "127.0.0.1");
    assert_eq!(home("option server '::1'").endpoint.server, "[::1]");
    assert_eq!(home("option server '[::1]'").endpoint.server, "[::1]");
}

#[test]
fn usernames_of_every_kind() {
    let user = |name: &str| account(&HOME.replace("user@example.com", name)).username.clone();
    for name in ["group:user", "a#b%c+d", "Ключ", &"x".repeat(200), &format!("{}@x.de", "y".repeat(45))] {
        assert_eq!(user(name), name);
    }
}

#[test]
fn a_password_file_gives_its_first_line() {
    let read = |content: &'static str| {
        let text = HOME.replace("password 'Sesame'", "password_file '/etc/ddnsd/home.secret'");
        let package = uci::parse(text.as_bytes()).expect("sound");
        let mut asked = Vec::new();
        let config = build(&package, &BuiltIn, &mut |_, file| {
            asked.push(file.to_owned());
            Ok(content.to_owned())
        });
        assert_eq!(asked, ["/etc/ddnsd/home.secret"]);
        assert_eq!(config.diagnostics, [], "{content:?}");
        config.accounts[0].password.reveal().to_owned()
    };
    assert_eq!(read("Sesame"), "Sesame");
    assert_eq!(read("Sesame\n"), "Sesame");
    assert_eq!(read("Sesame\r\n"), "Sesame");
    assert_eq!(read(" two words \n"), " two words ");
}

#[test]
fn accounts_keep_their_order_and_the_bad_one_is_left_out() {
    let text = format!("{HOME}config account 'bad'\n{}{}", HOME.replace("home", "two"), HOME.replace("home", "three"));
    let config = built(&text);
    let names: Vec<&str> = config.accounts.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["home", "two", "three"]);
    assert_eq!(config.diagnostics.len(), 3);
    assert!(config.diagnostics.iter().all(|it| it.section.as_deref() == Some("bad")));
}

#[test]
fn an_anonymous_account_is_called_by_its_place() {
    let text = format!("{HOME}{}", HOME.replace(" 'home'", ""));
    let names: Vec<String> = built(&text).accounts.iter().map(|account| account.name.clone()).collect();
    assert_eq!(names, ["home", "account2"]);
}

#[test]
fn the_identity_is_every_option_but_enabled_and_the_secret() {
    let of = |text: &str| account(text).identity.reveal().to_owned();
    let expected = "hostname=home.ddns.net\npassword=Sesame\nusername=user@example.com\n";
    assert_eq!(of(HOME), expected);
    assert_eq!(of(&format!("{HOME}option enabled 0")), expected);
    // Where the init script put the CA file is no other configuration: halts survive daemon and command line by turns.
    for file in ["/etc/ddnsd/ca.pem", "/var/run/ddnsd/ca.home"] {
        assert_eq!(of(&format!("{HOME}option ca_file '{file}'")), expected);
    }
    assert_eq!(
        of(&format!("{HOME}list interface 'b'\nlist interface 'a'")),
        expected.replace("password", "interface=b\ninterface=a\npassword")
    );
    let debug = format!("{:?}", account(HOME));
    assert!(!debug.contains("Sesame"), "{debug}");
}

/// A service with everything that No-IP is not.
struct Odd;

impl ServiceTable for Odd {
    fn preset(&self, name: &str) -> Option<Preset> {
        let noip = BuiltIn.preset("noip")?;
        (name == "odd").then(|| Preset {
            server: "odd.example.com".to_owned(),
            path: "/up".to_owned(),
            tls: false,
            port: Some(8080),
            ipv6_apart: true,
            username: false,
            ..noip
        })
    }

    fn names(&self) -> Vec<&str> {
        vec!["odd"]
    }
}

#[test]
fn a_preset_gives_the_defaults_that_the_account_overrides() {
    let of = |more: &str| {
        let text = format!("config account a\noption service odd\noption password p\nlist hostname h\n{more}");
        let package = uci::parse(text.as_bytes()).expect("sound");
        let config = build(&package, &Odd, &mut |_, _| Err(io::Error::from(io::ErrorKind::NotFound)));
        assert_eq!(config.diagnostics, [], "{more}");
        config.accounts[0].clone()
    };
    let endpoint = of("").endpoint.clone();
    assert_eq!((endpoint.server.as_str(), endpoint.path.as_str(), endpoint.tls), ("odd.example.com", "/up", false));
    assert_eq!(endpoint.port, 8080);
    assert_eq!(of("option tls 1").endpoint.port, 443);
    assert_eq!(of("option server x.example\noption path /y").endpoint.server, "x.example");
    assert_eq!(of("option ipv4 server\noption ipv6 auto").ipv4, Ipv4Policy::Server);
    assert_eq!(of("").username, "");
}
