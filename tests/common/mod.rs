//! The built binary in a folder of its own, with a configuration for the simulated service.

#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

mod world;

use ddnsd_testkit::secret;
pub use ddnsd_testkit::secret::SECRET;
use ddnsd_testkit::service::{Options, Service, Tls};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
pub use world::{World, status, wan};

/// How long a test waits for what must happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A folder with a configuration and a state file.
pub struct Home {
    pub folder: Folder,
    pub socket: PathBuf,
}

/// Where everything lies that the binary reads and writes. At the end none of what it wrote may hold the secret.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            search(self.path());
        }
    }
}

/// Looks for the secret in all files but the configuration, where the tests have planted it, and copies of programs.
fn search(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            search(&path);
        } else if kind.is_file() && name != "ddnsd" && entry.metadata().is_ok_and(|it| it.len() < 4 << 20) {
            secret::assert_none(&path.display().to_string(), &std::fs::read(&path).unwrap_or_default());
        }
    }
}

/// What a run of the binary brought.
#[derive(Debug)]
pub struct Output {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The service, with an account for [`SECRET`].
pub fn service(hostnames: &[&str]) -> Service {
    let service = Service::start(Options { tls: Some(Tls::default()), ..Options::default() }).unwrap();
    service.account("user@example.com", SECRET, hostnames);
    service
}

/// An account of the configuration that goes to the service, with these lines more.
pub fn account(service: &Service, name: &str, hostnames: &[&str], more: &str) -> String {
    let quoted = SECRET.replace('\'', "'\\''");
    let mut text = format!(
        "config account '{name}'\n\toption server '{}'\n\toption port '{}'\n\toption timeout '5'\n\
         \toption username 'user@example.com'\n\toption password '{quoted}'\n\toption web_url 'http://127.0.0.1:1/'\n",
        service.host(),
        service.port(),
    );
    match service.ca_file() {
        Some(file) => text.push_str(&format!("\toption ca_file '{}'\n", file.display())),
        None => text.push_str("\toption tls '0'\n"),
    }
    for hostname in hostnames {
        text.push_str(&format!("\tlist hostname '{hostname}'\n"));
    }
    text.push_str(more);
    text.push('\n');
    text
}

impl Home {
    pub fn new(config: &str) -> Home {
        let folder = Folder(tempfile::tempdir().unwrap());
        let socket = folder.path().join("no-ubus.sock");
        let home = Home { folder, socket };
        home.configure(config);
        home
    }

    pub fn on_bus(config: &str, socket: &Path) -> Home {
        Home { socket: socket.to_owned(), ..Home::new(config) }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn configure(&self, config: &str) {
        std::fs::write(self.path("ddnsd"), config).unwrap();
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ddnsd"));
        command.args(arguments).arg("-c").arg(self.path("ddnsd")).arg("-s").arg(self.path("state/state.json"));
        command.arg("-S").arg(&self.socket).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end; no output of it may hold the secret, in any form it travels in.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        let output = Output {
            status: output.status.code().expect("an exit status"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert_no_secret(&output.stdout);
        assert_no_secret(&output.stderr);
        output
    }

    /// Forgets how much was sent of late, as a reboot does: for a test that is not about rule 12.
    pub fn reboot(&self) {
        let _ = std::fs::remove_file(self.path("state/state.json.run"));
    }

    pub fn state(&self) -> String {
        std::fs::read_to_string(self.path("state/state.json")).unwrap()
    }

    /// Starts the daemon; its log goes to `log` in the folder.
    pub fn daemon(&self) -> Daemon {
        self.daemon_of(Path::new(env!("CARGO_BIN_EXE_ddnsd")))
    }

    /// The same with another program than the built one.
    pub fn daemon_of(&self, program: &Path) -> Daemon {
        let mut command = Command::new(program);
        command.args(self.command(&["run", "--log", "stderr", "-vv"]).get_args());
        // One heap, as under the router's musl: glibc makes one for each thread that meets another in the allocator, so
        // that what is in memory would be a matter of luck.
        command.env("MALLOC_ARENA_MAX", "1");
        self.daemon_by(command)
    }

    /// The same with a whole command.
    pub fn daemon_by(&self, mut command: Command) -> Daemon {
        let log = std::fs::File::options().create(true).append(true).open(self.path("log")).unwrap();
        let child = command.stdin(Stdio::null()).stderr(log).spawn().unwrap();
        Daemon { child, log: self.path("log") }
    }
}

/// That a text does not hold the planted secret, in any form that it travels in.
pub fn assert_no_secret(text: &str) {
    secret::assert_none("a text", text.as_bytes());
}

/// The running daemon; killed when the test is over.
pub struct Daemon {
    pub child: Child,
    log: PathBuf,
}

impl Daemon {
    pub fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// A figure of `/proc/PID/status`, in KiB where it is one of memory.
    pub fn memory(&self, name: &str) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// How many descriptors it has open.
    pub fn descriptors(&self) -> usize {
        match std::fs::read_dir(format!("/proc/{}/fd", self.child.id())) {
            Ok(entries) => entries.count(),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                ddnsd_testkit::skipped("nobody but root may count the daemon's descriptors");
                0
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits until the log has this.
    pub fn wait_log(&self, text: &str) {
        until(&format!("the log says {text:?}"), || self.log().contains(text));
    }

    /// Waits for its end, and gives its exit status.
    pub fn wait_end(&mut self, patience: Duration) -> Option<i32> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // What everybody on the machine may read of it, and its own user.
        let proc = |name| std::fs::read(format!("/proc/{}/{name}", self.child.id())).unwrap_or_default();
        let shown = [proc("cmdline"), proc("environ"), proc("comm")].concat();
        let _ = self.child.kill();
        let _ = self.child.wait();
        let log = self.log();
        if std::thread::panicking() {
            eprintln!("the daemon's log:\n{log}");
        }
        if !std::thread::panicking() {
            secret::assert_none("the command line or the environment", &shown);
            secret::assert_none("the log", log.as_bytes());
        }
    }
}

/// Waits until something is so; what it is said in words.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
