//! Bytes between ureq and the connection, and how the connection ended.

use super::buffers::Room;
use super::failures::plain;
use super::socket::Socket;
use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use ureq::Error;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

/// How the connection of a run ended, which ureq does not tell: it takes a reset, or an end without TLS's close_notify,
/// for the end of a body that has no length.
#[derive(Debug, Default)]
pub(super) struct Ending {
    connected: AtomicBool,
    broken: Mutex<Option<String>>,
    abrupt: AtomicBool,
}

impl Ending {
    /// A new connection: what the one before it came to is no longer of interest.
    pub fn begin(&self) {
        self.connected.store(false, Ordering::Relaxed);
        self.abrupt.store(false, Ordering::Relaxed);
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The way to the server stands: what fails from now on is not the proxy's fault.
    pub fn connect(&self) {
        self.connected.store(true, Ordering::Relaxed);
    }

    pub fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Relaxed)
    }

    /// How the connection broke, in the system's words.
    pub fn broken(&self) -> Option<String> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the connection ended without close_notify.
    pub fn is_abrupt(&self) -> bool {
        self.abrupt.load(Ordering::Relaxed)
    }

    /// Reads into ureq's buffer once more; false at the end.
    pub fn read_into(&self, stream: &mut dyn Read, buffers: &mut Room, timeout: NextTimeout) -> Result<bool, Error> {
        match stream.read(buffers.input_append_buf()) {
            Ok(count) => {
                buffers.input_appended(count);
                Ok(count > 0)
            }
            Err(error) => match unwrapped(error, timeout) {
                Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    self.abrupt.store(true, Ordering::Relaxed);
                    Ok(false)
                }
                Error::Io(error) => {
                    self.broken.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| plain(&error));
                    Err(Error::Io(error))
                }
                error => Err(error),
            },
        }
    }
}

/// Sends what ureq has put into its output buffer.
pub(super) fn send(stream: &mut dyn Write, bytes: &[u8], timeout: NextTimeout) -> Result<(), Error> {
    stream.write_all(bytes).and_then(|()| stream.flush()).map_err(|error| unwrapped(error, timeout))
}

/// An error as ureq knows it: TLS wraps those of the connection below it into another.
fn unwrapped(error: io::Error, timeout: NextTimeout) -> Error {
    match Error::from(error) {
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Error::Timeout(timeout.reason),
        error => error,
    }
}

/// A plain connection, to the server or to the proxy.
#[derive(Debug)]
pub(super) struct Tcp {
    socket: Socket,
    buffers: Room,
    ending: Arc<Ending>,
}

impl Tcp {
    pub fn new(socket: Socket, ending: Arc<Ending>) -> Tcp {
        Tcp { socket, buffers: Room::default(), ending }
    }
}

impl Transport for Tcp {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let bytes = self.buffers.output().get(..amount).unwrap_or_default();
        send(&mut self.socket, bytes, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.ending.read_into(&mut self.socket, &mut self.buffers, timeout)
    }

    fn is_open(&mut self) -> bool {
        self.socket.is_open()
    }
}
