//! The answer as it comes in (RFC 9112, sections 6 to 8): head, then a body that ends in one of four ways.
//!
//! ```text
//! head ──1xx──▶ head          no body (204, 304)
//!   └──final──▶ framing ────▶ chunks, until the empty one
//!                             Content-Length: so many bytes
//!                             neither: until the connection ends
//! ```

use super::head::{Framing, Head, parse};
use super::{MAX_BODY, MAX_HEAD, Response};
use httparse::Status;
use std::io::{self, Read};
use std::{fmt, mem};

/// How much is read at once.
const PIECE: usize = 2048;

/// Why there is no answer.
#[derive(Debug)]
pub enum Error {
    /// The connection broke, or the time was up.
    Connection(io::Error),
    /// The connection ended before the answer did.
    CutOff,
    /// The head is too long.
    LongHead,
    /// The body is too long.
    LongBody,
    /// It is no HTTP, and why; nothing of it is quoted.
    Invalid(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Connection(error) => error.fmt(f),
            Error::CutOff => f.write_str("it was cut off"),
            Error::LongHead => f.write_str("its headers are too long"),
            Error::LongBody => f.write_str("it is too long"),
            Error::Invalid(why) => f.write_str(why),
        }
    }
}

/// Reads one answer to a GET, and means nothing of what follows it. Of a body that is too long it takes the beginning, a
/// byte more than the limit, where that is all that is wanted.
///
/// # Errors
/// See [`Error`]. No more than the head's limit and the body's are ever held.
pub fn receive(channel: &mut dyn Read, beginning: bool) -> Result<Response, Error> {
    let mut incoming = Incoming { channel, bytes: Vec::new(), abrupt: false, beginning };
    let head = loop {
        let head = incoming.head()?;
        incoming.bytes.drain(..head.size);
        // What is not final announces another (RFC 9110, section 15.2).
        if head.status >= 200 {
            break head;
        }
    };
    let body = match head.framing {
        Framing::Nothing => Vec::new(),
        Framing::Chunked => incoming.chunks()?,
        Framing::Length(length) => incoming.counted(length)?,
        Framing::Connection => incoming.rest()?,
    };
    let Head { status, retry_after, location, .. } = head;
    Ok(Response { status, retry_after, location, body, complete: !incoming.abrupt })
}

/// What has come and was not used yet.
struct Incoming<'a> {
    channel: &'a mut dyn Read,
    bytes: Vec<u8>,
    /// Whether the connection ended without TLS's goodbye.
    abrupt: bool,
    /// Whether the beginning of a long body is enough.
    beginning: bool,
}

impl Incoming<'_> {
    /// Reads once more; false at the connection's end.
    fn more(&mut self) -> Result<bool, Error> {
        let mut piece = [0; PIECE];
        match self.channel.read(&mut piece) {
            Ok(count) => {
                self.bytes.extend_from_slice(&piece[..count]);
                Ok(count > 0)
            }
            // Whether that may be an end is for those to judge who know what should stand there.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.abrupt = true;
                Ok(false)
            }
            Err(error) => Err(Error::Connection(error)),
        }
    }

    /// Reads once more where something has to follow.
    fn must_follow(&mut self) -> Result<(), Error> {
        if self.more()? { Ok(()) } else { Err(Error::CutOff) }
    }

    fn head(&mut self) -> Result<Head, Error> {
        loop {
            match parse(&self.bytes)? {
                Some(head) if head.size <= MAX_HEAD => return Ok(head),
                None if self.bytes.len() < MAX_HEAD => self.must_follow()?,
                _ => return Err(Error::LongHead),
            }
        }
    }

    fn counted(&mut self, length: usize) -> Result<Vec<u8>, Error> {
        if length > MAX_BODY && !self.beginning {
            return Err(Error::LongBody);
        }
        let length = length.min(MAX_BODY + 1);
        while self.bytes.len() < length {
            self.must_follow()?;
        }
        self.bytes.truncate(length);
        Ok(mem::take(&mut self.bytes))
    }

    fn rest(&mut self) -> Result<Vec<u8>, Error> {
        while self.bytes.len() <= MAX_BODY {
            if !self.more()? {
                return Ok(mem::take(&mut self.bytes));
            }
        }
        if !self.beginning {
            return Err(Error::LongBody);
        }
        self.bytes.truncate(MAX_BODY + 1);
        Ok(mem::take(&mut self.bytes))
    }

    /// Chunks until the empty one; the trailers that may follow it say nothing of an update.
    fn chunks(&mut self) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        loop {
            let length = self.chunk_length()?;
            if length == 0 {
                return Ok(body);
            }
            let room = MAX_BODY - body.len();
            if length > room {
                if !self.beginning {
                    return Err(Error::LongBody);
                }
                while self.bytes.len() <= room {
                    self.must_follow()?;
                }
                body.extend(self.bytes.drain(..=room));
                return Ok(body);
            }
            while self.bytes.len() < length + 2 {
                self.must_follow()?;
            }
            body.extend(self.bytes.drain(..length));
            if !self.bytes.starts_with(b"\r\n") {
                return Err(Error::Invalid("a chunk is longer than it says".to_owned()));
            }
            self.bytes.drain(..2);
        }
    }

    /// The line before a chunk: its length, and extensions that mean nothing here.
    fn chunk_length(&mut self) -> Result<usize, Error> {
        loop {
            match httparse::parse_chunk_size(&self.bytes) {
                Ok(Status::Complete((line, length))) => {
                    self.bytes.drain(..line);
                    return Ok(usize::try_from(length).unwrap_or(usize::MAX));
                }
                Ok(Status::Partial) if self.bytes.len() < MAX_HEAD => self.must_follow()?,
                _ => return Err(Error::Invalid("a chunk has no length".to_owned())),
            }
        }
    }
}
