//! The real ubusd, as a child process.

use super::Traffic;
use super::monitor::Monitor;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running ubusd.
#[derive(Debug)]
pub struct Real {
    child: Child,
    socket: PathBuf,
    monitor: Option<Monitor>,
}

/// `ubusd` on PATH; not for others than root, whom it would let do nothing without an ACL that only root can write.
pub fn find() -> Option<PathBuf> {
    if std::fs::metadata("/proc/self").ok()?.uid() != 0 {
        return None;
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("ubusd")).find(|file| file.is_file())
}

impl Real {
    /// Starts it, with an empty directory of ACLs, and waits until it listens.
    pub fn start(ubusd: &Path, socket: &Path, folder: &Path) -> std::io::Result<Real> {
        let acl = folder.join("acl.d");
        std::fs::create_dir_all(&acl)?;
        let mut command = Command::new(ubusd);
        command.arg("-s").arg(socket).arg("-A").arg(&acl);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let mut real = Real { child, socket: socket.to_owned(), monitor: None };
        let deadline = Instant::now() + super::PATIENCE;
        // It says nowhere that it listens: asked until it does.
        while let Err(error) = UnixStream::connect(socket) {
            if Instant::now() > deadline {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        real.monitor = Some(Monitor::start(socket)?);
        Ok(real)
    }

    /// All that its monitor saw so far.
    pub fn traffic(&self) -> Vec<Traffic> {
        self.monitor.as_ref().map(Monitor::traffic).unwrap_or_default()
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.socket);
    }
}
