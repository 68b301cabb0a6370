//! What is kept of an answer: the values that a step asks for, and nothing else.

use super::pointer::{Place, Pointer};
use super::recipe::{Pick, Recipe, Step};
use super::scan::{Listener, NotJson, Scan};
use super::values::{Taken, same};

/// How long an answer may be.
pub const MAX_ANSWER: usize = 1 << 20;
/// How long one value may be that is kept.
const LONGEST: usize = 4096;
/// How many picked elements are kept: one is wanted, two are too many already, and among some the right one is found.
const MOST_PICKED: usize = 64;
/// How much of the body is kept where an error has no pointers, and for what it is if it is no JSON.
const BEGINNING: usize = 1024;

/// What is kept of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Kept {
    #[default]
    Missing,
    Value(Taken),
    /// `*` had several.
    Several,
    TooLong,
}

impl Kept {
    fn add(&mut self, bytes: Option<Vec<u8>>) {
        let value = match bytes {
            Some(bytes) => Kept::Value(Taken(String::from_utf8_lossy(&bytes).into())),
            None => Kept::TooLong,
        };
        *self = match self {
            Kept::Missing => value,
            _ => Kept::Several,
        };
    }

    fn value(&self) -> Option<&Taken> {
        match self {
            Kept::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// One element that fulfils the conditions: its values in the order of the step's `take`.
#[derive(Clone, Debug)]
pub(super) struct Element(Vec<Kept>);

impl Element {
    /// Of a step that takes nothing.
    pub(super) fn nothing() -> Element {
        Element(Vec::new())
    }

    /// The value of the step's `take` of this number.
    pub(super) fn value(&self, at: usize) -> Option<&Taken> {
        self.0.get(at)?.value()
    }

    /// Whether `*` had several where one is meant.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.0.contains(&Kept::Several)
    }
}

/// Which of the pointers a captured value is for.
#[derive(Clone, Copy, Debug)]
enum For {
    /// A value of the answer: `says`, `until`, `error`, in this order.
    Answer(usize),
    /// A value of the element: `take`, then the conditions.
    Element(usize),
}

#[derive(Debug)]
struct Capture {
    depth: usize,
    goal: For,
    /// `None` once it is too long.
    bytes: Option<Vec<u8>>,
}

/// Reads one answer.
#[derive(Debug)]
pub struct Reader {
    scan: Scan,
    collector: Collector,
    length: usize,
    beginning: Vec<u8>,
    not_json: bool,
}

#[derive(Debug)]
struct Collector {
    /// Where the elements are; `None` where the answer itself is the only one.
    list: Option<Pointer>,
    conditions: Vec<(Pointer, String)>,
    take: Vec<Pointer>,
    answer: Vec<(Pointer, Kept)>,
    captures: Vec<Capture>,
    /// How deep values have begun and not ended.
    depth: usize,
    /// The depth of the element that is being read.
    inside: Option<usize>,
    element: Vec<Kept>,
    picked: Vec<Element>,
    count: usize,
}

/// What was kept.
#[derive(Debug)]
pub(super) struct Answered {
    /// Whether the body was one whole JSON value.
    pub(super) json: bool,
    /// The elements that were picked, as far as there is room.
    pub(super) picked: Vec<Element>,
    /// How many were picked.
    pub(super) count: usize,
    answer: Vec<(Pointer, Kept)>,
    /// How the body begins.
    pub(super) beginning: String,
    /// Longer than an answer may be.
    pub(super) too_long: bool,
}

impl Answered {
    /// The value that the answer has here.
    pub(super) fn at(&self, pointer: &Pointer) -> Option<&Taken> {
        self.answer.iter().find(|(it, _)| it == pointer)?.1.value()
    }

    /// Whether it is a page instead of an answer.
    pub(super) fn is_html(&self) -> bool {
        !self.json && crate::protocol::foreign::is_html(&self.beginning)
    }
}

impl Reader {
    /// A reader for a step's answer; `kind` is the record's type, `conditions` are those of its `pick`, with their values.
    pub(super) fn new(recipe: &Recipe, step: &Step, kind: &str, conditions: Vec<(Pointer, String)>) -> Self {
        let mut answer: Vec<Pointer> = step.says.iter().map(|(pointer, _)| pointer.clone()).collect();
        answer.extend(step.until.iter().map(|until| until.pointer.clone()));
        answer.extend(recipe.error.iter().cloned());
        Reader {
            scan: Scan::new(),
            collector: Collector {
                list: match &step.pick {
                    Pick::Answer => None,
                    Pick::List(pointer, _) => Some(pointer.of_type(kind)),
                },
                element: Vec::new(),
                conditions,
                take: step.take.iter().map(|(_, pointer)| pointer.of_type(kind)).collect(),
                answer: answer.into_iter().map(|pointer| (pointer, Kept::Missing)).collect(),
                captures: Vec::new(),
                depth: 0,
                inside: None,
                picked: Vec::new(),
                count: 0,
            },
            length: 0,
            beginning: Vec::new(),
            not_json: false,
        }
    }

    /// Takes the next bytes of the body in; false once no more are wanted.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        self.length = self.length.saturating_add(bytes.len());
        if self.length > MAX_ANSWER {
            return false;
        }
        let room = BEGINNING - self.beginning.len();
        self.beginning.extend_from_slice(&bytes[..room.min(bytes.len())]);
        if !self.not_json {
            self.not_json = self.scan.feed(bytes, &mut self.collector) == Err(NotJson);
        }
        true
    }

    pub(super) fn end(mut self) -> Answered {
        let json = !self.not_json && self.scan.end(&mut self.collector).is_ok();
        Answered {
            json,
            picked: self.collector.picked,
            count: self.collector.count,
            answer: self.collector.answer,
            beginning: String::from_utf8_lossy(&self.beginning).into_owned(),
            too_long: self.length > MAX_ANSWER,
        }
    }
}

impl Collector {
    /// Whether an element begins here.
    fn begins_element(&self, path: &[Place], first: u8) -> bool {
        let Some(list) = &self.list else { return path.is_empty() };
        match path {
            [before @ .., Place::Element(_)] if before.len() == list.depth() => list.leads_to(before),
            // One object where a list could be is its only element.
            _ => first == b'{' && list.leads_to(path),
        }
    }

