//! What wakes the loop besides the bus: signals, finished threads, and a wall clock that was set.

use rustix::event::{EventfdFlags, eventfd};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// A descriptor that becomes readable when a signal arrives; several arrivals may be seen as one.
#[derive(Debug)]
pub struct Signal(UnixStream);

impl Signal {
    /// Listens for one signal.
    fn new(signal: i32) -> io::Result<Signal> {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        signal_hook::low_level::pipe::register(signal, writer)?;
        Ok(Signal(reader))
    }

    /// `SIGHUP`: read the configuration again.
    ///
    /// # Errors
    /// The kernel refused.
    pub fn hangup() -> io::Result<Signal> {
        Signal::new(SIGHUP)
    }

    /// `SIGTERM` and `SIGINT`: end in order.
    ///
    /// # Errors
    /// The kernel refused.
    pub fn terminate() -> io::Result<[Signal; 2]> {
        Ok([Signal::new(SIGTERM)?, Signal::new(SIGINT)?])
    }

    /// Takes note of what has arrived.
    pub fn clear(&self) {
        drain(&self.0);
    }
}

impl AsFd for Signal {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// A descriptor that other threads make readable.
#[derive(Clone, Debug)]
pub struct Bell(Arc<OwnedFd>);

impl Bell {
    /// A silent bell.
    ///
    /// # Errors
    /// The kernel refused.
    pub fn new() -> io::Result<Bell> {
        Ok(Bell(Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)))
    }

    /// Wakes the loop.
    pub fn ring(&self) {
        // Fails only when it has been rung 2^64 times already.
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }

    /// Silences it.
    pub fn clear(&self) {
        drain(&self.0);
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// A descriptor that becomes readable when the wall clock is set. It costs no wake-up before that.
#[derive(Debug)]
pub struct ClockWatch(OwnedFd);

impl ClockWatch {
    /// Watches the wall clock.
    ///
    /// # Errors
    /// The kernel refused.
    pub fn new() -> io::Result<ClockWatch> {
        let fd = timerfd_create(TimerfdClockId::Realtime, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK)?;
        let watch = ClockWatch(fd);
        watch.arm()?;
        Ok(watch)
    }

    /// Takes note of a change, and watches on.
    pub fn clear(&self) {
        drain(&self.0);
        let _ = self.arm();
    }

    fn arm(&self) -> io::Result<()> {
        // An end that is never reached; what matters is that setting the clock cancels the wait for it.
        let never = Timespec { tv_sec: i32::MAX.into(), tv_nsec: 0 };
        let timer = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: never };
        timerfd_settime(&self.0, TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET, &timer)?;
        Ok(())
    }
}

impl AsFd for ClockWatch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn drain(fd: impl AsFd) {
    let mut buffer = [0; 64];
    while rustix::io::read(fd.as_fd(), &mut buffer).is_ok_and(|count| count == buffer.len()) {}
}
