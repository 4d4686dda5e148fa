//! Frames of an event stream, sound ones and others.

use super::{list, pick, text};
use arbitrary::{Result, Unstructured};

/// Bytes of the smallest frame.
const SMALLEST: usize = 16;

/// A header: its name, and the type and bytes of its value.
type Header = (String, u8, Vec<u8>);

/// A header that is a text.
pub fn text_header(name: &str, value: &str) -> Header {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    let value = &value.as_bytes()[..length.into()];
    (name.to_owned(), 7, [&length.to_be_bytes(), value].concat())
}

/// A frame. Nothing is checked: names may be too long, values not of their type.
pub fn encode(headers: &[Header], payload: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    for (name, kind, value) in headers {
        let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
        encoded.push(length);
        encoded.extend_from_slice(&name.as_bytes()[..length.into()]);
        encoded.push(*kind);
        encoded.extend_from_slice(value);
    }
    let total = SMALLEST + encoded.len() + payload.len();
    let mut frame = Vec::with_capacity(total);
    frame.extend_from_slice(&u32::try_from(total).unwrap_or(u32::MAX).to_be_bytes());
    frame.extend_from_slice(&u32::try_from(encoded.len()).unwrap_or(u32::MAX).to_be_bytes());
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(&encoded);
    frame.extend_from_slice(payload);
    frame.extend_from_slice(&[0; 4]);
    seal(&mut frame);
    frame
}

/// A frame that any reader must take, of which only the payload matters.
pub fn sound(u: &mut Unstructured<'_>, payload: &[u8]) -> Result<Vec<u8>> {
    let mut headers = list(u, 3, header)?;
    for (at, (name, _, _)) in headers.iter_mut().enumerate() {
        name.push(char::from(b'a' + at as u8));
    }
    Ok(encode(&headers, payload))
}

/// A frame with something wrong in it, checksums perhaps not among it.
pub fn flawed(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let headers = list(u, 3, header)?;
    let mut frame = encode(&headers, u.arbitrary::<&[u8]>()?);
    match u.int_in_range(0..=3)? {
        // Names may be empty, or there twice.
        0 => {}
        1 => {
            let at = u.choose_index(frame.len())?;
            frame[at] ^= u.int_in_range(1..=255)?;
        }
        2 => {
            let at = u.choose_index(frame.len())?;
            frame[at] ^= u.int_in_range(1..=255)?;
            seal(&mut frame);
        }
        _ => {
            let length = u.choose_index(frame.len())?;
            frame.truncate(length);
            seal(&mut frame);
        }
    }
    Ok(frame)
}

fn header(u: &mut Unstructured<'_>) -> Result<Header> {
    let name = pick(u, &["", ":message-type", ":event-type", "x", "x-y"])?.to_owned();
    let kind = u.int_in_range(0..=9)?;
    let bytes: [u8; 16] = u.arbitrary()?;
    Ok(match kind {
        7 => text_header(&name, &text(u)?),
        6 => (text_header(&name, &text(u)?).0, 6, text_header("", &text(u)?).2),
        _ => {
            let length = [0, 0, 1, 2, 4, 8, 0, 0, 8, 16][usize::from(kind)];
            (name, kind, bytes[..length].to_vec())
        }
    })
}

/// Puts the checksums right.
fn seal(frame: &mut [u8]) {
    if frame.len() < SMALLEST {
        return;
    }
    let prelude = crc32fast::hash(&frame[..8]);
    frame[8..12].copy_from_slice(&prelude.to_be_bytes());
    let end = frame.len() - 4;
    let message = crc32fast::hash(&frame[..end]);
    frame[end..].copy_from_slice(&message.to_be_bytes());
}
