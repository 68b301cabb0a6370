//! What wakes the loop besides the bus: signals, finished threads, and a wall clock that was set.

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::Errno;
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
pub struct Waker(Arc<OwnedFd>);

impl Waker {
    /// One that has woken nobody yet.
    ///
    /// # Errors
    /// The kernel refused.
    pub fn new() -> io::Result<Waker> {
        Ok(Waker(Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)))
    }

    /// Wakes the loop.
    pub fn wake(&self) {
        // Fails only when it has been written 2^64 times already.
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }

    /// Takes note of it.
    pub fn clear(&self) {
        drain(&self.0);
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// An end that no clock reaches, whatever it says: one in the past would be readable for ever. What matters is that
/// setting the clock cancels the wait for it.
const NEVER: i64 = i64::MAX;

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
        watch.arm_for_ever()?;
        Ok(watch)
    }

    /// Takes note of a change, and watches on. A timer that has run out is not set again: it would run out at once, and
    /// the daemon would do nothing but wake up.
    pub fn clear(&self) {
        if rustix::io::read(&self.0, &mut [0; 8]) == Err(Errno::CANCELED) {
            let _ = self.arm_for_ever();
        }
    }

    /// Where the C library's time has 32 bits, the end is in 2038 at the latest: beyond that the setting of the clock is
    /// not noticed, but nothing spins either.
    fn arm_for_ever(&self) -> io::Result<()> {
        self.arm(NEVER).or_else(|_| self.arm(i64::from(i32::MAX)))
    }

    fn arm(&self, end: i64) -> io::Result<()> {
        let timer = Itimerspec {
            it_interval: Timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: Timespec { tv_sec: end, tv_nsec: 0 },
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::event::{PollFd, PollFlags, poll};
    use std::os::fd::AsRawFd;

    fn is_readable(watch: &ClockWatch, patience: &Timespec) -> bool {
        poll(&mut [PollFd::new(watch, PollFlags::IN)], Some(patience)).unwrap() > 0
    }

    const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

    /// As the kernel shows it: what a C library with a time of 32 bits makes of it is another matter.
    fn seconds_left(watch: &ClockWatch) -> u64 {
        let text = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", watch.0.as_raw_fd())).unwrap();
        let value = text.lines().find_map(|line| line.strip_prefix("it_value: (")).unwrap();
        value.split(',').next().unwrap().parse().unwrap()
    }

    /// Its end was once in January 2038: with a clock beyond that the daemon did nothing but wake up.
    #[test]
    fn no_date_ends_the_wait_for_the_clock() {
        let watch = ClockWatch::new().unwrap();
        let left = seconds_left(&watch);
        let least = if cfg!(target_pointer_width = "64") { 200 * 365 * 86_400 } else { 86_400 };
        assert!(left > least, "it ends in {left} seconds");
        assert!(!is_readable(&watch, &AT_ONCE));
    }

    #[test]
    fn a_timer_that_ran_out_wakes_nobody_twice() {
        let watch = ClockWatch::new().unwrap();
        watch.arm(1).unwrap();
        assert!(is_readable(&watch, &Timespec { tv_sec: 20, tv_nsec: 0 }), "1970 is over");
        watch.clear();
        assert!(!is_readable(&watch, &AT_ONCE));
        assert_eq!(seconds_left(&watch), 0, "and it is not armed any more");
    }
}
