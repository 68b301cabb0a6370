//! The daemon measured from outside: the built binary between the bus, the netifd and the service of tests/support.
//!
//!     cargo run --release --example bench_daemon -- BINARY MEASUREMENT [NUMBER] [--plain] [--guest FROM-TO]
//!
//! Prints one JSON object. Instants are those of this process, which is the bus and the service too; memory and
//! processor time are what the kernel says in /proc. `scripts/bench/main.py` makes the tables of docs/performance.md of it.
//!
//! | measurement | what it does |
//! | --- | --- |
//! | `latency N` | starts the daemon N times, and changes the address twice each time: microseconds to the request, and until it tells the bus of the answer; a run of curl after each, to the request and to its end |
//! | `floor N` | the same by a client that does nothing but wait, connect and send (plain only) |
//! | `idle SECONDS` | memory before and after the first exchange, and what runs in idle seconds |
//! | `renewals N` | N lease renewals that change nothing: what is sent and what is written |
//! | `flood N` | N notifications of other addresses as fast as the bus takes them |
//! | `accounts N` | N accounts: memory before and after N, 2 N and 3 N exchanges, processor time of a change and of a renewal |
//! | `memory N` | memory before the first exchange, the most during N exchanges that the service is slow to answer, and after |
//!
//! `--guest`: BINARY runs in qemu-user, and only these addresses (hexadecimal) are its own. Then memory is what is resident
//! there, page by page as the kernel counts it, and there is no peak of the kernel's own.

use ddnsd_testkit::bus::{Bus, Netifd, TestClient};
use ddnsd_testkit::certificates::Bundle;
use ddnsd_testkit::service::{Options, Request, Script, Service, Tls};
use serde_json::{Value, json};
use std::io::Write;
use std::net::TcpStream;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take before the measurement has failed.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks at what is waited for.
const LOOK: Duration = Duration::from_millis(5);
/// No request came for so long: none will.
const QUIET: Duration = Duration::from_millis(500);

fn main() {
    let mut words = std::env::args().skip(1).collect::<Vec<_>>();
    let plain = words.iter().any(|word| word == "--plain");
    words.retain(|word| word != "--plain");
    let guest =
        words.iter().position(|word| word == "--guest").map(|at| range(&words.drain(at..).nth(1).expect("FROM-TO")));
    let number = words.get(2).map_or(10, |number| number.parse().expect("a number"));
    let [binary, measurement, ..] = words.as_slice() else { panic!("BINARY MEASUREMENT [NUMBER] [--plain]") };
    let rig = |accounts| Rig::new(binary, accounts, plain, guest.clone());
    let result = match measurement.as_str() {
        "latency" => latency(&mut rig(1), number),
        "floor" => floor(&rig(1), number),
        "idle" => idle(&mut rig(1), number),
        "renewals" => renewals(&mut rig(1), number),
        "flood" => flood(&mut rig(1), number),
        "accounts" => accounts(&mut rig(number), number),
        "memory" => memory(&mut rig(1), number),
        other => panic!("what is {other}?"),
    };
    println!("{result}");
}

// -- the measurements -----------------------------------------------------------------------------------------

fn latency(rig: &mut Rig, rounds: usize) -> Value {
    let (mut starts, mut events, mut told, mut curl, mut curl_ends) =
        <(Vec<_>, Vec<_>, Vec<_>, Vec<_>, Vec<_>)>::default();
    for round in 0..rounds {
        // A daemon that knows nothing: its bucket is full again (rule 12).
        rig.forget();
        rig.set(&address(3 * round));
        let begun = Instant::now();
        rig.start();
        starts.push(micros(begun, &rig.request()));
        rig.settled();
        let listener = rig.bus.client();
        listener.subscribe("ddnsd");
        for change in 1..3 {
            let address = address(3 * round + change);
            rig.set(&address);
            let begun = rig.netifd.notify("wan");
            events.push(micros(begun, &rig.request()));
            listener.wait_for("updated");
            told.push(begun.elapsed().as_micros());
            rig.settled();
            let begun = Instant::now();
            let Ok(mut process) = rig.curl(&address).spawn() else { continue };
            curl.push(micros(begun, &rig.request()));
            assert!(process.wait().is_ok_and(|status| status.success()), "curl failed");
            curl_ends.push(begun.elapsed().as_micros());
        }
        rig.stop();
    }
    json!({"start": starts, "event": events, "told": told, "curl": curl, "curl_end": curl_ends})
}

