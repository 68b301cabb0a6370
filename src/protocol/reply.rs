//! Responses to values.

use super::Dialect;
use std::net::{Ipv4Addr, Ipv6Addr};

/// What a response says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer for each host of the request, in its order.
    Hosts(Vec<HostAnswer>),
    /// One code for the whole account: it halts (`numhost`, `badauth`, `badsys`, `badagent`, `!donator`, `abuse`).
    Account(Code),
    /// The service asks for patience: `911`, `dnserr`.
    Wait(Code),
    /// 429 or 503, with the seconds (or the date, as seconds from now where the caller's clock is known) it asked for.
    RetryAfter(Option<u64>),
    /// Not an answer of the protocol: what it is instead, in words, without any secret.
    Foreign(String),
}

/// One host's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAnswer {
    /// The code.
    pub code: Code,
    /// The IPv4 address that the service says is now set.
    pub ipv4: Option<Ipv4Addr>,
    /// The same for IPv6.
    pub ipv6: Option<Ipv6Addr>,
}

/// The protocol's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// `good`
    Good,
    /// `nochg`
    NoChange,
    /// `nohost`
    NoHost,
    /// `notfqdn`
    NotFqdn,
    /// `!yours`
    NotYours,
    /// `numhost`
    NumHost,
    /// `badauth`
    BadAuth,
    /// `badsys`
    BadSys,
    /// `badagent`, also `good 127.0.0.1` that nobody asked for
    BadAgent,
    /// `!donator`
    NotDonator,
    /// `abuse`
    Abuse,
    /// `911`
    Fatal,
    /// `dnserr`
    DnsError,
}

/// What the request said, as far as the answer is judged by it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, as the header says it.
    pub retry_after: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
    /// How many hosts were asked for.
    pub hosts: usize,
    /// What was sent.
    pub sent_ipv4: Option<Ipv4Addr>,
    /// What was sent.
    pub sent_ipv6: Option<Ipv6Addr>,
}

/// Reads a response.
pub fn parse(_dialect: &Dialect, answer: &Answer<'_>) -> Reply {
    Reply::Foreign(format!("HTTP {}", answer.status))
}

impl Code {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::Good => "good",
            Code::NoChange => "nochg",
            Code::NoHost => "nohost",
            Code::NotFqdn => "notfqdn",
            Code::NotYours => "!yours",
            Code::NumHost => "numhost",
            Code::BadAuth => "badauth",
            Code::BadSys => "badsys",
            Code::BadAgent => "badagent",
            Code::NotDonator => "!donator",
            Code::Abuse => "abuse",
            Code::Fatal => "911",
            Code::DnsError => "dnserr",
        }
    }

    /// The code of a word.
    pub fn from_word(word: &str) -> Option<Code> {
        use Code::*;
        [
            Good, NoChange, NoHost, NotFqdn, NotYours, NumHost, BadAuth, BadSys, BadAgent, NotDonator, Abuse, Fatal,
            DnsError,
        ]
        .into_iter()
        .find(|code| code.as_str() == word)
    }
}
