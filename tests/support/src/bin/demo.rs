//! The story of ddnsd, told with the real binary: `demo PATH/TO/ddnsd`.
//!
//! Around it run a simulated No-IP service (over TLS, with a throw-away CA), a bus and a scripted netifd. Everything that
//! is printed was just measured or said by the binary; a chapter that does not go as told ends the demo with an error.

use ddnsd_testkit::bus::{Bus, Hotplug, Netifd};
use ddnsd_testkit::provider::{Api, Record, World, provider};
use ddnsd_testkit::service::{Options, Request, Script, Service, Tls};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(15);
const QUIET: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let Some(binary) = std::env::args().nth(1) else {
        eprintln!("usage: demo PATH/TO/ddnsd");
        return ExitCode::from(2);
    };
    let begun = Instant::now();
    let stage = Stage::new(binary.into());
    let told = stage.command_line().and_then(|()| stage.daemon()).and_then(|()| stage.record_of_a_zone());
    match told {
        Ok(()) => {
            println!("\nThat was all, in {:.1} seconds.", begun.elapsed().as_secs_f32());
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("\ndemo: it did not go as told: {why}");
            ExitCode::FAILURE
        }
    }
}

struct Stage {
    binary: PathBuf,
    folder: tempfile::TempDir,
    service: Service,
}

fn chapter(title: &str) {
    println!("\n\x1b[1m{title}\x1b[0m");
}

impl Stage {
    fn new(binary: PathBuf) -> Stage {
        let options = Options { tls: Some(Tls::default()), ..Options::default() };
        let service = Service::start(options).expect("the simulated service starts");
        service.account("user@example.com", "secret", &["home.ddns.net", "nas.ddns.net"]);
        Stage { binary, folder: tempfile::tempdir().expect("a temporary folder"), service }
    }

    fn configure(&self, name: &str, password: &str, hostnames: &[&str]) {
        let mut text = format!(
            "config account 'home'\n\toption server '{}'\n\toption port '{}'\n\toption ca_file '{}'\n\toption ipv6 'auto'\n\toption timeout '2'\n\
             \toption username 'user@example.com'\n\toption password '{password}'\n",
            self.service.host(),
            self.service.port(),
            self.service.ca_file().expect("TLS is on").display(),
        );
        for hostname in hostnames {
            text.push_str(&format!("\tlist hostname '{hostname}'\n"));
        }
        std::fs::write(self.folder.path().join(name), text).expect("the configuration can be written");
    }

