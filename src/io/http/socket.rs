//! A TCP connection that ends at the deadline, however slowly the bytes drip.

use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The connection. Every read and write ends at the deadline of its run.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    deadline: Instant,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, deadline: Instant) -> Socket {
        Socket { stream, deadline }
    }

    /// Whether the other side still has it open, and has nothing left to say: then another request may go over it.
    pub(super) fn is_open(&self) -> bool {
        let waiting = recv(&self.stream, &mut [0_u8; 1][..], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        matches!(waiting, Err(Errno::AGAIN))
    }

    /// What is left of the time; an error of kind `TimedOut` when nothing is.
    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::Error::from(ErrorKind::TimedOut));
        }
        // The kernel counts in microseconds, and takes zero for no limit at all.
        Ok(left.max(Duration::from_millis(1)))
    }

    /// Repeats what the clock or a signal interrupted, until the time is up.
    fn until_deadline(&mut self, mut step: impl FnMut(&TcpStream, Duration) -> io::Result<usize>) -> io::Result<usize> {
        loop {
            let left = self.left()?;
            match step(&self.stream, left) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                result => return result,
            }
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.until_deadline(|mut stream, left| {
            stream.set_read_timeout(Some(left))?;
            stream.read(buffer)
        })
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.until_deadline(|mut stream, left| {
            stream.set_write_timeout(Some(left))?;
            stream.write(bytes)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
