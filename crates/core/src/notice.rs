//! Every sentence that is said to a person about an account: what happened, and what to do.

use crate::protocol::Code;
use crate::state::Reason;
use std::net::{Ipv4Addr, Ipv6Addr};

/// What an [`Occurrence`] is; also the name of its ubus notification and of its hotplug action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The service acknowledged an update.
    Updated,
    /// An attempt failed and will be made again.
    Failed,
    /// Nothing more is sent until a person acts.
    Halted,
    /// A halt has ended.
    Resumed,
}

impl Kind {
    /// `updated`, `failed`, `halted` or `resumed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Updated => "updated",
            Kind::Failed => "failed",
            Kind::Halted => "halted",
            Kind::Resumed => "resumed",
        }
    }

    /// How loudly the log says it.
    pub fn level(self) -> log::Level {
        match self {
            Kind::Updated | Kind::Resumed => log::Level::Info,
            Kind::Failed => log::Level::Warn,
            Kind::Halted => log::Level::Error,
        }
    }
}

/// Something that happened to an account, told to the log, the history, subscribers and a person's scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The account's name.
    pub account: String,
    /// The host, where it is about one.
    pub hostname: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// The IPv4 address it is about.
    pub ipv4: Option<Ipv4Addr>,
    /// The IPv6 address it is about.
    pub ipv6: Option<Ipv6Addr>,
    /// The service's code, the halt's reason, or the sort of failure.
    pub code: Option<&'static str>,
    /// The sentence, without the account's name.
    pub message: String,
}

impl Occurrence {
    /// The line of the log.
    pub fn line(&self) -> String {
        // Who reads the log has only the line; subscribers and scripts are told the kind beside the sentence.
        let kind = if self.kind == Kind::Halted { "halted: " } else { "" };
        match &self.hostname {
            Some(hostname) => format!("{}: {hostname}: {kind}{}", self.account, self.message),
            None => format!("{}: {kind}{}", self.account, self.message),
        }
    }
}

/// What an account waits for that has something to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// An interface has just come up: the other family may still arrive.
    Settling,
    /// The line has just changed, and the service's name could not be resolved yet.
    LookUp,
    /// The router has just started: a fleet spreads its first requests (rule 14).
    Boot,
    /// The service's own least time between two updates.
    Interval,
    /// Three updates at once, then one in five minutes (rule 12).
    Budget,
    /// The service has asked to be left alone (rule 5, `Retry-After`).
    Service,
    /// TLS failed under a clock that is evidently wrong.
    Clock,
    /// As many requests are under way as may be.
    Workers,
}

impl Hold {
    /// The word of `status.waiting.reason`.
    pub fn as_str(self) -> &'static str {
        match self {
            Hold::Settling | Hold::LookUp => "settling",
            Hold::Boot => "boot",
            Hold::Interval => "interval",
            Hold::Budget => "budget",
            Hold::Service => "service",
            Hold::Clock => "clock",
            Hold::Workers => "workers",
        }
    }

    /// Why nothing is sent, in words; `least` is the service's interval.
    pub fn sentence(self, least: &str) -> String {
        match self {
            Hold::Settling => "the line has just come up: the other address family may still arrive".into(),
            Hold::LookUp => {
                "the line has just changed and the service's name cannot be resolved yet: it is looked up again".into()
            }
            Hold::Boot => "the router has just started: first requests are spread over half a minute".into(),
            Hold::Interval => format!("the service takes one update in {least}"),
            Hold::Budget => {
                "held back so as not to annoy the service: three updates at once, then one in five minutes".into()
            }
            Hold::Service => "the service has asked to be left alone".into(),
            Hold::Clock => "the clock is not set yet: waiting for it".into(),
            Hold::Workers => "as many requests are under way as may be: it is sent when one of them has ended".into(),
        }
    }

    /// The same where a failure led to it, in whose words the reason stands.
    pub fn after(self, failure: &str) -> String {
        match self {
            Hold::Clock => format!("{failure}; {}", self.sentence("")),
            _ => failure.to_owned(),
        }
    }
}

/// What happened, for a halt that the service's code caused.
pub fn halted(code: Code) -> &'static str {
    match code {
        Code::NoHost => "the service knows no such host in this account (nohost)",
        Code::NotFqdn => "the service does not take this for a full host name (notfqdn)",
        Code::NotYours => "this host belongs to another account of the service (!yours)",
        Code::NumHost => "the service says that these are too many hosts at once (numhost)",
        Code::BadAuth => "the service refused the username or the password (badauth)",
        Code::BadSys => "the service refused a parameter of the request (badsys)",
        Code::BadAgent => "the service has blocked this client (badagent)",
        Code::NotDonator => "the service offers this feature to paying customers only (!donator)",
        Code::Ambiguous => {
            "several records of the zone could be meant, and none of them is the one set last (ambiguous)"
        }
        Code::Rejected => "the service refused to change this record (rejected)",
        Code::Abuse => "the service has blocked this account or host for abuse (abuse)",
        Code::Good | Code::NoChange | Code::Fatal | Code::DnsError | Code::TooOften => {
            "the service's answer needs a person"
        }
    }
}

