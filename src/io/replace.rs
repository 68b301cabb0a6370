//! A file of the owner's, replaced: whole or not at all, and what was there is kept beside it, whatever is there
//! already.

use crate::io::file::{self, Links, with_suffix};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What is kept of a file that is replaced.
const KEPT: &str = ".before-migration";
/// More of them than anyone makes.
const MOST: u32 = 1000;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Root alone: it holds passwords.
    Owner,
    /// Everyone, above all the daemon's user.
    All,
}

/// Puts a text in a file's place; gives the name under which what was there is kept, where it was something else.
///
/// # Errors
/// What could not be done with which file, as a sentence. The old file is as it was.
pub fn replace(file: &Path, text: &[u8], readers: Readers) -> Result<Option<PathBuf>, String> {
    let (new, mut handle) = create_beside(file, ".new").map_err(|error| cannot(file, &error))?;
    let written = (|| {
        // Said of the open file, since the umask has had its say on the one that was made.
        let mode = if readers == Readers::All { 0o644 } else { 0o600 };
        handle.set_permissions(Permissions::from_mode(mode))?;
        handle.write_all(text)?;
        handle.sync_all()
    })();
    let result = written.map_err(|error| cannot(&new, &error)).and_then(|()| {
        let kept = keep(file, text, readers)?;
        fs::rename(&new, file).map_err(|error| cannot(file, &error))?;
        Ok(kept)
    });
    if result.is_err() {
        let _ = fs::remove_file(&new);
    }
    result
}

/// A folder for everyone to read, whatever the umask.
///
/// # Errors
/// As [`replace`].
pub fn folder(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder)
        .and_then(|()| fs::symlink_metadata(folder))
        .and_then(|it| {
            let mode = it.permissions().mode();
            // A link is no folder, and root changes nothing through one.
            if it.is_dir() && mode & 0o055 != 0o055 {
                fs::set_permissions(folder, Permissions::from_mode(mode | 0o055))?;
            }
            Ok(())
        })
        .map_err(|error| cannot(folder, &error))
}

/// A copy of what is there now, for its owner alone.
fn keep(file: &Path, text: &[u8], readers: Readers) -> Result<Option<PathBuf>, String> {
    // The folder may be the daemon's: a link that it put there is replaced, not followed.
    let links = if readers == Readers::All { Links::Refused } else { Links::Followed };
    let mut old = Vec::new();
    match file::open(file, links).and_then(|mut it| it.read_to_end(&mut old)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if rustix::io::Errno::from_io_error(&error) == Some(rustix::io::Errno::LOOP) => return Ok(None),
        Err(error) => return Err(format!("cannot read {}: {error}", file.display())),
        Ok(_) if old == text => return Ok(None),
        Ok(_) => {}
    }
    let (kept, mut handle) = create_beside(file, KEPT).map_err(|error| cannot(file, &error))?;
    handle.write_all(&old).and_then(|()| handle.sync_all()).map_err(|error| cannot(&kept, &error))?;
    Ok(Some(kept))
}

/// A new file beside another one, under the first name that nothing has.
fn create_beside(file: &Path, suffix: &str) -> io::Result<(PathBuf, File)> {
    for number in 1..=MOST {
        let path = match number {
            1 => with_suffix(file, suffix),
            _ => with_suffix(file, &format!("{suffix}-{number}")),
        };
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => return made.map(|handle| (path, handle)),
        }
    }
    Err(io::Error::new(ErrorKind::AlreadyExists, format!("there are {MOST} files of that name with {suffix}")))
}

fn cannot(path: &Path, error: &io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn every_earlier_version_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ddnsd");
        fs::write(&file, "by hand").unwrap();
        let kept = |number: &str| folder.path().join(format!("ddnsd.before-migration{number}"));
        assert_eq!(replace(&file, b"first", Readers::Owner), Ok(Some(kept(""))));
        assert_eq!(replace(&file, b"second", Readers::Owner), Ok(Some(kept("-2"))));
        assert_eq!(replace(&file, b"second", Readers::Owner), Ok(None), "nothing of it is lost");
        assert_eq!(fs::read_to_string(kept("")).unwrap(), "by hand");
        assert_eq!(fs::read_to_string(kept("-2")).unwrap(), "first");
        assert_eq!(fs::read_to_string(&file).unwrap(), "second");
        assert_eq!([mode(&file), mode(&kept(""))], [0o600, 0o600]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing else is left behind");
    }

    #[test]
    fn a_link_in_the_daemons_folder_is_replaced_and_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let (secret, file) = (folder.path().join("secret"), folder.path().join("own-a.json"));
        fs::write(&secret, "root's").unwrap();
        std::os::unix::fs::symlink(&secret, &file).unwrap();
        assert_eq!(replace(&file, b"{}", Readers::All), Ok(None));
        assert_eq!(fs::read_to_string(&secret).unwrap(), "root's");
        assert_eq!(mode(&file), 0o644);
        assert_eq!(fs::read_to_string(&file).unwrap(), "{}");
    }

    #[test]
    fn what_cannot_be_kept_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ddnsd");
        fs::create_dir(&file).unwrap();
        let why = replace(&file, b"new", Readers::Owner).unwrap_err();
        assert!(why.starts_with("cannot read "), "{why}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
