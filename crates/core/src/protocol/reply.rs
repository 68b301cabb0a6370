//! Responses to values.
//!
//! ```text
//! body ── words of the service's own, anywhere ──▶ one answer for all
//!   └──── lines ── words, codes, addresses ──▶ one of each host, or one for all
//!            └──── no code in it ──▶ HTTP status: 401, 429, 503 ──▶ else Foreign (foreign.rs says what it is)
//! ```

use super::api::Ended;
use super::retry_after::retry_after;
use super::{Class, Code, Dialect, Place, Server, foreign};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a response says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An answer for each host of the request, in its order.
    Hosts(Vec<HostAnswer>),
    /// One code for the whole account: it halts (`numhost`, `badauth`, `badsys`, `badagent`, `!donator`, `abuse`).
    Account(Code),
    /// The service asks for patience: `911`, `dnserr`.
    Wait(Code),
    /// 429, or 503 with `Retry-After`: the seconds that it asked for, where they could be read.
    RetryAfter(Option<u64>),
    /// One code for every host of the request, or for the account, with the service's own reason in words.
    Refused(Refusal),
    /// The service, or a signature, does not accept our clock: in words.
    WrongClock(String),
    /// The end of a run of an API.
    Run(Box<Ended>),
    /// Not an answer of the protocol: what it is instead, in words, without any secret.
    Foreign(String),
}

/// A refusal with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The code; never a success.
    pub code: Code,
    /// What happened, in words that can be printed.
    pub message: String,
    /// The IPv4 address that was set all the same, before the other family was refused.
    pub ipv4: Option<Ipv4Addr>,
    /// The same for IPv6.
    pub ipv6: Option<Ipv6Addr>,
}

/// One host's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostAnswer {
    /// The code.
    pub code: Code,
    /// The IPv4 address that the service says is now set.
    pub ipv4: Option<Ipv4Addr>,
    /// The same for IPv6.
    pub ipv6: Option<Ipv6Addr>,
}

/// A response, and what the request said, as far as the answer is judged by it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, as the header says it.
    pub retry_after: Option<&'a str>,
    /// `Location`, as the header says it.
    pub location: Option<&'a str>,
    /// Who was asked.
    pub server: &'a Server,
    /// The body.
    pub body: &'a [u8],
    /// False where the body may have been cut off: then an unterminated last line only counts where it says the
    /// very address that was sent.
    pub complete: bool,
    /// How many hosts were asked for.
    pub hosts: usize,
    /// What was sent.
    pub sent_ipv4: Option<Ipv4Addr>,
    /// What was sent.
    pub sent_ipv6: Option<Ipv6Addr>,
    /// The time, in Unix seconds, for a `Retry-After` that is a date; `None` while the clock is not set.
    pub now: Option<u64>,
}

/// Reads a response: its body whatever its HTTP status is, except that a redirect is never an answer.
pub fn parse(dialect: &Dialect, answer: &Answer<'_>) -> Reply {
    if (300..400).contains(&answer.status) {
        return Reply::Foreign(foreign::redirect(answer.status, answer.server, answer.location));
    }
    match read(dialect, answer) {
        Ok(reply) => reply,
        Err(what) => without_code(dialect, answer, what),
    }
}

