//! The part of an entry that describes a provider's API: `steps` and what goes with them, to a [`Recipe`].

use super::fields::Fields;
use crate::protocol::api::{self, Algorithm, Body, Method, Pick, Pointer, Recipe, Scheme, Step, Until};
use crate::protocol::{Code, Word};
use serde_json::{Map, Value};
use uci::nearest;

/// What a step may say.
const KEYS: &[&str] =
    &["get", "put", "patch", "post", "json", "form", "headers", "pick", "take", "says", "ok", "until"];
/// What stands beside `steps`, and means nothing without it.
const BESIDE: [&str; 6] = ["headers", "create", "apex", "types", "error", "sign"];
/// What a step may take under a name that is there already: the answer knows better.
const RETAKEN: [&str; 3] = ["zone", "ttl", "name"];

/// The recipe of an entry that has `steps`.
pub(super) fn recipe(fields: &Fields<'_, '_>, words: &[Word], statuses: &[(u16, Code)]) -> Option<Recipe> {
    if fields.get("steps").is_none() {
        if let Some(key) = BESIDE.iter().find(|key| fields.get(key).is_some()) {
            fields.wrong(format!("\"{key}\" goes with \"steps\", which is missing"));
        }
        return None;
    }
    let recipe = Recipe {
        headers: headers(fields),
        steps: steps(fields, "steps"),
        create: steps(fields, "create"),
        apex: fields.text("apex").unwrap_or("@").to_owned(),
        types: types(&fields.object("types")),
        error: fields.texts("error").iter().filter_map(|it| fields.right(Pointer::parse(it))).collect(),
        words: words.to_vec(),
        statuses: statuses.to_vec(),
        sign: sign(fields),
    };
    if recipe.steps.is_empty() {
        fields.wrong("\"steps\" is a list of requests: [ {\"get\": \"/…\"}, {\"patch\": \"/…\"} ]".into());
    }
    check_names(fields, &recipe);
    check_proof(fields, "steps", &recipe.steps);
    check_proof(fields, "create", &recipe.create);
    Some(recipe)
}

/// What an API calls the two types of record.
fn types(object: &Fields<'_, '_>) -> [String; 2] {
    if let Some(key) = object.map.into_iter().flat_map(Map::keys).find(|key| !matches!(key.as_str(), "A" | "AAAA")) {
        object.wrong(format!("\"types\": '{key}' is neither A nor AAAA"));
    }
    [object.line("A", "A"), object.line("AAAA", "AAAA")]
}

fn headers(fields: &Fields<'_, '_>) -> Vec<(String, String)> {
    let object = fields.object("headers");
    let mut headers = Vec::new();
    for name in object.map.into_iter().flat_map(Map::keys) {
        let plain = !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_');
        match object.text(name) {
            Some(value) if plain => headers.push((name.clone(), value.to_owned())),
            _ => fields.wrong(format!("\"headers\": '{name}' is no header with a text")),
        }
    }
    headers
}

fn steps(fields: &Fields<'_, '_>, list: &str) -> Vec<Step> {
    let Some(value) = fields.get(list) else { return Vec::new() };
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        fields.wrong(format!("\"{list}\" is a list of requests: [ {{\"get\": \"/…\"}}, {{\"patch\": \"/…\"}} ]"));
    }
    let mut steps = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let place = format!("\"{list}\", number {}", at + 1);
        match item.as_object() {
            None => fields.wrong(format!("{place}: a step is an object: {{\"get\": \"/…\"}}")),
            Some(map) => match super::fields::understood(map, step) {
                Ok(step) => steps.extend(step),
                Err(what) => fields.wrong(format!("{place}: {what}")),
            },
        }
    }
    steps
}

fn step(fields: &Fields<'_, '_>) -> Option<Step> {
    let keys = || fields.map.into_iter().flat_map(Map::keys);
    if let Some(key) = keys().find(|key| !KEYS.contains(&key.as_str())) {
        fields.wrong(match nearest(key, KEYS) {
            Some(meant) => format!("\"{key}\" is nothing that a step has: did you mean \"{meant}\"?"),
            None => format!("\"{key}\" is nothing that a step has"),
        });
    }
    let methods: Vec<Method> = Method::ALL.into_iter().filter(|it| fields.get(it.key()).is_some()).collect();
    let &[method] = methods.as_slice() else {
        fields.wrong("a step has exactly one of \"get\", \"put\", \"patch\", \"post\"".into());
        return None;
    };
    let path = fields.text(method.key()).unwrap_or("/").to_owned();
    if !path.starts_with('/') || !path.bytes().all(|it| it.is_ascii_graphic() && it != b'#') {
        fields.wrong(format!("\"{}\" is a path, from / on, with other characters as %XX", method.key()));
    }
    let body = match (fields.get("json"), fields.get("form")) {
        (None, None) => Body::None,
        (Some(json), None) => Body::Json(json.clone()),
        (None, Some(_)) => Body::Form(fields.pairs("form")),
        (Some(_), Some(_)) => {
            fields.wrong("a step has \"json\" or \"form\", not both".into());
            Body::None
        }
    };
    Some(Step {
        method,
        path,
        body,
        headers: headers(fields),
        pick: pick(fields),
        take: take(fields),
        says: templates(&fields.object("says")),
        ok: statuses(fields),
        until: until(fields),
    })
}