/// What the bus, the kernel and the service take of it: a thread that hears, connects and sends.
fn floor(rig: &Rig, rounds: usize) -> Value {
    let client = rig.bus.client();
    rig.set(&address(0));
    client.subscribe("network.interface");
    let text = "GET /nic/update?hostname=h0.example.com&myip=198.51.100.1 HTTP/1.1\r\nHost: localhost\r\n\
                Authorization: Basic dXNlcjpzZWNyZXQ=\r\nUser-Agent: Bench/1 me@example.com\r\n\r\n";
    let mut events = Vec::new();
    for _ in 0..rounds {
        let begun = rig.netifd.notify("wan");
        client.wait_for("interface.update");
        let mut stream = TcpStream::connect((rig.service.host(), rig.service.port())).expect("a connection");
        stream.write_all(text.as_bytes()).expect("a request");
        events.push(micros(begun, &rig.request()));
    }
    json!({"event": events})
}

fn idle(rig: &mut Rig, seconds: usize) -> Value {
    rig.start();
    rig.bus.client().wait_for_object("ddnsd");
    std::thread::sleep(QUIET);
    let fresh = rig.usage();
    rig.change(&address(0));
    rig.request();
    rig.settled();
    std::thread::sleep(QUIET);
    let before = rig.usage();
    std::thread::sleep(Duration::from_secs(seconds as u64));
    let after = rig.usage();
    let threads = std::fs::read_dir(format!("/proc/{}/task", rig.pid())).map_or(0, |tasks| tasks.count());
    json!({
        "seconds": seconds, "wake_ups": after.turns - before.turns, "cpu_ns": after.cpu_ns - before.cpu_ns,
        "threads": threads, "before_exchange": fresh.memory, "after_exchange": after.memory,
    })
}

fn renewals(rig: &mut Rig, count: usize) -> Value {
    rig.set(&address(0));
    rig.start();
    rig.request();
    rig.settled();
    let state = rig.state();
    let file = || std::fs::metadata(&state).map(|it| (it.ino(), it.mtime(), it.mtime_nsec())).expect("a state");
    let (file_before, before) = (file(), rig.usage());
    for _ in 0..count {
        rig.netifd.notify("wan");
    }
    rig.served();
    let after = rig.usage();
    let sent = rig.service.wait_request(QUIET).is_ok();
    assert_eq!(file(), file_before, "the state file was written");
    json!({
        "renewals": count, "requests": usize::from(sent), "bytes_written": after.written - before.written,
        "cpu_ns_each": (after.cpu_ns - before.cpu_ns) / count as u64,
    })
}

fn flood(rig: &mut Rig, count: usize) -> Value {
    rig.set(&address(0));
    rig.start();
    rig.request();
    rig.settled();
    let before = rig.usage();
    let begun = Instant::now();
    for change in 1..=count {
        rig.set(&address(change));
        rig.netifd.notify("wan");
    }
    while rig.served()["ipv4"]["address"] != address(count).as_str() {
        assert!(begun.elapsed() < PATIENCE, "the last address is not known");
    }
    let seconds = begun.elapsed().as_secs_f64();
    std::thread::sleep(QUIET);
    let after = rig.usage();
    let last_known = rig.served()["ipv4"]["address"] == address(count).as_str();
    json!({
        "notifications": count, "seconds": seconds, "cpu_ns_each": (after.cpu_ns - before.cpu_ns) / count as u64,
        "requests": rig.service.requests().len(),
        "last_known": last_known,
        "before": before.memory, "after": after.memory,
    })
}

fn accounts(rig: &mut Rig, count: usize) -> Value {
    rig.start();
    rig.bus.client().wait_for_object("ddnsd");
    std::thread::sleep(QUIET);
    let fresh = rig.usage();
    let begun = Instant::now();
    rig.change(&address(0));
    for _ in 0..count {
        rig.request();
    }
    let all = begun.elapsed().as_secs_f64();
    rig.settled();
    let settled = rig.usage();
    // Rule 12 lets two more pass; the third change is decided without anything to send.
    let mut memory = vec![settled.memory];
    for change in 1..3 {
        rig.change(&address(change));
        (0..count).for_each(|_| drop(rig.request()));
        rig.settled();
        memory.push(rig.usage().memory);
    }
    // Each with a question after it, which costs what a question alone costs.
    let (mut changes, mut renewals, mut questions) = (Vec::new(), Vec::new(), Vec::new());
    for change in 3..12 {
        rig.set(&address(change));
        changes.push(rig.cpu_of_notification(true));
        renewals.push(rig.cpu_of_notification(true));
        questions.push(rig.cpu_of_notification(false));
    }
    let question = median(questions);
    json!({
        "accounts": count, "seconds_for_all": all, "before_exchanges": fresh.memory, "after_exchanges": memory,
        "cpu_ns_change": median(changes).saturating_sub(question),
        "cpu_ns_renewal": median(renewals).saturating_sub(question),
    })
}

