//! Accepts connections, with a limit on everything a stranger could hold on to.
//!
//! `axum::serve` sets no timer, without which hyper's header timeout does nothing. HTTP/1 alone is spoken: browsers
//! never speak HTTP/2 without TLS, and a proxy in front turns it into HTTP/1.

use std::{convert::Infallible, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::{sleep, timeout},
};
use tower::ServiceExt;

use self::{
    admission::{Admission, Room},
    busy_body::BusyBody,
};
use crate::forwarded::TrustedProxies;

pub mod admission;
mod busy_body;

/// What one listener puts up with.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Open connections. Beyond them one without a request makes room; where all are busy, only probes are answered.
    pub connections: usize,
    /// Of these, how many one address may hold.
    pub per_address: usize,
    /// Their connections are those of many clients, and have no share.
    pub trusted_proxies: TrustedProxies,
    /// From the first byte of a request, or the end of the one before it, to the end of its headers.
    pub header: Duration,
    /// From the signal to stop until connections that are still busy are cut.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            per_address: 512,
            trusted_proxies: TrustedProxies::default(),
            header: Duration::from_secs(10),
            drain: Duration::from_secs(10),
        }
    }
}

/// Largest request head in bytes; hyper answers 431 beyond it.
const HEAD: usize = 32 * 1_024;
/// A connection of the reserve sends its request within this time.
const RESERVED_HEADER: Duration = Duration::from_secs(2);
/// How long to wait when the process may open no more files.
const RESPITE: Duration = Duration::from_millis(200);

/// Of a request that came in over the reserve: it may only ask whether the console lives.
#[derive(Clone, Copy, Debug)]
pub struct ProbesOnly;

/// Serves `router` on `listener` until `stop` completes and the connections then open have ended, or the drain budget has.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let admission = Admission::new(limits.clone());
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match admission.admit(peer.ip()) {
                Some((room, evicted)) => open(stream, peer, room, evicted, router.clone(), &limits, &graceful),
                None => tracing::debug!(%peer, "no room for a connection"),
            },
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(RESPITE).await;
            }
        }
    }
    // Whoever connects from here on is refused by the kernel rather than left hanging.
    drop(listener);
    tracing::info!(connections = admission.open(), "draining");
    if timeout(limits.drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = limits.drain.as_secs(), "some connections were still busy and have been cut");
    }
}

fn open(stream: TcpStream, peer: SocketAddr, room: Room, evicted: oneshot::Receiver<Infallible>, router: Router, limits: &Limits, graceful: &GracefulShutdown) {
    let _ = stream.set_nodelay(true);
    let header = if room.is_reserved { limits.header.min(RESERVED_HEADER) } else { limits.header };
    let room = Arc::new(room);
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, busy) = (router.clone(), room.begin());
        let is_reserved = room.is_reserved;
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            if is_reserved {
                request.extensions_mut().insert(ProbesOnly);
            }
            let response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
            Ok::<_, Infallible>(response.map(|body| BusyBody::new(body, busy)))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header)
        .max_buf_size(HEAD)
        .keep_alive(true)
        .serve_connection(TokioIo::new(stream), service);
    let watched = graceful.watch(connection);
    tokio::spawn(async move {
        tokio::select! {
            ended = watched => if let Err(error) = ended {
                tracing::debug!(%peer, %error, "a connection ended early");
            },
            _ = evicted => tracing::debug!(%peer, "a connection without a request made room for another"),
        }
    });
}
