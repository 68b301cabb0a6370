//! DNS UPDATE by the built binary against the real BIND 9 and Knot, each with a zone and keys of its own on loopback.

mod common;

use common::{Home, Output};
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);
const ALGORITHMS: [&str; 5] = ["hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"];
const KEY_SECRET: &str = "c2VjcmV0IG9mIHRoZSB6b25lJ3Mgb3duIHNlcnZlcg==";
const ZONE: &str = "$ORIGIN example.com.\n$TTL 3600\n@ SOA ns admin 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n\
    home 120 A 192.0.2.1\nhome 90 AAAA 2001:db8::1\nhome 300 TXT \"stays\"\nforeign A 192.0.2.9\n\
    two A 192.0.2.11\ntwo A 192.0.2.12\nalias CNAME home\nsingle 60 A 192.0.2.5\n";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Bind,
    Knot,
}

/// A server with its files.
struct Server {
    kind: Kind,
    port: u16,
    folder: tempfile::TempDir,
    child: Child,
}

fn program(kind: Kind) -> Option<PathBuf> {
    let name = if kind == Kind::Bind { "named" } else { "knotd" };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

impl Server {
    fn start(kind: Kind) -> Option<Server> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("zone"), ZONE).unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let text = match kind {
            Kind::Bind => bind(folder.path(), port),
            Kind::Knot => knot(folder.path(), port),
        };
        fs::write(folder.path().join("conf"), text).unwrap();
        let child = run(kind, folder.path(), port)?;
        Some(Server { kind, port, folder, child })
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn start_again(&mut self) {
        self.child = run(self.kind, self.folder.path(), self.port).unwrap();
    }

    /// What the zone has now: each record as "TTL DATA".
    fn records(&self, host: &str, kind: &str) -> Vec<String> {
        let port = self.port.to_string();
        let arguments = ["@127.0.0.1", "-p", &port, "+tcp", "+noall", "+answer", host, kind];
        let output = Command::new("dig").args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let record = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            format!("{} {}", words[1], words[4..].join(" "))
        };
        let mut records: Vec<String> = text.lines().filter(|line| !line.starts_with(';')).map(record).collect();
        records.sort();
        records
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(kind: Kind, folder: &Path, port: u16) -> Option<Child> {
    let mut command = Command::new(program(kind)?);
    match kind {
        Kind::Bind => command.args(["-g", "-c"]).arg(folder.join("conf")),
        Kind::Knot => command.arg("-c").arg(folder.join("conf")),
    };
    let log = fs::File::create(folder.join("log")).unwrap();
    let mut child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let begun = Instant::now();
    // It listens before the zone is loaded: what counts is that it answers for the zone.
    loop {
        let arguments = ["@127.0.0.1", "-p", &port.to_string(), "+tcp", "+short", "+time=1", "+tries=1"];
        let ready = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
            && Command::new("dig")
                .args(arguments)
                .args(["example.com", "SOA"])
                .output()
                .is_ok_and(|it| it.stdout.len() > 20);
        if ready {
            return Some(child);
        }
        if let Ok(Some(status)) = child.try_wait() {
            panic!("{kind:?} ended with {status}: {}", fs::read_to_string(folder.join("log")).unwrap_or_default());
        }
        assert!(begun.elapsed() < PATIENCE, "{}", fs::read_to_string(folder.join("log")).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn bind(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    let keys: String = ALGORITHMS
        .iter()
        .map(|it| format!("key \"{it}-key\" {{ algorithm {it}; secret \"{KEY_SECRET}\"; }};\n"))
        .collect();
    let names = ["home", "two", "alias", "single", "new", "gone"];
    let grants: String = ALGORITHMS
        .iter()
        .flat_map(|it| names.map(|name| format!("grant {it}-key name {name}.example.com A AAAA; ")))
        .collect();
    format!(
        "options {{ directory \"{folder}\"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; \
         pid-file none; session-keyfile none; recursion no; dnssec-validation no; allow-query {{ any; }}; \
         managed-keys-directory \"{folder}\"; }};\ncontrols {{ }};\n{keys}\
         zone \"example.com\" {{ type primary; file \"{folder}/zone\"; update-policy {{ {grants} }}; }};\n"
    )
}

fn knot(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    let keys: String = ALGORITHMS
        .iter()
        .map(|it| format!("  - id: {it}-key\n    algorithm: {it}\n    secret: {KEY_SECRET}\n"))
        .collect();
    let ids = ALGORITHMS.map(|it| format!("{it}-key")).join(", ");
    let names = ["home", "two", "alias", "single", "new", "gone"].map(|it| format!("{it}.example.com.")).join(", ");
    format!(
        "server:\n    rundir: {folder}\n    listen: 127.0.0.1@{port}\ndatabase:\n    storage: {folder}\n\
         control:\n    listen: {folder}/knot.sock\nkey:\n{keys}acl:\n  - id: query\n    key: [{ids}]\n    action: query\n\
         \x20 - id: update\n    key: [{ids}]\n    action: update\n    update-type: [A, AAAA]\n    update-owner: name\n\
         \x20   update-owner-match: equal\n    update-owner-name: [{names}]\n\
         zone:\n  - domain: example.com\n    storage: {folder}\n    file: zone\n    acl: [query, update]\n"
    )
}

/// Runs a case against each server that is installed.
fn each(check: impl Fn(&mut Server)) {
    for kind in [Kind::Bind, Kind::Knot] {
        match Server::start(kind) {
            Some(mut server) => check(&mut server),
            None => ddnsd_testkit::skipped(&format!("{kind:?} is not installed")),
        }
    }
}

/// An account for a host, with the key of an algorithm.
fn home(server: &Server, host: &str, algorithm: &str, more: &str) -> Home {
    Home::new(&format!(
        "config account 'home'\n\toption service 'rfc2136'\n\toption server '127.0.0.1'\n\toption port '{}'\n\
         \toption username '{algorithm}-key'\n\toption password '{KEY_SECRET}'\n\toption algorithm '{algorithm}'\n\
         \tlist hostname '{host}'\n\toption timeout '10'\n{more}",
        server.port
    ))
}

fn update(home: &Home, ipv4: &str) -> Output {
    home.run(&["update", "--ipv4", ipv4, "--json"])
}

/// Exit status, the host's code, and what is said.
fn outcome(output: &Output) -> (i32, String, String) {
    let account = output.json()["accounts"][0].clone();
    let code = account["hosts"][0]["code"].as_str().unwrap_or_default().to_owned();
    let halt = account["hosts"][0]["halt"]["reason"].as_str().unwrap_or_default().to_owned();
    (
        output.status,
        if halt.is_empty() { code } else { halt },
        account["message"].as_str().unwrap_or_default().to_owned(),
    )
}

#[test]
fn each_algorithm_updates_and_ttl_and_other_records_stay() {
    each(|server| {
        for (number, algorithm) in ALGORITHMS.iter().enumerate() {
            let home = home(server, "home.example.com", algorithm, "\toption ipv6 'auto'\n");
            let (ipv4, ipv6) = (format!("192.0.2.{}", 100 + number), format!("2001:db8::{}", 100 + number));
            let output = home.run(&["update", "--ipv4", &ipv4, "--ipv6", &ipv6, "--json"]);
            assert_eq!(outcome(&output).0, 0, "{algorithm} {output:?}");
            assert_eq!(outcome(&output).1, "good");
            assert_eq!(server.records("home.example.com", "A"), [format!("120 {ipv4}")], "{algorithm}");
            assert_eq!(server.records("home.example.com", "AAAA"), [format!("90 {ipv6}")]);
            assert_eq!(server.records("home.example.com", "TXT"), ["300 \"stays\""]);
        }
    });
}

#[test]
fn what_is_there_already_is_acknowledged_without_an_update() {
    each(|server| {
        let home = home(server, "single.example.com", "hmac-sha256", "");
        let serial = server.records("example.com", "SOA");
        let output = update(&home, "192.0.2.5");
        assert_eq!((outcome(&output).0, outcome(&output).1.as_str()), (0, "nochg"), "{output:?}");
        assert_eq!(server.records("example.com", "SOA"), serial);
    });
}

#[test]
fn a_wrong_secret_and_a_wrong_key_halt_the_account() {
    each(|server| {
        let good = fs::read_to_string(home(server, "home.example.com", "hmac-sha256", "").path("ddnsd")).unwrap();
        for (from, to) in [(KEY_SECRET, "YW5vdGhlciBzZWNyZXQ="), ("hmac-sha256-key", "unknown-key")] {
            let home = Home::new(&good.replace(from, to));
            let output = update(&home, "192.0.2.77");
            assert_eq!(output.status, 4, "{:?} {output:?}", server.kind);
            assert!(output.stdout.contains("badauth") || output.stdout.contains("BAD"), "{output:?}");
            let status = home.run(&["status", "--json"]).json();
            assert_eq!(status["accounts"][0]["halt"]["reason"], "badauth", "{:?}", server.kind);
        }
        assert_eq!(server.records("home.example.com", "A"), ["120 192.0.2.1"]);
    });
}

#[test]
fn what_the_policy_forbids_halts_with_the_reason() {
    each(|server| {
        let home = home(server, "foreign.example.com", "hmac-sha256", "");
        let output = update(&home, "192.0.2.77");
        assert_eq!(output.status, 4, "{output:?}");
        let status = home.run(&["status", "--json"]).json();
        let account = &status["accounts"][0];
        // BIND refuses the update; Knot says that it does not know the key for this.
        let (halt, reason) = match server.kind {
            Kind::Bind => (&account["hosts"][0]["halt"], "!yours"),
            Kind::Knot => (&account["halt"], "badauth"),
        };
        assert_eq!(halt["reason"], reason, "{status}");
        assert_eq!(server.records("foreign.example.com", "A"), ["3600 192.0.2.9"]);
    });
}

#[test]
fn a_missing_record_is_created_only_where_that_is_asked_for() {
    each(|server| {
        let output = update(&home(server, "new.example.com", "hmac-sha256", ""), "192.0.2.77");
        assert_eq!((outcome(&output).0, outcome(&output).1.as_str()), (4, "nohost"), "{output:?}");
        assert!(outcome(&output).2.contains("option create '1'"), "{output:?}");
        assert!(server.records("new.example.com", "A").is_empty());
        let create = home(server, "new.example.com", "hmac-sha256", "\toption create '1'\n\toption ttl '77'\n");
        let output = update(&create, "192.0.2.77");
        assert_eq!((outcome(&output).0, outcome(&output).1.as_str()), (0, "good"), "{output:?}");
        assert_eq!(server.records("new.example.com", "A"), ["77 192.0.2.77"]);
        // The family that is there is written, the other one is said to be missing.
        let dual = home(server, "single.example.com", "hmac-sha256", "\toption ipv6 'auto'\n");
        let output = dual.run(&["update", "--ipv4", "192.0.2.78", "--ipv6", "2001:db8::78", "--json"]);
        assert_eq!((outcome(&output).0, outcome(&output).1.as_str()), (4, "nohost"), "{output:?}");
        assert_eq!(server.records("single.example.com", "A"), ["60 192.0.2.78"]);
    });
}

#[test]
fn a_name_outside_the_zone_several_records_and_an_alias_halt_the_host() {
    each(|server| {
        for (host, code) in
            [("home.example.net", "nohost"), ("two.example.com", "ambiguous"), ("alias.example.com", "rejected")]
        {
            let output = update(&home(server, host, "hmac-sha256", ""), "192.0.2.77");
            assert_eq!((outcome(&output).0, outcome(&output).1.as_str()), (4, code), "{host} {output:?}");
        }
        assert_eq!(server.records("two.example.com", "A"), ["3600 192.0.2.11", "3600 192.0.2.12"]);
    });
}

#[test]
fn a_server_that_is_gone_is_tried_again_and_found_again() {
    each(|server| {
        let home = home(server, "home.example.com", "hmac-sha256", "");
        server.stop();
        let output = update(&home, "192.0.2.77");
        assert_eq!(output.status, 1, "{output:?}");
        assert!(outcome(&output).2.contains("connection refused"), "{output:?}");
        server.start_again();
        home.reboot();
        let output = update(&home, "192.0.2.77");
        assert_eq!((outcome(&output).0, outcome(&output).1.as_str()), (0, "good"), "{output:?}");
        assert_eq!(server.records("home.example.com", "A"), ["120 192.0.2.77"]);
    });
}

#[test]
fn a_dry_run_says_what_would_be_set_and_sends_nothing() {
    let config = "config account 'home'\n\toption service 'rfc2136'\n\toption server '127.0.0.1'\n\toption port '9'\n\
                  \toption username 'k'\n\toption password 'c2VjcmV0'\n\tlist hostname 'home.example.com'\n";
    let output = Home::new(config).run(&["update", "--ipv4", "192.0.2.77", "--dry-run"]);
    assert_eq!(output.status, 0, "{output:?}");
    assert!(output.stdout.contains("UPDATE dns://127.0.0.1:9"), "{output:?}");
    assert!(output.stdout.contains("home.example.com A 192.0.2.77"), "{output:?}");
    assert!(!output.stdout.contains("c2VjcmV0"));
}
