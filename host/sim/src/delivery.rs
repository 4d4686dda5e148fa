//! From messages and faults to the steps in which a body is sent.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use crate::faults::{Faults, StreamException};
use crate::frame::{Frame, is_event, split_frames, with_bad_message_crc, with_bad_prelude_crc};

/// One thing the body does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Write these bytes, and flush them, as one piece in which `frames` messages end.
    Send { data: Bytes, frames: usize },
    /// Let time go by.
    Wait(Duration),
    /// Wait for the test to open the gate.
    Gate,
    /// Keep the body open for ever.
    Silence,
    /// Break the body off.
    Abort,
}

/// A body given by the test. Its messages are found once, and the steps are made anew only when
/// other faults are asked for: a benchmark's peer must cost little.
#[derive(Debug)]
pub(crate) struct Replay {
    frames: Vec<Bytes>,
    made: Mutex<Option<(Faults, Arc<[Step]>)>>,
}

impl Replay {
    pub(crate) fn new(body: Vec<u8>) -> Self {
        Self { frames: split_frames(&body.into()), made: Mutex::default() }
    }

    pub(crate) fn steps(&self, faults: &Faults) -> Arc<[Step]> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        match &*made {
            Some((for_faults, steps)) if for_faults == faults => steps.clone(),
            _ => {
                let steps: Arc<[Step]> = steps(&self.frames, faults).into();
                *made = Some((faults.clone(), steps.clone()));
                steps
            }
        }
    }
}

/// The steps that send these messages with these faults.
pub(crate) fn steps(frames: &[Bytes], faults: &Faults) -> Vec<Step> {
    let frames = damaged(frames, faults);
    let mut steps = paced(&frames, faults);
    if faults.chunk.is_some() || faults.drip.is_some() {
        let size = faults.chunk.unwrap_or(1);
        steps = rechunked(steps, size, faults.drip);
    }
    if faults.abort.is_some() {
        steps.push(Step::Abort);
    } else if faults.never_end {
        steps.push(Step::Silence);
    }
    steps
}

/// The messages that are sent, each with whether it is whole.
fn damaged(frames: &[Bytes], faults: &Faults) -> Vec<(Bytes, bool)> {
    let mut frames: Vec<_> = frames
        .iter()
        .filter(|frame| !(faults.no_metadata && is_event(frame, "metadata")))
        .map(|frame| (frame.clone(), true))
        .collect();
    if let Some(exception) = faults.exception {
        frames.truncate(faults.after.unwrap_or(1));
        let frame = exception_frame(exception, faults.message.as_deref());
        frames.push((frame.encode().into(), true));
    }
    for (number, damage) in [
        (faults.corrupt, with_bad_message_crc as fn(&[u8]) -> Bytes),
        (faults.corrupt_prelude, with_bad_prelude_crc),
    ] {
        if let Some((frame, _)) = number.and_then(|number| frames.get_mut(number.get() - 1)) {
            *frame = damage(frame);
        }
    }
    for length in [faults.truncate, faults.abort].into_iter().flatten() {
        frames.truncate(length);
    }
    if let Some(bytes) = faults.truncate_bytes {
        cut(&mut frames, bytes);
    }
    frames
}

/// Leaves `left` bytes of the body.
fn cut(frames: &mut Vec<(Bytes, bool)>, mut left: usize) {
    for (frame, whole) in frames.iter_mut() {
        *whole = frame.len() <= left;
        frame.truncate(left);
        left -= frame.len();
    }
    frames.retain(|(frame, _)| !frame.is_empty());
}

fn exception_frame(exception: StreamException, message: Option<&str>) -> Frame {
    let usual = match exception {
        StreamException::InternalServer => {
            "The system encountered an unexpected error during processing. Try your request again."
        }
        StreamException::ModelStreamError => "The model stopped in the middle of its answer.",
        StreamException::ServiceUnavailable => "Bedrock is unable to process your request.",
        StreamException::Throttling => "Too many tokens, please wait before trying again.",
        StreamException::Validation => "The input is not valid.",
        StreamException::Unmodelled => "An internal server error occurred.",
    };
    let message = message.unwrap_or(usual);
    match exception {
        StreamException::Unmodelled => Frame::error("InternalError", message),
        StreamException::ModelStreamError => Frame::exception(
            exception.name(),
            &json!({"message": message, "originalStatusCode": 500, "originalMessage": message}),
        ),
        _ => Frame::exception_message(exception.name(), message),
    }
}

/// One piece for each message, with the waits between them.
fn paced(frames: &[(Bytes, bool)], faults: &Faults) -> Vec<Step> {
    let gate = faults.gate.map(|after| after.min(frames.len()));
    let mut steps = Vec::with_capacity(frames.len() + 1);
    for (sent, (data, whole)) in frames.iter().enumerate() {
        if gate == Some(sent) {
            steps.push(Step::Gate);
        }
        if let (Some(delay), 1..) = (faults.frame_delay, sent) {
            steps.push(Step::Wait(delay));
        }
        steps.push(Step::Send { data: data.clone(), frames: usize::from(*whole) });
    }
    if gate == Some(frames.len()) {
        steps.push(Step::Gate);
    }
    steps
}

/// Writes what lies between two waits in pieces of `size` bytes (0: in one piece), with a pause
/// between the pieces.
fn rechunked(steps: Vec<Step>, size: usize, pause: Option<Duration>) -> Vec<Step> {
    let mut chunked = Vec::new();
    let mut data = Vec::new();
    let mut ends = Vec::new();
    for step in steps.into_iter().map(Some).chain([None]) {
        match step {
            Some(Step::Send { data: more, frames }) => {
                data.extend_from_slice(&more);
                ends.extend(std::iter::repeat_n(data.len(), frames));
            }
            boundary => {
                write_pieces(&mut chunked, std::mem::take(&mut data).into(), &ends, size, pause);
                ends.clear();
                chunked.extend(boundary);
            }
        }
    }
    chunked
}

