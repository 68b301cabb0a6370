//! A bus for tests: the real ubusd where it is on PATH and we are root, else enough of one inside the test's process.
//!
//! ```text
//! let bus = Bus::start();                         // on a socket of its own
//! let netifd = Netifd::start(&bus);               // publishes network.interface and network.interface.NAME
//! netifd.load_dump("00-static-wan-up");
//! … run ddnsd with --socket bus.socket() …
//! netifd.set_interface("wan", json!({"up": true, …}));
//! netifd.notify("wan");
//! bus.restart(); netifd.restart();
//! ```

pub mod broker;
mod client;
mod gate;
mod hotplug;
mod link;
mod monitor;
mod netifd;
mod real;
mod registry;
mod scenario;
mod simulated;

pub use client::{Heard, TestClient};
pub use gate::{Gate, Verdict};
pub use hotplug::Hotplug;
pub use link::{Link, PATIENCE};
pub use netifd::Netifd;
pub use scenario::{Step, data_file, dump, scenario};

use ddnsd::ubus::Message;
use std::path::{Path, PathBuf};

/// One message that went over the bus.
#[derive(Clone, Debug)]
pub struct Traffic {
    /// The client at the other end.
    pub client: u32,
    /// Whether the bus sent it; else it received it.
    pub sent: bool,
    /// What it was.
    pub message: Message,
}

/// A bus on a socket of its own.
#[derive(Debug)]
pub struct Bus {
    // Dropped in this order: a server is stopped through its socket, which must still be there.
    server: Option<Server>,
    socket: PathBuf,
    ubusd: Option<PathBuf>,
    folder: tempfile::TempDir,
}

#[derive(Debug)]
enum Server {
    Simulated(simulated::Simulated),
    Real(real::Real),
}

impl Bus {
    /// Starts the real ubusd where it can be run, else a simulated one.
    ///
    /// # Panics
    /// As everything here, when something does not work that tests rely on.
    pub fn start() -> Bus {
        Bus::with(real::find())
    }

    /// Starts a simulated bus, whatever is installed.
    pub fn start_simulated() -> Bus {
        Bus::with(None)
    }

    /// The real one, if it can be run here.
    pub fn start_real() -> Option<Bus> {
        real::find().map(|ubusd| Bus::with(Some(ubusd)))
    }

    fn with(ubusd: Option<PathBuf>) -> Bus {
        let folder = tempfile::Builder::new().prefix("bus").tempdir().expect("a directory for the bus's socket");
        let socket = folder.path().join("ubus.sock");
        let mut bus = Bus { folder, socket, ubusd, server: None };
        bus.start_again();
        bus
    }

    /// The socket to connect to.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Whether this is the real ubusd.
    pub fn is_real(&self) -> bool {
        self.ubusd.is_some()
    }

    /// Ends the bus: every connection sees the end of its stream.
    pub fn stop(&mut self) {
        self.search();
        self.server = None;
    }

    /// Starts it after a [`Bus::stop`]: same socket, nobody on it, other ids.
    pub fn start_again(&mut self) {
        let server = match &self.ubusd {
            Some(ubusd) => real::Real::start(ubusd, &self.socket, self.folder.path()).map(Server::Real),
            None => simulated::Simulated::start(&self.socket).map(Server::Simulated),
        };
        self.server = Some(server.expect("the bus starts"));
    }

    /// Both.
    pub fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    /// A connection for the test itself.
    pub fn client(&self) -> TestClient {
        TestClient::connect(&self.socket)
    }

    /// All that was said so far since the bus started, in order. On the real one it comes through its monitor, a moment
    /// later: ask again until what is expected is there.
    pub fn traffic(&self) -> Vec<Traffic> {
        match &self.server {
            Some(Server::Simulated(server)) => server.traffic(),
            Some(Server::Real(server)) => server.traffic(),
            None => Vec::new(),
        }
    }

    /// That nobody has put the planted secret on the bus.
    fn search(&self) {
        for Traffic { message, .. } in self.traffic() {
            crate::secret::assert_none("a message on the bus", &message.encode().unwrap_or_default());
        }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.search();
        }
    }
}