/// What the body says; otherwise what it is instead.
fn read(dialect: &Dialect, answer: &Answer<'_>) -> Result<Reply, String> {
    let body = String::from_utf8_lossy(answer.body);
    let body = body.strip_prefix('\u{feff}').unwrap_or(&body);
    if let Some(code) = anywhere(dialect, body) {
        return Ok(for_all(HostAnswer { code, ipv4: None, ipv6: None }, answer.hosts));
    }
    let mut lines = Vec::new();
    for piece in body.split_inclusive('\n') {
        let terminated = piece.ends_with('\n');
        let text = piece.trim_matches(|it: char| it.is_ascii_whitespace());
        if !text.is_empty() {
            lines.push(line(dialect, answer, text, terminated));
        }
    }
    if lines.is_empty() {
        return Err(foreign::empty(answer.status));
    }
    // In a page of markup, a word that happens to begin a line is no code ("911 Main Street").
    let is_page = body.trim_start().starts_with('<') && lines.iter().any(Result::is_err);
    let known = || lines.iter().filter(|_| !is_page).filter_map(|line| line.as_ref().ok());
    for class in [Class::Account, Class::Wait] {
        if let Some(answer) = known().find(|it| it.code.class() == class) {
            return Ok(for_all(*answer, 1));
        }
    }
    if dialect.answers_once {
        // What such a service adds in further lines (the address, a sentence) says nothing of another host.
        lines.truncate(1);
    }
    let count = lines.len();
    let answers: Vec<HostAnswer> =
        lines.into_iter().collect::<Result<_, Unreadable>>().map_err(|unreadable| match unreadable {
            Unreadable::Unknown => foreign::unknown(answer.status, body),
            Unreadable::NotAnAddress => foreign::not_an_address(),
            Unreadable::CutOff => foreign::cut_off(),
        })?;
    let answers = a_line_for_each_family(answers, answer.hosts);
    match answers.as_slice() {
        [single] if single.code.class() == Class::Host || dialect.answers_once => Ok(for_all(*single, answer.hosts)),
        all if all.len() == answer.hosts => Ok(Reply::Hosts(answers)),
        _ => Err(foreign::miscounted(count, answer.hosts)),
    }
}

/// nic.ru answers a host whose two addresses it was told with two lines: the IPv4 address, then the IPv6 address.
fn a_line_for_each_family(mut answers: Vec<HostAnswer>, hosts: usize) -> Vec<HostAnswer> {
    let pairs = answers.chunks(2).all(|pair| match pair {
        [one, other] => {
            let success = one.code.class() == Class::Success && other.code.class() == Class::Success;
            let apart = one.ipv4.is_some() && one.ipv6.is_none() && other.ipv4.is_none() && other.ipv6.is_some();
            // What the first family meets, the second may meet again.
            success && apart || one == other && one.code.class() == Class::Host
        }
        _ => false,
    });
    if pairs && answers.len() == 2 * hosts {
        for at in 0..hosts {
            let (one, other) = (answers[2 * at], answers[2 * at + 1]);
            let code = if other.code == Code::Good { Code::Good } else { one.code };
            answers[at] = HostAnswer { code, ipv6: other.ipv6, ..one };
        }
        answers.truncate(hosts);
    }
    answers
}

/// A word of the service's own that counts wherever it stands.
fn anywhere(dialect: &Dialect, body: &str) -> Option<Code> {
    let mut words = dialect.words.iter().filter(|word| word.place == Place::Anywhere);
    words.find(|word| body.contains(&word.text)).map(|word| word.code)
}

fn for_all(answer: HostAnswer, hosts: usize) -> Reply {
    match answer.code.class() {
        Class::Account => Reply::Account(answer.code),
        Class::Wait => Reply::Wait(answer.code),
        Class::Success | Class::Host => Reply::Hosts(vec![answer; hosts]),
    }
}

/// Why a line is no answer.
enum Unreadable {
    /// It does not begin with a code.
    Unknown,
    /// What follows `good` or `nochg` is no address.
    NotAnAddress,
    /// The address is the beginning of the one that was sent, and no line end follows.
    CutOff,
}

