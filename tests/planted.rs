//! Whoever may write beside ddnsd's files gains nothing by it: no command hangs, follows a link, or reads without end.

mod common;

use common::{Home, SECRET, account, service};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Longer than any command takes that does not hang.
const SOON: Duration = Duration::from_secs(15);

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// No command may wait for a pipe's other end.
#[test]
fn a_pipe_in_place_of_any_file_hangs_no_command() {
    let service = service(&["home.ddns.net"]);
    for name in ["state/state.json", "state/state.json.lock", "state/state.json.run", "ddnsd"] {
        let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
        let path = home.path(name);
        fs::create_dir_all(home.path("state")).unwrap();
        let _ = fs::remove_file(&path);
        pipe(&path);
        for arguments in [&["status"][..], &["check"], &["update", "--ipv4", "192.0.2.25"], &["resume", "home"]] {
            let begun = Instant::now();
            let output = home.run(arguments);
            assert!(begun.elapsed() < SOON, "{name} {arguments:?}: {output:?}");
        }
    }
}

#[test]
fn a_link_in_place_of_the_lock_makes_no_file_elsewhere() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    let elsewhere = home.path("elsewhere");
    fs::create_dir(home.path("state")).unwrap();
    for name in ["state.json.lock", "state.json.run", "state.json.new"] {
        symlink(&elsewhere, home.path("state").join(name)).unwrap();
    }
    home.run(&["update", "--ipv4", "192.0.2.25"]);
    assert!(!elsewhere.exists());
}

#[test]
fn a_device_without_an_end_in_place_of_the_memory_is_not_read() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    fs::create_dir(home.path("state")).unwrap();
    symlink("/dev/zero", home.path("state/state.json.run")).unwrap();
    let begun = Instant::now();
    let output = home.run(&["update", "--ipv4", "192.0.2.25"]);
    assert_eq!(output.status, 0, "{output:?}");
    assert!(begun.elapsed() < SOON);
}

/// Whoever may plant a state may put anything into its sentences.
#[test]
fn what_a_terminal_would_obey_is_not_printed() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    service.script([ddnsd_testkit::service::Script::answer(200, "nohost\r\n")]);
    assert_eq!(home.run(&["update", "--ipv4", "192.0.2.25"]).status, 4);
    let path = home.path("state/state.json");
    let text = home.state();
    let evil = "\\u001b[2J\\u009b31m\\r\\n\\u202eevil\\u2066";
    let planted = text.replace("the service knows no such host", evil);
    assert_ne!(planted, text);
    fs::write(&path, planted).unwrap();
    for arguments in [&["status"][..], &["status", "--json"], &["update", "--ipv4", "192.0.2.25"]] {
        let output = home.run(arguments);
        let shown = format!("{}{}", output.stdout, output.stderr);
        assert!(shown.contains("evil"), "{shown}");
        let hidden = |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{2066}".contains(c));
        assert!(!shown.contains(hidden), "{shown:?}");
    }
    let output = home.run(&["resume", "\u{1b}[2J\u{202e}"]);
    assert!(!output.stderr.contains(['\u{1b}', '\u{202e}']), "{output:?}");
}

/// A password that a person wrote into a path or into the address of a page.
#[test]
fn r13_a_dry_run_masks_the_secret_wherever_it_stands() {
    let service = service(&["home.ddns.net"]);
    let encoded: String = SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let plain = "Kx7-tell_nobody";
    let path = format!("option path '/update?key={plain}&and={plain}'");
    let text = account(&service, "home", &["home.ddns.net"], &path);
    let text = text.replace(&SECRET.replace('\'', "'\\''"), plain);
    let home = Home::new(&text);
    let output = home.run(&["update", "--ipv4", "192.0.2.25", "--dry-run"]);
    assert!(output.stdout.contains("key=***&and=***"), "{output:?}");
    assert!(!output.stdout.contains(plain) && !output.stdout.contains(&encoded));
    let page = format!("option ipv4 'web'\n\toption web_url 'http://127.0.0.1:1/?token={plain}'");
    let text =
        account(&service, "home", &["home.ddns.net"], "").replace("\toption web_url 'http://127.0.0.1:1/'\n", "");
    let home = Home::new(&format!("{}\t{page}\n", text.replace(&SECRET.replace('\'', "'\\''"), plain)));
    let output = home.run(&["update", "--dry-run"]);
    assert!(output.stdout.contains("token=***"), "{output:?}");
}

#[test]
fn a_configuration_that_everybody_can_read_is_warned_about() {
    let service = service(&["home.ddns.net"]);
    let home = Home::new(&account(&service, "home", &["home.ddns.net"], ""));
    let path = home.folder.path().join("ddnsd");
    for (mode, words) in [
        (0o600, None),
        (0o640, None),
        (0o644, Some("every user can read it")),
        (0o666, Some("every user can write it")),
    ] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let output = home.run(&["check"]);
        assert_eq!(output.status, 0, "{output:?}");
        match words {
            Some(words) => assert!(output.stdout.contains(words), "{output:?}"),
            None => assert!(!output.stdout.contains("every user"), "{output:?}"),
        }
    }
}

/// The story: a reload in the daemon's first milliseconds ended it, and procd waited five minutes before the next start.
#[test]
fn signals_are_listened_for_before_anything_is_read() {
    let home = Home::new("config global 'global'\n");
    let log = home.folder.path().join("calls");
    let works = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status().is_ok_and(|it| it.success());
    if !works {
        ddnsd_testkit::skipped("no strace, or it may not trace");
        return;
    }
    let config = home.folder.path().join("ddnsd");
    let state = home.folder.path().join("state.json");
    let mut child = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=rt_sigaction,open,openat", "-o"])
        .arg(&log)
        .arg(env!("CARGO_BIN_EXE_ddnsd"))
        .args(["run", "--log", "stderr", "-S", "/nonexistent/ubus.sock", "-c"])
        .arg(&config)
        .arg("-s")
        .arg(&state)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let text = loop {
        let text = fs::read_to_string(&log).unwrap_or_default();
        if text.contains("state.json.lock") || begun.elapsed() > SOON {
            break text;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let daemon = text.split_whitespace().next().unwrap_or_default().to_owned();
    let _ = Command::new("kill").arg(&daemon).status();
    let _ = child.wait();
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words} in {text}"));
    let config = config.display().to_string();
    for signal in ["rt_sigaction(SIGHUP, {", "rt_sigaction(SIGTERM, {"] {
        assert!(at(signal) < at(&config), "{text}");
    }
}
