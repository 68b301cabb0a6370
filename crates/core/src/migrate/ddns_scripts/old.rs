//! A section of ddns-scripts, option by option: none is passed over in silence.

use super::super::{Remark, RemarkKind};
use uci::{Section, Value};

/// Options that ddnsd has no use for, since what they steer happens by itself or never; old names included.
const NOT_NEEDED: &[&str] = &[
    "check_interval",
    "check_interval_min",
    "check_unit",
    "dns_server",
    "force_dnstcp",
    "force_ipversion",
    "force_unit",
    "interface",
    "ip_interface",
    "ip_network",
    "ip_script",
    "ip_url",
    "is_glue",
    "lookup_host",
    "retry_count",
    "retry_interval",
    "retry_max_count",
    "retry_unit",
    "use_api_check",
    "use_curl",
    "use_logfile",
    "use_syslog",
];

/// A section, what of it has been asked for, and what is to be said about it.
pub(super) struct Old<'a> {
    section: &'a Section,
    pub(super) name: String,
    asked: Vec<&'static str>,
    said: Vec<Remark>,
}

impl<'a> Old<'a> {
    pub(super) fn new(section: &'a Section, name: String) -> Self {
        Old { section, name, asked: Vec::new(), said: Vec::new() }
    }

    pub(super) fn line(&self) -> usize {
        self.section.line
    }

    /// The value; a list is its items with a space between, as for ddns-scripts' shell.
    pub(super) fn get(&mut self, option: &'static str) -> Option<String> {
        self.asked.push(option);
        self.peek(option)
    }

    /// The same, for an option that makes no difference to the new configuration.
    pub(super) fn peek(&self, option: &str) -> Option<String> {
        let value = match &self.section.option(option)?.value {
            Value::Single(value) => value.clone(),
            Value::List(items) => items.iter().map(|(item, _)| item.as_str()).collect::<Vec<_>>().join(" "),
        };
        Some(value).filter(|value| !value.is_empty())
    }

    /// ddns-scripts compares numbers: anything but `1` is off.
    pub(super) fn flag(&mut self, option: &'static str) -> bool {
        self.get(option).is_some_and(|value| value.trim() == "1")
    }

    /// A number of `unit`s in seconds.
    pub(super) fn seconds(&mut self, number: &'static str, unit: &'static str, default_unit: u64) -> Option<u64> {
        let unit = match self.get(unit).as_deref() {
            Some("days") => 86_400,
            Some("hours") => 3600,
            Some("minutes") => 60,
            Some("seconds") => 1,
            _ => default_unit,
        };
        Some(self.get(number)?.trim().parse::<u64>().ok()?.saturating_mul(unit))
    }

    /// It will work otherwise than before.
    pub(super) fn changed(&mut self, message: &str) {
        let remark = self.remark(RemarkKind::Changed, message.to_owned());
        self.said.push(remark);
    }

    /// It makes no difference any more.
    pub(super) fn not_needed(&mut self, message: &str) {
        let remark = self.remark(RemarkKind::NotNeeded, message.to_owned());
        self.said.push(remark);
    }

    pub(super) fn remark(&self, kind: RemarkKind, message: String) -> Remark {
        Remark { kind, section: Some(self.name.clone()), line: self.section.line, message }
    }

    /// What was said, and one remark for all options that are not needed, one for those that are unknown.
    pub(super) fn remarks(&mut self) -> Vec<Remark> {
        let options: Vec<&str> = self.section.options.iter().map(|it| it.name.as_str()).collect();
        let rest = |known: bool| -> Vec<&str> {
            options.iter().copied().filter(|it| !self.asked.contains(it) && NOT_NEEDED.contains(it) == known).collect()
        };
        let mut remarks = std::mem::take(&mut self.said);
        for (rest, words) in [(rest(true), "not needed any more"), (rest(false), "not carried over, unknown here")] {
            if !rest.is_empty() {
                remarks.push(self.remark(RemarkKind::NotNeeded, format!("{words}: {}", rest.join(", "))));
            }
        }
        remarks
    }
}

/// The section `config ddns 'global'`.
pub(super) fn global(section: &Section) -> Vec<Remark> {
    let remark = |kind, message: String| Remark { kind, section: section.name.clone(), line: section.line, message };
    let private = |name: &str| matches!(name, "upd_privateip" | "allow_local_ip");
    let mut remarks = Vec::new();
    if section.options.iter().any(|it| private(&it.name) && section.get(&it.name) == Some("1")) {
        let message =
            "private addresses are never sent: where the interface has none that is public, ddnsd asks a web page";
        remarks.push(remark(RemarkKind::Changed, message.into()));
    }
    let rest: Vec<&str> = section.options.iter().map(|it| it.name.as_str()).filter(|name| !private(name)).collect();
    if !rest.is_empty() {
        let message = format!("not needed any more: {} (ddnsd logs to the system log)", rest.join(", "));
        remarks.push(remark(RemarkKind::NotNeeded, message));
    }
    remarks
}
