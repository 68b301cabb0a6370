//! `ddnsd migrate`: from the built binary, what is printed and what is written.

mod common;

use common::Home;
use std::fs;

const OLD: &str = "\
config ddns 'global'
	option upd_privateip '0'

config service 'myddns_ipv4'
	option enabled '1'
	option service_name 'no-ip.com'
	option lookup_host 'home.ddns.net'
	option domain 'home.ddns.net'
	option username 'user@example.com'
	option password 'pw'
	option interface 'wan'
	option ip_source 'network'
	option ip_network 'wan'
";

#[test]
fn what_is_printed_passes_the_checker_and_nothing_is_touched() {
    let home = Home::new("");
    fs::write(home.path("ddns"), OLD).unwrap();
    let printed = home.run(&["migrate", home.path("ddns").to_str().unwrap()]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert!(printed.stdout.contains("home.ddns.net"), "{}", printed.stdout);
    assert_eq!(fs::read_to_string(home.path("ddns")).unwrap(), OLD);
    home.configure(&printed.stdout);
    let checked = home.run(&["check"]);
    assert!(checked.status == 0 && checked.stdout.contains("1 usable account (1 enabled) with 1 host"), "{checked:?}");
}

#[test]
fn what_is_written_waits_to_be_enabled_and_the_old_is_kept() {
    let home = Home::new("# as it was\n");
    fs::write(home.path("ddns"), OLD).unwrap();
    let old = home.path("ddns");
    let written = home.run(&["migrate", old.to_str().unwrap(), "--write", "--disable-old"]);
    assert_eq!(written.status, 0, "{written:?}");
    assert_eq!(fs::read_to_string(home.path("ddnsd.before-migration")).unwrap(), "# as it was\n");
    assert_eq!(fs::read_to_string(home.path("ddns.before-migration")).unwrap(), OLD);
    assert!(fs::read_to_string(&old).unwrap().contains("option enabled '0'"));
    let checked = home.run(&["check"]);
    assert!(checked.stdout.contains("1 usable account (0 enabled)"), "{checked:?}");
}

#[test]
fn a_file_that_is_missing_or_no_uci_is_an_error_in_words() {
    let home = Home::new("");
    assert_eq!(home.run(&["migrate", "/nonexistent/ddns"]).status, 3);
    fs::write(home.path("ddns"), "config service 'a\n").unwrap();
    let output = home.run(&["migrate", home.path("ddns").to_str().unwrap()]);
    assert_eq!(output.status, 3);
    assert!(output.stderr.contains("ddns:1: column"), "{}", output.stderr);
}