fn line(dialect: &Dialect, answer: &Answer<'_>, text: &str, terminated: bool) -> Result<HostAnswer, Unreadable> {
    if let Some(code) = own_word(dialect, text) {
        return Ok(HostAnswer { code, ipv4: None, ipv6: None });
    }
    let (word, rest) = text.split_once(|it: char| it.is_ascii_whitespace()).unwrap_or((text, ""));
    let code = Code::from_word(word).ok_or(Unreadable::Unknown)?;
    if code.class() != Class::Success {
        return Ok(HostAnswer { code, ipv4: None, ipv6: None });
    }
    let (ipv4, ipv6) = addresses(rest)?;
    if ipv4 == Some(Ipv4Addr::LOCALHOST) && answer.sent_ipv4 != ipv4 {
        return Ok(HostAnswer { code: Code::BadAgent, ipv4: None, ipv6: None });
    }
    if !terminated {
        let last = rest.rsplit([',', ' ', '\t']).next().unwrap_or(rest);
        let same = ipv4 == answer.sent_ipv4 && ipv6 == answer.sent_ipv6 && (ipv4.is_some() || ipv6.is_some());
        if is_cut_off(last, answer) || !answer.complete && !same {
            return Err(Unreadable::CutOff);
        }
    }
    Ok(HostAnswer { code, ipv4, ipv6 })
}

fn own_word(dialect: &Dialect, text: &str) -> Option<Code> {
    let stands = |rest: &str| rest.is_empty() || rest.starts_with(|it: char| it.is_ascii_whitespace());
    let mut words = dialect.words.iter();
    let word = words.find(|word| match (word.place, text.strip_prefix(word.text.as_str())) {
        (Place::Line, Some(rest)) => stands(rest),
        (Place::Prefix, Some(_)) => true,
        _ => false,
    })?;
    Some(word.code)
}

/// `IP`, `IP,IP`, `IP, IP` or nothing; one of a family at most. An IPv4-mapped IPv6 address is the IPv4 address.
fn addresses(text: &str) -> Result<(Option<Ipv4Addr>, Option<Ipv6Addr>), Unreadable> {
    let (mut ipv4, mut ipv6) = (None, None);
    let text = text.trim_matches(|it: char| it.is_ascii_whitespace());
    if text.is_empty() {
        return Ok((None, None));
    }
    for part in text.split(',').flat_map(|part| {
        // A comma has something on both sides; a blank alone separates as well.
        let parts: Vec<&str> = part.split_ascii_whitespace().collect();
        if parts.is_empty() { vec![""] } else { parts }
    }) {
        match part.parse().map(|address: IpAddr| address.to_canonical()) {
            Ok(IpAddr::V4(address)) if ipv4.is_none_or(|it| it == address) => ipv4 = Some(address),
            Ok(IpAddr::V6(address)) if ipv6.is_none_or(|it| it == address) => ipv6 = Some(address),
            _ => return Err(Unreadable::NotAnAddress),
        }
    }
    Ok((ipv4, ipv6))
}

/// Whether this is the beginning of an address that was sent, however the service writes it.
fn is_cut_off(text: &str, answer: &Answer<'_>) -> bool {
    let text = text.to_ascii_lowercase();
    let begins = |whole: String| !text.is_empty() && whole.len() > text.len() && whole.starts_with(&text);
    if text.contains(':') {
        answer.sent_ipv6.is_some_and(|sent| {
            let groups = sent.segments();
            let padded: Vec<String> = groups.iter().map(|group| format!("{group:04x}")).collect();
            let plain: Vec<String> = groups.iter().map(|group| format!("{group:x}")).collect();
            begins(sent.to_string()) || begins(padded.join(":")) || begins(plain.join(":"))
        })
    } else {
        answer.sent_ipv4.is_some_and(|sent| begins(sent.to_string()))
    }
}

/// What the HTTP status says, where the body says nothing.
fn without_code(dialect: &Dialect, answer: &Answer<'_>, what: String) -> Reply {
    if let Some((_, code)) = dialect.statuses.iter().find(|(status, _)| *status == answer.status) {
        return for_all(HostAnswer { code: *code, ipv4: None, ipv6: None }, answer.hosts);
    }
    match (answer.status, answer.retry_after) {
        (401, _) => Reply::Account(Code::BadAuth),
        (429, after) => Reply::RetryAfter(after.and_then(|value| retry_after(value, answer.now))),
        (503, Some(value)) => Reply::RetryAfter(retry_after(value, answer.now)),
        _ => Reply::Foreign(what),
    }
}
