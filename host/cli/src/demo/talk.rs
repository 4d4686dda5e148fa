//! One question of the demo and its answer, shown as it comes.

use super::show::Show;
use crate::chat::answer::Answer;
use crate::failure::Failure;
use bedrock_sim::Sim;
use converse_host::{
    ContentBlock, Delta, Error, ErrorKind, Event, Message, Provider, Request, Summary,
};
use futures::StreamExt as _;
use std::time::{Duration, Instant};

/// What came of a question.
pub(crate) struct Told {
    pub(crate) answer: Answer,
    pub(crate) text: String,
    pub(crate) first_event: Duration,
    pub(crate) total: Duration,
    /// Messages the sim had sent when the first text was here.
    pub(crate) sent_at_first_text: u64,
    pub(crate) outcome: Result<Summary, Error>,
}

impl Told {
    pub(crate) fn complete(&self) -> Result<&Summary, Failure> {
        self.outcome.as_ref().map_err(|error| error.clone().into())
    }

    pub(crate) fn blocks(&self) -> impl Iterator<Item = &ContentBlock> {
        self.answer.blocks()
    }
}

pub(crate) async fn ask(
    provider: &Provider,
    request: Request,
    sim: &Sim,
    show: &mut Show,
    question: &Message,
) -> Result<Told, Failure> {
    for block in &question.content {
        if let ContentBlock::Text(text) = block {
            show.line(&format!("> {text}"))?;
        }
    }
    let sent_before = sim.stats().frames_sent;
    let start = Instant::now();
    let mut told = Told {
        answer: Answer::default(),
        text: String::new(),
        first_event: Duration::ZERO,
        total: Duration::ZERO,
        sent_at_first_text: 0,
        outcome: Err(Error::new(ErrorKind::Truncated, "the answer has no end")),
    };
    let mut completion = provider.start(request).await?;
    while let Some(event) = completion.next().await {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                told.outcome = Err(error);
                break;
            }
        };
        if told.first_event.is_zero() {
            told.first_event = start.elapsed();
        }
        told.answer.apply(&event);
        match event {
            Event::BlockDelta { delta: Delta::Text(text), .. } => {
                show.piece("<", &text)?;
                if told.text.is_empty() {
                    told.sent_at_first_text = sim.stats().frames_sent - sent_before;
                    sim.release();
                }
                told.text.push_str(&text);
            }
            Event::BlockDelta { delta: Delta::ReasoningText(text), .. } => {
                show.piece("thinks:", &text)?;
            }
            Event::Done(summary) => told.outcome = Ok(summary),
            _ => {}
        }
    }
    show.close()?;
    told.total = start.elapsed();
    Ok(told)
}
