//! A local Bedrock, a host that speaks to it, and what came of a completion.

use bedrock_converse_component::COMPONENT;
use bedrock_sim::{Builder, Sim};
use converse_host::{
    BlockKind, CompileCache, Completion, Delta, Error, Event, Host, HostBuilder, Provider, Request,
    StaticCredentials, Summary,
};
use futures::StreamExt as _;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

pub const MODEL: &str = "us.amazon.nova-lite-v1:0";

/// Longest any step of a test may take: a test that waits longer has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A folder of its own for compiled plugins, kept between runs.
pub fn compiled() -> CompileCache {
    CompileCache::Dir(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compiled"))
}

/// A host that reads nothing from the environment of the test.
pub fn host() -> HostBuilder {
    Host::builder().vars(|_| None).compile_cache(compiled())
}

/// Signs with the sim's own example key.
pub fn access_key() -> StaticCredentials {
    StaticCredentials::access_key(Builder::ACCESS_KEY_ID, Builder::SECRET_ACCESS_KEY, None)
}

pub async fn load(host: HostBuilder) -> Provider {
    host.build().unwrap().load(COMPONENT).await.unwrap()
}

/// The plugin, speaking to a sim as its own example user.
pub async fn provider(sim: &Sim) -> Provider {
    load(host().endpoint_url(sim.url()).credentials(access_key())).await
}

/// A sim that answers each request with these bytes, whoever asks.
pub async fn replaying(bytes: impl Into<Vec<u8>>) -> Sim {
    Sim::builder().unauthenticated().replay(bytes.into()).start().await.unwrap()
}

/// What a completion came to.
#[derive(Debug)]
pub struct Outcome {
    pub events: Vec<Event>,
    pub end: Result<Summary, Error>,
}

impl Outcome {
    pub fn error(&self) -> &Error {
        self.end.as_ref().expect_err("the completion should have failed")
    }

    pub fn summary(&self) -> &Summary {
        self.end.as_ref().expect("the completion should have ended well")
    }

    pub fn text(&self) -> String {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::BlockDelta { delta: Delta::Text(text), .. } => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    pub fn blocks(&self) -> BTreeMap<u32, Block> {
        let mut blocks = BTreeMap::<u32, Block>::new();
        for event in &self.events {
            match event {
                Event::BlockStart { index, kind } => {
                    let block = blocks.entry(*index).or_default();
                    if let BlockKind::ToolCall { id, name, .. } = kind {
                        block.tool = Some((id.clone(), name.clone()));
                    }
                }
                Event::BlockDelta { index, delta } => {
                    blocks.get_mut(index).expect("a delta before its start").push(delta);
                }
                _ => {}
            }
        }
        blocks
    }
}

/// What a block says, put together from its deltas.
#[derive(Debug, Default, PartialEq)]
pub struct Block {
    pub text: String,
    pub input: String,
    pub reasoning: String,
    pub signature: String,
    pub redacted: Vec<u8>,
    pub tool: Option<(String, String)>,
}

impl Block {
    fn push(&mut self, delta: &Delta) {
        match delta {
            Delta::Text(text) => self.text += text,
            Delta::ToolInput(text) => self.input += text,
            Delta::ReasoningText(text) => self.reasoning += text,
            Delta::ReasoningSignature(text) => self.signature += text,
            Delta::RedactedReasoning(bytes) => self.redacted.extend(bytes),
            _ => {}
        }
    }
}

/// The next event, or a failed test when none comes.
pub async fn next(completion: &mut Completion) -> Option<Result<Event, Error>> {
    tokio::time::timeout(PATIENCE, completion.next()).await.expect("no event came")
}

pub async fn collect(mut completion: Completion) -> Outcome {
    let mut events = Vec::new();
    let end = loop {
        match next(&mut completion).await {
            Some(Ok(Event::Done(summary))) => break Ok(summary),
            Some(Ok(event)) => events.push(event),
            Some(Err(error)) => break Err(error),
            None => panic!("the completion ended in neither `done` nor an error"),
        }
    };
    assert!(next(&mut completion).await.is_none(), "something follows the end");
    Outcome { events, end }
}

/// Runs a request to its end, wherever that is.
pub async fn run(provider: &Provider, request: Request) -> Outcome {
    match tokio::time::timeout(PATIENCE, provider.start(request)).await.expect("no answer came") {
        Ok(completion) => collect(completion).await,
        Err(error) => Outcome { events: Vec::new(), end: Err(error) },
    }
}

pub async fn ask(provider: &Provider, prompt: &str) -> Outcome {
    run(provider, Request::new(MODEL).user(prompt)).await
}
