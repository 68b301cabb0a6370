//! The options of services that set records of a zone, and the key of DNS UPDATE.

use ddnsd::config::{Config, build};
use ddnsd::services::Table;
use ddnsd::uci;
use std::io;

fn built(text: &str) -> Config {
    let package = uci::parse(text.as_bytes()).expect(text);
    build(&package, &Table::new([]), &mut |_, _| Err(io::Error::from(io::ErrorKind::NotFound)))
}

fn zone_account(more: &str) -> Config {
    built(&format!(
        "config account 'home'\noption service 'rfc2136'\noption server 'ns1.example.com'\n\
         option username 'home-key'\noption password 'c2VjcmV0'\nlist hostname 'home.example.com'\n{more}"
    ))
}

#[track_caller]
fn says(config: &Config, option: &str, message: &str) {
    let found = config.diagnostics.iter().find(|it| it.option.as_deref() == Some(option));
    assert_eq!(found.map(|it| it.message.as_str()), Some(message), "{:?}", config.diagnostics);
}

#[test]
fn three_lines_and_a_server_are_enough() {
    for name in ["rfc2136", "nsupdate", "bind-nsupdate"] {
        let config = built(&format!(
            "config account 'home'\noption service '{name}'\noption server 'ns1.example.com'\n\
             option username 'home-key'\noption password 'c2VjcmV0'\nlist hostname 'home.example.com'\n"
        ));
        assert_eq!(config.diagnostics, [], "{name}");
        let account = &config.accounts[0];
        assert_eq!((account.endpoint.port, account.endpoint.tls), (53, false));
        assert_eq!((account.zone.as_deref(), account.create, account.ttl), (None, false, 300));
        assert!(account.dns_key.is_some());
        assert_eq!(account.dialect.hosts_per_request, 1);
    }
}

#[test]
fn every_option_counts() {
    let more = "option zone 'Example.COM.'\noption create '1'\noption ttl '60'\noption algorithm 'HMAC-SHA512'\n\
                option port '5353'\noption ipv6 'auto'\n";
    let config = zone_account(more);
    assert_eq!(config.diagnostics, []);
    let account = &config.accounts[0];
    assert_eq!((account.zone.as_deref(), account.create, account.ttl), (Some("example.com"), true, 60));
    assert_eq!(account.endpoint.port, 5353);
}

#[test]
fn mistakes_are_said_with_what_to_write() {
    let algorithm = "'hmac-sha3' is no algorithm: write one of hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384, \
                     hmac-sha512";
    says(&zone_account("option algorithm 'hmac-sha3'"), "algorithm", algorithm);
    let md5 = "hmac-md5 is broken, and servers leave it out: make a new key with hmac-sha256";
    says(&zone_account("option algorithm 'hmac-md5'"), "algorithm", md5);
    says(&zone_account("option zone '..'"), "zone", "'..' is no zone: write its name, such as example.com");
    let stranger = "'home.example.com' is not in the zone example.net: correct one of the two";
    says(&zone_account("option zone 'example.net'"), "hostname", stranger);
    let group = "'home@roundrobin' is no DNS name: write one such as home.example.com";
    says(&zone_account("list hostname 'home@roundrobin'"), "hostname", group);
    let looks = "this service is told an address, it looks at none: write option ipv4 'auto' or 'web'";
    says(&zone_account("option ipv4 'server'"), "ipv4", looks);
    let secret = "is no secret of a key: write the base64 text that the server's configuration has";
    let config = built(
        "config account 'home'\noption service 'rfc2136'\noption server 'ns1.example.com'\n\
         option username 'home-key'\noption password 'not base64!'\nlist hostname 'home.example.com'\n",
    );
    says(&config, "password", secret);
    assert!(config.accounts.is_empty());
    let config = built("config account 'home'\noption service 'rfc2136'\nlist hostname 'home.example.com'\n");
    let missing: Vec<_> = config.diagnostics.iter().filter_map(|it| it.option.as_deref()).collect();
    for option in ["server", "username", "password"] {
        assert!(missing.contains(&option), "{option}: {missing:?}");
    }
}

#[test]
fn elsewhere_they_have_no_effect_and_that_is_said() {
    let home = "config account 'home'\noption username 'u'\noption password 'p'\nlist hostname 'h'\n";
    for line in ["zone 'example.com'", "create '1'", "ttl '60'", "algorithm 'hmac-sha512'"] {
        let config = built(&format!("{home}option {line}\n"));
        let option = line.split(' ').next().unwrap();
        says(&config, option, "has no effect with this service: leave this line out");
        assert_eq!(config.accounts.len(), 1, "a warning");
    }
}
