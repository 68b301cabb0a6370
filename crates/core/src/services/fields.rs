//! Typed access to a JSON object, and the sentence for what is wrong in it.

use serde_json::{Map, Value};
use std::cell::OnceCell;

/// What `read` makes of an object, or the first thing that is wrong with it.
pub(super) fn understood<'a, T>(
    map: &'a Map<String, Value>,
    read: impl FnOnce(&Fields<'a, '_>) -> T,
) -> Result<T, String> {
    let mistake = OnceCell::new();
    let value = read(&Fields { map: Some(map), mistake: &mistake });
    match mistake.into_inner() {
        None => Ok(value),
        Some(what) => Err(what),
    }
}

/// Typed access to an object. The first thing that is wrong is noted; what is wrong reads as if it were not there.
pub(super) struct Fields<'a, 'm> {
    /// `None` is as good as an object without entries.
    pub map: Option<&'a Map<String, Value>>,
    mistake: &'m OnceCell<String>,
}

impl<'a> Fields<'a, '_> {
    /// Notes a mistake; the first one counts.
    pub fn wrong(&self, what: String) {
        let _ = self.mistake.set(what);
    }

    /// The value, or a mistake to note.
    pub fn right<T>(&self, value: Result<T, String>) -> Option<T> {
        value.map_err(|what| self.wrong(what)).ok()
    }

    /// The value, where there is one.
    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.map?.get(key).filter(|value| !value.is_null())
    }

    pub fn text(&self, key: &str) -> Option<&'a str> {
        let text = self.get(key)?.as_str().filter(|text| text.chars().all(|it| !it.is_control()));
        if text.is_none() {
            self.wrong(format!("\"{key}\" is a text"));
        }
        text
    }

    /// A text that is kept.
    pub fn line(&self, key: &str, otherwise: &str) -> String {
        self.text(key).unwrap_or(otherwise).to_owned()
    }

    pub fn texts(&self, key: &str) -> Vec<String> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let texts: Vec<String> = items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if !value.is_array() || texts.len() < items.len() {
            self.wrong(format!("\"{key}\" is a list of texts"));
        }
        texts
    }

    pub fn flag(&self, key: &str, otherwise: bool) -> bool {
        let Some(value) = self.get(key) else { return otherwise };
        value.as_bool().unwrap_or_else(|| {
            self.wrong(format!("\"{key}\" is true or false"));
            otherwise
        })
    }

    pub fn number(&self, key: &str, least: usize, most: usize) -> Option<usize> {
        let number = self.get(key)?.as_u64().and_then(|it| usize::try_from(it).ok());
        let number = number.filter(|it| (least..=most).contains(it));
        if number.is_none() {
            self.wrong(format!("\"{key}\" is a number from {least} to {most}"));
        }
        number
    }

    /// A parameter's name; `null` leaves the parameter out.
    pub fn parameter(&self, key: &str, otherwise: Option<&str>) -> Option<String> {
        match self.map?.get(key) {
            None => otherwise.map(str::to_owned),
            Some(Value::Null) => None,
            Some(Value::String(name)) if !name.is_empty() => Some(name.clone()),
            Some(_) => {
                self.wrong(format!("\"{key}\" is the name of a parameter, or null"));
                None
            }
        }
    }

    /// `name=value&name=value`.
    pub fn pairs(&self, key: &str) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for pair in self.text(key).unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some((name, value)) if !name.is_empty() => pairs.push((name.to_owned(), value.to_owned())),
                _ => self.wrong(format!("\"{key}\" is of the form name=value")),
            }
        }
        pairs
    }

    pub fn object(&self, key: &str) -> Self {
        let value = self.get(key);
        let map = value.and_then(Value::as_object);
        if value.is_some() && map.is_none() {
            self.wrong(format!("\"{key}\" is an object"));
        }
        Fields { map, ..*self }
    }
}
