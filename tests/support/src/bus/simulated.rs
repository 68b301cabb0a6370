//! The test bus's socket: threads around the broker.
//!
//! One thread accepts, two serve each connection: one reads, one writes from a queue of 1 MiB. Where a client does not
//! read, what does not fit is dropped, silently, as ubusd does it.

use super::Traffic;
use super::broker::{Broker, Outgoing};
use ddnsd::ubus::blob::MAX_BLOB;
use ddnsd::ubus::message::{Frames, Message};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

/// A running bus.
#[derive(Debug)]
pub struct Simulated {
    path: PathBuf,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stopping: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    broker: Broker,
    connections: BTreeMap<u32, Connection>,
    traffic: Vec<Traffic>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Connection {
    stream: UnixStream,
    queue: Sender<Vec<u8>>,
    queued: Arc<AtomicUsize>,
}

impl Simulated {
    /// Listens on `path`.
    pub fn start(path: &Path) -> std::io::Result<Simulated> {
        let listener = UnixListener::bind(path)?;
        let shared = Arc::new(Shared::default());
        let acceptor = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Ok(Simulated { path: path.to_owned(), shared, acceptor: Some(acceptor) })
    }

    /// All that was said so far.
    pub fn traffic(&self) -> Vec<Traffic> {
        self.shared.state().traffic.clone()
    }

    /// Closes every connection and waits until all threads have ended.
    pub fn stop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else { return };
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Wakes the acceptor up; if that fails, it has ended already.
        let _ = UnixStream::connect(&self.path);
        let _ = acceptor.join();
        let _ = std::fs::remove_file(&self.path);
        let threads = {
            let mut state = self.shared.state();
            for connection in std::mem::take(&mut state.connections).into_values() {
                let _ = connection.stream.shutdown(Shutdown::Both);
            }
            std::mem::take(&mut state.threads)
        };
        for thread in threads {
            let _ = thread.join();
        }
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn accept(listener: &UnixListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        if let Ok(stream) = stream {
            // A connection that cannot be cloned is one that is gone already.
            let _ = serve(stream, shared);
        }
    }
}

fn serve(stream: UnixStream, shared: &Arc<Shared>) -> std::io::Result<()> {
    let (reading, writing) = (stream.try_clone()?, stream.try_clone()?);
    let (queue, messages) = channel();
    let queued = Arc::new(AtomicUsize::new(0));
    let mut state = shared.state();
    let (client, greeting) = state.broker.connect();
    state.connections.insert(client, Connection { stream, queue, queued: Arc::clone(&queued) });
    state.deliver(greeting);
    state.threads.push(std::thread::spawn(move || write(writing, &messages, &queued)));
    let shared = Arc::clone(shared);
    state.threads.push(std::thread::spawn(move || read(reading, client, &shared)));
    Ok(())
}

fn write(mut stream: UnixStream, messages: &Receiver<Vec<u8>>, queued: &AtomicUsize) {
    for bytes in messages {
        if stream.write_all(&bytes).is_err() {
            return;
        }
        queued.fetch_sub(bytes.len(), Ordering::SeqCst);
    }
}

fn read(mut stream: UnixStream, client: u32, shared: &Shared) {
    let mut frames = Frames::default();
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = stream.read(&mut buffer) {
        frames.feed(&buffer[..n]);
        if !drain(&mut frames, client, shared) {
            break;
        }
    }
    let mut state = shared.state();
    if state.connections.remove(&client).is_some() {
        let _ = stream.shutdown(Shutdown::Both);
        let outgoing = state.broker.disconnect(client);
        state.deliver(outgoing);
    }
}

/// Handles what is whole; false where the connection cannot go on.
fn drain(frames: &mut Frames, client: u32, shared: &Shared) -> bool {
    loop {
        let message = match frames.next_frame() {
            Ok(Some(bytes)) => Message::decode(bytes),
            Ok(None) => return true,
            Err(error) => Err(error),
        };
        let Ok(message) = message else { return false };
        let mut state = shared.state();
        let outgoing = state.broker.receive(client, &message);
        state.traffic.push(Traffic { client, sent: false, message });
        state.deliver(outgoing);
    }
}

impl State {
    fn deliver(&mut self, outgoing: Vec<Outgoing>) {
        for (client, message) in outgoing {
            let Some(connection) = self.connections.get(&client) else { continue };
            // What came in and passed the limit can be over it by the user and the group: dropped, as ubusd does.
            let Ok(bytes) = message.encode() else { continue };
            let queued = connection.queued.load(Ordering::SeqCst);
            if queued > 0 && queued + bytes.len() > MAX_BLOB {
                continue;
            }
            connection.queued.fetch_add(bytes.len(), Ordering::SeqCst);
            // If its writer has ended, its reader will end it.
            let _ = connection.queue.send(bytes);
            self.traffic.push(Traffic { client, sent: true, message });
        }
    }
}
