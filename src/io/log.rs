//! Where the log goes: to logd (through the `syslog` crate), or to standard error.
//!
//! logd drops the first 16 bytes after the priority if the 16th is a space, so a time stamp always stands
//! there (its own is used). After logd has restarted, the old connection fails for ever: a failed line is
//! sent once more over a new one. Where there is none, because a jail pins logd's old socket, the line goes to procd, which
//! files standard output as `daemon.info` and standard error as `daemon.err`, under the daemon's name. A line is lost
//! rather than waited for: the loop must never block.

mod standard;

use crate::io::clock;
use crate::time::UnixTime;
use ddnsd_core::printable::printable;
use log::{Level, LevelFilter, Log, Metadata, Record};
use std::fmt::Arguments;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;
use syslog::{LogFormat, Logger, LoggerBackend, Severity};

/// Where logd listens.
const DEV_LOG: &str = "/dev/log";
/// A line longer than this is cut: logd's own limit is 1024 bytes.
const LONGEST: usize = 960;
/// LOG_DAEMON
const FACILITY: u8 = 3 << 3;

/// Starts logging. A second call changes nothing but the level.
pub fn start(syslog: bool, level: LevelFilter) {
    let target: Box<dyn Log> = if syslog { Box::new(Syslog::new(DEV_LOG.into())) } else { Box::new(Stderr) };
    // Only fails where a logger was set before, and then that one stays.
    let _ = log::set_boxed_logger(target);
    log::set_max_level(level);
}

/// Says what only those want to know who asked for everything. Not with `log::debug!`: the crates' own lines of that level
/// are left out at compile time (17 kB on MIPS), since they are never written, and ours would go with them.
pub fn debug(what: Arguments<'_>) {
    log::logger().log(&Record::builder().level(Level::Debug).target("ddnsd").args(what).build());
}

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_ours(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let level = match record.level() {
                Level::Error => "error: ",
                Level::Warn => "warning: ",
                _ => "",
            };
            standard::write_line(std::io::stderr().lock(), &format!("ddnsd: {level}{}", text(record)));
        }
    }

    fn flush(&self) {}
}

/// What a record says, on one line.
fn text(record: &Record<'_>) -> String {
    printable(&record.args().to_string())
}

/// Hands a line to procd, which adds the time, the level and the name itself.
fn hand_to_procd(level: Level, text: &str) {
    if level <= Level::Warn {
        standard::write_line(std::io::stderr().lock(), text);
    } else {
        standard::write_line(std::io::stdout().lock(), text);
    }
}

/// Other crates' chatter (the HTTP client's, TLS's) could hold what must not be logged: it never is.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.level() <= log::max_level() && metadata.target().starts_with("ddnsd")
}

struct Syslog {
    path: PathBuf,
    logger: Mutex<Option<Logger<LoggerBackend, RouterFormat>>>,
}

impl Syslog {
    fn new(path: PathBuf) -> Self {
        Syslog { path, logger: Mutex::new(None) }
    }

    fn dial(&self) -> Option<Logger<LoggerBackend, RouterFormat>> {
        let logger = syslog::unix_custom(RouterFormat { pid: std::process::id() }, &self.path).ok()?;
        if let LoggerBackend::Unix(socket) = &logger.backend {
            socket.set_nonblocking(true).ok()?;
        }
        Some(logger)
    }
}

impl Log for Syslog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        is_ours(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = text(record);
        // A panic elsewhere while this was held leaves nothing half-done in it.
        let mut slot = self.logger.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for _ in 0..2 {
            if slot.is_none() {
                *slot = self.dial();
            }
            let Some(logger) = slot.as_mut() else { break };
            let sent = match record.level() {
                Level::Error => logger.err(text.as_str()),
                Level::Warn => logger.warning(text.as_str()),
                Level::Info => logger.info(text.as_str()),
                Level::Debug | Level::Trace => logger.debug(text.as_str()),
            };
            match sent {
                Ok(()) => return,
                Err(syslog::Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => *slot = None,
            }
        }
        hand_to_procd(record.level(), &text);
    }

    fn flush(&self) {}
}

/// RFC 3164 as logd takes it.
#[derive(Clone)]
struct RouterFormat {
    pid: u32,
}

impl LogFormat<&str> for RouterFormat {
    fn format<W: Write>(&self, w: &mut W, severity: Severity, message: &str) -> syslog::Result<()> {
        let (priority, time) = (FACILITY | severity as u8, stamp(clock::wall()));
        let line = format!("<{priority}>{time} ddnsd[{}]: {}", self.pid, cut(message, LONGEST));
        // One write is one datagram.
        w.write(line.as_bytes()).map(|_| ()).map_err(Into::into)
    }
}

/// The beginning of a text, of so many bytes at most.
fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `Nov 25 00:41:07`, in UTC.
fn stamp(time: UnixTime) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (days, seconds) = (time.0 / 86_400, time.0 % 86_400);
    // Days from a 1 March, in eras of 400 years: https://howardhinnant.github.io/date_algorithms.html
    let day_of_era = (days + 719_468) % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = MONTHS[((shifted_month + 2) % 12) as usize];
    format!("{month} {day:2} {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixDatagram;
    use std::time::Duration;

    #[test]
    fn the_stamp_is_what_logd_expects() {
        for (time, text) in [
            (0, "Jan  1 00:00:00"),
            (951_782_400, "Feb 29 00:00:00"),
            (1_764_031_267, "Nov 25 00:41:07"),
            (1_767_225_599, "Dec 31 23:59:59"),
            (4_102_444_800, "Jan  1 00:00:00"),
        ] {
            assert_eq!(stamp(UnixTime(time)), text);
        }
    }

    #[test]
    fn a_restart_of_the_log_daemon_loses_at_most_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let syslog = Syslog::new(path.clone());
        log::set_max_level(LevelFilter::Info);
        let say = |text: &str| {
            syslog.log(&Record::builder().target("ddnsd::x").level(Level::Warn).args(format_args!("{text}")).build());
        };
        say("nobody listens yet");
        let listen = || {
            let socket = UnixDatagram::bind(&path).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            socket
        };
        let hear = |socket: &UnixDatagram| {
            let mut buffer = [0; 2048];
            let length = socket.recv(&mut buffer).unwrap();
            String::from_utf8(buffer[..length].to_vec()).unwrap()
        };
        let first = listen();
        say("one\nline");
        let line = hear(&first);
        assert!(
            line.starts_with("<28>") && line.ends_with(&format!(" ddnsd[{}]: one line", std::process::id())),
            "{line}"
        );
        assert_eq!(line.as_bytes()[4 + 15], b' ');
        drop(first);
        std::fs::remove_file(&path).unwrap();
        let second = listen();
        say("after the restart");
        assert!(hear(&second).ends_with("after the restart"));
    }
}
