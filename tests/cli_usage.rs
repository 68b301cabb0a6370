//! The command line itself: what it explains, and what it refuses.

mod common;

use common::Home;

#[test]
fn a_lone_binary_explains_itself() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_ddnsd")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2));
    for command in ["run", "update", "status", "resume", "offline", "check", "migrate"] {
        assert!(text.contains(&format!("\n  {command}")), "{command} is missing in: {text}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    let home = Home::new("");
    for arguments in [&["--help"][..], &["-h"], &["--version"], &["-V"], &["update", "--help"], &["help", "status"]] {
        let output = home.run(arguments);
        assert_eq!((output.status, output.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(!output.stdout.is_empty());
    }
    assert_eq!(home.run(&["-V"]).stdout, format!("ddnsd {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_is_refused_in_words() {
    let home = Home::new("");
    let cases: [(&[&str], &str); 15] = [
        (&["upadte"], "there is no command 'upadte'; did you mean 'update'?"),
        (&["update", "--ipv4", "2001:db8::1"], "--ipv4 takes an IPv4 address such as 192.0.2.25, not '2001:db8::1'"),
        (&["update", "--ipv6", "::g"], "--ipv6 takes an IPv6 address such as 2001:db8::25, not '::g'"),
        (&["update", "--ipv4", "10.1.2.3"], "--ipv4 takes a public address: 10.1.2.3 is a private address (RFC 1918)"),
        (&["update", "--ipv4", "127.0.0.1", "--dry-run"], "--ipv4 takes a public address: 127.0.0.1 is "),
        (&["update", "--ipv6", "fe80::1"], "--ipv6 takes a public address: fe80::1 is a link-local address (RFC 4291)"),
        (&["update", "home", "--ipv6=::ffff:192.0.2.1"], "--ipv6 takes a public address: ::ffff:192.0.2.1 is "),
        (&["update", "--frobnicate"], "invalid option '--frobnicate'"),
        (&["status", "--json=yes"], "--json takes no value: 'yes' is too much"),
        (&["resume"], "ddnsd resume needs the name of an account"),
        (&["resume", "a", "b", "c"], "'c' is too much"),
        (&["offline"], "ddnsd offline needs the name of an account"),
        (&["status", "home"], "'home' is too much"),
        (&["status", "--force"], "invalid option '--force'"),
        (&["run", "--log", "paper"], "--log is 'syslog' or 'stderr', not 'paper'"),
    ];
    for (arguments, words) in cases {
        let output = home.run(arguments);
        assert_eq!(output.status, 2, "{arguments:?}");
        assert!(output.stderr.contains(words), "{arguments:?}: {}", output.stderr);
    }
}

#[test]
fn a_missing_or_broken_configuration_is_an_error_with_its_place() {
    let home = Home::new("config account 'a\n");
    let output = home.run(&["check"]);
    assert_eq!(output.status, 3);
    assert!(output.stdout.contains("ddnsd:1: "), "{}", output.stdout);
    std::fs::remove_file(home.path("ddnsd")).unwrap();
    for command in ["check", "update", "status"] {
        let output = home.run(&[command]);
        assert_eq!(output.status, 3, "{command}");
        let said = output.stdout + &output.stderr;
        assert!(said.contains("cannot be read: No such file or directory"), "{command}: {said}");
    }
}

#[test]
fn an_empty_configuration_is_current() {
    let home = Home::new("");
    for command in ["check", "update", "status"] {
        assert_eq!(home.run(&[command]).status, 0, "{command}");
    }
}

#[test]
fn any_bytes_as_configuration_are_answered_with_a_defined_status() {
    use proptest::prelude::*;
    let home = Home::new("");
    proptest!(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() }, |(bytes in proptest::collection::vec(any::<u8>(), 0..400))| {
        std::fs::write(home.path("ddnsd"), &bytes).unwrap();
        let status = home.run(&["check"]).status;
        prop_assert!(matches!(status, 0 | 3), "{status}");
    });
}
