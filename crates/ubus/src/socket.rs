//! The connection to ubusd: a stream socket that never blocks, and a call that waits for those who may.
//!
//! ubusd drops messages, silently, for a client that does not read; so the loop reads whenever it can, and never waits to
//! write. What the socket does not take is kept, up to a bound; a server that does not read that either is given up.
//! Leaves out the meaning of the bytes ([`Client`]) and connecting again (the caller's).

use crate::client::ObjectInfo;
use crate::{Client, Event, Reply, RequestError, RequestId, Status, Table, blob};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

/// How much may wait to be written: the longest message and some that are usual.
pub const MAX_BACKLOG: usize = blob::MAX_BLOB + 256 * 1024;

/// One connection to ubusd.
#[derive(Debug)]
pub struct UbusSocket {
    fd: OwnedFd,
    backlog: Vec<u8>,
    sent: usize,
}

/// What reading brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// So many bytes, at least one.
    Bytes(usize),
    /// Nothing is there now.
    Nothing,
    /// The other side has closed; nothing more will come.
    Closed,
}

impl UbusSocket {
    /// Connects, without ever waiting.
    ///
    /// # Errors
    /// What the kernel says. A server too busy to take us in is `WouldBlock`: to be tried again later.
    pub fn connect(path: &Path) -> io::Result<UbusSocket> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let fd = net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        let address = SocketAddrUnix::new(path)?;
        retry(|| net::connect(&fd, &address))?;
        Ok(UbusSocket { fd, backlog: Vec::new(), sent: 0 })
    }

    /// Reads what is there into `buffer`, once; poll says whether there is more.
    ///
    /// # Errors
    /// What the kernel says: the connection is of no more use.
    pub fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Received> {
        match retry(|| net::recv(&self.fd, &mut *buffer, RecvFlags::empty())) {
            Ok((0, _)) => Ok(Received::Closed),
            Ok((n, _)) => Ok(Received::Bytes(n)),
            Err(Errno::AGAIN) => Ok(Received::Nothing),
            // The other side closed with something of ours unread.
            Err(Errno::CONNRESET) => Ok(Received::Closed),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends `bytes`, or keeps what cannot be sent yet.
    ///
    /// # Errors
    /// What the kernel says, or more waits than [`MAX_BACKLOG`]: the connection is of no more use.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut bytes = bytes;
        if !self.wants_write() {
            let n = self.write(bytes)?;
            bytes = &bytes[n..];
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let waiting = self.backlog.len() - self.sent;
        if waiting + bytes.len() > MAX_BACKLOG {
            let message = format!("ubusd does not read what it is sent: {waiting} bytes wait already");
            return Err(io::Error::new(io::ErrorKind::TimedOut, message));
        }
        self.backlog.drain(..self.sent);
        self.sent = 0;
        self.backlog.extend_from_slice(bytes);
        Ok(())
    }

    /// Whether something waits to be written: then poll for that too, and call [`UbusSocket::flush`].
    pub fn wants_write(&self) -> bool {
        self.sent < self.backlog.len()
    }

    /// Writes what waits, as far as the socket takes it.
    ///
    /// # Errors
    /// What the kernel says: the connection is of no more use.
    pub fn flush(&mut self) -> io::Result<()> {
        while self.wants_write() {
            match self.write(&self.backlog[self.sent..])? {
                0 => return Ok(()),
                n => self.sent += n,
            }
        }
        self.backlog = Vec::new();
        self.sent = 0;
        Ok(())
    }

    /// How many bytes the socket takes at once.
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut sent = 0;
        while sent < bytes.len() {
            match retry(|| net::send(&self.fd, &bytes[sent..], SendFlags::NOSIGNAL)) {
                Ok(n) => sent += n,
                Err(Errno::AGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(sent)
    }
}

impl AsFd for UbusSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> rustix::io::Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            result => return result,
        }
    }
}

/// Why a call brought no answer.
#[derive(Debug)]
pub enum CallError {
    /// Nobody is there who could answer: no bus, or not this object on it.
    NotRunning(String),
    /// The object answered with an error.
    Status(Status),
    /// No answer in time.
    Timeout(Duration),
    /// The bus is there, but talking to it failed.
    Io(String),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::NotRunning(why) | CallError::Io(why) => f.write_str(why),
            CallError::Status(status) => write!(f, "the answer over ubus is: {status}"),
            CallError::Timeout(time) => {
                let millis = format!(".{:03}", time.subsec_millis());
                let fraction = millis.trim_end_matches('0').trim_end_matches('.');
                write!(f, "no answer over ubus within {}{fraction} seconds", time.as_secs())
            }
        }
    }
}

