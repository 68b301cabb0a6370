//! Answers that a test prescribes, good, bad and broken.

use std::collections::VecDeque;
use std::time::Duration;

/// What to do with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Script {
    /// A whole answer.
    Answer {
        /// The HTTP status.
        status: u16,
        /// Headers beside `Content-Length` and `Connection`.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// What the service would answer of itself, but so much later.
    Late(Duration),
    /// A whole answer, one byte after each pause.
    Drip(Duration),
    /// `good` with a `Content-Length` that it does not keep.
    Truncate,
    /// `good` in chunks, without the last one.
    TruncateChunked,
    /// Nothing at all, until the other side closes.
    Hang,
    /// The connection closed without a word.
    Close,
    /// A redirect to that location.
    Redirect(String),
    /// So many bytes of body.
    Huge(usize),
    /// A body that does not end.
    Endless,
    /// A header that does not end.
    EndlessHead,
    /// Bytes that are not HTTP.
    Garbage,
    /// These bytes, then the end.
    Raw(Vec<u8>),
    /// These bytes, and the connection stays open for another request.
    Keep(Vec<u8>),
    /// These bytes, then the end without TLS's goodbye.
    Abrupt(Vec<u8>),
}

impl Script {
    /// A whole answer of plain text.
    pub fn answer(status: u16, body: &str) -> Script {
        let headers = vec![("Content-Type".to_owned(), "text/plain".to_owned())];
        Script::Answer { status, headers, body: body.as_bytes().to_vec() }
    }
}

/// What has been prescribed.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    pub updates: VecDeque<Script>,
    pub detections: VecDeque<Script>,
    /// What address detection says.
    pub detected: Option<String>,
}
