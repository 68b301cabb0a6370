//! What is said of one provider or host of a configuration, while it is read.

use super::{Remark, RemarkKind};

/// The remarks about one place in the old file.
pub(super) struct Notes<'a> {
    remarks: &'a mut Vec<Remark>,
    section: Option<String>,
    line: usize,
}

impl<'a> Notes<'a> {
    pub(super) fn new(remarks: &'a mut Vec<Remark>, section: Option<&str>, line: usize) -> Self {
        Notes { remarks, section: section.map(str::to_owned), line }
    }

    /// It will work otherwise than before.
    pub(super) fn changed(&mut self, message: impl Into<String>) {
        self.say(RemarkKind::Changed, message.into());
    }

    /// It makes no difference any more.
    pub(super) fn not_needed(&mut self, message: impl Into<String>) {
        self.say(RemarkKind::NotNeeded, message.into());
    }

    /// There is no counterpart.
    pub(super) fn left_out(&mut self, message: impl Into<String>) {
        self.say(RemarkKind::LeftOut, message.into());
    }

    fn say(&mut self, kind: RemarkKind, message: String) {
        self.remarks.push(Remark { kind, section: self.section.clone(), line: self.line, message });
    }
}

/// What is said of a forced update that was asked for.
pub(super) fn forced(notes: &mut Notes<'_>, option: &str, seconds: u64) -> u64 {
    let days = super::draft::force_days(seconds);
    if days == 0 {
        notes.not_needed(format!("{option}: ddnsd remembers what the service acknowledged, and sends when it changes"));
    } else {
        notes.changed(format!(
            "{option} is kept as {days} days: leave it out unless the service drops hosts that are not updated"
        ));
    }
    days
}

/// netifd's interface for a device, and what is said where the name does not tell.
pub(super) fn device(notes: &mut Notes<'_>, device: &str, ipv6: bool) -> Option<String> {
    let interface = super::draft::network_of(device.trim()).map(str::to_owned);
    if interface.is_none() {
        let (family, option) = if ipv6 { ("IPv6", "interface6") } else { ("IPv4", "interface") };
        notes.changed(format!(
            "the {family} address was read from the device {}; ddnsd takes the interface that carries the default \
             route: if it \
             is another one, name it in option {option}",
            super::printable(device.trim())
        ));
    }
    interface
}

/// What is said of a command that gave the address.
pub(super) fn command(notes: &mut Notes<'_>, option: &str) {
    notes.changed(format!(
        "{option} is not carried over, since ddnsd runs no programs: the address is the default route's; a script \
         may say \
         'ddnsd update ACCOUNT --ipv4 ADDRESS'"
    ));
}