impl std::error::Error for CallError {}

/// Calls `method` of the object at `object` and waits for the answer, at most `timeout`. For programs that may wait.
///
/// # Errors
/// Why there is no answer.
pub fn call(
    socket: &Path,
    object: &str,
    method: &str,
    arguments: Table,
    timeout: Duration,
) -> Result<Table, CallError> {
    ask(socket, timeout, |client| client.call(object, method, arguments))?
        .map(Reply::into_table)
        .map_err(|error| refused(object, error))
}

/// The objects on the bus: the one at `path`, those that `path*` fits, or all of them.
///
/// # Errors
/// Why there is no answer.
pub fn lookup(socket: &Path, path: Option<&str>, timeout: Duration) -> Result<Vec<ObjectInfo>, CallError> {
    match ask(socket, timeout, |client| client.lookup(path))? {
        Ok(Reply::Objects(objects)) => Ok(objects),
        Ok(_) => Ok(Vec::new()),
        Err(error) => Err(refused(path.unwrap_or("*"), error)),
    }
}

/// Connects, makes one request, and waits for its reply.
fn ask(
    socket: &Path,
    timeout: Duration,
    start: impl FnOnce(&mut Client) -> RequestId,
) -> Result<Result<Reply, RequestError>, CallError> {
    let deadline = Instant::now() + timeout;
    let mut connection = dial(socket, deadline, timeout)?;
    let mut client = Client::new();
    let request = start(&mut client);
    let mut buffer = vec![0; 16 * 1024];
    loop {
        while let Some(bytes) = client.poll_transmit() {
            connection.send(&bytes).map_err(|e| failed(socket, &e))?;
        }
        wait(&connection, deadline, timeout, socket)?;
        connection.flush().map_err(|e| failed(socket, &e))?;
        match connection.receive(&mut buffer).map_err(|e| failed(socket, &e))? {
            Received::Bytes(n) => client.feed(&buffer[..n]),
            Received::Nothing => {}
            Received::Closed => return Err(closed(socket)),
        }
        while let Some(event) = client.poll_event() {
            match event {
                Event::Reply { request: ended, result } if ended == request => return Ok(result),
                Event::Broken(error) => return Err(CallError::Io(error.to_string())),
                _ => {}
            }
        }
    }
}

/// Connects; a server whose queue is full is asked again until the time is up.
fn dial(socket: &Path, deadline: Instant, timeout: Duration) -> Result<UbusSocket, CallError> {
    loop {
        match UbusSocket::connect(socket) {
            Ok(connection) => return Ok(connection),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(CallError::Timeout(timeout));
                }
                std::thread::sleep(left.min(Duration::from_millis(20)));
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                return Err(CallError::NotRunning(format!("no ubusd listens on {}", socket.display())));
            }
            Err(error) => return Err(failed(socket, &error)),
        }
    }
}

/// Waits until there is something to read or, where that is wanted, room to write.
fn wait(connection: &UbusSocket, deadline: Instant, timeout: Duration, socket: &Path) -> Result<(), CallError> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(CallError::Timeout(timeout));
    }
    let mut flags = PollFlags::IN;
    if connection.wants_write() {
        flags |= PollFlags::OUT;
    }
    // A wait that is too long for the kernel's type is as good as none.
    let left = Timespec::try_from(left).ok();
    match poll(&mut [PollFd::new(connection, flags)], left.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(failed(socket, &error.into())),
    }
}

fn closed(socket: &Path) -> CallError {
    CallError::Io(format!("ubusd at {} closed the connection", socket.display()))
}

fn failed(socket: &Path, error: &io::Error) -> CallError {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return closed(socket);
    }
    CallError::Io(format!("ubusd at {}: {error}", socket.display()))
}

fn refused(object: &str, error: RequestError) -> CallError {
    match error {
        RequestError::NoObject => CallError::NotRunning(format!("there is no object {object} on the bus")),
        RequestError::Status(status) => CallError::Status(status),
        error => CallError::Io(error.to_string()),
    }
}
