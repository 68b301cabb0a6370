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

/// A second run used to overwrite the only copy of a configuration that somebody had written by hand.
#[test]
fn a_second_run_keeps_what_the_first_one_kept() {
    let home = Home::new("# by hand\n");
    let old = home.path("ddns");
    fs::write(&old, OLD).unwrap();
    let run = || home.run(&["migrate", old.to_str().unwrap(), "--write", "--enable", "--disable-old"]);
    let first = run();
    assert!(first.status == 0 && first.stdout.contains("ddnsd.before-migration\n"), "{first:?}");
    let made = fs::read_to_string(home.path("ddnsd")).unwrap();
    let second = run();
    assert!(second.status == 0 && second.stdout.contains("ddnsd.before-migration-2\n"), "{second:?}");
    assert_eq!(fs::read_to_string(home.path("ddnsd.before-migration")).unwrap(), "# by hand\n");
    assert_eq!(fs::read_to_string(home.path("ddnsd.before-migration-2")).unwrap(), made);
    assert_eq!(fs::read_to_string(home.path("ddns.before-migration")).unwrap(), OLD);
}

#[test]
fn what_is_written_is_for_root_alone_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new("# by hand\n");
    fs::write(home.path("ddns"), OLD).unwrap();
    let program = home.command(&["migrate", home.path("ddns").to_str().unwrap(), "--write", "--disable-old"]);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "umask 0; exec \"$0\" \"$@\""]).arg(program.get_program()).args(program.get_args());
    assert!(shell.status().unwrap().success());
    for file in ["ddnsd", "ddnsd.before-migration", "ddns", "ddns.before-migration"] {
        assert_eq!(fs::metadata(home.path(file)).unwrap().permissions().mode() & 0o7777, 0o600, "{file}");
    }
}

#[test]
fn nothing_is_written_where_nothing_can_be_carried_over() {
    let home = Home::new("# by hand\n");
    fs::write(home.path("ddns"), "config service 'a'\n\toption service_name 'goip.de'\n").unwrap();
    let output = home.run(&["migrate", home.path("ddns").to_str().unwrap(), "--write"]);
    assert_eq!(output.status, 1, "{output:?}");
    assert!(output.stdout.contains("line 1, section 'a': "), "{output:?}");
    assert!(output.stderr.contains("nothing in it can be carried over, so nothing is written"), "{output:?}");
    assert_eq!(fs::read_to_string(home.path("ddnsd")).unwrap(), "# by hand\n");
}

#[test]
fn a_file_of_another_program_says_what_it_has() {
    let home = Home::new("");
    let old = home.path("ddns");
    for (text, has) in [
        (
            "config global\n\toption program 'x'\nconfig noip2\n\toption password 'pw'\nconfig noip2\n",
            "it has: config global, config noip2",
        ),
        ("config ddns 'global'\n", "it has: config ddns"),
        ("\n# nothing\n", "it is empty"),
    ] {
        fs::write(&old, text).unwrap();
        let output = home.run(&["migrate", old.to_str().unwrap()]);
        assert_eq!((output.status, output.stdout.as_str()), (1, ""), "{output:?}");
        let expected = format!("nothing in it is a service of ddns-scripts ({has})");
        assert!(output.stderr.contains(&expected), "{output:?}");
    }
}

/// The daemon is not root: a service's description that root alone may read is none.
#[test]
fn a_service_of_ones_own_can_be_read_by_the_daemon() {
    let home = Home::new("");
    let old = "config service 'a'\n\
               \toption update_url 'https://dyn.example.net/set?host=[DOMAIN]&key=[PASSWORD]&to=[IP]'\n\
               \toption domain 'a.example.net'\n\toption password 'pw'\n";
    fs::write(home.path("ddns"), old).unwrap();
    let program = home.command(&["migrate", home.path("ddns").to_str().unwrap(), "--write"]);
    // A router's /etc/ddnsd of its own, below the one of this machine.
    let script = "mount -t tmpfs none /etc && umask 077 && \"$0\" \"$@\" && cd /etc/ddnsd && \
                  stat -c '%a %n' $PWD/services.d $PWD/services.d/*";
    let mut shell = std::process::Command::new("unshare");
    shell.args(["-rm", "sh", "-c", script]).arg(program.get_program()).args(program.get_args());
    let output = shell.output().unwrap();
    let (said, why) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if why.contains("unshare") || why.contains("mount:") {
        return ddnsd_testkit::skipped("no mount namespace is to be had here");
    }
    assert!(said.contains("755 /etc/ddnsd/services.d\n644 /etc/ddnsd/services.d/own-a.json"), "{said}{why}");
}

#[test]
fn configurations_of_inadyn_and_ddclient_are_recognised_by_what_is_in_them() {
    let home = Home::new("");
    fs::write(home.path("he.pw"), "password = 'kept apart'\n").unwrap();
    let inadyn = "period = 300\nprovider he.net {\n  include(\"he.pw\")\n  hostname = a.example.net\n}\n";
    let ddclient = "use=if, if=pppoe-wan\nprotocol=noip, login=u, password='p q' \\\na.ddns.net,b.ddns.net\n";
    for (text, service, program) in [(inadyn, "'he.net'", "inadyn"), (ddclient, "'noip'", "ddclient")] {
        fs::write(home.path("old.conf"), text).unwrap();
        let old = home.path("old.conf");
        let printed = home.run(&["migrate", old.to_str().unwrap()]);
        assert_eq!(printed.status, 0, "{printed:?}");
        assert!(printed.stdout.contains(&format!("option service {service}")), "{printed:?}");
        assert!(
            printed.stdout.contains(&format!("what {program} updates must not be enabled here too")),
            "{printed:?}"
        );
        let refused = home.run(&["migrate", old.to_str().unwrap(), "--write", "--disable-old"]);
        assert_eq!(refused.status, 2, "{refused:?}");
        let written = home.run(&["migrate", old.to_str().unwrap(), "--write", "--enable"]);
        assert_eq!(written.status, 0, "{written:?}");
        assert!(written.stdout.contains(&format!("service {program} stop")), "{written:?}");
        assert!(home.run(&["check"]).stdout.contains("1 usable account (1 enabled)"));
    }
    assert!(home.path("ddnsd.before-migration").exists() && home.path("ddnsd.before-migration-2").exists());
}

#[test]
fn a_broken_file_of_inadyn_says_where() {
    let home = Home::new("");
    let old = home.path("inadyn.conf");
    for (text, line) in
        [("provider a.example {\n  username = u\n  password\n}\n", 4), ("provider a.example {\n  x = \"y\n", 2)]
    {
        fs::write(&old, text).unwrap();
        let output = home.run(&["migrate", old.to_str().unwrap()]);
        assert_eq!(output.status, 3, "{output:?}");
        assert!(output.stderr.contains(&format!("inadyn.conf:{line}: ")), "{output:?}");
    }
    fs::write(&old, "protocol=noip\nlogin=u\n").unwrap();
    let output = home.run(&["migrate", old.to_str().unwrap()]);
    assert!(output.status == 1 && output.stderr.contains("nothing in it is a host of ddclient"), "{output:?}");
}
