//! The state file on disk: locked, written whole or not at all, set aside where it is broken
//! (docs/reliability.md).
//!
//! A save goes into a temporary file that is fsynced, renamed over the old one, and the directory is
//! fsynced: whatever moment the power fails, the file is the old one or the new one.

use super::file::{self, Links, with_suffix};
use crate::state::State;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The state file, locked against other processes for as long as this lives.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    _lock: File,
}

/// What was read, and what a person should be told about it.
#[derive(Debug, Default)]
pub struct Loaded {
    /// What was remembered; empty where nothing could be read.
    pub state: State,
    /// Why something remembered was lost, in words.
    pub warning: Option<String>,
}

/// Why the state file is not to be had, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Another process holds it, or the kernel has nothing left to read it with: not now, but later.
    Busy(String),
    /// Its directory cannot be made or written.
    Unusable(String),
    /// It is there, and this user may not read it. It may be whole, so it stays, and nothing is sent in its stead.
    Denied(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (StoreError::Busy(why) | StoreError::Unusable(why) | StoreError::Denied(why)) = self;
        f.write_str(why)
    }
}

impl Store {
    /// Locks the state file, waiting at most `patience` for another process to let go of it.
    ///
    /// # Errors
    /// The directory cannot be made or written, or the lock was not to be had in time.
    pub fn open(path: &Path, patience: Duration) -> Result<Store, StoreError> {
        let unusable = |what: &str, path: &Path, error: io::Error| {
            StoreError::Unusable(format!("cannot {what} {}: {error}", path.display()))
        };
        let directory = directory(path);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|error| unusable("create the state directory", directory, error))?;
        let lock_path = with_suffix(path, ".lock");
        let lock = file::open_lock(&lock_path).map_err(|error| unusable("open", &lock_path, error))?;
        give_to_owner(&lock, directory);
        let deadline = Instant::now() + patience;
        loop {
            match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(Store { path: path.to_owned(), _lock: lock }),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if Instant::now() >= deadline {
                        return Err(StoreError::Busy(format!(
                            "{} is in use by another ddnsd (is the daemon running, but not answering on ubus?)",
                            path.display()
                        )));
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(unusable("lock", &lock_path, error.into())),
            }
        }
    }

    /// Reads the file. One that cannot be used is set aside as `….bad`; that is never fatal.
    /// One of more than `largest` bytes is not ours.
    ///
    /// # Errors
    /// The kernel has no descriptor or memory left for us, or the file may not be read: that says nothing about what
    /// is in it, so it stays.
    pub fn load(&self, largest: u64) -> Result<Loaded, StoreError> {
        let why = match read(&self.path, largest) {
            Ok(state) => return Ok(Loaded { state: state.unwrap_or_default(), warning: None }),
            Err(Unread::Short(why)) => {
                return Err(StoreError::Busy(format!("cannot read {} now: {why}", self.path.display())));
            }
            Err(Unread::Denied(why)) => return Err(denied(&self.path, &why)),
            Err(Unread::Bad(why)) => why,
        };
        let bad = with_suffix(&self.path, ".bad");
        let (path, bad_path) = (self.path.display(), bad.display());
        let warning = match fs::rename(&self.path, &bad) {
            Ok(()) => {
                format!("{path} cannot be used: {why}; it was set aside as {bad_path}, and every account starts anew")
            }
            Err(error) => format!("{path} cannot be used: {why}; nor can it be set aside as {bad_path}: {error}"),
        };
        Ok(Loaded { state: State::default(), warning: Some(warning) })
    }

    /// Writes the state, to be there after any crash. A directory that has vanished meanwhile is made anew.
    ///
    /// # Errors
    /// In words, with the path; the old file is then still there, whole.
    pub fn save(&mut self, state: &State) -> Result<(), String> {
        // With the directory the lock has gone: another process would make its own, and both would write.
        if fs::symlink_metadata(with_suffix(&self.path, ".lock")).is_err_and(|it| it.kind() == ErrorKind::NotFound) {
            *self = Store::open(&self.path, Duration::ZERO).map_err(|why| why.to_string())?;
        }
        let temporary = with_suffix(&self.path, ".new");
        let result = write_new(&temporary, state.to_json().as_bytes())
            .and_then(|()| fs::rename(&temporary, &self.path))
            .and_then(|()| File::open(directory(&self.path))?.sync_all());
        result.map_err(|error| {
            let _ = fs::remove_file(&temporary);
            format!("cannot save {}: {error}", self.path.display())
        })
    }

    /// Whether a save would work, without one: a service must not be asked for what cannot be remembered.
    ///
    /// # Errors
    /// As [`Store::save`].
    pub fn probe(&self, state: &State) -> Result<(), String> {
        let temporary = with_suffix(&self.path, ".new");
        let result = write_new(&temporary, state.to_json().as_bytes());
        let _ = fs::remove_file(&temporary);
        result.map_err(|error| format!("cannot save {}: {error}", self.path.display()))
    }
}

