//! What an answer means, before its values are used: what docs/services.md lists, in code.
//!
//! ```text
//! status, body ─▶ redirect, too long ─▶ Failed        `until` goes on ─▶ Again
//!              ─▶ 429, 503           ─▶ RetryAfter    `says` met      ─▶ Fine
//!              ─▶ a word, a status of the entry's ─▶ that code
//!              ─▶ 4xx, 5xx           ─▶ NotThere, Forbidden, badauth, rejected, Failed
//! ```
//! No halt comes from a page of HTML or from anything that is not JSON where JSON is due: a captive portal says such
//! things.

use super::keep::Answered;
use super::recipe::{Pick, Recipe, Step};
use super::values::{Values, Writing, address, same};
use super::{Head, Outcome};
use crate::protocol::{Class, Code, HostAnswer, Place, mask, retry_after};
use std::net::IpAddr;

/// How much of an API's own message is shown.
const LONGEST_MESSAGE: usize = 200;

/// What an answer means.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Its values count.
    Fine,
    /// Not yet: ask again.
    Again,
    /// What was asked for is not there.
    NotThere(Option<String>),
    /// 403: wrong credentials, or a zone of somebody else's.
    Forbidden(Option<String>),
    /// The run has ended.
    End(Outcome),
}

/// Judges an answer.
pub(super) fn judge(recipe: &Recipe, step: &Step, values: &Values<'_>, head: &Head, answered: &Answered) -> Verdict {
    let status = head.status;
    if (300..400).contains(&status) {
        let server = &values.task.server;
        return failed(crate::protocol::foreign::redirect(status, server, head.location.as_deref()));
    }
    if answered.too_long {
        return failed("the answer is longer than 1 MiB".into());
    }
    if matches!(status, 429 | 503) {
        return Verdict::End(Outcome::RetryAfter(asked_to_wait(head)));
    }
    let message = message(recipe, values, answered);
    if let Some(code) = own_code(recipe, status, answered) {
        return coded(code, message, values.task.ip);
    }
    let plain = status >= 400 && !step.ok.contains(&status);
    if plain && (matches!(status, 408 | 409 | 423) || status >= 500) {
        return failed(refusal(status, message.as_deref()));
    }
    if answered.is_html() || plain && !answered.json && !matches!(status, 401 | 404) {
        return failed(crate::protocol::foreign::unknown_api(status, &answered.beginning));
    }
    match status {
        _ if !plain => {}
        401 => return coded(Code::BadAuth, message, values.task.ip),
        403 => return Verdict::Forbidden(message),
        404 => return Verdict::NotThere(message),
        _ => return Verdict::End(Outcome::Rejected(refusal(status, message.as_deref()))),
    }
    let expected = if step.ok.is_empty() { (200..300).contains(&status) } else { step.ok.contains(&status) };
    if !expected {
        return failed(format!("the answer's status (HTTP {status}) is not what this service answers to a success"));
    }
    content(step, values, status, answered, message)
}

/// The content of an answer whose status is right.
fn content(step: &Step, values: &Values<'_>, status: u16, answered: &Answered, message: Option<String>) -> Verdict {
    let list = matches!(step.pick, Pick::List(..));
    if !answered.json && (list || !step.take.is_empty() || !step.says.is_empty() || step.until.is_some()) {
        return failed(crate::protocol::foreign::unknown_api(status, &answered.beginning));
    }
    let unproven = |what: &str| match &message {
        Some(message) => format!("the service answered: {message}"),
        None => format!("the answer {what}: it is cut off, or not from this service"),
    };
    if let Some(until) = &step.until {
        match answered.at(&until.pointer).map(|value| value.text()) {
            Some(value) if value == until.not => return Verdict::Again,
            Some(value) if value == until.is => {}
            _ => return failed(unproven("does not say how the change went")),
        }
    }
    for (pointer, template) in &step.says {
        let wanted = values.text(template, Writing::Plain);
        let Some(said) = answered.at(pointer) else {
            return failed(unproven(&format!("has nothing at {}", pointer.as_str())));
        };
        let said = said.text();
        if same(&said, &wanted) {
            continue;
        }
        match (address(&said), address(&wanted)) {
            (Some(other), Some(_)) => return Verdict::End(Outcome::Done(host_answer(Code::Good, other))),
            _ => return failed(unproven(&format!("does not say '{wanted}' at {}", pointer.as_str()))),
        }
    }
    Verdict::Fine
}

pub(super) fn failed(what: String) -> Verdict {
    Verdict::End(Outcome::Failed(what))
}

pub(super) fn host_answer(code: Code, ip: IpAddr) -> HostAnswer {
    match ip {
        IpAddr::V4(ip) => HostAnswer { code, ipv4: Some(ip), ipv6: None },
        IpAddr::V6(ip) => HostAnswer { code, ipv4: None, ipv6: Some(ip) },
    }
}

fn coded(code: Code, message: Option<String>, ip: IpAddr) -> Verdict {
    match code.class() {
        _ if code == Code::NoHost => Verdict::NotThere(message),
        Class::Success => Verdict::End(Outcome::Done(host_answer(code, ip))),
        Class::Host => Verdict::End(Outcome::Host(code, message)),
        Class::Account => Verdict::End(Outcome::Account(code, message)),
        Class::Wait => Verdict::End(Outcome::Wait(code, message)),
    }
}

fn refusal(status: u16, message: Option<&str>) -> String {
    match message {
        Some(message) => format!("{message} (HTTP {status})"),
        None => format!("the service answered with HTTP status {status}"),
    }
}

/// `Retry-After`, else `ratelimit-reset`: a Unix time, or seconds.
fn asked_to_wait(head: &Head) -> Option<u64> {
    let after = head.retry_after.as_deref().and_then(|value| retry_after(value, head.now));
    after.or_else(|| {
        let reset: u64 = head.ratelimit_reset.as_deref()?.trim().parse().ok()?;
        if reset < 1_000_000_000 { Some(reset) } else { Some(reset.saturating_sub(head.now?)) }
    })
}

/// The code that the entry's words and statuses give the answer.
fn own_code(recipe: &Recipe, status: u16, answered: &Answered) -> Option<Code> {
    let text = match recipe.error.is_empty() {
        true => Some(answered.beginning.as_str().into()),
        false => recipe.error.iter().find_map(|pointer| answered.at(pointer)).map(|value| value.text()),
    };
    let word = text.and_then(|text| {
        let text = text.trim();
        let after = |word: &str| text.strip_prefix(word);
        recipe.words.iter().find(|word| match word.place {
            Place::Line => after(&word.text).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\n', '\r'])),
            Place::Prefix => after(&word.text).is_some(),
            Place::Anywhere => text.contains(&word.text),
        })
    });
    let of_status = || recipe.statuses.iter().find(|(it, _)| *it == status).map(|(_, code)| *code);
    word.map(|word| word.code).or_else(of_status)
}

/// What the API says in its own words: printable, and without the secret.
fn message(recipe: &Recipe, values: &Values<'_>, answered: &Answered) -> Option<String> {
    let mut texts = Vec::new();
    for pointer in &recipe.error {
        if let Some(value) = answered.at(pointer) {
            let text = value.text();
            let text: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
            let text = text.trim();
            if !text.is_empty() {
                texts.push(text.to_owned());
            }
        }
    }
    let mut text = mask(&texts.join(": "), &values.task.username, &values.task.password);
    if text.chars().count() > LONGEST_MESSAGE {
        text = text.chars().take(LONGEST_MESSAGE - 1).collect();
        text.push('…');
    }
    (!text.is_empty()).then_some(text)
}
