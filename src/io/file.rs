//! Opening files that others may have planted: nothing here waits, follows what it must not, or reads without an end.
//!
//! What is opened is judged by its descriptor: between a look at a name and the opening, it could be another file.

use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Whether a link in the file's place is a person's choice, or can only have been planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// A file that a person names: the configuration, a password file, an old configuration.
    Followed,
    /// A file that ddnsd makes itself: the state, its lock, its memory.
    Refused,
}

/// Opens a regular file for reading, and waits for nobody who would write into a pipe.
///
/// # Errors
/// It is not there, may not be read, or is no regular file.
pub fn open(path: &Path, links: Links) -> io::Result<File> {
    opened(OpenOptions::new().read(true), path, links)
}

/// Opens or makes a file that is only there to be locked; nothing is made elsewhere through a link.
///
/// # Errors
/// It cannot be made, or something else is in its place.
pub fn open_lock(path: &Path) -> io::Result<File> {
    opened(OpenOptions::new().create(true).truncate(false).write(true).mode(0o600), path, Links::Refused)
}

/// Reads a regular file of at most so many bytes.
///
/// # Errors
/// As [`open`], or it is larger.
pub fn read(path: &Path, links: Links, largest: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    open(path, links)?.take(largest + 1).read_to_end(&mut text)?;
    if text.len() as u64 > largest {
        return Err(io::Error::new(ErrorKind::InvalidData, format!("it is larger than {largest} bytes")));
    }
    Ok(text)
}

/// A file beside another one: its name with something behind it.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

// std adds O_CLOEXEC to every descriptor.
fn opened(options: &mut OpenOptions, path: &Path, links: Links) -> io::Result<File> {
    let flags = match links {
        Links::Followed => OFlags::NONBLOCK,
        Links::Refused => OFlags::NONBLOCK | OFlags::NOFOLLOW,
    };
    let file = options.custom_flags(flags.bits() as i32).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a regular file")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn what_is_no_regular_file_is_neither_waited_for_nor_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
        for path in [pipe.as_path(), folder.path(), Path::new("/dev/zero")] {
            for links in [Links::Followed, Links::Refused] {
                let why = read(path, links, 10).unwrap_err().to_string();
                assert_eq!(why, "it is not a regular file", "{}", path.display());
            }
        }
        assert!(open_lock(&pipe).is_err());
    }

    #[test]
    fn a_link_is_followed_only_where_a_person_may_have_made_it() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link, nowhere) = (folder.path().join("a"), folder.path().join("b"), folder.path().join("c"));
        fs::write(&file, "text").unwrap();
        symlink(&file, &link).unwrap();
        assert_eq!(read(&link, Links::Followed, 4).unwrap(), b"text");
        assert!(read(&link, Links::Refused, 4).is_err());
        assert!(read(&file, Links::Refused, 3).unwrap_err().to_string().contains("larger than 3 bytes"));
        let lock = folder.path().join("lock");
        symlink(&nowhere, &lock).unwrap();
        assert!(open_lock(&lock).is_err());
        assert!(!nowhere.exists(), "nothing is made through a link");
    }
}
