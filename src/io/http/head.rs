//! The head of an answer (RFC 9112, sections 4 and 5), and what it says of the body (section 6.3).

use super::answer::Error;
use httparse::{Header, Status};

/// How many headers an answer may have.
const MAX_HEADERS: usize = 64;

/// How the end of a body is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is no body.
    Nothing,
    /// The chunk without a byte is the last.
    Chunked,
    /// So many bytes.
    Length(usize),
    /// The connection's end is the body's.
    Connection,
}

/// What the head says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// How many bytes it took, the blank line included.
    pub size: usize,
    pub status: u16,
    pub retry_after: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    pub framing: Framing,
}

/// The head at the beginning of `bytes`, once it is whole.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<Head>, Error> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let size = match response.parse(bytes) {
        Ok(Status::Complete(size)) => size,
        Ok(Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Error::LongHead),
        Err(error) => return Err(Error::Invalid(error.to_string())),
    };
    let status = response.code.unwrap_or_default();
    let text = |name| values(response.headers, name).next().map(|value| String::from_utf8_lossy(value).into_owned());
    let (retry_after, location) = (text("Retry-After"), text("Location"));
    let framing = framing(status, response.headers).map_err(|why| Error::Invalid(why.to_owned()))?;
    Ok(Some(Head { size, status, retry_after, location, framing }))
}

fn values<'a>(headers: &'a [Header<'a>], name: &'static str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
    headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

fn framing(status: u16, headers: &[Header<'_>]) -> Result<Framing, &'static str> {
    if matches!(status, 204 | 304) {
        return Ok(Framing::Nothing);
    }
    if let Some(codings) = values(headers, "Transfer-Encoding").next_back() {
        // The coding that was applied last stands last. Any other than chunked has no end of its own.
        let last = codings.rsplit(|byte| *byte == b',').next().unwrap_or_default();
        let chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
        return Ok(if chunked { Framing::Chunked } else { Framing::Connection });
    }
    let mut length = None;
    for value in values(headers, "Content-Length").flat_map(|value| value.split(|byte| *byte == b',')) {
        let value = value.trim_ascii();
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return Err("its Content-Length is no number");
        }
        // What is too large for a number is too large for a body.
        let value = str::from_utf8(value).ok().and_then(|digits| digits.parse().ok()).unwrap_or(usize::MAX);
        if length.is_some_and(|length| length != value) {
            return Err("it has two lengths");
        }
        length = Some(value);
    }
    Ok(length.map_or(Framing::Connection, Framing::Length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The framing that these headers say, as `LENGTH` or a word.
    fn said(status: u16, headers: &str) -> Result<Framing, Error> {
        let head = format!("HTTP/1.1 {status} Fine\r\n{headers}\r\n");
        parse(head.as_bytes()).map(|head| head.unwrap().framing)
    }

    #[test]
    fn where_the_body_ends() {
        for (headers, framing) in [
            ("", Framing::Connection),
            ("content-length: 4\r\n", Framing::Length(4)),
            ("Content-Length: 4, 4\r\nContent-Length:4\r\n", Framing::Length(4)),
            ("Content-Length: 99999999999999999999999\r\n", Framing::Length(usize::MAX)),
            ("Transfer-Encoding: chunked\r\n", Framing::Chunked),
            // Both: whoever sent it means chunks, whoever passed it on must not decide (section 6.3, rule 3).
            ("Content-Length: 4\r\nTransfer-Encoding: Chunked\r\n", Framing::Chunked),
            ("Transfer-Encoding: gzip, chunked \r\n", Framing::Chunked),
            ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", Framing::Chunked),
            ("Transfer-Encoding: chunked, gzip\r\n", Framing::Connection),
        ] {
            assert_eq!(said(200, headers).unwrap(), framing, "{headers:?}");
            assert_eq!(said(204, headers).unwrap(), Framing::Nothing);
            assert_eq!(said(304, headers).unwrap(), Framing::Nothing);
        }
        for headers in ["Content-Length: 4\r\nContent-Length: 5\r\n", "Content-Length: 4,5\r\n"] {
            assert_eq!(said(200, headers).unwrap_err().to_string(), "it has two lengths");
        }
        for length in ["", "-1", "+4", "0x4", "4 4", "4,", "\u{664}"] {
            let error = said(200, &format!("Content-Length: {length}\r\n")).unwrap_err();
            assert_eq!(error.to_string(), "its Content-Length is no number", "{length:?}");
        }
    }

    #[test]
    fn a_head_is_whole_with_its_blank_line() {
        let whole = b"HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nA: b\r\n\r\n";
        for cut in 0..whole.len() {
            assert_eq!(parse(&whole[..cut]).unwrap(), None);
        }
        let head = Head {
            size: whole.len(),
            status: 503,
            retry_after: Some("60".into()),
            location: None,
            framing: Framing::Connection,
        };
        assert_eq!(parse(&[&whole[..], b"911"].concat()).unwrap(), Some(head));
    }

    #[test]
    fn more_headers_than_any_service_sends() {
        let head = |count| format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(count));
        assert!(parse(head(MAX_HEADERS).as_bytes()).unwrap().is_some());
        assert!(matches!(parse(head(MAX_HEADERS + 1).as_bytes()), Err(Error::LongHead)));
    }
}
