//! The HTTP client all completions of a host share: one pool of kept connections, HTTP/1.1 and
//! HTTP/2, the platform's certificates, proxies from the environment.
//!
//! It is hyper-util's client on hyper-rustls and not a higher one, because what was signed must be
//! what is sent: a client that parses URLs anew may write a path another way.

use super::tls;
use crate::conversation::error::Error;
use crate::settings::Vars;
use futures::future::BoxFuture;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as Pooled;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;
use wasmtime_wasi_http::WasiBody;

pub(crate) type Client = Pooled<WithDeadline<HttpsConnector<Proxied>>, WasiBody>;

/// How long a connection is kept when nobody uses it. AWS's load balancers close theirs after 60
/// seconds; a connection used just then would fail.
const IDLE: Duration = Duration::from_secs(50);

/// Builds the client. `connect` bounds name resolution, TCP and TLS together.
pub(crate) fn client(connect: Duration, vars: &Vars) -> Result<Client, Error> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(Duration::from_secs(30)));
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(tls::config(vars)?)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(Proxied { tcp, proxies: Arc::new(proxies(vars)) });
    Ok(Pooled::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .http2_keep_alive_interval(Duration::from_secs(20))
        .build(WithDeadline { connector: https, limit: connect }))
}

fn proxies(vars: &Vars) -> Matcher {
    let either = |upper: &str| vars.get(upper).or_else(|| vars.get(&upper.to_ascii_lowercase()));
    let mut proxies = Matcher::builder();
    if let Some(url) = either("ALL_PROXY") {
        proxies = proxies.all(url);
    }
    if let Some(url) = either("HTTPS_PROXY") {
        proxies = proxies.https(url);
    }
    if let Some(hosts) = either("NO_PROXY") {
        proxies = proxies.no(hosts);
    }
    proxies.build()
}

/// Connects directly, or through the proxy that `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` ask for.
///
/// Plain HTTP goes only to this machine, so it never takes a proxy.
#[derive(Debug, Clone)]
pub(crate) struct Proxied {
    tcp: HttpConnector,
    proxies: Arc<Matcher>,
}

impl Service<Uri> for Proxied {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let proxy = match uri.scheme_str() {
            Some("https") => self.proxies.intercept(&uri),
            _ => None,
        };
        let mut tcp = self.tcp.clone();
        let Some(proxy) = proxy else {
            return Box::pin(async move { Ok(tcp.call(uri).await?) });
        };
        Box::pin(async move {
            if proxy.uri().scheme_str() != Some("http") {
                return Err("only proxies spoken to by plain HTTP are supported".into());
            }
            let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
            if let Some(auth) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(auth.clone());
            }
            Ok(tunnel.call(uri).await?)
        })
    }
}

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Gives up on a connection that is not there in time.
#[derive(Debug, Clone)]
pub(crate) struct WithDeadline<C> {
    connector: C,
    limit: Duration,
}

impl<C> Service<Uri> for WithDeadline<C>
where
    C: Service<Uri, Error = BoxError>,
    C::Future: Send + 'static,
    C::Response: Send,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<C::Response, BoxError>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.limit, self.connector.call(uri));
        Box::pin(async move {
            connecting
                .await
                .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()))
        })
    }
}