/// Reads the file without a lock and without touching it: for looking only.
///
/// # Errors
/// The file may not be read.
pub fn peek(path: &Path, largest: u64) -> Result<Loaded, StoreError> {
    match read(path, largest) {
        Ok(state) => Ok(Loaded { state: state.unwrap_or_default(), warning: None }),
        Err(Unread::Denied(why)) => Err(denied(path, &why)),
        Err(Unread::Bad(why) | Unread::Short(why)) => {
            let warning = Some(format!("{} cannot be used: {why}", path.display()));
            Ok(Loaded { state: State::default(), warning })
        }
    }
}

fn denied(path: &Path, why: &str) -> StoreError {
    StoreError::Denied(format!("{} may not be read: {why}; nothing is sent until it can be", path.display()))
}

/// Why a file was not read.
enum Unread {
    /// It is damaged, or not ours.
    Bad(String),
    /// Descriptors or memory have run out.
    Short(String),
    /// This user may not.
    Denied(String),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM) => Unread::Short(error.to_string()),
            Some(Errno::ACCESS | Errno::PERM) => Unread::Denied(error.to_string()),
            _ => Unread::Bad(error.to_string()),
        }
    }
}

/// `None` if there is no file (yet).
fn read(path: &Path, largest: u64) -> Result<Option<State>, Unread> {
    let text = match file::read(path, Links::Refused, largest) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    State::from_json(&text).map(Some).map_err(Unread::Bad)
}

/// Makes a file anew, so that nobody's link or leftover is written through.
pub fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    write_unsynced(path, text)?.sync_all()
}

/// The same for what need not be there after a crash of the system.
pub fn write_unsynced(path: &Path, text: &[u8]) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    give_to_owner(&file, directory(path));
    file.write_all(text)?;
    Ok(file)
}

/// What root's command line leaves in the daemon's directory is the daemon's: it could not read it otherwise. Where this
/// is not root, or the directory is its own, nothing happens.
///
/// The package's directory is sticky and root's, so that the daemon cannot replace root's files in it: there the daemon is
/// the user whose group the directory has.
fn give_to_owner(file: &File, directory: &Path) {
    const STICKY: u32 = 0o1000;
    let (Ok(file_is), Ok(directory_is)) = (file.metadata(), fs::metadata(directory)) else { return };
    let owner = if directory_is.uid() == 0 && directory_is.mode() & STICKY != 0 && directory_is.gid() != 0 {
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        user_of_group(&users, directory_is.gid()).unwrap_or(0)
    } else {
        directory_is.uid()
    };
    if file_is.uid() != owner {
        let _ = std::os::unix::fs::fchown(file, Some(owner), Some(directory_is.gid()));
    }
}

