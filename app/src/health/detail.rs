//! One connection's health: how it is, its heartbeats, its latency, its uptime, and what its thresholds are.

use domain::{
    error::{ErrorCode, UserError},
    ids::ProfileId,
    profile::{ServiceConnectionProfile, State},
};
use engine::connections;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use self::{drawn::Drawn, recent::Recent, rules::Rules, uptimes::Uptimes, windows::Windows};
use super::{LIST, history::History, status::HealthBadge};
use crate::{
    authorize::in_scope,
    connections::path_of as connection_path,
    incidents::QuickAcknowledge,
    suppression::{SuppressionNotice, SuppressionState},
    ui::{
        badge::EnvironmentBadge,
        empty::Empty,
        icon::{ALERT, Icon, PULSE},
        live::Live,
        markup::IntoMarkup,
        page::{PageContent, page},
    },
};

mod drawn;
mod recent;
mod rules;
mod uptimes;
mod windows;

/// All that the page shows.
struct PageData {
    connection: ServiceConnectionProfile,
    quiet: SuppressionState,
    /// Absent for one that is not watched.
    past: Option<History>,
}

#[component]
pub fn HealthPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").and_then(|id| id.parse().ok());
    page(read(id))
}

async fn read(id: Option<ProfileId>) -> Result<PageContent, UserError> {
    let data = in_scope(async move |scope| {
        let connection = connections::get(&scope, id.ok_or(ErrorCode::ConnectionNotFound)?).await?;
        let is_watched = matches!(connection.state, State::Active | State::Suspended);
        let past = if is_watched { Some(History::of(&scope, &connection).await?) } else { None };
        Ok(PageData { quiet: SuppressionState::of(&scope, &connection).await?, connection, past })
    })
    .await?;
    Ok(PageContent::new(data.connection.name.clone(), body(data)).under("Health", LIST))
}

fn body(data: PageData) -> impl IntoView {
    let PageData { connection, quiet, past } = data;
    let id = connection.id;
    let badge = past.as_ref().map(|past| view! { <HealthBadge status=past.health.status/> });
    let head = view! {
        <div class="page-head">
            <div id="health-head" data-refresh="">
                <h1>{connection.name.clone()}</h1>
                <p class="facts">{badge} <EnvironmentBadge environment=connection.environment/></p>
            </div>
            <Live/>
            <div class="page-actions">
                <a class="button" href=connection_path(id)>
                    "Open the connection"
                </a>
            </div>
        </div>
    };
    let Some(past) = past else {
        return view! { {head} <Unwatched id=id/> }.into_markup();
    };
    let trouble = trouble(&past);
    let (windows, uptime, now) = (past.windows.clone(), past.uptime, past.now.timestamp());
    let (recent, failures) = (past.slots.clone(), past.failures.clone());
    view! {
        {head}
        <div class="stack" id="health-past" data-refresh="" data-watch=id.to_string()>
            {trouble}
            <SuppressionNotice quiet=quiet/>
            <Uptimes uptime=uptime now=now/>
            <div class="columns">
                <div class="stack">
                    <Drawn past=past policy=connection.heartbeat/>
                    <Recent slots=recent failures=failures/>
                </div>
                <div class="stack">
                    <Windows id=id tags=connection.tags.clone() windows=windows/>
                    <Rules connection=connection/>
                </div>
            </div>
        </div>
    }
    .into_markup()
}

#[component]
fn Unwatched(id: ProfileId) -> impl IntoView {
    view! {
        <div class="card">
            <Empty icon=PULSE title="Not watched" text="Heartbeats begin when this connection is activated. Test it against the real thing first.">
                <a class="button primary" href=connection_path(id)>
                    "Open the connection"
                </a>
            </Empty>
        </div>
    }
}

/// What is wrong now, and the way to take it on.
fn trouble(past: &History) -> impl IntoView + use<> {
    let failing = past.health.consecutive_failures > 0 || past.health.open_incident_id.is_some();
    let why = past.health.last_failure.clone().unwrap_or_else(|| "Its last heartbeat failed.".to_owned());
    let acknowledge = past.health.open_incident_id.map(|incident| view! { <QuickAcknowledge id=incident is_acknowledged=past.is_acknowledged/> });
    failing.then(|| {
        view! {
            <div class="notice bad">
                <Icon path=ALERT/>
                <p class="grow">{why}</p>
                {acknowledge}
            </div>
        }
    })
}
