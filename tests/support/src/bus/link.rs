//! A connection to the bus for tests: a thread reads, any thread may ask and wait.
//!
//! [`Link`] is what the scripted services and the test client are made of: our own [`Client`] behind a lock, an optional
//! server for the calls that come in, and a condition to wait on, always with a deadline.

use ddnsd::ubus::client::Call;
use ddnsd::ubus::{Client, Event, Reply, RequestError, RequestId};
use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a test waits for anything before it fails.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Serves the calls of a link's objects.
pub type Server = Box<dyn FnMut(&mut Client, Call) + Send>;

/// What waits to be looked at.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Calls, notifications and events that nobody serves.
    pub calls: VecDeque<Call>,
    /// Targets of subscriptions that have gone.
    pub unsubscribed: Vec<u32>,
    /// What the bus last said of the subscribers of an object.
    pub subscribers: BTreeMap<u32, bool>,
    /// Whether the connection has ended.
    pub closed: bool,
}

struct State {
    client: Client,
    stream: UnixStream,
    server: Option<Server>,
    replies: BTreeMap<RequestId, Result<Reply, RequestError>>,
    inbox: Inbox,
}

/// One connection.
pub struct Link {
    shared: Arc<(Mutex<State>, Condvar)>,
    reader: Option<JoinHandle<()>>,
}

impl Link {
    /// Connects; `server` answers what is called, if there is one.
    pub fn connect(socket: &Path, server: Option<Server>) -> std::io::Result<Link> {
        let stream = UnixStream::connect(socket)?;
        let reading = stream.try_clone()?;
        let state = State { client: Client::new(), stream, server, replies: BTreeMap::new(), inbox: Inbox::default() };
        let shared = Arc::new((Mutex::new(state), Condvar::new()));
        let reader = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || read(reading, &shared)
        });
        let link = Link { shared, reader: Some(reader) };
        link.wait(|state| state.client.id());
        Ok(link)
    }

    /// Tells the bus something, at once.
    pub fn with<T>(&self, tell: impl FnOnce(&mut Client) -> T) -> T {
        let mut state = lock(&self.shared.0);
        let result = tell(&mut state.client);
        state.transmit();
        result
    }

    /// Asks the bus something and waits for the answer.
    pub fn ask(&self, ask: impl FnOnce(&mut Client) -> RequestId) -> Result<Reply, RequestError> {
        let request = self.with(ask);
        // What failed before it was sent has its event already.
        lock(&self.shared.0).drain();
        self.wait(|state| state.replies.remove(&request))
    }

    /// Waits until `look` finds something in what came in.
    pub fn wait_inbox<T>(&self, patience: Duration, mut look: impl FnMut(&mut Inbox) -> Option<T>) -> Option<T> {
        self.wait_for(patience, |state| look(&mut state.inbox))
    }

    fn wait<T>(&self, look: impl FnMut(&mut State) -> Option<T>) -> T {
        self.wait_for(PATIENCE, look).expect("the bus did not answer in time")
    }

    fn wait_for<T>(&self, patience: Duration, mut look: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + patience;
        let mut state = lock(&self.shared.0);
        loop {
            if let Some(found) = look(&mut state) {
                return Some(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            state = self.shared.1.wait_timeout(state, left).unwrap_or_else(|poisoned| poisoned.into_inner()).0;
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let _ = lock(&self.shared.0).stream.shutdown(Shutdown::Both);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn read(mut stream: UnixStream, shared: &(Mutex<State>, Condvar)) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let n = stream.read(&mut buffer).unwrap_or(0);
        let mut state = lock(&shared.0);
        if n == 0 {
            state.inbox.closed = true;
            shared.1.notify_all();
            return;
        }
        state.client.feed(&buffer[..n]);
        state.drain();
        state.transmit();
        drop(state);
        shared.1.notify_all();
    }
}

impl State {
    fn drain(&mut self) {
        while let Some(event) = self.client.poll_event() {
            match event {
                Event::Reply { request, result } => {
                    self.replies.insert(request, result);
                }
                Event::Call(call) => match &mut self.server {
                    Some(server) => server(&mut self.client, call),
                    None => self.inbox.calls.push_back(call),
                },
                Event::Unsubscribed { target, .. } => self.inbox.unsubscribed.push(target),
                Event::Subscribers { object, active } => {
                    self.inbox.subscribers.insert(object, active);
                }
                Event::Hello { .. } => {}
                Event::Broken(error) => panic!("the bus said what is no ubus: {error}"),
            }
        }
    }

    /// A connection that has ended takes nothing more; its reader says so.
    fn transmit(&mut self) {
        while let Some(bytes) = self.client.poll_transmit() {
            let _ = self.stream.write_all(&bytes);
        }
    }
}