/// The user of a passwd file whose own group this is.
fn user_of_group(users: &str, group: u32) -> Option<u32> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':').skip(2).map(str::parse::<u32>);
        match (fields.next(), fields.next()) {
            (Some(Ok(user)), Some(Ok(it))) if it == group => Some(user),
            _ => None,
        }
    })
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::AccountState;
    use std::os::unix::fs::PermissionsExt;

    const LARGEST: u64 = 4096;

    fn sample() -> State {
        State { salt: vec![1, 2, 255], accounts: [("home".to_owned(), AccountState::default())].into_iter().collect() }
    }

    #[test]
    fn what_was_saved_is_loaded_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/state.json");
        let mut store = Store::open(&path, Duration::ZERO).unwrap();
        assert_eq!(store.load(LARGEST).unwrap().state, State::default());
        store.probe(&sample()).unwrap();
        assert!(!path.exists());
        store.save(&sample()).unwrap();
        assert_eq!(store.load(LARGEST).unwrap().state, sample());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    }

    #[test]
    fn a_second_process_has_to_wait() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let first = Store::open(&path, Duration::ZERO).unwrap();
        let refusal = Store::open(&path, Duration::from_millis(30)).unwrap_err().to_string();
        assert!(refusal.contains("in use by another ddnsd"), "{refusal}");
        drop(first);
        Store::open(&path, Duration::ZERO).unwrap();
    }

    #[test]
    fn what_cannot_be_used_is_set_aside() {
        for text in
            [&b""[..], b"{", b"[]", b"{\"version\":2}", b"{\"version\":1,\"salt\":\"0\",\"accounts\":{}}", b"\xff\0"]
        {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("state.json");
            fs::write(&path, text).unwrap();
            let mut store = Store::open(&path, Duration::ZERO).unwrap();
            let loaded = store.load(LARGEST).unwrap();
            assert_eq!(loaded.state, State::default());
            assert!(loaded.warning.unwrap().contains("set aside as"));
            assert!(!path.exists());
            assert_eq!(fs::read(folder.path().join("state.json.bad")).unwrap(), text);
            store.save(&sample()).unwrap();
            assert_eq!(store.load(LARGEST).unwrap().state, sample());
        }
    }

    #[test]
    fn a_directory_in_its_place_is_set_aside_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        fs::create_dir(&path).unwrap();
        let mut store = Store::open(&path, Duration::ZERO).unwrap();
        assert!(store.load(LARGEST).unwrap().warning.unwrap().contains("set aside as"));
        store.save(&sample()).unwrap();
    }

    /// Only its owner is wrong, so what it says may be right: set aside, it cost every halt.
    #[test]
    fn what_may_not_be_read_is_no_damage() {
        for number in [Errno::ACCESS, Errno::PERM] {
            assert!(matches!(Unread::from(io::Error::from(number)), Unread::Denied(_)));
        }
    }

    #[test]
    fn a_planted_lock_or_state_is_neither_followed_nor_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (folder.path().join("state.json"), folder.path().join("elsewhere"));
        std::os::unix::fs::symlink(&elsewhere, with_suffix(&path, ".lock")).unwrap();
        assert!(matches!(Store::open(&path, Duration::ZERO), Err(StoreError::Unusable(_))));
        assert!(!elsewhere.exists(), "nothing is made through a link");
        fs::remove_file(with_suffix(&path, ".lock")).unwrap();
        let store = Store::open(&path, Duration::ZERO).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, 0o600.into()).unwrap();
        assert!(peek(&path, LARGEST).unwrap().warning.unwrap().contains("not a regular file"));
        assert!(store.load(LARGEST).unwrap().warning.unwrap().contains("set aside as"));
    }

    /// The package's directory belongs to root, and is sticky.
    #[test]
    fn the_daemon_is_the_user_whose_group_the_directory_has() {
        let users = "root:x:0:0:root:/root:/bin/ash\nbroken\nddnsd:x:461:462:ddnsd:/var/run/ddnsd:/bin/false\n";
        assert_eq!(user_of_group(users, 462), Some(461));
        assert_eq!(user_of_group(users, 461), None);
    }

    /// Somebody removed `/etc/ddnsd` under a running daemon; every later save failed.
    #[test]
    fn a_directory_that_vanished_is_made_anew_and_locked_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/state.json");
        let mut store = Store::open(&path, Duration::ZERO).unwrap();
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
        store.save(&sample()).unwrap();
        assert_eq!(store.load(LARGEST).unwrap().state, sample());
        assert!(matches!(Store::open(&path, Duration::ZERO), Err(StoreError::Busy(_))));
    }
}
