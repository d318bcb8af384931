//! `/api/events`: server-sent events of what changed.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{events::ReadAgain, time::Timestamp};
use engine::{
    Scope, access,
    events::{Event, frame},
};
use futures::stream;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Interval, MissedTickBehavior, interval},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::caller::{Caller, ReadHealth};
use crate::{problem::Problem, state::AppState, streams::Stream};

/// How often a stream looks whether its reader may still read, and tells proxies that it lives.
const RECHECK: Duration = Duration::from_secs(30);

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(events))
}

/// `health` with `{"items":[…]}` of the connections tried just now, `incident`, `notification`, and `again` for a reader that fell behind and
/// must read everything once more. It goes on until the reader leaves, loses its role, or the server stops.
#[utoipa::path(get, operation_id = "events", path = "/api/events", tag = "health",
    responses((status = OK, content_type = "text/event-stream", body = String), (status = "4XX", body = Problem)))]
async fn events(caller: Caller<ReadHealth>) -> Result<Response, Problem> {
    let stream = caller.open_stream().await?;
    let reader = caller.call(|scope| async move { Ok(Reader::new(scope, stream)) }).await?;
    let mut response = Body::from_stream(stream::unfold(reader, Reader::next)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

struct Reader {
    scope: Scope,
    since: Timestamp,
    events: Receiver<Arc<Event>>,
    recheck: Interval,
    _stream: Stream,
}

impl Reader {
    fn new(scope: Scope, stream: Stream) -> Self {
        let mut recheck = interval(RECHECK);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let console = scope.console();
        Self { events: console.events.subscribe(), since: console.clock.now(), scope, recheck, _stream: stream }
    }

    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let stopping = self.scope.console().stopping.clone();
        loop {
            tokio::select! {
                () = stopping.cancelled() => return None,
                event = self.events.recv() => match event {
                    Ok(event) if event.team == self.scope.actor().team => return Some((Ok(event.frame()), self)),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => return Some((Ok(frame(&ReadAgain {})), self)),
                    Err(RecvError::Closed) => return None,
                },
                _ = self.recheck.tick() => {
                    let may_read = access::is_still(self.scope.console(), self.scope.actor(), self.since).await.unwrap_or(true);
                    return may_read.then_some((Ok(Bytes::from_static(b": alive\n\n")), self));
                }
            }
        }
    }
}