fn write_pieces(
    steps: &mut Vec<Step>,
    data: Bytes,
    frame_ends: &[usize],
    size: usize,
    pause: Option<Duration>,
) {
    let size = if size == 0 { data.len().max(1) } else { size };
    for start in (0..data.len()).step_by(size) {
        let end = data.len().min(start + size);
        let ends_before = |at| frame_ends.partition_point(|&end| end <= at);
        let frames = ends_before(end) - ends_before(start);
        if let (Some(pause), false) = (pause, steps.is_empty()) {
            steps.push(Step::Wait(pause));
        }
        steps.push(Step::Send { data: data.slice(start..end), frames });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Script;

    fn script() -> Script {
        Script::assistant().text(["one", "two"]).stop("end_turn").usage(1, 1)
    }

    fn steps_with(faults: &str) -> Vec<Step> {
        steps(script().frames(), &faults.parse().unwrap())
    }

    fn sent(steps: &[Step]) -> Vec<u8> {
        let pieces = steps.iter().filter_map(|step| match step {
            Step::Send { data, .. } => Some(&data[..]),
            _ => None,
        });
        pieces.collect::<Vec<_>>().concat()
    }

    fn frames_in(steps: &[Step]) -> usize {
        let counts = steps.iter().map(|step| match step {
            Step::Send { frames, .. } => *frames,
            _ => 0,
        });
        counts.sum()
    }

    #[test]
    fn a_message_is_a_piece_unless_told_otherwise() {
        let steps = steps_with("");
        assert_eq!(steps.len(), 6);
        assert_eq!(sent(&steps), script().encode());
        assert_eq!(frames_in(&steps), 6);
    }

    #[test]
    fn chunks_have_the_size_asked_for_and_lose_nothing() {
        for size in [1, 7, 100, 1_000_000] {
            let steps = steps_with(&format!("chunk={size}"));
            assert_eq!(sent(&steps), script().encode());
            assert_eq!(frames_in(&steps), 6, "chunk={size}");
            assert_eq!(steps.len(), script().encode().len().div_ceil(size));
        }
        assert_eq!(steps_with("chunk=0").len(), 1);
    }

    #[test]
    fn dripping_waits_between_the_pieces() {
        let steps = steps_with("drip=3,chunk=100");
        assert!(matches!(steps[0], Step::Send { .. }));
        assert_eq!(steps[1], Step::Wait(Duration::from_millis(3)));
        let pieces = script().encode().len().div_ceil(100);
        assert_eq!(steps.len(), pieces * 2 - 1);
        assert_eq!(steps_with("drip=3").len(), script().encode().len() * 2 - 1);
    }

    #[test]
    fn the_body_ends_where_it_is_told_to() {
        let whole = script().encode();
        let two: usize = script().frames()[..2].iter().map(Bytes::len).sum();
        assert_eq!(sent(&steps_with("truncate=2")), whole[..two]);
        let cut = steps_with(&format!("truncate-bytes={}", two + 20));
        assert_eq!(sent(&cut), whole[..two + 20]);
        assert_eq!(frames_in(&cut), 2);
        let aborted = steps_with("abort=2");
        assert_eq!(sent(&aborted), whole[..two]);
        assert_eq!(aborted.last(), Some(&Step::Abort));
        let stalled = steps_with("truncate=2,never-end");
        assert_eq!(sent(&stalled), whole[..two]);
        assert_eq!(stalled.last(), Some(&Step::Silence));
    }

    #[test]
    fn exceptions_come_after_the_events_asked_for() {
        let after_two = steps_with("exception=throttlingException,after=2,message=slow%20down");
        assert_eq!(after_two.len(), 3);
        let expected = Frame::exception_message("throttlingException", "slow down").encode();
        assert!(sent(&after_two).ends_with(&expected));
        assert_eq!(steps_with("exception=error,after=0").len(), 1);
        assert_eq!(steps_with("exception=error,after=99").len(), 7);
    }

    #[test]
    fn gates_and_delays_stand_between_messages() {
        let gated = steps_with("gate=2");
        assert_eq!(gated[2], Step::Gate);
        assert_eq!(frames_in(&gated[..2]), 2);
        assert_eq!(steps_with("gate=99").last(), Some(&Step::Gate));
        let gated_whole = steps_with("gate=2,chunk=0");
        assert!(matches!(&gated_whole[..], [Step::Send { frames: 2, .. }, Step::Gate, _]));
        let delayed = steps_with("frame-delay=9");
        assert_eq!(delayed.len(), 11);
        assert_eq!(delayed[1], Step::Wait(Duration::from_millis(9)));
    }

    #[test]
    fn metadata_can_be_left_out() {
        let steps = steps_with("no-metadata");
        assert_eq!(steps.len(), 5);
        assert!(!String::from_utf8_lossy(&sent(&steps)).contains("latencyMs"));
    }

    #[test]
    fn a_replay_keeps_its_steps_until_the_faults_change() {
        let replay = Replay::new(script().encode());
        let first = replay.steps(&Faults::default());
        assert!(Arc::ptr_eq(&first, &replay.steps(&Faults::default())));
        let other = replay.steps(&"chunk=0".parse().unwrap());
        assert_eq!((first.len(), other.len()), (6, 1));
    }
}
