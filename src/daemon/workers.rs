//! Requests in flight: each on a short-lived thread, since the HTTP client blocks. How many there are, and whose, the
//! engine decides: it asks for no more at once than there may be.

use crate::engine::Event;
use crate::exchange::Job;
use crate::io::wake::Waker;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A TLS handshake needs some 60 KiB of stack in a debug build; untouched pages cost nothing.
const STACK: usize = 256 * 1024;

/// What the threads have left for the loop. A channel would do the same with 9 kB of code on MIPS.
#[derive(Clone, Default)]
struct Ended(Arc<Mutex<VecDeque<Event>>>);

impl Ended {
    fn outcomes(&self) -> MutexGuard<'_, VecDeque<Event>> {
        // Whole after a panic too: nothing is done under the lock but adding or taking one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The threads.
pub struct Workers {
    running: usize,
    ended: Ended,
    waker: Waker,
}

impl Workers {
    /// No thread yet; `waker` wakes the loop when one has ended.
    pub fn new(waker: Waker) -> Self {
        Workers { running: 0, ended: Ended::default(), waker }
    }

    /// Starts a job.
    pub fn start(&mut self, job: Job) {
        self.running += 1;
        let (ended, waker) = (self.ended.clone(), self.waker.clone());
        let failed = job.unstarted();
        let thread = std::thread::Builder::new().name("exchange".into()).stack_size(STACK).spawn(move || {
            let outcome = job.run();
            ended.outcomes().push_back(outcome);
            waker.wake();
        });
        if let Err(error) = thread {
            self.ended.outcomes().push_back(failed(&error.to_string()));
            self.waker.wake();
        }
    }

    /// The next job's outcome, if one has ended.
    pub fn finished(&mut self) -> Option<Event> {
        let event = self.ended.outcomes().pop_front()?;
        self.running -= 1;
        Some(event)
    }

    /// Whether anything is under way.
    pub fn is_busy(&self) -> bool {
        self.running > 0
    }
}
