//! `wasi:http` as a plugin sees it: requests are checked, then sent by the shared client.

use crate::net::body::{Completed, ResponseBody};
use crate::net::client::Client;
use crate::net::egress::Egress;
use http_body_util::BodyExt as _;
use std::error::Error as StdError;
use std::io;
use wasmtime_wasi_http::{Error, RequestOptions, Result, WasiBody, WasiHttpHooks};

/// The hooks of one completion.
#[derive(Debug)]
pub(crate) struct Hooks {
    pub(crate) egress: Egress,
    pub(crate) completed: Completed,
    client: Client,
}

impl Hooks {
    pub(crate) fn new(client: Client) -> Self {
        Self { egress: Egress::default(), completed: Completed::default(), client }
    }
}

/// What is left to do once the response's head is there: nothing, the client's own tasks do it.
type Rest = Box<dyn Future<Output = Result<()>> + Send>;

impl WasiHttpHooks for Hooks {
    /// The client sets it: HTTP/2 has none.
    fn set_host_header(&mut self) -> bool {
        false
    }

    /// The guest's time limits are not looked at: the host has its own.
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _processed: Box<dyn Future<Output = Result<()>> + Send>,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Rest)>> + Send> {
        if let Err(refused) = self.egress.check(request.uri()) {
            tracing::warn!(%refused, "a plugin's request was not let out");
            return Box::new(std::future::ready(Err(Error::HttpRequestDenied)));
        }
        let sent = self.client.request(request);
        let completed = self.completed.clone();
        Box::new(async move {
            let response = sent.await.map_err(|error| failure(&error))?;
            let response = response.map(|body| ResponseBody::new(body, completed).boxed_unsync());
            Ok((response, Box::new(std::future::ready(Ok(()))) as Rest))
        })
    }
}

/// Why there is no response, as `wasi:http` says it.
fn failure(error: &hyper_util::client::legacy::Error) -> Error {
    tracing::debug!(error = %chain(error), "request failed");
    let io = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>());
    match io.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => Error::ConnectionRefused,
        Some(io::ErrorKind::TimedOut) => Error::ConnectionTimeout,
        // The reason is all that tells a wrong name from a wrong certificate.
        _ => Error::InternalError(Some(chain(error))),
    }
}

fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut texts: Vec<String> = causes(error).map(ToString::to_string).collect();
    // An error that repeats its cause would say it twice.
    texts.dedup();
    texts.join(": ")
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
