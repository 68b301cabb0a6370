//! A door in front of a bus: what a client asks is passed on, answered in the bus's place, or lost, as the test decides.
//!
//! So a ubusd can be played whose ACL comes late, and a netifd that does not answer, on the real bus as well.

use super::Bus;
use ddnsd::ubus::Status;
use ddnsd::ubus::message::{Attribute, Frames, Kind, Message};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The bus gets it.
    Pass,
    /// The client gets this status, and nothing else.
    Answer(Status),
    /// Nobody gets it.
    Lose,
}

type Judge = Box<dyn FnMut(&Message) -> Verdict + Send>;

/// The door. Connections live until their client or the bus ends them.
pub struct Gate {
    socket: PathBuf,
    judge: Arc<Mutex<Judge>>,
    stopped: Arc<Mutex<usize>>,
    _folder: tempfile::TempDir,
}

impl Gate {
    /// In front of this bus, with `judge` at the door.
    ///
    /// # Panics
    /// As everything here, when something does not work that tests rely on.
    pub fn start(bus: &Bus, judge: impl FnMut(&Message) -> Verdict + Send + 'static) -> Gate {
        let folder = tempfile::Builder::new().prefix("gate").tempdir().expect("a directory for the gate's socket");
        let socket = folder.path().join("ubus.sock");
        let listener = UnixListener::bind(&socket).expect("the gate's socket");
        let judge: Arc<Mutex<Judge>> = Arc::new(Mutex::new(Box::new(judge)));
        let gate = Gate { socket, judge, stopped: Arc::default(), _folder: folder };
        let (judge, stopped) = (Arc::clone(&gate.judge), Arc::clone(&gate.stopped));
        let behind = bus.socket().to_owned();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(bus) = UnixStream::connect(&behind) else { continue };
                serve(client, bus, &judge, &stopped);
            }
        });
        gate
    }

    /// The socket to connect to.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// From now on another judge is at the door.
    pub fn judge(&self, judge: impl FnMut(&Message) -> Verdict + Send + 'static) {
        *lock(&self.judge) = Box::new(judge);
    }

    /// From now on everything passes.
    pub fn open(&self) {
        self.judge(|_| Verdict::Pass);
    }

    /// How many messages have not passed so far.
    pub fn stopped(&self) -> usize {
        *lock(&self.stopped)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn serve(client: UnixStream, bus: UnixStream, judge: &Arc<Mutex<Judge>>, stopped: &Arc<Mutex<usize>>) {
    let copies = client.try_clone().and_then(|client| Ok((client, bus.try_clone()?)));
    let Ok((to_client, from_bus)) = copies else { return };
    // Both sides write to the client, each whole messages.
    let to_client = Arc::new(Mutex::new(to_client));
    let (judge, stopped) = (Arc::clone(judge), Arc::clone(stopped));
    std::thread::spawn({
        let to_client = Arc::clone(&to_client);
        move || {
            forward(from_bus, |bytes| {
                let _ = lock(&to_client).write_all(bytes);
            });
            let _ = lock(&to_client).shutdown(Shutdown::Both);
        }
    });
    std::thread::spawn(move || {
        let mut to_bus = bus;
        let from_client = client;
        forward(from_client, |bytes| {
            let Ok(message) = Message::decode(bytes) else { return };
            let verdict = lock(&judge)(&message);
            *lock(&stopped) += usize::from(verdict != Verdict::Pass);
            match verdict {
                Verdict::Pass => {
                    let _ = to_bus.write_all(bytes);
                }
                Verdict::Answer(status) => {
                    let answer = Message::new(Kind::Status, message.seq, message.peer);
                    if let Ok(bytes) = answer.with(Attribute::Status(status)).encode() {
                        let _ = lock(&to_client).write_all(&bytes);
                    }
                }
                Verdict::Lose => {}
            }
        });
        let _ = to_bus.shutdown(Shutdown::Both);
    });
}

/// Hands on message by message until the end of the stream.
fn forward(mut from: UnixStream, mut to: impl FnMut(&[u8])) {
    let (mut frames, mut buffer) = (Frames::default(), vec![0; 64 * 1024]);
    loop {
        match from.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => frames.feed(&buffer[..count]),
        }
        while let Ok(Some(bytes)) = frames.next_frame() {
            to(bytes);
        }
    }
}
