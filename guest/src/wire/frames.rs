//! Frames of AWS's event stream (`application/vnd.amazon.eventstream`) out of a byte stream.
//!
//! The frames themselves are read by `aws-smithy-eventstream`. It waits for a whole declared frame
//! before it checks anything, so a flipped bit in a length, or an HTML page in place of a stream,
//! would make it wait for bytes that never come. Therefore the prelude is checked here, as soon as
//! its twelve bytes are there.

use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::{Header, Message};
use bytes::{Buf, BytesMut};
use std::collections::BTreeSet;
use std::fmt;

/// Bytes of the prelude: total length, headers length, CRC of both.
const PRELUDE: usize = 12;

/// Bytes of a frame with neither headers nor payload: prelude and message CRC.
const MIN_FRAME: usize = PRELUDE + 4;

/// The largest frame the encoding allows: 24 MiB of payload, 128 KiB of headers and 16 bytes around
/// them (Amazon Transcribe developer guide, "Event stream encoding"). The headers may take more than
/// their share of it, since clients are told not to check that.
const MAX_FRAME: usize = 25_165_824 + 131_072 + MIN_FRAME;

/// Cuts a byte stream into frames.
#[derive(Debug, Default)]
pub struct Frames {
    buffer: BytesMut,
    /// Length of the frame at the front of the buffer, once its prelude has been checked.
    expected: Option<usize>,
}

impl Frames {
    /// Adds bytes as they came.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame, or `None` until more bytes are there.
    ///
    /// # Errors
    ///
    /// [`Malformed`] at the earliest byte that proves the stream broken. The stream cannot be read
    /// on from there.
    pub fn next_frame(&mut self) -> Result<Option<Message>, Malformed> {
        let expected = match self.expected {
            Some(expected) => expected,
            None => match self.buffer.first_chunk::<PRELUDE>() {
                Some(prelude) => *self.expected.insert(frame_length(prelude)?),
                None => return Ok(None),
            },
        };
        if self.buffer.len() < expected {
            self.buffer.reserve(expected - self.buffer.len());
            return Ok(None);
        }
        self.expected = None;
        let frame = self.buffer.split_to(expected).freeze();
        let message = read_message_from(frame).map_err(|error| Malformed(error.to_string()))?;
        check_header_names(&message)?;
        Ok(Some(message))
    }

    /// Bytes that belong to a frame not yet complete.
    pub fn remaining(&self) -> usize {
        self.buffer.remaining()
    }
}

/// A byte stream that is no event stream, or a damaged one.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed(String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn frame_length(prelude: &[u8; PRELUDE]) -> Result<usize, Malformed> {
    let [total, headers, crc] = [0, 4, 8].map(|at| {
        u32::from_be_bytes([prelude[at], prelude[at + 1], prelude[at + 2], prelude[at + 3]])
    });
    let computed = crc32fast::hash(&prelude[..8]);
    if crc != computed {
        let hint = if prelude.is_ascii() {
            format!(
                "; the bytes read \"{}\", so this is text, perhaps a proxy's page",
                prelude.escape_ascii()
            )
        } else {
            String::new()
        };
        return Err(Malformed(format!(
            "prelude checksum is {crc:#010x}, but the bytes give {computed:#010x}{hint}"
        )));
    }
    let (total, headers) = (total as usize, headers as usize);
    if !(MIN_FRAME..=MAX_FRAME).contains(&total) {
        return Err(Malformed(format!(
            "frame length {total} is not between {MIN_FRAME} and {MAX_FRAME}"
        )));
    }
    if headers > total - MIN_FRAME {
        return Err(Malformed(format!(
            "headers of {headers} bytes do not fit into a frame of {total} bytes"
        )));
    }
    Ok(total)
}

/// The encoding wants names of at least one byte, each once. The decoder checks neither.
fn check_header_names(message: &Message) -> Result<(), Malformed> {
    let headers = message.headers();
    let name = |header: &'_ Header| header.name().as_str().to_owned();
    if headers.iter().any(|header| header.name().as_str().is_empty()) {
        return Err(Malformed("a header has no name".to_owned()));
    }
    let twice = if headers.len() <= FEW {
        let earlier = |at: usize| headers[..at].iter();
        let mut headers = headers.iter().enumerate();
        headers
            .find(|(at, header)| earlier(*at).any(|other| other.name() == header.name()))
            .map(|(_, header)| name(header))
    } else {
        let mut names = BTreeSet::new();
        headers.iter().map(name).find(|name| !names.insert(name.clone()))
    };
    match twice {
        Some(name) => Err(Malformed(format!("header `{name}` occurs twice"))),
        None => Ok(()),
    }
}

/// So many headers are compared each with each faster than they are sorted; Bedrock sends three.
const FEW: usize = 16;
