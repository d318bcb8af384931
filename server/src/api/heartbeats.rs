//! `/api/service-connections/…`: sweeps, health and history.

use axum::{Json, http::Uri, response::Response};
use domain::{
    environment::Environment,
    health::{ConnectionHealth, HealthStatus, Uptime},
    health_table::HealthFilter,
    heartbeat::{Heartbeat, HeartbeatRollup, Slot, Span},
    ids::ProfileId,
    time::Timestamp,
};
use engine::{
    OpsError, health,
    heartbeat::sweep::{self, Swept},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ReadHealth, SweepHeartbeats},
    input::{Body, Id, Query},
    paging::{self, Page},
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(sweep)).routes(routes!(list)).routes(routes!(history)).routes(routes!(uptime))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Sweep {
    /// Only these; null means every active connection of the team.
    #[schema(value_type = Option<Vec<Uuid>>)]
    connection_ids: Option<Vec<ProfileId>>,
}

/// Tries connections now, due or not, and answers when all have ended.
#[utoipa::path(post, operation_id = "sweep", path = "/api/service-connections/heartbeat", tag = "health", request_body = Sweep,
    responses((status = OK, body = Swept), (status = "4XX", body = Problem)))]
async fn sweep(caller: Caller<SweepHeartbeats>, Body(body): Body<Sweep>) -> Result<Json<Swept>, Problem> {
    caller.call(|scope| async move { sweep::sweep(&scope, body.connection_ids.as_deref()).await }).await.map(Json)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    environment: Option<Environment>,
    status: Option<HealthStatus>,
    /// Part of a name.
    q: Option<String>,
    /// 1 to 200, usually 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// Whether the team's active and suspended connections are well, by name, a page at a time.
#[utoipa::path(get, operation_id = "list_health", path = "/api/service-connections/health", tag = "health", params(ListQuery),
    responses((status = OK, body = Page<ConnectionHealth>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadHealth>, Query(query): Query<ListQuery>, uri: Uri) -> Result<Response, Problem> {
    let list = move |scope, limit| async move {
        let filter = HealthFilter { environment: query.environment, status: query.status, q: query.q };
        health::list(&scope, &filter, limit, query.cursor.as_deref()).await
    };
    paging::list(&caller, &uri, query.limit, list).await
}

#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Resolution {
    Raw,
    Hour,
    Day,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// Usually a day before `to`; 30 days for hours, 90 for days.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Usually now.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// `raw` unless given: each slot. `hour` and `day` are counts.
    #[param(value_type = Option<String>, pattern = "^(raw|hour|day)$")]
    resolution: Option<Resolution>,
}

/// Slots, or counts of them; the oldest first, at most 5000.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum History {
    Slots { items: Vec<Heartbeat> },
    Rollups { items: Vec<HeartbeatRollup> },
}

/// A connection's heartbeats between two moments.
#[utoipa::path(get, operation_id = "list_heartbeats", path = "/api/service-connections/{id}/heartbeats", tag = "health", params(("id" = Uuid, Path), HistoryQuery),
    responses((status = OK, body = History), (status = "4XX", body = Problem)))]
async fn history(caller: Caller<ReadHealth>, Id(id): Id<ProfileId>, Query(query): Query<HistoryQuery>) -> Result<Json<History>, Problem> {
    let history = caller.call(|scope| async move {
        let resolution = query.resolution.unwrap_or(Resolution::Raw);
        let days = match resolution {
            Resolution::Raw => 1,
            Resolution::Hour => 30,
            Resolution::Day => 90,
        };
        let to = query.to.map_or_else(|| Slot::beyond(scope.console().clock.now()), Slot::at);
        let from = query.from.map_or_else(|| to.plus(-days * 86_400), Slot::at);
        bounded(resolution, from, to)?;
        Ok(match resolution {
            Resolution::Raw => History::Slots { items: health::slots(&scope, id, from, to).await? },
            Resolution::Hour => History::Rollups { items: health::rollups(&scope, id, Span::Hour, from, to).await? },
            Resolution::Day => History::Rollups { items: health::rollups(&scope, id, Span::Day, from, to).await? },
        })
    });
    history.await.map(Json)
}

/// A span that would hold more than is answered, or cost more than it is worth, is refused.
fn bounded(resolution: Resolution, from: Slot, to: Slot) -> Result<(), OpsError> {
    let most = match resolution {
        Resolution::Raw => 32,
        Resolution::Hour => 200,
        Resolution::Day => 800,
    };
    if to.0.saturating_sub(from.0) <= most * 86_400 {
        return Ok(());
    }
    Err(OpsError::invalid("from", format!("At most {most} days before `to` at this resolution.")))
}

/// Uptime over four spans, in percent of what was tried.
#[utoipa::path(get, operation_id = "get_uptime", path = "/api/service-connections/{id}/uptime", tag = "health", params(("id" = Uuid, Path)),
    responses((status = OK, body = Uptime), (status = "4XX", body = Problem)))]
async fn uptime(caller: Caller<ReadHealth>, Id(id): Id<ProfileId>) -> Result<Json<Uptime>, Problem> {
    caller.call(|scope| async move { health::uptimes(&scope, id).await }).await.map(Json)
}
