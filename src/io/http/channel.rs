//! The connection, plain or through TLS.

use super::socket::Socket;
use super::tls;
use std::io::{self, Read, Write};

pub(super) enum Channel {
    Plain(Socket),
    Tls(Box<tls::Session>),
}

impl Channel {
    /// Sends all of it.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Channel::Plain(socket) => socket.write_all(bytes),
            Channel::Tls(session) => session.write_all(bytes).and_then(|()| session.flush()),
        }
    }
}

impl Read for Channel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Channel::Plain(socket) => socket.read(buffer),
            Channel::Tls(session) => session.read(buffer),
        }
    }
}
