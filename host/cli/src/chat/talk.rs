//! A question, and all that follows until the model calls no more tools.

use super::answer::{Answer, OpenCall};
use super::history::History;
use super::render::Render;
use super::saved::SavedImages;
use super::session::Session;
use super::tools::Answerer;
use super::typist::Typist;
use crate::args::Chat;
use crate::failure::Failure;
use converse_host::{
    ContentBlock, Error, ErrorKind, Message, Request, Role, StopReason, ToolChoice,
};
use std::mem;

/// A conversation with a model that may call tools.
pub(crate) struct Talk {
    pub(crate) session: Session,
    /// All of a request but the conversation.
    pub(crate) template: Request,
    pub(crate) history: History,
    pub(crate) typist: Typist,
    answerer: Answerer,
    max_turns: u32,
    /// Answers come in one piece.
    whole: bool,
    images: Option<SavedImages>,
    /// The answer that is coming in.
    answer: Answer,
    /// Results of the tools that are being run.
    results: Vec<ContentBlock>,
}

/// How a question ended.
#[derive(Debug, PartialEq)]
pub(crate) enum Ending {
    Answered,
    /// The model calls tools, and may not any more.
    StillCalling,
}

impl Talk {
    /// The conversation goes on from the messages of the request.
    pub(crate) async fn open(args: &Chat, mut request: Request) -> Result<Self, Failure> {
        let history = History::from(mem::take(&mut request.messages));
        let images = args.output.save_images.as_deref().map(SavedImages::new).transpose()?;
        Ok(Self {
            session: Session::open(&args.connection, args.output.no_stream).await?,
            template: request,
            history,
            typist: Typist::default(),
            answerer: Answerer::new(&args.tools),
            max_turns: args.tools.max_turns,
            whole: args.output.no_stream,
            images,
            answer: Answer::default(),
            results: Vec::new(),
        })
    }

    /// Asks what the conversation ends in. Dropped before its end, it leaves what there is to
    /// [`keep_what_there_is`](Self::keep_what_there_is).
    pub(crate) async fn ask(&mut self, renderer: &mut dyn Render) -> Result<Ending, Failure> {
        for turn in 1..=self.max_turns {
            self.hear(turn == 1, renderer).await?;
            let calls = self.calls_to_run();
            if let Some(message) = mem::take(&mut self.answer).into_message() {
                self.history.push(message);
            }
            if calls.is_empty() {
                renderer.end()?;
                return Ok(Ending::Answered);
            }
            let last = turn == self.max_turns && !self.answerer.is_nobody();
            if !last && !self.run_tools(&calls, renderer).await? {
                renderer.waiting()?;
                renderer.end()?;
                return Ok(Ending::Answered);
            }
            self.push_results();
        }
        renderer.end()?;
        Ok(Ending::StillCalling)
    }

    /// Counts what would be asked.
    pub(crate) async fn count(&self, renderer: &mut dyn Render) -> Result<(), Failure> {
        let tokens = self.session.count(self.request(true)).await?;
        Ok(renderer.count(tokens)?)
    }

    /// After an interruption: the text of the answer so far, and results of tools that were run.
    pub(crate) fn keep_what_there_is(&mut self) {
        if let Some(message) = mem::take(&mut self.answer).into_interrupted_message() {
            self.history.push(message);
        }
        self.push_results();
    }

    pub(crate) fn still_calling(&self) -> Error {
        let max = self.max_turns;
        let plural = if max == 1 { "" } else { "s" };
        let message = format!(
            "the model still calls tools after {max} answer{plural}; --max-turns allows more"
        );
        Error::new(ErrorKind::Other, message)
    }

    /// Hears one answer.
    async fn hear(&mut self, first: bool, renderer: &mut dyn Render) -> Result<(), Failure> {
        self.answer = Answer::default();
        let request = self.request(first);
        let (answer, images) = (&mut self.answer, self.images.as_mut());
        if self.whole {
            self.session.complete(request, renderer, answer, images).await
        } else {
            self.session.stream(request, renderer, answer, images).await
        }
    }

    fn request(&self, first: bool) -> Request {
        let mut request = self.template.clone();
        request.messages = self.history.turns().to_vec();
        let forced = matches!(request.tool_choice, Some(ToolChoice::Any | ToolChoice::Tool(_)));
        if forced && !first {
            // It would have to call tools for ever.
            request.tool_choice = Some(ToolChoice::Auto);
        }
        request
    }

    /// The calls of an answer that has come to its end by itself: one that was cut may have cut a
    /// call's input too.
    fn calls_to_run(&self) -> Vec<OpenCall> {
        match self.answer.summary().map(|summary| &summary.stop_reason) {
            // Some models call tools and say `end_turn`.
            Some(StopReason::ToolUse | StopReason::EndTurn) => self.answer.open_calls(),
            _ => Vec::new(),
        }
    }

    /// Whether all calls have been answered.
    async fn run_tools(
        &mut self,
        calls: &[OpenCall],
        renderer: &mut dyn Render,
    ) -> Result<bool, Failure> {
        if self.answerer.is_nobody() {
            return Ok(false);
        }
        for call in calls {
            let Some(result) = self.answerer.answer(call, &mut self.typist).await? else {
                self.push_results();
                return Ok(false);
            };
            renderer.tool_result(&result)?;
            self.results.push(result.into());
        }
        Ok(true)
    }

    fn push_results(&mut self) {
        let content = mem::take(&mut self.results);
        if !content.is_empty() {
            self.history.push(Message { role: Role::User, content });
        }
    }
}