    fn command(&self, name: &str, socket: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).arg("-c").arg(self.folder.path().join(name));
        command.arg("-s").arg(self.folder.path().join(format!("{name}.state/state.json"))).arg("-S").arg(socket);
        command
    }

    /// Runs a command as a person would, shows it and what it says, and checks its exit status and the requests it made.
    fn run(&self, name: &str, arguments: &[&str], status: i32, requests: usize) -> Result<(), String> {
        println!("$ ddnsd {}", arguments.join(" "));
        let output = self.command(name, "/nonexistent", arguments).output().map_err(|error| error.to_string())?;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            println!("  {line}");
        }
        let mut seen = 0;
        while let Ok(request) =
            self.service.wait_request(Duration::from_millis(if seen < requests { 5000 } else { 20 }))
        {
            println!("  \x1b[2m→ GET {}\x1b[0m", request.target);
            seen += 1;
        }
        println!(
            "  \x1b[2mexit status {}, {seen} request{}\x1b[0m",
            output.status.code().unwrap_or(-1),
            if seen == 1 { "" } else { "s" }
        );
        if output.status.code() != Some(status) || seen != requests {
            return Err(format!(
                "expected exit status {status} and {requests} requests: {}",
                String::from_utf8_lossy(&output.stderr)
            ));
        }
        Ok(())
    }

    // -- a provider with an API -----------------------------------------------------------------------------

    /// A proxied record with a TTL and a comment of its owner's, before and after.
    fn record_of_a_zone(&self) -> Result<(), String> {
        chapter("16 Cloudflare, by its API: only the address of a proxied record changes");
        let mut world = World::new("", "token");
        world.add("home.example.com", "A", "198.51.100.7");
        world.records[0].ttl = 120;
        world.records[0].comment = json!("the router, by me");
        let api = Api::start(&provider("cloudflare.com"), world);
        let text = format!(
            "config account 'zone'\n\toption service 'cloudflare.com'\n\toption server '127.0.0.1'\n\toption port '{}'\n\
             \toption tls '0'\n\toption password 'token'\n\tlist hostname 'home.example.com'\n",
            api.port()
        );
        std::fs::write(self.folder.path().join("zone"), text).map_err(|error| error.to_string())?;
        let record = || api.world(|world| world.records[0].clone());
        let show = |when: &str, it: &Record| {
            println!("  {when}: {} {} {}, TTL {}, proxied, comment {}", it.host, it.kind, it.value, it.ttl, it.comment);
        };
        let before = record();
        show("before", &before);
        let update = |address: &str, status: i32| -> Result<(), String> {
            println!("$ ddnsd update --ipv4 {address}");
            let mut command = self.command("zone", "/nonexistent", &["update", "--ipv4", address]);
            let output = command.output().map_err(|error| error.to_string())?;
            print!("  {}", String::from_utf8_lossy(&output.stdout));
            for asked in api.asked() {
                println!("  \x1b[2m→ {asked}\x1b[0m");
            }
            api.forget_calls();
            match output.status.code() {
                Some(code) if code == status => Ok(()),
                code => Err(format!("expected exit status {status}, not {code:?}")),
            }
        };
        update("192.0.2.25", 0)?;
        let after = record();
        show("after ", &after);
        if after != (Record { value: "192.0.2.25".into(), ..before }) || api.connections() != 1 {
            return Err("something else than the address has changed".into());
        }
        chapter("17 Two records on the name, and none of them known: no choice is made");
        api.world(|world| world.add("home.example.com", "A", "198.51.100.9"));
        let _ = std::fs::remove_dir_all(self.folder.path().join("zone.state"));
        update("192.0.2.26", 4)
    }

    // -- without the daemon --------------------------------------------------------------------------------

    fn command_line(&self) -> Result<(), String> {
        let service = &self.service;
        chapter("1  The first update, over verified TLS");
        self.configure("one", "secret", &["home.ddns.net"]);
        self.run("one", &["update", "--ipv4", "192.0.2.25"], 0, 1)?;
        chapter("2  The same address again: nothing is sent");
        self.run("one", &["update", "--ipv4", "192.0.2.25"], 0, 0)?;
        chapter("3  Another address, then IPv4 and IPv6 in one request");
        self.run("one", &["update", "--ipv4", "192.0.2.26"], 0, 1)?;
        self.run("one", &["update", "--ipv4", "192.0.2.26", "--ipv6", "2001:db8::26"], 0, 1)?;
        chapter("4  A wrong password: it stops, and says what to do");
        self.configure("one", "wrong", &["home.ddns.net"]);
        self.run("one", &["update", "--ipv4", "192.0.2.27"], 4, 1)?;
        self.run("one", &["update", "--force", "--ipv4", "192.0.2.27"], 4, 0)?;
        chapter("5  Corrected in the configuration: that ends the halt, and one update goes at once");
        self.configure("one", "secret", &["home.ddns.net"]);
        self.run("one", &["update", "--ipv4", "192.0.2.27", "--ipv6", "2001:db8::26"], 0, 1)?;
        chapter("   A script in a loop: the limit outlives the program, and says until when (rule 12)");
        self.run("one", &["update", "--ipv4", "192.0.2.28"], 1, 0)?;
        self.run("one", &["update", "--force", "--ipv4", "192.0.2.28"], 1, 0)?;
        chapter("6  The service answers 911: it is left alone for half an hour, whatever is asked");
        self.configure("two", "secret", &["home.ddns.net"]);
        service.fatal(true);
        self.run("two", &["update", "--ipv4", "192.0.2.28"], 1, 1)?;
        service.fatal(false);
        self.run("two", &["update", "--force", "--ipv4", "192.0.2.28"], 1, 0)?;
        chapter("7  One bad host among three: only that one stops");
        self.configure("three", "secret", &["home.ddns.net", "typo.ddns.net", "nas.ddns.net"]);
        self.run("three", &["update", "--ipv4", "192.0.2.29"], 4, 1)?;
        self.run("three", &["status"], 4, 0)
    }

    // -- the daemon ----------------------------------------------------------------------------------------

    fn daemon(&self) -> Result<(), String> {
        let scene = Scene::open(self, "flapping")?;
        chapter("8  The daemon, with a bus and a netifd around it: the WAN comes up");
        scene.sent(wan("198.51.100.10"), "198.51.100.10")?;
        chapter("9  The address changes");
        scene.until("current")?;
        scene.sent(wan("198.51.100.11"), "198.51.100.11")?;
        chapter("10 The lease is renewed: the same address, notified twice");
        scene.until("current")?;
        scene.netifd.notify("wan");
        scene.netifd.notify("wan");
        scene.nothing_is_sent()?;
        chapter("11 The line flaps a thousand times in a moment");
        let begun = Instant::now();
        for round in 0..1000 {
            scene.netifd.set_interface("wan", wan(&format!("198.51.100.{}", 20 + round % 200)));
            scene.netifd.notify("wan");
        }
        scene.netifd.set_interface("wan", wan("198.51.100.12"));
        scene.netifd.notify("wan");
        let account = scene.until("pending")?;
        let flapping = begun.elapsed().as_millis();
        let requests = std::iter::from_fn(|| self.service.wait_request(QUIET).ok()).count();
        println!(
            "  {requests} more request in {flapping} ms; {} waits: {} (rule 12)",
            text(&account["ipv4"]["address"]),
            text(&account["waiting"]["message"])
        );
        if requests > 1 {
            return Err(format!("{requests} requests for a line that flaps"));
        }
        drop(scene);

        let mut scene = Scene::open(self, "restarts")?;
        scene.sent(wan("198.51.100.30"), "198.51.100.30")?;
        scene.until("current")?;
        chapter("12 ubusd is restarted, and the address changes while it is away");
        scene.bus.stop();
        scene.netifd.set_interface("wan", wan("198.51.100.31"));
        scene.bus.start_again();
        scene.netifd.come_back();
        let back = Instant::now();
        let request = self.service.wait_request(PATIENCE)?;
        show(&request, back, "netifd is back");
        drop(scene);

        let scene = Scene::open(self, "outage")?;
        chapter("13 The service does not answer; then the line comes up again, and that ends the back-off");
        self.service.script([Script::Hang]);
        scene.netifd.set_interface("wan", wan("198.51.100.40"));
        scene.netifd.notify("wan");
        self.service.wait_request(PATIENCE)?;
        let account = scene.until("backoff")?;
        let error = &account["error"];
        println!("  {} ({}): {}", text(&account["state"]), text(&error["kind"]), text(&error["message"]));
        scene.sent(wan("198.51.100.41"), "198.51.100.41")?;
        scene.until("current")?;
        drop(scene);

        let scene = Scene::open(self, "halt")?;
        let hotplug = Hotplug::start(&scene.bus);
        chapter("14 The service says abuse: halted, and everyone is told");
        self.service.script([Script::answer(200, "abuse\r\n")]);
        scene.netifd.set_interface("wan", wan("198.51.100.50"));
        scene.netifd.notify("wan");
        self.service.wait_request(PATIENCE)?;
        let account = scene.until("halted")?;
        let halt = &account["halt"];
        println!("  {}: {}\n  {}", text(&halt["reason"]), text(&halt["message"]), text(&halt["advice"]));
        let told = hotplug.wait(1);
        println!(
            "  hotplug.ddnsd: ACTION={} ACCOUNT={} CODE={}",
            told[0]["ACTION"], told[0]["ACCOUNT"], told[0]["CODE"]
        );
        scene.netifd.set_interface("wan", wan("198.51.100.51"));
        scene.netifd.notify("wan");
        scene.nothing_is_sent()?;
        chapter("15 resume, over the bus");
        let resumed = Instant::now();
        scene.bus.client().call("ddnsd", "resume", json!({"account": "home"})).map_err(|error| error.to_string())?;
        show(&self.service.wait_request(PATIENCE)?, resumed, "resume");
        scene.until("current")?;
        Ok(())
    }
}

