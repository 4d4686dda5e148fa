//! Messages of the `application/vnd.amazon.eventstream` encoding.
//!
//! ```text
//! total length u32 | headers length u32 | CRC32 of the 8 bytes before
//! headers: name length u8, name, type u8, value ...
//! payload
//! CRC32 of everything before
//! ```

use bytes::{Bytes, BytesMut};
use serde_json::{Value, json};

/// Length of the two lengths and their checksum.
const PRELUDE: usize = 12;
/// Length of a message without headers and payload.
const SMALLEST: usize = PRELUDE + 4;

/// One event-stream message, to be composed and encoded.
///
/// ```
/// let frame = bedrock_sim::Frame::event("messageStart", &serde_json::json!({"role": "assistant"}));
/// assert_eq!(frame.encode().len() as u32, u32::from_be_bytes(frame.encode()[..4].try_into().unwrap()));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Frame {
    headers: Vec<(String, HeaderValue)>,
    payload: Vec<u8>,
}

/// The value of a message header, one variant for each type of the encoding.
#[derive(Debug, Clone, PartialEq)]
pub enum HeaderValue {
    /// Types 0 and 1, which have no bytes of their own.
    Bool(bool),
    /// Type 2.
    Byte(i8),
    /// Type 3.
    Short(i16),
    /// Type 4.
    Int(i32),
    /// Type 5.
    Long(i64),
    /// Type 6.
    Bytes(Vec<u8>),
    /// Type 7, the only one Bedrock uses.
    String(String),
    /// Type 8, milliseconds since the epoch.
    Timestamp(i64),
    /// Type 9.
    Uuid([u8; 16]),
}

impl Frame {
    /// A message without headers and payload.
    pub fn new() -> Self {
        Self::default()
    }

    /// A modelled event: `:message-type: event` with a JSON payload, headers in the order the
    /// service sends them.
    pub fn event(event_type: &str, payload: &Value) -> Self {
        Self::json(":event-type", event_type, "event", payload)
    }

    /// An exception: `:message-type: exception` with a JSON payload.
    pub fn exception(exception_type: &str, payload: &Value) -> Self {
        Self::json(":exception-type", exception_type, "exception", payload)
    }

    /// An exception whose payload is only a message.
    pub fn exception_message(exception_type: &str, message: &str) -> Self {
        Self::exception(exception_type, &json!({ "message": message }))
    }

    /// An unmodelled error: `:message-type: error`, code and message as headers, no payload.
    pub fn error(code: &str, message: &str) -> Self {
        Self::new()
            .header(":error-code", code)
            .header(":error-message", message)
            .header(":message-type", "error")
    }

    fn json(type_header: &str, type_name: &str, message_type: &str, payload: &Value) -> Self {
        Self::new()
            .header(type_header, type_name)
            .header(":content-type", "application/json")
            .header(":message-type", message_type)
            .payload(payload.to_string())
    }

    /// Appends a header; nothing is checked, so that wrong messages can be made too.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<HeaderValue>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the payload.
    #[must_use]
    pub fn payload(mut self, payload: impl Into<Vec<u8>>) -> Self {
        self.payload = payload.into();
        self
    }

    /// The message's bytes. Names and values longer than the encoding can say are cut.
    pub fn encode(&self) -> Vec<u8> {
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let name = &name.as_bytes()[..name.len().min(u8::MAX.into())];
            headers.push(name.len() as u8);
            headers.extend_from_slice(name);
            value.encode(&mut headers);
        }
        let total = SMALLEST + headers.len() + self.payload.len();
        let mut message = Vec::with_capacity(total);
        message.extend_from_slice(&(total as u32).to_be_bytes());
        message.extend_from_slice(&(headers.len() as u32).to_be_bytes());
        message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
        message.extend_from_slice(&headers);
        message.extend_from_slice(&self.payload);
        message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
        message
    }
}

impl HeaderValue {
    fn encode(&self, out: &mut Vec<u8>) {
        fn put(out: &mut Vec<u8>, kind: u8, value: &[u8]) {
            out.push(kind);
            out.extend_from_slice(value);
        }
        fn put_long(out: &mut Vec<u8>, kind: u8, value: &[u8]) {
            let value = &value[..value.len().min(u16::MAX.into())];
            out.push(kind);
            out.extend_from_slice(&(value.len() as u16).to_be_bytes());
            out.extend_from_slice(value);
        }
        match self {
            Self::Bool(true) => out.push(0),
            Self::Bool(false) => out.push(1),
            Self::Byte(value) => put(out, 2, &value.to_be_bytes()),
            Self::Short(value) => put(out, 3, &value.to_be_bytes()),
            Self::Int(value) => put(out, 4, &value.to_be_bytes()),
            Self::Long(value) => put(out, 5, &value.to_be_bytes()),
            Self::Bytes(value) => put_long(out, 6, value),
            Self::String(value) => put_long(out, 7, value.as_bytes()),
            Self::Timestamp(value) => put(out, 8, &value.to_be_bytes()),
            Self::Uuid(value) => put(out, 9, value),
        }
    }
}

