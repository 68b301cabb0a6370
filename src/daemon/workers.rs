//! Requests in flight: each on a short-lived thread, since the HTTP client blocks; at most four at once.

use crate::engine::Event;
use crate::exchange::Job;
use crate::io::wake::Bell;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};

/// How many exchanges may be under way (DESIGN.md, section 8).
const AT_ONCE: usize = 4;
/// A TLS handshake needs some 60 KiB of stack in a debug build; untouched pages cost nothing.
const STACK: usize = 256 * 1024;

/// The threads, and what waits for one.
pub struct Workers {
    waiting: VecDeque<Job>,
    running: usize,
    sender: Sender<Event>,
    receiver: Receiver<Event>,
    bell: Bell,
}

impl Workers {
    /// No thread yet; `bell` is rung when one has ended.
    pub fn new(bell: Bell) -> Self {
        let (sender, receiver) = channel();
        Workers { waiting: VecDeque::new(), running: 0, sender, receiver, bell }
    }

    /// Starts a job, now or when a thread is free.
    pub fn start(&mut self, job: Job) {
        self.waiting.push_back(job);
        self.fill();
    }

    /// The next job's outcome, if one has ended.
    pub fn finished(&mut self) -> Option<Event> {
        let event = self.receiver.try_recv().ok()?;
        self.running -= 1;
        self.fill();
        Some(event)
    }

    /// Whether anything is under way.
    pub fn is_busy(&self) -> bool {
        self.running > 0
    }

    /// Forgets what has not been started yet.
    pub fn close(&mut self) {
        self.waiting.clear();
    }

    fn fill(&mut self) {
        while self.running < AT_ONCE {
            let Some(job) = self.waiting.pop_front() else { return };
            self.running += 1;
            let (sender, bell) = (self.sender.clone(), self.bell.clone());
            let failed = job.unstarted();
            let thread = std::thread::Builder::new().name("exchange".into()).stack_size(STACK).spawn(move || {
                // The loop outlives its threads, or has ended and needs no answer.
                let _ = sender.send(job.run());
                bell.ring();
            });
            if let Err(error) = thread {
                let _ = self.sender.send(failed(&error.to_string()));
                self.bell.ring();
            }
        }
    }
}