fn pick(fields: &Fields<'_, '_>) -> Pick {
    let object = fields.object("pick");
    let Some(map) = object.map else { return Pick::Answer };
    let mut lists = map.keys();
    let (Some(list), None) = (lists.next(), lists.next()) else {
        fields.wrong("\"pick\" says one list, and which element of it: {\"/result\": {\"/name\": \"{host}\"}}".into());
        return Pick::Answer;
    };
    match fields.right(Pointer::parse(list)) {
        Some(pointer) => Pick::List(pointer, templates(&object.object(list))),
        None => Pick::Answer,
    }
}

/// Pointers and what should stand there.
fn templates(object: &Fields<'_, '_>) -> Vec<(Pointer, String)> {
    let mut pairs = Vec::new();
    for key in object.map.into_iter().flat_map(Map::keys) {
        if let (Some(pointer), Some(value)) = (object.right(Pointer::parse(key)), object.text(key)) {
            pairs.push((pointer, value.to_owned()));
        }
    }
    pairs
}

fn take(fields: &Fields<'_, '_>) -> Vec<(String, Pointer)> {
    let object = fields.object("take");
    let mut names = Vec::new();
    for name in object.map.into_iter().flat_map(Map::keys) {
        if !api::is_name(name) || api::given_names().contains(&name.as_str()) && !RETAKEN.contains(&name.as_str()) {
            fields.wrong(format!("\"take\": '{name}' cannot be the name of a value: write another, of a-z, 0-9, _"));
        }
        let pointer = object.text(name).and_then(|text| fields.right(Pointer::parse(text)));
        names.extend(pointer.map(|pointer| (name.clone(), pointer)));
    }
    names
}

fn statuses(fields: &Fields<'_, '_>) -> Vec<u16> {
    let Some(value) = fields.get("ok") else { return Vec::new() };
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let number = |it: &Value| it.as_u64().and_then(|it| u16::try_from(it).ok()).filter(|it| (200..600).contains(it));
    let statuses: Vec<u16> = items.iter().filter_map(number).collect();
    if statuses.is_empty() || statuses.len() < items.len() {
        fields.wrong("\"ok\" is a list of HTTP statuses: [200, 404]".into());
    }
    statuses
}

fn until(fields: &Fields<'_, '_>) -> Option<Until> {
    let object = fields.object("until");
    let map = object.map?;
    let mut pointers = map.keys().filter(|key| *key != "not");
    let found = match (pointers.next(), pointers.next(), object.text("not")) {
        (Some(key), None, Some(not)) => fields
            .right(Pointer::parse(key))
            .zip(object.text(key))
            .map(|(pointer, is)| Until { pointer, is: is.to_owned(), not: not.to_owned() }),
        _ => None,
    };
    if found.is_none() {
        let form = "\"until\" is of the form {\"/action/status\": \"success\", \"not\": \"running\"}";
        fields.wrong(form.into());
    }
    found
}

fn sign(fields: &Fields<'_, '_>) -> Option<Scheme> {
    let object = fields.object("sign");
    object.map?;
    let word = object.text("algorithm").unwrap_or_default();
    let algorithm = Algorithm::from_word(word);
    if algorithm.is_none() {
        let words = Algorithm::WORDS.join(", ");
        fields.wrong(format!("\"sign\": '{word}' is no \"algorithm\": write one of {words}"));
    }
    Some(Scheme { algorithm: algorithm?, service: object.line("service", ""), region: object.line("region", "") })
}

/// Every name in a template is there by then.
fn check_names(fields: &Fields<'_, '_>, recipe: &Recipe) {
    let mut known: Vec<&str> = api::given_names().to_vec();
    for (_, template) in &recipe.headers {
        check(fields, &known, "\"headers\"", template);
    }
    let reads = recipe.steps.iter().position(|step| step.take.iter().any(|(name, _)| name == "old"));
    let mut before_record = known.clone();
    for (at, step) in recipe.steps.iter().enumerate() {
        let place = format!("\"steps\", number {}", at + 1);
        step.templates(&mut |template| check(fields, &known, &place, template));
        known.extend(step.take.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "old"));
        if reads.is_some_and(|reads| at < reads) {
            before_record.clone_from(&known);
        }
    }
    // What makes a record knows nothing of one.
    for (at, step) in recipe.create.iter().enumerate() {
        let place = format!("\"create\", number {}", at + 1);
        step.templates(&mut |template| check(fields, &before_record, &place, template));
        before_record.extend(step.take.iter().map(|(name, _)| name.as_str()));
    }
}

fn check(fields: &Fields<'_, '_>, known: &[&str], place: &str, template: &str) {
    let Some(name) = api::names(template).find(|name| !known.contains(name)) else { return };
    let advice = match nearest(name, known) {
        Some(meant) => format!("did you mean {{{meant}}}?"),
        None => format!("there is {}", known.iter().map(|it| format!("{{{it}}}")).collect::<Vec<_>>().join(", ")),
    };
    fields.wrong(format!("{place}: {{{name}}} stands for nothing here: {advice}"));
}

/// The last step proves that the change was made.
fn check_proof(fields: &Fields<'_, '_>, list: &str, steps: &[Step]) {
    let Some(last) = steps.last() else { return };
    let says = last.says.iter().any(|(_, template)| !template.trim().is_empty());
    let status = !last.ok.is_empty() && last.ok.iter().all(|it| matches!(it, 201 | 202 | 204));
    if !says && !status {
        fields.wrong(format!(
            "\"{list}\": the last step does not prove that the change was made: write \"says\": {{\"/…\": \"{{ip}}\"}} \
             with what its answer holds then, or \"ok\": [204]"
        ));
    }
}
