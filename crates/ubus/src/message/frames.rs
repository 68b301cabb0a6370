//! Where one message ends and the next begins.

use super::super::blob::{self, BlobError, HEADER, MAX_BLOB};
use super::{HEADER_SIZE, MessageError, be32};

/// How long the message at the start of `bytes` is, header included; none as long as too little of it is there.
pub fn size(bytes: &[u8]) -> Result<Option<usize>, MessageError> {
    let Some(head) = bytes.get(HEADER_SIZE..HEADER_SIZE + HEADER) else {
        return Ok(None);
    };
    if bytes[0] != 0 {
        return Err(MessageError::Version(bytes[0]));
    }
    let length = blob::raw_length(be32(head));
    if length < HEADER {
        return Err(MessageError::Blob(BlobError::Length));
    }
    if length > MAX_BLOB {
        return Err(MessageError::Blob(BlobError::TooLarge));
    }
    Ok(Some(HEADER_SIZE + length))
}

/// Cuts a stream of bytes, in whatever pieces it comes, into messages.
///
/// Holds at most one message and what came behind it; a length is believed only as its bytes arrive.
#[derive(Debug, Default)]
pub struct Frames {
    buffer: Vec<u8>,
    read: usize,
}

impl Frames {
    /// More bytes from the other side.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.read > 0 {
            self.buffer.drain(..self.read);
            self.read = 0;
            // One long message must not hold its memory for ever.
            if self.buffer.is_empty() && self.buffer.capacity() > 16 * 1024 {
                self.buffer = Vec::new();
            }
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The bytes of the next message, if all of them are there.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, MessageError> {
        let rest = &self.buffer[self.read..];
        let Some(size) = size(rest)? else {
            return Ok(None);
        };
        if rest.len() < size {
            return Ok(None);
        }
        let start = self.read;
        self.read += size;
        Ok(Some(&self.buffer[start..start + size]))
    }
}
