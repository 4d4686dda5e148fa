//! Loads LLM provider plugins and streams completions through them.
//!
//! A plugin is a WebAssembly component of the world `converse:provider/plugin` (see `wit/` in the
//! repository). It knows all about its service and can reach nothing but what this library gives it:
//! HTTP to the endpoints of that service, credentials, a clock and a log. This library knows nothing
//! about a service's wire format.
//!
//! ```no_run
//! use converse_host::{Delta, Event, Host, Request};
//! use futures::StreamExt as _;
//!
//! # async fn embed(component: &[u8]) -> Result<(), converse_host::Error> {
//! let host = Host::builder().build()?;
//! let provider = host.load(component).await?;
//! let request = Request::new("us.amazon.nova-lite-v1:0").user("Hello");
//! let mut completion = provider.start(request).await?;
//! while let Some(event) = completion.next().await {
//!     match event? {
//!         Event::BlockDelta { delta: Delta::Text(text), .. } => print!("{text}"),
//!         Event::Done(summary) => println!("\n{:?}", summary.stop_reason),
//!         _ => {}
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # How a completion runs
//!
//! Each completion has a store and an instance of its own: callers share nothing but the compiled
//! code and the connection pool. The caller's task drives it, no other is spawned, so that the plugin
//! reads on only as the caller does, and dropping the [`Completion`] ends it at once: the instance is
//! freed and the connection closed.
//!
//! A completion ends in [`Event::Done`] or in an [`Error`], and nothing is made up in between.
#![forbid(unsafe_code)]

mod cache;
mod catalog;
mod completion;
mod conversation;
mod credentials;
mod host;
mod net;
mod provider;
mod sandbox;
mod settings;
mod wit;

pub use catalog::{Above, Cost, Price, Prices, Rates};
pub use completion::Completion;
pub use conversation::content::{
    CachePoint, Citation, CitationLocation, CitedText, ContentBlock, Document, DocumentSource,
    GuardContent, Media, MediaSource, Message, ObjectLocation, Reasoning, Role, SearchResult,
    SourceRange, ToolCall, ToolChange, ToolResult, ToolResultContent, ToolStatus,
};
pub use conversation::error::{Error, ErrorKind};
pub use conversation::event::{
    BlockKind, CacheWrite, Delta, Event, InvalidInput, StopReason, Summary, Usage,
};
pub use conversation::json::{Json, Raw};
pub use conversation::request::{
    CacheRetention, Caching, Guardrail, Inference, OutputSchema, ReasoningEffort, ReasoningOptions,
    Request, SystemBlock, Tool, ToolChoice, ToolSpec,
};
pub use conversation::response::Response;
pub use credentials::{Credential, CredentialsProvider, EnvCredentials, StaticCredentials};
pub use host::{Host, HostBuilder, Timeouts};
pub use provider::{Description, Provider};
pub use sandbox::engine::CompileCache;
pub use sandbox::limits::Limits;
pub use sandbox::link::LoadReport;
pub use settings::Endpoint;
