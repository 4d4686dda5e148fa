//! Connections: accepting, TLS, HTTP/1.1 and HTTP/2, and an end to all of it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::Error;
use crate::service::answer;
use crate::state::State;

/// The accepting task; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    stop: oneshot::Sender<()>,
    accepting: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn shutdown(self) {
        drop(self.stop);
        // A panic in the task has been reported by its own thread.
        let _ = self.accepting.await;
    }
}

/// Listens and serves.
pub(crate) async fn start(
    addr: SocketAddr,
    tls: Option<Arc<rustls::ServerConfig>>,
    state: Arc<State>,
) -> Result<Server, Error> {
    let failed = |source| Error::Listen { addr, source };
    let listener = TcpListener::bind(addr).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    let (stop, stopped) = oneshot::channel();
    let accepting = tokio::spawn(accept(listener, tls.map(TlsAcceptor::from), state, stopped));
    Ok(Server { addr, stop, accepting })
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    state: Arc<State>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, tls.clone(), state.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                // Most often there are no file descriptors left: trying again at once would spin.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, state: Arc<State>) {
    let (number, _open) = state.counters.connection();
    let served = async {
        // Frames are small and are to leave when they are written.
        stream.set_nodelay(true)?;
        match tls {
            Some(tls) => serve(tls.accept(stream).await?, number, &state).await,
            None => serve(stream, number, &state).await,
        }
    };
    if let Err(error) = served.await {
        tracing::debug!(%error, connection = number, "connection ended");
    }
}

async fn serve<S>(stream: S, number: u64, state: &Arc<State>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request: http::Request<Incoming>| {
        let state = state.clone();
        async move { answer(&state, number, request).await }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder.http2().timer(TokioTimer::new());
    builder.serve_connection(TokioIo::new(stream), service).await.map_err(io::Error::other)
}
