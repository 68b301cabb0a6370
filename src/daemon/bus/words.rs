//! What the log is told of the set-up: what does not work, what that means and what may be the reason, and that it works.

use super::setup::{NETIFD, OBJECT_ADDED, PATH};
use log::Level;
use std::fmt::Display;

/// What grants the daemon its rights.
const ACL: &str = "/usr/share/acl.d/ddnsd.json";

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Our object.
    Publish,
    /// The object that listens.
    AddListener,
    /// Events about objects.
    Listen,
    /// netifd's object.
    LookUp,
    /// Its notifications.
    Subscribe,
    /// Its interfaces.
    Dump,
}

impl What {
    /// That it is refused.
    pub fn refused(self, error: &dyn Display) -> (Level, String) {
        let level = if self == What::Publish { Level::Error } else { Level::Warn };
        let line = match self {
            What::Publish => format!(
                "cannot publish the object {PATH} on ubus: {error} (is another ddnsd running? is {ACL} there, and ubusd \
                 restarted since?); LuCI and `ddnsd status` find no daemon until it is published; trying again"
            ),
            What::AddListener => {
                format!("cannot listen on ubus: {error}; address changes are only heard of by hotplug; trying again")
            }
            What::Listen => format!(
                "cannot listen for {OBJECT_ADDED}: {error}; a restart of netifd will go unnoticed for a while (see {ACL}); \
                 trying again"
            ),
            What::LookUp => format!(
                "{NETIFD} is not on ubus: {error} (is netifd running? does {ACL} grant it, and has ubusd read that?); no \
                 interface's address is known; looking again"
            ),
            What::Subscribe => format!(
                "cannot subscribe to {NETIFD}: {error}; address changes are only heard of by hotplug (see {ACL}); trying \
                 again"
            ),
            What::Dump => format!(
                "netifd does not say how its interfaces are ({NETIFD} dump: {error}); what is known of them stays as it is; \
                 asking again"
            ),
        };
        (level, line)
    }

    /// That it works, where it was said that it does not.
    pub fn done(self) -> (Level, String) {
        let line = match self {
            What::Publish => format!("the object {PATH} is published on ubus now"),
            What::AddListener => "listening on ubus now".into(),
            What::Listen => format!("listening for {OBJECT_ADDED} now: a restart of netifd will be noticed"),
            What::LookUp | What::Subscribe => {
                format!("subscribed to {NETIFD} now: address changes are heard of as they happen")
            }
            What::Dump => "netifd says how its interfaces are again".into(),
        };
        (Level::Info, line)
    }
}
