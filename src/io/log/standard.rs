//! A line for standard output or standard error that nobody waits for: where its reader has stopped reading, it is lost.
//!
//! The descriptor stays a blocking one, since other processes may share it. It is asked first: a pipe that is ready takes
//! `PIPE_BUF` bytes (4096) at once, and a line is shorter than that.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::os::fd::AsFd;

/// A longer line is cut.
const LONGEST: usize = 2048;

/// Writes a line, if it can be written now; whether it was. Whoever calls holds the stream's lock.
pub fn write_line(stream: impl AsFd, line: &str) -> bool {
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let mut fds = [PollFd::new(&stream, PollFlags::OUT)];
    if !poll(&mut fds, Some(&at_once)).is_ok_and(|ready| ready > 0) || !fds[0].revents().contains(PollFlags::OUT) {
        return false;
    }
    let line = format!("{}\n", super::cut(line, LONGEST));
    // One write, so that no other line ends up in the middle of this one.
    rustix::io::write(&stream, line.as_bytes()).is_ok_and(|written| written == line.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_reader_that_has_stopped_loses_lines_and_holds_nobody_up() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let line = "x".repeat(300);
        let mut written = 0;
        while write_line(&writer, &line) {
            written += 1;
            assert!(written < 1_000_000, "a pipe has an end");
        }
        assert!(written > 0);
        assert!(!write_line(&writer, "lost"), "it stays full");
        let mut read = vec![0; written * (line.len() + 1)];
        reader.read_exact(&mut read).unwrap();
        assert!(write_line(&writer, "read again"));
        drop(writer);
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "read again\n", "no part of a lost line is written");
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        assert!(write_line(&writer, &format!("x{}", "ä".repeat(LONGEST))));
        drop(writer);
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        assert_eq!(read.len(), LONGEST, "one byte less, and the end of the line");
        assert!(read.ends_with("ä\n"));
    }

    #[test]
    fn a_reader_that_has_gone_is_no_panic() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert!(!write_line(&writer, "nobody"));
    }
}