/// What happened, for a wait that the service's code caused.
pub fn waiting(code: Code) -> &'static str {
    match code {
        Code::DnsError => "the service's DNS failed (dnserr); it is left alone for at least 30 minutes",
        Code::TooOften => {
            "the service says that it was asked too often (interval); it is left alone for at least 30 minutes"
        }
        _ => "the service has a fatal error (911); it is left alone for at least 30 minutes",
    }
}

/// No-IP's name for every host of a DDNS key.
const ALL_HOSTS_OF_A_KEY: &str = "all.ddnskey.com";

/// What a halt is about.
#[derive(Clone, Copy, Debug)]
pub struct Halted<'a> {
    /// The account's name.
    pub account: &'a str,
    /// The host, where it is about one.
    pub hostname: Option<&'a str>,
    /// Whether the account's username may be that of a DDNS key.
    pub ddns_key: bool,
    /// Whether the service sets records of a zone.
    pub records: bool,
}

/// What a person can do about a halt.
pub fn advice(reason: Reason, halted: &Halted<'_>) -> String {
    let Halted { account, hostname, ddns_key, records } = *halted;
    let resume = match hostname {
        Some(hostname) => format!("ddnsd resume {account} {hostname}"),
        None => format!("ddnsd resume {account}"),
    };
    match reason {
        Reason::Code(Code::NoHost) if ddns_key && hostname != Some(ALL_HOSTS_OF_A_KEY) => format!(
            "Check the spelling of the host name, and that it exists at the service; where the username is that of a DDNS key, the host has to belong to the key, and list hostname '{ALL_HOSTS_OF_A_KEY}' updates all that do. Then correct option hostname, or say: {resume}"
        ),
        Reason::Code(Code::NoHost) if records => format!(
            "Create the record once at the provider, or write option create '1' to have it made; where the zone is another one than the host's name says, write option zone. Then say: {resume}"
        ),
        Reason::Code(Code::BadAuth) if records => format!(
            "Check option password (what goes there, and which rights it needs, docs/services.md says for each service) and, where the service has one, option username; correct them, or say: {resume}"
        ),
        Reason::Code(Code::NoHost | Code::NotYours) => format!(
            "Check the spelling of the host name, and that it exists in this very account at the service; then correct option hostname, or say: {resume}"
        ),
        Reason::Code(Code::NotFqdn) => {
            format!("Write the whole name, such as home.ddns.net, in option hostname; or say: {resume}")
        }
        Reason::Code(Code::NumHost) => {
            format!("Spread the hosts over several accounts, or use a group; then say: {resume}")
        }
        Reason::Code(Code::BadAuth) => format!(
            "Check option username and option password against the service's web site (No-IP: use a DDNS key), correct them, or say: {resume}"
        ),
        Reason::Code(Code::BadSys) => {
            format!("Check option service, server and path against the service's documentation; then say: {resume}")
        }
        Reason::Code(Code::BadAgent) => {
            format!(
                "The form of the User-Agent may be the reason: set option contact in config global to your e-mail address, and install the latest ddnsd; or ask the service's support. Then say: {resume}"
            )
        }
        Reason::Code(Code::NotDonator) => {
            format!(
                "Switch off what has to be paid for (option offline), or upgrade the account at the service; then say: {resume}"
            )
        }
        Reason::Code(Code::Abuse) => format!(
            "Ask the service's support to unblock it, and do not resume before they have: each further update makes it worse. Then say: {resume}"
        ),
        Reason::Code(Code::Ambiguous) => format!(
            "Leave one record of this type at the name, or give the router a name of its own; then say: {resume}"
        ),
        Reason::Code(Code::Rejected) => {
            format!("Mend what the message names at the service, or in the configuration; then say: {resume}")
        }
        Reason::Code(_) => format!("Look at the service's web site; then say: {resume}"),
        Reason::NochgLoop => format!(
            "Something else updates this host too (another device, another program on this router): find it and switch it off; then say: {resume}"
        ),
        Reason::AddressMismatch => format!(
            "The service does not take the address it is sent (a fixed address in its settings, or a proxy in between): look at its web site, or set option ipv4 to 'server'; then say: {resume}"
        ),
    }
}