    fn capture(&mut self, goal: For) {
        self.captures.push(Capture { depth: self.depth, goal, bytes: Some(Vec::new()) });
    }

    fn end_element(&mut self) {
        self.inside = None;
        let values = std::mem::take(&mut self.element);
        let (taken, met) = values.split_at(self.take.len());
        let fulfilled = self.conditions.iter().zip(met).all(|((_, wanted), kept)| {
            // What is not there is as good as empty.
            kept.value().map_or(wanted.is_empty(), |value| same(&value.text(), wanted))
        });
        if fulfilled {
            self.count += 1;
            if self.picked.len() < MOST_PICKED {
                self.picked.push(Element(taken.to_vec()));
            }
        }
    }
}

impl Listener for Collector {
    fn begins(&mut self, path: &[Place], first: u8) {
        self.depth += 1;
        if self.inside.is_none() && self.begins_element(path, first) {
            self.inside = Some(path.len());
            self.element = vec![Kept::Missing; self.take.len() + self.conditions.len()];
        }
        for at in 0..self.answer.len() {
            if self.answer[at].0.leads_to(path) {
                self.capture(For::Answer(at));
            }
        }
        let Some(inside) = self.inside.and_then(|depth| path.get(depth..)) else { return };
        let conditions = self.conditions.iter().map(|(pointer, _)| pointer);
        let wanted: Vec<usize> = self
            .take
            .iter()
            .chain(conditions)
            .enumerate()
            .filter(|(_, pointer)| pointer.leads_to(inside))
            .map(|(at, _)| at)
            .collect();
        for at in wanted {
            self.capture(For::Element(at));
        }
    }

    fn byte(&mut self, byte: u8) {
        for capture in &mut self.captures {
            if capture.bytes.as_ref().is_some_and(|bytes| bytes.len() >= LONGEST) {
                capture.bytes = None;
            }
            if let Some(bytes) = &mut capture.bytes {
                bytes.push(byte);
            }
        }
    }

    fn ends(&mut self, path: &[Place]) {
        while self.captures.last().is_some_and(|capture| capture.depth == self.depth) {
            let Some(capture) = self.captures.pop() else { break };
            let kept = match capture.goal {
                For::Answer(at) => self.answer.get_mut(at).map(|(_, kept)| kept),
                For::Element(at) => self.element.get_mut(at),
            };
            if let Some(kept) = kept {
                kept.add(capture.bytes);
            }
        }
        self.depth -= 1;
        if self.inside == Some(path.len()) {
            self.end_element();
        }
    }
}