fn memory(rig: &mut Rig, count: usize) -> Value {
    rig.start();
    rig.bus.client().wait_for_object("ddnsd");
    std::thread::sleep(QUIET);
    let fresh = rig.usage().memory;
    let listener = rig.bus.client();
    listener.subscribe("ddnsd");
    let mut peak = (0, 0);
    for change in 0..count {
        rig.service.script([Script::Late(QUIET)]);
        rig.change(&address(change));
        while listener.next(LOOK).is_none_or(|heard| heard.name != "updated") {
            let now = rig.usage().memory;
            let number = |key: &str| now[key].as_u64().unwrap_or(0);
            peak = (peak.0.max(number("rss_kb")), peak.1.max(number("anonymous_kb")));
        }
    }
    std::thread::sleep(QUIET);
    json!({"before": fresh, "exchanges": count, "peak": {"rss_kb": peak.0, "anonymous_kb": peak.1}, "after": rig.usage().memory})
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}

// -- the rig --------------------------------------------------------------------------------------------------

struct Rig {
    binary: String,
    guest: Option<Range<u64>>,
    bus: Bus,
    netifd: Netifd,
    service: Service,
    folder: tempfile::TempDir,
    daemon: Option<Child>,
    client: Option<TestClient>,
}

impl Rig {
    fn new(binary: &str, accounts: usize, plain: bool, guest: Option<Range<u64>>) -> Rig {
        let bus = Bus::start_simulated();
        let netifd = Netifd::start(&bus);
        let tls = Tls { bundle: Bundle::Full, ..Tls::default() };
        let service = Service::start(Options { tls: (!plain).then_some(tls), ..Options::default() }).expect("a port");
        let hosts: Vec<String> = (0..accounts).map(|number| format!("h{number}.example.com")).collect();
        service.account("user", "secret", &hosts.iter().map(String::as_str).collect::<Vec<_>>());
        let rig = Rig {
            binary: binary.to_owned(),
            guest,
            bus,
            netifd,
            service,
            folder: tempfile::tempdir().expect("a folder"),
            daemon: None,
            client: None,
        };
        let mut config = "config global 'global'\n\toption contact 'me@example.com'\n".to_owned();
        for (number, host) in hosts.iter().enumerate() {
            config += &format!(
                "config account 'a{number}'\n\toption username 'user'\n\toption password 'secret'\n\
                 \toption server '{}'\n\toption port '{}'\n\tlist hostname '{host}'\n",
                rig.service.host(),
                rig.service.port()
            );
            config += &match rig.service.ca_file() {
                Some(file) => format!("\toption ca_file '{}'\n", file.display()),
                None => "\toption tls '0'\n".to_owned(),
            };
        }
        std::fs::write(rig.folder.path().join("ddnsd"), config).expect("a configuration");
        rig
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state/state.json")
    }

