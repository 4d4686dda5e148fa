//! `Frames`: the same frames, and the same fault, however the bytes are cut.

use super::{cut, wire};
use arbitrary::{Result, Unstructured};
use bedrock_converse::wire::frames::Frames;

/// Checks one input: sizes of pieces, then what to make bytes of.
pub fn check(input: &[u8]) {
    let mut u = Unstructured::new(input);
    let Ok((sizes, body)) = u.arbitrary().and_then(|sizes| Ok((sizes, Body::make(&mut u)?))) else {
        return;
    };
    super::show(&body.bytes.escape_ascii().to_string());
    let whole = read(&[&body.bytes]);
    let pieces = read(&cut(&body.bytes, sizes));
    assert_eq!(whole.payloads, pieces.payloads, "frames depend on how the bytes are cut");
    assert_eq!(whole.end, pieces.end, "the end depends on how the bytes are cut");
    for (at, payload) in body.sound.iter().enumerate() {
        assert_eq!(whole.payloads.get(at), Some(payload), "frame {at} is sound");
    }
}

/// Bytes, and the payloads of the sound frames they begin with.
struct Body {
    bytes: Vec<u8>,
    sound: Vec<Vec<u8>>,
}

impl Body {
    fn make(u: &mut Unstructured<'_>) -> Result<Self> {
        let mut body = Self { bytes: Vec::new(), sound: Vec::new() };
        let mut all_sound = true;
        for _ in 0..u.int_in_range(0..=4)? {
            let kind = u.int_in_range(0..=7)?;
            all_sound &= kind < 5;
            match kind {
                0..5 => {
                    let payload = u.arbitrary::<&[u8]>()?;
                    body.bytes.extend(wire::sound(u, payload)?);
                    if all_sound {
                        body.sound.push(payload.to_vec());
                    }
                }
                5 => body.bytes.extend_from_slice(u.arbitrary()?),
                _ => body.bytes.extend(wire::flawed(u)?),
            }
        }
        if u.ratio(1, 4)? {
            body.bytes.extend_from_slice(u.bytes(u.len())?);
        }
        Ok(body)
    }
}

struct Outcome {
    payloads: Vec<Vec<u8>>,
    /// The fault, or how many bytes were left.
    end: std::result::Result<usize, String>,
}

fn read(pieces: &[&[u8]]) -> Outcome {
    let mut frames = Frames::default();
    let mut payloads = Vec::new();
    for piece in pieces {
        frames.feed(piece);
        loop {
            match frames.next_frame() {
                Ok(Some(frame)) => payloads.push(frame.payload().to_vec()),
                Ok(None) => break,
                Err(fault) => return Outcome { payloads, end: Err(fault.to_string()) },
            }
        }
    }
    Outcome { payloads, end: Ok(frames.remaining()) }
}
