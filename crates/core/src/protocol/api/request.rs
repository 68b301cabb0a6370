//! A step to the bytes of a request.

use super::recipe::{Body, Method, Recipe, Step};
use super::sign::{self, Unsigned};
use super::values::{Values, Writing};
use crate::protocol::{Server, encode};

/// One request of a run, ready for the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where it goes.
    pub server: Server,
    /// Path and query. May hold a secret.
    pub path: String,
    /// Beside `Host` and `User-Agent`, which the sender adds. May hold secrets.
    pub headers: Vec<(String, String)>,
    /// The body; its type is among the headers. May hold a secret.
    pub body: Option<String>,
}

/// What a signature needs beside the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The time, in Unix seconds.
    pub unix: u64,
    /// A number that is used once.
    pub nonce: u64,
}

impl std::fmt::Debug for Request {
    /// Shows no secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("server", &self.server).finish_non_exhaustive()
    }
}

/// The request of a step.
pub(super) fn build(recipe: &Recipe, step: &Step, values: &Values<'_>, moment: Moment) -> Request {
    let prefix = values.task.path.trim_end_matches('/');
    let mut path = format!("{}{}", encode::path(prefix), values.text(&step.path, Writing::Url));
    // A name that is nothing at the end of a path takes its slash with it.
    if step.path.ends_with("/{name}") && path.ends_with('/') {
        path.pop();
    }
    let (content_type, body) = match &step.body {
        Body::None => (None, None),
        Body::Json(template) => (Some("application/json"), Some(values.json(template).unwrap_or_default().to_string())),
        Body::Form(pairs) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(name, value)| format!("{name}={}", values.text(value, Writing::Form))).collect();
            (Some("application/x-www-form-urlencoded"), Some(pairs.join("&")))
        }
    };
    let mut headers = vec![("Accept".to_owned(), "application/json".to_owned())];
    headers.extend(content_type.map(|it| ("Content-Type".to_owned(), it.to_owned())));
    for (name, template) in recipe.headers.iter().chain(&step.headers) {
        // What an answer held may not begin another header.
        let value: String = values.text(template, Writing::Plain).chars().filter(|it| !it.is_control()).collect();
        headers.push((name.clone(), value));
    }
    let mut request = Request { method: step.method, server: values.task.server.clone(), path, headers, body };
    match &recipe.sign {
        None => {}
        Some(_) if values.shown => request.headers.push(("Authorization".into(), "***".into())),
        Some(scheme) => sign_request(scheme, &mut request, values, moment),
    }
    request
}

fn sign_request(scheme: &sign::Scheme, request: &mut Request, values: &Values<'_>, moment: Moment) {
    let host = request.server.authority();
    let signed = sign::sign(
        scheme,
        &Unsigned {
            method: request.method.as_str(),
            host: &host,
            path: &request.path,
            headers: &request.headers,
            body: request.body.as_deref().unwrap_or_default(),
            key: &values.task.username,
            secret: values.task.password.as_str(),
            moment,
        },
    );
    request.path = signed.path;
    request.headers.extend(signed.headers);
}
