//! The two clients, each reading an answer to its end as its users do.

use aws_sdk_bedrockruntime::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_bedrockruntime::types as sdk;
use converse_host::{CompileCache, Event, Host, Provider, Request, StaticCredentials};
use futures::StreamExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const KEY_ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const MODEL: &str = "us.amazon.nova-lite-v1:0";
const PROMPT: &str = "Tell me something that takes a while to tell.";

/// A client under measurement.
pub trait Client: Clone + Send + Sync + 'static {
    /// An answer held open after its first event.
    type Open: Send;

    /// Reads an answer to its end and counts its events.
    fn read(&self) -> impl Future<Output = usize> + Send;

    /// Time to the first event; the rest is read too.
    fn first_event(&self) -> impl Future<Output = Duration> + Send;

    /// Reads the first event of an answer that never ends.
    fn open(&self) -> impl Future<Output = Self::Open> + Send;
}

#[derive(Clone)]
pub struct Sdk(aws_sdk_bedrockruntime::Client);

impl Sdk {
    pub fn new(url: &str) -> Self {
        let config = aws_sdk_bedrockruntime::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(url)
            .credentials_provider(Credentials::from_keys(KEY_ID, SECRET, None))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        Self(aws_sdk_bedrockruntime::Client::from_conf(config))
    }

    async fn send(&self) -> SdkStream {
        let message = sdk::Message::builder()
            .role(sdk::ConversationRole::User)
            .content(sdk::ContentBlock::Text(PROMPT.to_owned()))
            .build()
            .expect("a message");
        let sent = self.0.converse_stream().model_id(MODEL).messages(message).send().await;
        sent.expect("an answer").stream
    }
}

type SdkStream = aws_sdk_bedrockruntime::primitives::event_stream::EventReceiver<
    sdk::ConverseStreamOutput,
    sdk::error::ConverseStreamOutputError,
>;

impl Client for Sdk {
    type Open = SdkStream;

    async fn read(&self) -> usize {
        let mut stream = self.send().await;
        let mut events = 0;
        while stream.recv().await.expect("an event").is_some() {
            events += 1;
        }
        events
    }

    async fn first_event(&self) -> Duration {
        let start = Instant::now();
        let mut stream = self.send().await;
        stream.recv().await.expect("an event");
        let took = start.elapsed();
        while stream.recv().await.expect("an event").is_some() {}
        took
    }

    async fn open(&self) -> SdkStream {
        let mut stream = self.send().await;
        stream.recv().await.expect("an event");
        stream
    }
}

#[derive(Clone)]
pub struct Plugin(Provider);

impl Plugin {
    pub async fn new(url: &str) -> Self {
        let cache = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        Self::with_cache(url, CompileCache::Dir(cache)).await
    }

    pub async fn with_cache(url: &str, cache: CompileCache) -> Self {
        let host = Host::builder()
            .vars(|_| None)
            .endpoint_url(url)
            .credentials(StaticCredentials::access_key(KEY_ID, SECRET, None))
            .compile_cache(cache)
            .build()
            .expect("a host");
        Self(host.load(bedrock_converse_component::COMPONENT).await.expect("the plugin"))
    }

    pub fn provider(&self) -> &Provider {
        &self.0
    }

    async fn start(&self) -> converse_host::Completion {
        self.0.start(Request::new(MODEL).user(PROMPT)).await.expect("an answer")
    }
}

impl Client for Plugin {
    type Open = converse_host::Completion;

    async fn read(&self) -> usize {
        let mut completion = self.start().await;
        let mut events = 0;
        while let Some(event) = completion.next().await {
            events += 1;
            if let Event::Done(_) = event.expect("an event") {
                return events;
            }
        }
        unreachable!("a completion ends in `done` or an error")
    }

    async fn first_event(&self) -> Duration {
        let start = Instant::now();
        let mut completion = self.start().await;
        completion.next().await.expect("an event").expect("an event");
        let took = start.elapsed();
        while completion.next().await.is_some() {}
        took
    }

    async fn open(&self) -> converse_host::Completion {
        let mut completion = self.start().await;
        completion.next().await.expect("an event").expect("an event");
        completion
    }
}
