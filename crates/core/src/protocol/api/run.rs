//! A run: from the first request to the proof that the record has the address.
//!
//! ```text
//!            ┌──── not this suffix ────┐
//!            ▼                         │
//! start ─▶ zone? ─ found ─▶ record? ─ old ≠ ip ─▶ write ─▶ (proof) ─▶ Done(good)
//!   │        │ none left      │ │ │                ▲
//!   │        ▼                │ │ └ old = ip ──────┼──────────────────▶ Done(nochg)
//!   │     nohost, badauth     │ └── none ─ create ─┘ else nohost
//!   │                         └──── several, none of them ours ───────▶ Ambiguous
//!   └─ remembered ─▶ record?, or write ── 404, nohost ─▶ start (once)
//! ```

use super::judge::{self, Verdict, judge};
use super::keep::{Answered, Element, Reader};
use super::recipe::{Pick, Recipe, Step};
use super::request::{self, Moment, Request};
use super::values::{Taken, Task, Values, Writing, address};
use super::{Ended, Head, Outcome, Remembered};
use crate::protocol::Code;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// How many suffixes of a host are tried.
const TRIES: usize = 5;
/// How long the longest pause is before a question is repeated.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// What a run wants.
#[derive(Debug)]
pub enum Next {
    /// This request is to be sent; its answer goes to [`Run::answered`].
    Send(Request),
    /// Nothing for so long, then to be asked again.
    Pause(Duration),
    /// Nothing more.
    Done(Ended),
}

/// One run.
#[derive(Debug)]
pub struct Run {
    recipe: Arc<Recipe>,
    task: Task,
    zone: Option<String>,
    /// Suffixes that are still to be tried, the longest last.
    suffixes: Vec<String>,
    taken: BTreeMap<String, Taken>,
    /// The step that is next, or under way.
    at: usize,
    /// `at` counts in `create`.
    creating: bool,
    /// Where the record is to be made is not known: each suffix is tried.
    places: bool,
    /// It began with what an earlier run has found out.
    shortened: bool,
    /// Why a suffix was forbidden.
    forbidden: Option<Option<String>>,
    /// The longest suffix that is a zone, but has no such record.
    without_record: Option<String>,
    /// How often the present question was repeated.
    repeated: u32,
    pause: Option<Duration>,
    status: u16,
    outcome: Option<Outcome>,
    wrote: bool,
}

impl Run {
    /// A run that begins at the beginning, or where what is remembered allows it to; `recent` says that our own last
    /// acknowledged write is less than an hour old.
    pub fn new(recipe: Arc<Recipe>, task: Task, remembered: Option<Remembered>, recent: bool) -> Self {
        let mut run = Run {
            recipe,
            task,
            zone: None,
            suffixes: Vec::new(),
            taken: BTreeMap::new(),
            at: 0,
            creating: false,
            places: false,
            shortened: false,
            forbidden: None,
            without_record: None,
            repeated: 0,
            pause: None,
            status: 0,
            outcome: None,
            wrote: false,
        };
        run.start();
        if let Some(remembered) = remembered
            && let Some(reads) = run.recipe.reads()
        {
            run.at = if recent && !run.recipe.echoes() { run.recipe.writes() } else { reads };
            run.shortened = true;
            run.suffixes = Vec::new();
            run.zone = remembered.zone;
            run.taken = remembered.taken;
        }
        run
    }

    /// Begins at the beginning.
    fn start(&mut self) {
        self.shortened = false;
        self.taken = BTreeMap::new();
        self.at = 0;
        self.suffixes = suffixes(&self.task);
        self.zone = if self.recipe.walks().is_some() { self.suffixes.pop() } else { self.task.zone.clone() };
        // What only finds out the zone is not needed where the account says it.
        let only_zone = |step: &Step| matches!(step.take.as_slice(), [(name, _)] if name == "zone");
        while self.task.zone.is_some() && self.recipe.steps.get(self.at).is_some_and(only_zone) {
            self.at += 1;
        }
        if self.recipe.walks().is_some() && self.zone.is_none() {
            self.outcome = Some(Outcome::Host(Code::NoHost, None));
        }
    }

    /// Whether its requests are signed, for which the time has to be known.
    pub fn is_signed(&self) -> bool {
        self.recipe.sign.is_some()
    }

    /// What is to be done next.
    pub fn next(&mut self, moment: Moment) -> Next {
        if let Some(pause) = self.pause.take() {
            return Next::Pause(pause);
        }
        if let Some(outcome) = self.outcome.clone() {
            return Next::Done(self.ended(outcome));
        }
        match self.step().cloned() {
            Some(step) => {
                let recipe = self.recipe.clone();
                Next::Send(request::build(&recipe, &step, &self.values(), moment))
            }
            None => Next::Done(self.ended(judge_success(self.task.ip, Code::Good))),
        }
    }

