//! Accepts connections, gives each a thread, and ends them all.

use super::locked;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Says when it is time to end, to whoever pauses.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Waits for `time`, or until it is time to end; says whether to go on.
    pub fn pause(&self, time: Duration) -> bool {
        let stopped = locked(&self.stopped);
        let waited = self.changed.wait_timeout_while(stopped, time, |stopped| !*stopped);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn stop(&self) {
        *locked(&self.stopped) = true;
        self.changed.notify_all();
    }

    fn stopped(&self) -> bool {
        *locked(&self.stopped)
    }
}

#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: Arc<Stop>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    count: Arc<AtomicUsize>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens, and calls `serve` on a thread of its own for each connection.
    pub fn start(address: SocketAddr, serve: impl Fn(TcpStream, &Stop) + Clone + Send + 'static) -> io::Result<Server> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let (stop, open, count) = (Arc::<Stop>::default(), Arc::<Mutex<Vec<_>>>::default(), Arc::default());
        let (stop_, open_, count_) = (stop.clone(), open.clone(), Arc::clone(&count));
        let acceptor = thread::spawn(move || accept(&listener, &stop_, &open_, &count_, &serve));
        Ok(Server { address, stop, open, count, acceptor: Some(acceptor) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn connections(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

fn accept<S: Fn(TcpStream, &Stop) + Clone + Send + 'static>(
    listener: &TcpListener,
    stop: &Arc<Stop>,
    open: &Mutex<Vec<TcpStream>>,
    count: &AtomicUsize,
    serve: &S,
) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    for stream in listener.incoming() {
        if stop.stopped() {
            break;
        }
        threads.retain(|thread| !thread.is_finished());
        let Ok(stream) = stream else { continue };
        count.fetch_add(1, Ordering::SeqCst);
        // A second handle, so that a blocked read can be ended from outside.
        let Ok(handle) = stream.try_clone() else { continue };
        let mut handles = locked(open);
        handles.retain(|handle| handle.peer_addr().is_ok());
        handles.push(handle);
        drop(handles);
        let (stop, serve) = (stop.clone(), serve.clone());
        threads.push(thread::spawn(move || {
            let _ = stream.set_nodelay(true);
            let ended = stream.try_clone();
            serve(stream, &stop);
            // The handle kept for ending it would hold it open.
            if let Ok(ended) = ended {
                let _ = ended.shutdown(Shutdown::Both);
            }
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.stop();
        for stream in locked(&self.open).iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the one that accepts.
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}