    fn start(&mut self) {
        let mut command = Command::new(&self.binary);
        command.args(["run", "--log", "stderr", "-c"]).arg(self.folder.path().join("ddnsd"));
        command.arg("-s").arg(self.state()).arg("-S").arg(self.bus.socket());
        let log = std::fs::File::create(self.folder.path().join("log")).expect("a log");
        self.daemon =
            Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("the daemon starts"));
    }

    fn stop(&mut self) {
        self.client = None;
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
            // Until the bus has noticed: the next one publishes an object of the same name.
            let client = self.bus.client();
            while client.lookup("ddnsd").is_some() {
                std::thread::sleep(LOOK);
            }
        }
    }

    /// The same request by curl.
    fn curl(&self, address: &str) -> Command {
        let mut command = Command::new("curl");
        command.args(["-sf", "-o", "/dev/null", "-u", "user:secret", "-A", "Bench-Curl/1 me@example.com"]);
        if let Some(file) = self.service.ca_file() {
            command.arg("--cacert").arg(file);
        }
        command.arg(self.service.url(&format!("/nic/update?hostname=h0.example.com&myip={address}")));
        command
    }

    fn forget(&self) {
        let _ = std::fs::remove_dir_all(self.folder.path().join("state"));
    }

    fn pid(&self) -> u32 {
        self.daemon.as_ref().expect("a daemon").id()
    }

    fn set(&self, address: &str) {
        let wan = json!({
            "up": true, "pending": false, "available": true, "uptime": 100, "l3_device": "wan0", "proto": "static",
            "metric": 0, "ipv4-address": [{"address": address, "mask": 24}], "ipv6-address": [], "ipv6-prefix": [],
            "ipv6-prefix-assignment": [],
            "route": [{"target": "0.0.0.0", "mask": 0, "nexthop": "198.18.0.1", "source": "0.0.0.0/0"}],
        });
        self.netifd.set_interface("wan", wan);
    }

    fn change(&self, address: &str) {
        self.set(address);
        self.netifd.notify("wan");
    }

    fn request(&self) -> Request {
        self.service.wait_request(PATIENCE).expect("a request")
    }

    /// Everything that was notified has been read: the bus has taken it all from netifd, and the daemon answers in
    /// order. Gives the first account's status.
    fn served(&mut self) -> Value {
        self.netifd.set_interface("barrier", json!({"up": false}));
        self.netifd.remove_interface("barrier");
        let client = self.client.get_or_insert_with(|| self.bus.client());
        client.wait_for_object("ddnsd");
        client.call("ddnsd", "status", json!({})).expect("a status")["accounts"][0].take()
    }

    /// Processor time of a notification (or none) and a question after it.
    fn cpu_of_notification(&mut self, notify: bool) -> u64 {
        let before = self.usage().cpu_ns;
        if notify {
            self.netifd.notify("wan");
        }
        self.served();
        self.usage().cpu_ns - before
    }

    /// Waits until the answers are written down too.
    fn settled(&mut self) {
        let client = self.client.get_or_insert_with(|| self.bus.client());
        client.wait_for_object("ddnsd");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = client.call("ddnsd", "status", json!({})).expect("a status");
            let accounts = status["accounts"].as_array().map_or(&[][..], Vec::as_slice);
            if accounts.iter().all(|account| account["state"] == "current") {
                return;
            }
            assert!(Instant::now() < deadline, "not current: {status}");
            std::thread::sleep(LOOK);
        }
    }

    fn usage(&self) -> Usage {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", self.pid())).expect("a process");
        let number = |text: &str, key: &str| -> u64 {
            let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
            line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_default()
        };
        let schedule = read("schedstat");
        let mut schedule = schedule.split_whitespace().map(|word| word.parse().unwrap_or(0));
        let (rollup, status, mappings) = (read("smaps_rollup"), read("status"), read("smaps"));
        let mut memory = resident(&mappings, self.guest.as_ref());
        if self.guest.is_none() {
            memory["pss_kb"] = json!(number(&rollup, "Pss:"));
            memory["peak_rss_kb"] = json!(number(&status, "VmHWM:"));
        }
        Usage {
            cpu_ns: schedule.next().unwrap_or(0),
            turns: schedule.nth(1).unwrap_or(0),
            written: number(&read("io"), "write_bytes:"),
            memory,
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Of the daemon's main thread, but memory and writing, which are the process's.
struct Usage {
    cpu_ns: u64,
    /// How often it was given a processor.
    turns: u64,
    written: u64,
    memory: Value,
}

/// What is resident of the mappings (that begin in a range): all, what is in no file, what is in the program's own, in kB.
fn resident(smaps: &str, within: Option<&Range<u64>>) -> Value {
    let (mut inside, mut own, mut rss, mut anonymous, mut program) = (false, false, 0, 0, 0);
    for line in smaps.lines() {
        let mut words = line.split_whitespace();
        let Some(key) = words.next() else { continue };
        let mut number = || words.next().and_then(|value| value.parse::<u64>().ok()).unwrap_or(0);
        match key {
            "Rss:" if inside => {
                let kb = number();
                rss += kb;
                program += if own { kb } else { 0 };
            }
            "Anonymous:" if inside => {
                let kb = number();
                anonymous += kb;
                program -= if own { kb } else { 0 };
            }
            key if !key.ends_with(':') => {
                let from = key.split('-').next().and_then(|from| u64::from_str_radix(from, 16).ok());
                inside = within.is_none_or(|within| from.is_some_and(|from| within.contains(&from)));
                own = line.ends_with("/ddnsd");
            }
            _ => {}
        }
    }
    json!({"rss_kb": rss, "anonymous_kb": anonymous, "program_kb": program})
}

fn range(text: &str) -> Range<u64> {
    let (from, to) = text.split_once('-').expect("FROM-TO");
    let number = |text| u64::from_str_radix(text, 16).expect("hexadecimal");
    number(from)..number(to)
}

/// Another one for each number.
fn address(number: usize) -> String {
    format!("1.{}.{}.{}", number / 62_500 % 250, number / 250 % 250, number % 250 + 1)
}

fn micros(begun: Instant, request: &Request) -> u64 {
    u64::try_from(request.at.saturating_duration_since(begun).as_micros()).unwrap_or(u64::MAX)
}
