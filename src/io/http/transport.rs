//! ureq's view of the connection. Its own timeouts are not used: the socket below has the deadline.

use super::socket::Socket;
use super::target::Plan;
use super::{MAX_HEAD, tls, words};
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport};

/// Plain or through TLS.
pub(super) enum Channel {
    Plain(Socket),
    Tls(Box<tls::Session>),
}

/// The connection and ureq's buffers.
pub(super) struct Wire {
    plan: Arc<Plan>,
    channel: Channel,
    buffers: LazyBuffers,
}

impl Wire {
    pub fn new(channel: Channel, plan: Arc<Plan>) -> Wire {
        // The answer's head has to fit whole, with room to notice that it is too long.
        let buffers = LazyBuffers::new(MAX_HEAD + 1024, plan.request_size);
        Wire { plan, channel, buffers }
    }

    /// ureq takes a connection that is reset for the end of a body without a length: "good 192.0.2.25" could become
    /// "good 192.0.2.2". So it is not shown what the system said.
    fn broken(&self, error: &io::Error) -> ureq::Error {
        words::carry(words::broken(error, &self.plan))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let bytes = &self.buffers.output()[..amount];
        let sent = match &mut self.channel {
            Channel::Plain(socket) => socket.write_all(bytes),
            Channel::Tls(session) => session.write_all(bytes).and_then(|()| session.flush()),
        };
        sent.map_err(|error| self.broken(&error))
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let room = self.buffers.input_append_buf();
        let received = match &mut self.channel {
            Channel::Plain(socket) => socket.read(room),
            Channel::Tls(session) => session.read(room),
        };
        let amount = match received {
            // Whether that may be an end is for those to judge who know what should stand there.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.plan.unfinished.store(true, Ordering::Relaxed);
                0
            }
            received => received.map_err(|error| self.broken(&error))?,
        };
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        // Nothing is ever asked twice on one connection.
        false
    }

    fn is_tls(&self) -> bool {
        matches!(self.channel, Channel::Tls(_))
    }
}
