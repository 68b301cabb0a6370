//! ureq's view of the connection. Its own timeouts are not used: the socket below has the deadline.

use super::socket::Socket;
use super::target::Plan;
use super::{MAX_HEAD, tls};
use std::fmt;
use std::io::{Read, Write};
use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, Transport};

/// Plain or through TLS.
pub(super) enum Channel {
    Plain(Socket),
    Tls(Box<tls::Session>),
}

/// The connection and ureq's buffers.
pub(super) struct Wire {
    channel: Channel,
    buffers: LazyBuffers,
}

impl Wire {
    pub fn new(channel: Channel, plan: &Plan) -> Wire {
        // The answer's head has to fit whole, with room to notice that it is too long.
        Wire { channel, buffers: LazyBuffers::new(MAX_HEAD + 1024, plan.request_size) }
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
        match &mut self.channel {
            Channel::Plain(socket) => socket.write_all(bytes)?,
            Channel::Tls(session) => {
                session.write_all(bytes)?;
                session.flush()?;
            }
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let room = self.buffers.input_append_buf();
        let amount = match &mut self.channel {
            Channel::Plain(socket) => socket.read(room)?,
            Channel::Tls(session) => session.read(room)?,
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