impl From<&str> for HeaderValue {
    fn from(value: &str) -> Self {
        Self::String(value.to_owned())
    }
}

impl From<String> for HeaderValue {
    fn from(value: String) -> Self {
        Self::String(value)
    }
}

/// Cuts a body into its messages by their declared lengths, sharing the bytes.
///
/// What follows the last whole message (a cut message, anything that is no message at all) is one
/// last piece, so that the pieces together are always the body.
pub fn split_frames(body: &Bytes) -> Vec<Bytes> {
    let mut rest = body.clone();
    let mut frames = Vec::new();
    while let Some(length) = declared_length(&rest).filter(|&length| length <= rest.len()) {
        frames.push(rest.split_to(length));
    }
    if !rest.is_empty() {
        frames.push(rest);
    }
    frames
}

fn declared_length(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    (length >= SMALLEST).then_some(length)
}

/// Whether an encoded message is the event of this type.
///
/// A search for the encoded header instead of a decoder: `:event-type` cannot occur in the other
/// headers the service sends.
pub(crate) fn is_event(message: &[u8], event_type: &str) -> bool {
    let mut header = b"\x0b:event-type".to_vec();
    HeaderValue::from(event_type).encode(&mut header);
    let headers_end = message
        .get(4..8)
        .and_then(|length| length.first_chunk())
        .map_or(0, |length| PRELUDE + u32::from_be_bytes(*length) as usize);
    message
        .get(PRELUDE..headers_end)
        .is_some_and(|headers| headers.windows(header.len()).any(|window| window == header))
}

/// The same message with a wrong message checksum.
pub(crate) fn with_bad_message_crc(message: &[u8]) -> Bytes {
    let mut message = BytesMut::from(message);
    if let Some(last) = message.last_mut() {
        *last ^= 0xff;
    }
    message.freeze()
}

/// The same message with a wrong prelude checksum and a message checksum that fits it, so that
/// only the check of the prelude can find the fault.
pub(crate) fn with_bad_prelude_crc(message: &[u8]) -> Bytes {
    let mut message = BytesMut::from(message);
    if message.len() >= SMALLEST {
        message[PRELUDE - 1] ^= 0xff;
        let end = message.len() - 4;
        let crc = crc32fast::hash(&message[..end]);
        message[end..].copy_from_slice(&crc.to_be_bytes());
    }
    message.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_message_is_sixteen_known_bytes() {
        // Checksums computed with another CRC32 (zlib's).
        assert_eq!(hex::encode(Frame::new().encode()), "000000100000000005c248eb7d98c8ff");
    }

    #[test]
    fn an_event_has_the_services_header_order() {
        let bytes = Frame::event("messageStop", &json!({"stopReason": "end_turn"})).encode();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let positions: Vec<_> = [":event-type", ":content-type", ":message-type", "{\"stop"]
            .map(|part| text.find(part).expect(part))
            .into();
        assert!(positions.is_sorted(), "{text}");
        assert!(is_event(&bytes, "messageStop"));
        assert!(!is_event(&bytes, "messageSto"));
        assert!(!is_event(&bytes, "metadata"));
    }

    #[test]
    fn splitting_gives_back_every_byte() {
        let first = Frame::event("a", &json!({})).encode();
        let second = Frame::error("Code", "message").encode();
        let mut body = [first.clone(), second.clone()].concat();
        body.extend_from_slice(&first[..20]);
        let parts = split_frames(&body.clone().into());
        assert_eq!(parts, [first.clone(), second, first[..20].to_vec()]);
        assert_eq!(parts.concat(), body);
        assert!(split_frames(&Bytes::new()).is_empty());
        assert_eq!(split_frames(&Bytes::from_static(b"\0\0\0\0oops")).len(), 1);
    }

    #[test]
    fn each_corruption_breaks_its_own_checksum_only() {
        let good = Frame::event("a", &json!({})).encode();
        let prelude_ok = |m: &[u8]| crc32fast::hash(&m[..8]).to_be_bytes() == m[8..12];
        let message_ok = |m: &[u8]| {
            let (body, crc) = m.split_at(m.len() - 4);
            crc32fast::hash(body).to_be_bytes() == crc
        };
        assert!(prelude_ok(&good) && message_ok(&good));
        let bad = with_bad_message_crc(&good);
        assert!(prelude_ok(&bad) && !message_ok(&bad));
        let bad = with_bad_prelude_crc(&good);
        assert!(!prelude_ok(&bad) && message_ok(&bad));
    }
}
