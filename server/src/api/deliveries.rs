//! `/api/deliveries`: what was sent on channels, and what waits or was given up.

use axum::{Json, http::Uri, response::Response};
use domain::{
    delivery::{Delivery, DeliveryFilter, DeliveryStatus},
    ids::{ChannelId, DeliveryId, IncidentId},
};
use engine::notify::deliveries;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    caller::{Caller, ReadChannels, UseChannels},
    input::{Id, Query},
    paging::{self, Page},
};
use crate::{problem::Problem, state::AppState};

pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(resend))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    #[param(value_type = Option<Uuid>)]
    channel_id: Option<ChannelId>,
    #[param(value_type = Option<Uuid>)]
    incident_id: Option<IncidentId>,
    status: Option<DeliveryStatus>,
    /// 1 to 200, usually 50.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// The team's deliveries, the newest first.
#[utoipa::path(get, operation_id = "list_deliveries", path = "/api/deliveries", tag = "channels", params(ListQuery),
    responses((status = OK, body = Page<Delivery>), (status = "4XX", body = Problem)))]
async fn list(caller: Caller<ReadChannels>, Query(query): Query<ListQuery>, uri: Uri) -> Result<Response, Problem> {
    let list = move |scope, limit| async move {
        let filter = DeliveryFilter { channel: query.channel_id, incident: query.incident_id, status: query.status };
        deliveries::list(&scope, filter, limit, query.cursor.as_deref()).await
    };
    paging::list(&caller, &uri, query.limit, list).await
}

/// Sends a message again that was given up, under the same id.
#[utoipa::path(post, operation_id = "resend_delivery", path = "/api/deliveries/{id}/resend", tag = "channels", params(("id" = Uuid, Path)),
    responses((status = OK, body = Delivery), (status = "4XX", body = Problem)))]
async fn resend(caller: Caller<UseChannels>, Id(id): Id<DeliveryId>) -> Result<Json<Delivery>, Problem> {
    caller.call(|scope| async move { deliveries::resend(&scope, id).await }).await.map(Json)
}