    /// A reader for the body of the answer that is on its way.
    pub fn reader(&self) -> Reader {
        let kind = &self.recipe.types[usize::from(self.task.ip.is_ipv6())];
        let nothing = || Reader::new(&self.recipe, &Step::default(), kind, Vec::new());
        let Some(step) = self.step() else { return nothing() };
        let conditions = match &step.pick {
            Pick::Answer => Vec::new(),
            Pick::List(_, conditions) => {
                let values = self.values();
                conditions.iter().map(|(pointer, it)| (pointer.clone(), values.text(it, Writing::Plain))).collect()
            }
        };
        Reader::new(&self.recipe, step, kind, conditions)
    }

    /// Takes an answer in, its body read to the end.
    pub fn answered(&mut self, head: &Head, body: Reader) {
        let Some(step) = self.step().cloned() else { return };
        self.status = head.status;
        let answered = body.end();
        let recipe = self.recipe.clone();
        match judge(&recipe, &step, &self.values(), head, &answered) {
            Verdict::Again => {
                self.pause = Some(Duration::from_secs(1 << self.repeated.min(2)).min(LONGEST_PAUSE));
                self.repeated += 1;
            }
            Verdict::Fine => {
                self.repeated = 0;
                self.take(&step, answered);
            }
            Verdict::NotThere(message) => self.not_there(message),
            Verdict::Forbidden(message) if self.may_walk() => {
                self.forbidden.get_or_insert(message);
                self.next_suffix(None);
            }
            Verdict::Forbidden(message) => self.end(Outcome::Account(Code::BadAuth, message)),
            Verdict::End(outcome) => self.end(outcome),
        }
    }

    fn end(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }

    fn step(&self) -> Option<&Step> {
        let steps = if self.creating { &self.recipe.create } else { &self.recipe.steps };
        steps.get(self.at).filter(|_| self.outcome.is_none())
    }

