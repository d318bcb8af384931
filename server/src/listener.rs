//! Accepts connections, with a limit on everything a stranger could hold on to.
//!
//! `axum::serve` sets no timer, without which hyper's header timeout does nothing. HTTP/1 alone is spoken: browsers
//! never speak HTTP/2 without TLS, and a proxy in front turns it into HTTP/1.

use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tower::ServiceExt;

/// What one listener puts up with.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open connections; further ones wait in the kernel's queue.
    pub connections: usize,
    /// From the first byte of a request, or the end of the one before it, to the end of its headers.
    pub header: Duration,
    /// From the signal to stop until connections that are still busy are cut.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 1_024, header: Duration::from_secs(10), drain: Duration::from_secs(10) }
    }
}

/// Largest request head in bytes; hyper answers 431 beyond it.
const HEAD: usize = 32 * 1_024;
/// How long to wait when the process may open no more files.
const RESPITE: Duration = Duration::from_millis(200);

/// Serves `router` on `listener` until `stop` completes and the connections then open have ended, or the drain budget has.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let permits = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener, &permits) => accepted,
        };
        match accepted {
            Ok((permit, stream, peer)) => open(stream, peer, permit, router.clone(), limits, &graceful),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(RESPITE).await;
            }
        }
    }
    // Whoever connects from here on is refused by the kernel rather than left hanging.
    drop(listener);
    tracing::info!(connections = limits.connections - permits.available_permits(), "draining");
    if timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = limits.drain.as_secs(), "some connections were still busy and have been cut");
    }
}

/// Waits for room first: a connection that is not accepted costs the process nothing.
async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> io::Result<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let permit = permits.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((permit, stream, peer))
}

fn open(stream: TcpStream, peer: SocketAddr, permit: OwnedSemaphorePermit, router: Router, limits: Limits, graceful: &GracefulShutdown) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {}))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .max_buf_size(HEAD)
        .keep_alive(true)
        .serve_connection(TokioIo::new(stream), service);
    let watched = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = watched.await {
            tracing::debug!(%peer, %error, "a connection ended early");
        }
        drop(permit);
    });
}
