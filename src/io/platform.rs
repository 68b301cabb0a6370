//! What this device is, and chance from its kernel.

use crate::protocol::{self, Platform};
use std::fs;
use std::io::Read;

/// The `User-Agent` for requests: with the board and the firmware on OpenWrt, with the system elsewhere.
pub fn user_agent(contact: Option<&str>) -> String {
    protocol::user_agent(&platform(), contact)
}

fn platform() -> Platform {
    let release = fs::read_to_string("/etc/openwrt_release").ok();
    let value = |name| release.as_deref().and_then(|text| shell_value(text, name));
    match value("DISTRIB_RELEASE") {
        Some(firmware) => Platform::OpenWrt {
            device: value("DISTRIB_ID").unwrap_or_else(|| "OpenWrt".into()),
            model: fs::read_to_string("/tmp/sysinfo/model").unwrap_or_default().trim().to_owned(),
            firmware,
        },
        None => {
            let system = rustix::system::uname();
            Platform::Other {
                system: format!("{} {}", system.sysname().to_string_lossy(), system.release().to_string_lossy()),
            }
        }
    }
}

/// The value of `NAME='value'` in a file of shell assignments.
fn shell_value(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    let value = line.trim().trim_matches(['\'', '"']);
    (!value.is_empty()).then(|| value.to_owned())
}

/// Sixteen bytes that nobody can guess.
///
/// From the device, not by getrandom(2): the device never waits, and rustix looks the call up with dlsym on MIPS, which a
/// static program does not have (it crashed there).
pub fn random_bytes() -> Vec<u8> {
    let mut bytes = vec![0; 16];
    if fs::File::open("/dev/urandom").and_then(|mut device| device.read_exact(&mut bytes)).is_err() {
        // Only spreads requests and salts fingerprints then: better weak than not started at all.
        let time = crate::io::clock::monotonic().as_millis() ^ u64::from(std::process::id()).rotate_left(32);
        bytes[..8].copy_from_slice(&time.to_be_bytes());
    }
    bytes
}

/// A seed for spreading requests.
pub fn random_seed() -> u64 {
    random_bytes().iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

/// From here on this process and its threads can gain no privilege. procd's own `no_new_privs` reaches a service
/// only through a jail, and there is not always one.
pub fn gain_no_privileges() {
    // Fails only before Linux 3.5.
    let _ = rustix::thread::set_no_new_privs(true);
}

/// From here on the kernel writes no core file of this process, whatever the limits say, and lets nobody but root look
/// into its memory: the passwords are there.
pub fn keep_memory_private() {
    // Never fails where there is such a system call.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_privilege_can_be_gained_any_more() {
        gain_no_privileges();
        let status = fs::read_to_string("/proc/thread-self/status").unwrap();
        assert!(status.lines().any(|line| line == "NoNewPrivs:\t1"), "{status}");
    }

    #[test]
    fn a_value_of_a_release_file() {
        let text = "DISTRIB_ID='OpenWrt'\nDISTRIB_RELEASE='24.10.2'\nDISTRIB_REVISION=\"r1\"\n";
        assert_eq!(shell_value(text, "DISTRIB_RELEASE").as_deref(), Some("24.10.2"));
        assert_eq!(shell_value(text, "DISTRIB_REVISION").as_deref(), Some("r1"));
        assert_eq!(shell_value(text, "DISTRIB"), None);
        assert_eq!(shell_value("DISTRIB_RELEASE=''\n", "DISTRIB_RELEASE"), None);
    }

    #[test]
    fn seeds_differ() {
        assert_ne!(random_seed(), random_seed());
    }
}
