//! Every request there was, and waiting for the next.

use super::{Request, locked};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Log {
    inner: Mutex<Inner>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    requests: Vec<Request>,
    taken: usize,
}

impl Log {
    pub fn add(&self, request: Request) {
        locked(&self.inner).requests.push(request);
        self.arrived.notify_all();
    }

    pub fn all(&self) -> Vec<Request> {
        locked(&self.inner).requests.clone()
    }

    /// The next request that nobody has taken.
    pub fn wait(&self, timeout: Duration) -> Result<Request, String> {
        let waited =
            self.arrived.wait_timeout_while(locked(&self.inner), timeout, |log| log.requests.len() == log.taken);
        let (mut log, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match log.requests.get(log.taken).cloned() {
            Some(request) => {
                log.taken += 1;
                Ok(request)
            }
            None => Err(format!("no request within {timeout:?}; there were {} before", log.taken)),
        }
    }
}
