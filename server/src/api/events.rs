//! `/api/events`: server-sent events of what changed.

use std::{convert::Infallible, mem, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{
    events::{AccessEnded, Alive, ReadAgain},
    permission::Permission,
    time::Timestamp,
};
use engine::{
    Actor,
    events::{Event, frame},
};
use futures::stream;
use serde::Deserialize;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Interval, MissedTickBehavior, interval},
};
use tower_sessions::Session;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ReadHealth},
    input::Query,
};
use crate::{auth, problem::Problem, state::AppState, streams::Stream};

/// How often a stream looks whether its reader may still read, for what another process has ended, and tells that it lives.
const RECHECK: Duration = Duration::from_secs(5);

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(events))
}

/// `health` with `{"items":[…]}` of the connections tried just now, `incident`, `notification`, and `again` for a reader that fell behind and
/// must read everything once more; `alive` every five seconds. It goes on until the reader leaves or the server stops; `ended` comes last when the session has ended, the
/// token was revoked, or the role has changed.
#[utoipa::path(get, operation_id = "events", path = "/api/events", tag = "health",
    responses((status = OK, content_type = "text/event-stream", body = String), (status = "4XX", body = Problem)))]
async fn events(caller: Caller<ReadHealth>, State(state): State<AppState>, session: Session, Query(query): Query<EventsQuery>) -> Result<Response, Problem> {
    let stream = caller.open_stream().await?;
    let reading = caller.call(|scope| async move {
        scope.authorize(Permission::ReadIncidents)?;
        scope.authorize(Permission::ReadNotifications)?;
        Ok(Reader::new(state, scope.actor().clone(), session, stream, query.since))
    });
    let reader = reading.await?;
    let mut response = Body::from_stream(stream::unfold(reader, Reader::next)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct EventsQuery {
    /// When the reader read what it shows, in milliseconds since 1970 by the clock of the server: `again` comes first where something was told since.
    since: Option<i64>,
}

struct Reader {
    state: AppState,
    actor: Actor,
    session: Session,
    since: Timestamp,
    events: Receiver<Arc<Event>>,
    recheck: Interval,
    stream: Stream,
    /// It has to read again before anything else.
    is_behind: bool,
    has_ended: bool,
}

impl Reader {
    fn new(state: AppState, actor: Actor, session: Session, stream: Stream, read_at: Option<i64>) -> Self {
        let mut recheck = interval(RECHECK);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (events, since) = (state.console.events.subscribe(), state.console.clock.now());
        // Looked up once it listens, so that nothing is told between the two.
        let is_behind = read_at.is_some_and(|read_at| state.console.events.has_news_since(actor.team, Timestamp::from_millis(read_at)));
        Self { state, actor, session, since, events, recheck, stream, is_behind, has_ended: false }
    }

    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        if self.has_ended {
            return None;
        }
        if mem::take(&mut self.is_behind) {
            return Some((Ok(frame(&ReadAgain {})), self));
        }
        let stopping = self.state.console.stopping.clone();
        let told = loop {
            tokio::select! {
                () = stopping.cancelled() => return None,
                event = self.events.recv() => match event {
                    Ok(event) if event.team == self.actor.team => break event.frame(),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => break frame(&ReadAgain {}),
                    Err(RecvError::Closed) => return None,
                },
                () = self.stream.access_changed() => if !self.may_read().await {
                    self.has_ended = true;
                    break frame(&AccessEnded {});
                },
                _ = self.recheck.tick() => {
                    self.has_ended = !self.may_read().await;
                    break if self.has_ended { frame(&AccessEnded {}) } else { frame(&Alive {}) };
                }
            }
        };
        Some((Ok(told), self))
    }

    /// A look that fails ends nothing.
    async fn may_read(&self) -> bool {
        auth::is_still(&self.state, &self.actor, &self.session, self.since).await.unwrap_or(true)
    }
}
