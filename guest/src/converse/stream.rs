//! The bytes of an answer, step by step: frames to events to the end.

use super::events::Answer;
use super::prepare::Origin;
use crate::bindings::provider::Step;
use crate::bindings::types::{Error, Event};
use crate::error::{protocol, truncated};
use crate::wire::frames::Frames;

/// Turns bytes, cut anywhere, into what [`Completion::next`] returns.
///
/// [`Completion::next`]: crate::bindings::provider::GuestCompletion::next
#[derive(Debug)]
pub struct AnswerStream {
    frames: Frames,
    answer: Answer,
    /// A failure found behind events that had to be delivered first.
    failure: Option<Error>,
}

impl AnswerStream {
    /// An answer of which nothing came yet. `request_id` is the response's `x-amzn-requestid`.
    pub fn new(request_id: Option<String>, origin: Origin) -> Self {
        Self { frames: Frames::default(), answer: Answer::new(request_id, origin), failure: None }
    }

    /// Adds bytes as they came.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.frames.feed(bytes);
    }

    /// Every event that is complete, or the end; `None` until more bytes are there.
    ///
    /// # Errors
    ///
    /// The service's own error, or kind `protocol` at the earliest byte that proves the stream
    /// broken. Events before it are returned first.
    pub fn step(&mut self) -> Result<Option<Step>, Error> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let mut events = Vec::new();
        let complete_frames = self.complete_frames(&mut events);
        if !events.is_empty() {
            self.failure = complete_frames.err();
            return Ok(Some(Step::Events(events)));
        }
        complete_frames?;
        if self.answer.is_complete() {
            return self.answer.finish().map(|summary| Some(Step::Done(summary)));
        }
        Ok(None)
    }

    /// The end, when no more bytes come.
    ///
    /// # Errors
    ///
    /// Kind `truncated` when the answer was not complete.
    pub fn end(&mut self) -> Result<Step, Error> {
        match self.frames.remaining() {
            0 => self.answer.finish().map(Step::Done),
            left => Err(self.answer.identified(truncated(&format!(
                "the connection ended within a frame, {left} bytes after its start"
            )))),
        }
    }

    /// Names of events that were skipped since the last call.
    pub fn take_skipped(&mut self) -> Vec<String> {
        self.answer.take_skipped()
    }

    /// What stands behind the answer's end is not looked at: the answer is there.
    fn complete_frames(&mut self, events: &mut Vec<Event>) -> Result<(), Error> {
        while !self.answer.is_complete() {
            match self.frames.next_frame() {
                Ok(Some(frame)) => {
                    self.answer.frame(&frame, events).map_err(|e| self.answer.identified(e))?;
                }
                Ok(None) => break,
                Err(malformed) => {
                    return Err(self.answer.identified(protocol(&malformed.to_string())));
                }
            }
        }
        Ok(())
    }
}