/// A router of its own: bus, netifd and the daemon, with nothing remembered yet.
struct Scene<'a> {
    stage: &'a Stage,
    netifd: Netifd,
    bus: Bus,
    daemon: Child,
}

impl<'a> Scene<'a> {
    fn open(stage: &'a Stage, name: &str) -> Result<Scene<'a>, String> {
        let bus = Bus::start();
        let netifd = Netifd::start(&bus);
        netifd.set_interface("wan", json!({"up": false}));
        stage.configure(name, "secret", &["home.ddns.net"]);
        let log = std::fs::File::create(stage.folder.path().join("log")).map_err(|error| error.to_string())?;
        let socket = bus.socket().to_string_lossy().into_owned();
        let mut command = stage.command(name, &socket, &["run", "--log", "stderr"]);
        let daemon = command.stdin(Stdio::null()).stderr(log).spawn().map_err(|error| error.to_string())?;
        netifd.wait_for_subscriber();
        Ok(Scene { stage, netifd, bus, daemon })
    }

    /// Sets the WAN, notifies, and says how long the request took.
    fn sent(&self, status: Value, address: &str) -> Result<(), String> {
        self.netifd.set_interface("wan", status);
        let told = self.netifd.notify("wan");
        let request = self.stage.service.wait_request(PATIENCE)?;
        show(&request, told, "the event");
        match request.query("myip") {
            Some(said) if said == address => Ok(()),
            said => Err(format!("expected {address}, it said {said:?}")),
        }
    }

    fn nothing_is_sent(&self) -> Result<(), String> {
        match self.stage.service.wait_request(QUIET) {
            Ok(request) => Err(format!("a request that nobody needed: {}", request.target)),
            Err(_) => {
                println!("  nothing is sent");
                Ok(())
            }
        }
    }

    /// Waits until the account is in this state, and gives its status.
    fn until(&self, state: &str) -> Result<Value, String> {
        let deadline = Instant::now() + PATIENCE;
        let client = self.bus.client();
        client.wait_for_object("ddnsd");
        loop {
            let status = client.call("ddnsd", "status", json!({})).map_err(|error| error.to_string())?;
            let account = &status["accounts"][0];
            if account["state"] == state {
                return Ok(account.clone());
            }
            if Instant::now() > deadline {
                return Err(format!("the account is {}, not {state}", account["state"]));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Scene<'_> {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn wan(address: &str) -> Value {
    json!({
        "up": true, "pending": false, "available": true, "uptime": 100, "l3_device": "wan0", "proto": "dhcp", "metric": 0,
        "ipv4-address": [{"address": address, "mask": 24}],
        "ipv6-address": [{"address": "2001:db8::10", "mask": 64}],
        "route": [
            {"target": "0.0.0.0", "mask": 0, "nexthop": "198.51.100.1", "source": format!("{address}/32")},
        ],
    })
}

/// The request, and how long after `since` (called `what`) it had arrived at the service.
fn show(request: &Request, since: Instant, what: &str) {
    let took = request.at.saturating_duration_since(since).as_secs_f64() * 1000.0;
    println!("  \x1b[2m→ GET {}\x1b[0m", request.target);
    println!("  {took:.1} ms from {what} to the request at the service, TLS handshake included");
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