    fn values(&self) -> Values<'_> {
        Values {
            task: &self.task,
            zone: self.zone.as_deref(),
            apex: &self.recipe.apex,
            types: &self.recipe.types,
            taken: &self.taken,
            shown: false,
            unknown: &[],
        }
    }

    /// Whether another suffix may be the zone.
    fn may_walk(&self) -> bool {
        if self.creating {
            return self.places && self.recipe.create.iter().position(Step::places) == Some(self.at);
        }
        !self.shortened && self.recipe.walks() == Some(self.at)
    }

    fn reads(&self) -> bool {
        !self.creating && self.recipe.reads() == Some(self.at)
    }

    fn not_there(&mut self, message: Option<String>) {
        if self.shortened {
            // What was remembered is no longer so.
            self.start();
        } else if self.may_walk() {
            self.next_suffix(message);
        } else if self.reads() {
            self.no_record(message);
        } else {
            self.end(Outcome::Host(Code::NoHost, message));
        }
    }

    fn no_element(&mut self) {
        if self.shortened {
            self.start();
        } else if self.may_walk() {
            if self.reads() {
                let zone = self.zone.clone();
                self.without_record = self.without_record.take().or(zone);
            }
            self.next_suffix(None);
        } else if self.reads() {
            self.no_record(None);
        } else {
            self.end(Outcome::Host(Code::NoHost, None));
        }
    }

    fn next_suffix(&mut self, message: Option<String>) {
        if let Some(suffix) = self.suffixes.pop() {
            self.zone = Some(suffix);
        } else if let Some(zone) = self.without_record.take() {
            self.zone = Some(zone);
            self.no_record(None);
        } else if self.reads() && self.may_create() {
            // No suffix has the record, and none has said that it is a zone.
            self.create_somewhere();
        } else if let Some(message) = self.forbidden.take() {
            self.end(Outcome::Account(Code::BadAuth, message));
        } else {
            self.end(Outcome::Host(Code::NoHost, message));
        }
    }

    /// The zone is there, the record is not.
    fn no_record(&mut self, message: Option<String>) {
        if !self.may_create() {
            self.end(Outcome::Host(Code::NoHost, message));
        } else if self.zone.is_none() {
            self.create_somewhere();
        } else {
            self.creating = true;
            self.at = 0;
        }
    }

    fn may_create(&self) -> bool {
        self.task.create && !self.recipe.create.is_empty()
    }

    /// Makes the record in the longest suffix where that is possible.
    fn create_somewhere(&mut self) {
        self.creating = true;
        self.places = true;
        self.at = 0;
        self.suffixes = suffixes(&self.task);
        self.zone = self.suffixes.pop();
    }

    /// Takes what a step asks for, and goes on to the next.
    fn take(&mut self, step: &Step, answered: Answered) {
        let element = match self.element(step, &answered) {
            Ok(Some(element)) => element,
            Ok(None) => return self.no_element(),
            Err(what) => return self.end(Outcome::Ambiguous(what)),
        };
        let mut old = None;
        for (at, (name, pointer)) in step.take.iter().enumerate() {
            let Some(value) = element.value(at) else {
                if name == "old" {
                    return self.no_element();
                }
                if self.is_needed(name) {
                    return self.end(Outcome::Failed(format!("the answer has nothing at {}", pointer.as_str())));
                }
                continue;
            };
            match name.as_str() {
                "old" => old = Some(value.text().into_owned()),
                "zone" => self.zone = Some(value.text().trim_end_matches('.').to_owned()),
                _ => {
                    self.taken.insert(name.clone(), value.clone());
                }
            }
        }
        if old.is_some_and(|old| address(&old) == Some(self.task.ip)) {
            return self.end(judge_success(self.task.ip, Code::NoChange));
        }
        if self.creating || self.at >= self.recipe.writes() {
            self.wrote = true;
        }
        self.at += 1;
    }

    /// Whether a path cannot do without this name.
    fn is_needed(&self, name: &str) -> bool {
        let all = self.recipe.steps.iter().chain(&self.recipe.create);
        name == "zone" || all.into_iter().any(|step| super::template::names(&step.path).any(|it| it == name))
    }

    /// The one element that is meant.
    fn element(&self, step: &Step, answered: &Answered) -> Result<Option<Element>, String> {
        if step.take.is_empty() && matches!(step.pick, Pick::Answer) {
            return Ok(Some(Element::nothing()));
        }
        let old = step.take.iter().position(|(name, _)| name == "old");
        let picked = match answered.picked.as_slice() {
            [] => return Ok(None),
            [one] if answered.count == 1 => one,
            several => {
                let ours = |element: &&Element| {
                    let value = old.and_then(|at| element.value(at)).and_then(|value| address(&value.text()));
                    value.is_some() && value == self.task.acknowledged
                };
                let mut ours = several.iter().filter(ours);
                match (ours.next(), ours.next()) {
                    (Some(one), None) => one,
                    _ => return Err(self.several(old.is_some(), answered.count)),
                }
            }
        };
        if picked.is_ambiguous() {
            return Err(self.several(true, 0));
        }
        Ok(Some(picked.clone()))
    }

    fn several(&self, records: bool, count: usize) -> String {
        let kind = match self.task.ip {
            IpAddr::V4(_) => "A",
            IpAddr::V6(_) => "AAAA",
        };
        match (records, count) {
            (true, 0) => format!("the name has several {kind} values, and one alone can be kept right"),
            (true, count) => format!("the name has {count} {kind} records, and none of them is known to be this one's"),
            (false, count) => format!("{count} zones of this name are in the account"),
        }
    }

    fn ended(&mut self, outcome: Outcome) -> Ended {
        let done = matches!(outcome, Outcome::Done(_));
        // A record that has just been made has no id yet that a reading step took.
        let remembered = (done && !self.creating && self.recipe.reads().is_some())
            .then(|| Remembered { zone: self.zone.clone(), taken: self.taken.clone() });
        Ended { outcome, status: self.status, wrote: self.wrote, remembered }
    }
}

fn judge_success(ip: IpAddr, code: Code) -> Outcome {
    Outcome::Done(judge::host_answer(code, ip))
}

/// What may be the zone of the host, the longest last: what the account says, else each of its suffixes.
fn suffixes(task: &Task) -> Vec<String> {
    if let Some(zone) = &task.zone {
        return vec![zone.clone()];
    }
    let mut suffixes = Vec::new();
    let mut rest = task.host.strip_prefix("*.").unwrap_or(&task.host);
    while rest.contains('.') && suffixes.len() < TRIES {
        suffixes.push(rest.to_owned());
        rest = rest.split_once('.').map_or("", |(_, rest)| rest);
    }
    suffixes.reverse();
    suffixes
}

/// Every request that a run may make, with what is not known yet left as `{name}`, and every secret masked.
pub fn rehearse(recipe: &Recipe, task: &Task) -> Vec<Request> {
    let create = if task.create { recipe.create.as_slice() } else { &[] };
    let nothing = BTreeMap::new();
    // What a step takes is not known, whatever else goes by that name.
    let taken: Vec<&str> =
        recipe.steps.iter().flat_map(|step| step.take.iter().map(|(name, _)| name.as_str())).collect();
    let (zone, apex, types) = (task.zone.as_deref(), recipe.apex.as_str(), &recipe.types);
    let mut requests = Vec::new();
    for (steps, unknown) in [(recipe.steps.as_slice(), taken.as_slice()), (create, &[])] {
        let values = Values { task, zone, apex, types, taken: &nothing, shown: true, unknown };
        requests.extend(steps.iter().map(|step| request::build(recipe, step, &values, Moment::default())));
    }
    requests
}
