//! A provider's own API, described by data (`docs/services.md`): one run changes one record of one host.
//!
//! ```text
//! entry ─ services/steps.rs ─▶ Recipe ─┐            ┌─▶ Next::Send(Request) ─▶ (io) ─▶ Head, bytes ─┐
//!                      Task ───────────┼─▶ Run ─────┼─▶ Next::Pause                                  │
//!                Remembered ───────────┘   ▲        └─▶ Next::Done(Ended)                            │
//!                                          └── judge.rs ◀─ keep.rs ◀─ scan.rs ◀──────────────────────┘
//! ```
//!
//! * `template`, `values`, `pointer`: what an entry writes, and what it stands for;
//! * `request`, `sign`: a step to a request;
//! * `scan`, `keep`: an answer, read as a stream, to the few values that are wanted;
//! * `judge`: what a status, a code and a content mean; `run`: the walk, the record, the write.
//!
//! What is left out: connections, time-outs and pauses (the edge), and when to run (the engine).

mod judge;
mod keep;
mod pointer;
mod recipe;
mod request;
mod run;
mod scan;
mod sign;
mod template;
mod values;

pub use keep::{MAX_ANSWER, Reader};
pub use pointer::Pointer;
pub use recipe::{Body, Method, Pick, Recipe, Step, Until};
pub use request::{Moment, Request};
pub use run::{Next, Run, rehearse};
pub use sign::{Algorithm, Scheme};
pub use values::{Taken, Task};

use super::{Code, HostAnswer};
use std::collections::BTreeMap;

/// What an answer says before its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After`, as the header says it.
    pub retry_after: Option<String>,
    /// `ratelimit-reset`, as the header says it.
    pub ratelimit_reset: Option<String>,
    /// `Location`, as the header says it.
    pub location: Option<String>,
    /// The time, in Unix seconds, for a header that is a date; `None` while the clock is not set.
    pub now: Option<u64>,
}

/// What a run found out that the next one can use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    zone: Option<String>,
    taken: BTreeMap<String, Taken>,
}

/// How a run came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The record has the address (`good`, `nochg`), or another one than was written.
    Done(HostAnswer),
    /// The host halts, with the API's own words where it had some.
    Host(Code, Option<String>),
    /// The account halts.
    Account(Code, Option<String>),
    /// The service asks for patience.
    Wait(Code, Option<String>),
    /// The service asked to wait so many seconds, where that could be read.
    RetryAfter(Option<u64>),
    /// Which of several records is meant cannot be told: what is several.
    Ambiguous(String),
    /// The API does not take the change: why, in its own words.
    Rejected(String),
    /// Nothing that can be relied on; to be tried again.
    Failed(String),
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How it came out.
    pub outcome: Outcome,
    /// The status of the last answer.
    pub status: u16,
    /// Whether a write was acknowledged.
    pub wrote: bool,
    /// What the next run can use.
    pub remembered: Option<Remembered>,
}

/// The names that every template may use.
pub fn given_names() -> &'static [&'static str] {
    &values::GIVEN
}

/// The names in a template.
pub fn names(template: &str) -> impl Iterator<Item = &str> {
    template::names(template)
}

/// Whether this can be the name of a value.
pub fn is_name(name: &str) -> bool {
    template::is_name(name)
}
