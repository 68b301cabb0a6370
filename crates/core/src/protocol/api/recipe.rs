//! What an entry's `steps` say: data alone, read once and shared by all accounts of the service.

use super::pointer::Pointer;
use super::sign::Scheme;
use super::template;
use crate::protocol::{Code, Word};
use serde_json::Value;

/// How a service's API changes a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Of every request: name and template.
    pub headers: Vec<(String, String)>,
    /// The requests for one host and one family, in order.
    pub steps: Vec<Step>,
    /// Instead of the writing step and what follows it, where there is no record.
    pub create: Vec<Step>,
    /// What `{name}` is for the zone itself.
    pub apex: String,
    /// What `{type}` is, for IPv4 and IPv6.
    pub types: [String; 2],
    /// Where an error's code and words stand; empty = the whole body.
    pub error: Vec<Pointer>,
    /// Words in it, and what they mean.
    pub words: Vec<Word>,
    /// What an HTTP status means.
    pub statuses: Vec<(u16, Code)>,
    /// The signature of every request.
    pub sign: Option<Scheme>,
}

/// The HTTP methods that a step may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// `get`
    #[default]
    Get,
    /// `put`
    Put,
    /// `patch`
    Patch,
    /// `post`
    Post,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 4] = [Method::Get, Method::Put, Method::Patch, Method::Post];

    /// As HTTP has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Post => "POST",
        }
    }

    /// As an entry has it.
    pub fn key(self) -> &'static str {
        match self {
            Method::Get => "get",
            Method::Put => "put",
            Method::Patch => "patch",
            Method::Post => "post",
        }
    }
}

/// A request's body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// None.
    #[default]
    None,
    /// JSON whose strings are templates.
    Json(Value),
    /// `a=b&c=d`: names and templates.
    Form(Vec<(String, String)>),
}

/// Which part of an answer is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// The answer itself.
    #[default]
    Answer,
    /// An element of the list here, for which these pointers hold these values (templates).
    List(Pointer, Vec<(Pointer, String)>),
}

/// A request that is repeated until its answer says that something has come to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Until {
    /// Where it says so.
    pub pointer: Pointer,
    /// What it says at the end.
    pub is: String,
    /// What it says as long as it goes on.
    pub not: String,
}

/// One request and what its answer is good for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The method.
    pub method: Method,
    /// Path and query, a template.
    pub path: String,
    /// The body.
    pub body: Body,
    /// Headers of this step alone, templates.
    pub headers: Vec<(String, String)>,
    /// Which part of the answer is meant.
    pub pick: Pick,
    /// Names for values of it.
    pub take: Vec<(String, Pointer)>,
    /// What must stand in the answer: pointers and templates.
    pub says: Vec<(Pointer, String)>,
    /// Statuses that are an answer; empty = 200 to 299.
    pub ok: Vec<u16>,
    /// Whether to ask again.
    pub until: Option<Until>,
}

impl Step {
    /// Calls back with every template.
    pub fn templates<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
        each(&self.path);
        self.headers.iter().for_each(|(_, template)| each(template));
        match &self.body {
            Body::None => {}
            Body::Json(value) => strings(value, each),
            Body::Form(pairs) => pairs.iter().for_each(|(_, template)| each(template)),
        }
        if let Pick::List(_, conditions) = &self.pick {
            conditions.iter().for_each(|(_, template)| each(template));
        }
        self.says.iter().for_each(|(_, template)| each(template));
    }

    /// Whether its request has this name in it.
    pub(super) fn names(&self, name: &str) -> bool {
        let mut found = false;
        self.templates(&mut |template| found |= template::names(template).any(|it| it == name));
        found
    }

    /// Whether its request depends on where the zone begins.
    pub(super) fn places(&self) -> bool {
        self.names("zone") || self.names("name")
    }

    /// Whether it takes a value of this name.
    pub(super) fn takes(&self, name: &str) -> bool {
        self.take.iter().any(|(it, _)| it == name)
    }
}

fn strings<'a>(value: &'a Value, each: &mut dyn FnMut(&'a str)) {
    match value {
        Value::String(template) => each(template),
        Value::Array(items) => items.iter().for_each(|it| strings(it, each)),
        Value::Object(map) => map.values().for_each(|it| strings(it, each)),
        _ => {}
    }
}

impl Recipe {
    /// The step that reads which address the record has.
    pub(super) fn reads(&self) -> Option<usize> {
        self.steps.iter().position(|step| step.takes("old"))
    }

    /// The step that writes: the last one, but for what is only asked for after it to prove the write.
    pub(super) fn writes(&self) -> usize {
        let after = self.reads().map_or(0, |reads| reads + 1);
        let last = self.steps.len().saturating_sub(1);
        let writing = self.steps.iter().rposition(|step| step.method != Method::Get);
        writing.filter(|at| *at >= after).unwrap_or(last)
    }

    /// The step that shows whether a suffix of the host is a zone; `None` where there is nothing to try.
    pub(super) fn walks(&self) -> Option<usize> {
        if self.steps.iter().any(|step| step.takes("zone")) {
            return None;
        }
        // `{name}` is the host without its zone.
        self.steps.iter().position(Step::places)
    }

    /// Whether the writing step repeats something of the record beside the ids in its path: that is read each time, for
    /// its owner may have changed it.
    pub(super) fn echoes(&self) -> bool {
        let reading = &self.steps[..self.writes()];
        let taken = |name: &str| name != "zone" && reading.iter().any(|step| step.takes(name));
        let Some(step) = self.steps.get(self.writes()) else { return false };
        let mut echoes = false;
        let mut look = |template: &str| echoes |= template::names(template).any(taken);
        match &step.body {
            // A GET writes with its query.
            Body::None => look(step.path.split_once('?').map_or("", |(_, query)| query)),
            Body::Json(value) => strings(value, &mut |it| look(it)),
            Body::Form(pairs) => pairs.iter().for_each(|(_, it)| look(it)),
        }
        echoes
    }

    /// Whether any request has this name in it.
    pub fn names(&self, name: &str) -> bool {
        let of_all = self.headers.iter().any(|(_, template)| template::names(template).any(|it| it == name));
        of_all || self.steps.iter().chain(&self.create).any(|step| step.names(name))
    }

    /// Whether an account needs a username.
    pub fn wants_username(&self) -> bool {
        self.sign.is_some()
            || ["username", "username_head", "username_tail", "basic"].iter().any(|name| self.names(name))
    }
}
