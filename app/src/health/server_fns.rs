//! What the health overview reads, and what a person does about maintenance. The page stays where it is.

#[cfg(feature = "ssr")]
use std::time::Duration;

#[cfg(feature = "ssr")]
use domain::{error::FieldError, permission::Permission, time::Timestamp};
use domain::{
    health_table::{HealthPage, HealthQuery},
    ids::{ProfileId, WindowId},
};
#[cfg(feature = "ssr")]
use engine::{OpsError, maintenance, maintenance::NewWindow};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::read::read_page;
#[cfg(feature = "ssr")]
use crate::action_error::run_action;
use crate::{action::server, action_error::ActionError};

/// What a window holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(strum::Display))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", strum(serialize_all = "snake_case"))]
pub enum Reach {
    Connection,
    Team,
}

#[server]
pub async fn read_health(#[server(default)] query: HealthQuery) -> Result<HealthPage, ActionError> {
    run_action(async move |scope| read_page(&scope, &query).await).await
}

/// `starts_at` is a minute as browsers post it, `2026-03-01T22:00`, in a zone that is `offset_minutes` ahead of UTC; empty for now.
#[server]
pub async fn declare_maintenance(
    id: ProfileId,
    reach: Reach,
    #[server(default)] reason: String,
    #[server(default)] starts_at: String,
    #[server(default)] offset_minutes: i16,
    minutes: u16,
) -> Result<(), ActionError> {
    run_action(async move |scope| {
        scope.authorize(Permission::PlanMaintenance)?;
        let now = scope.console().clock.now();
        let starts_at = if starts_at.is_empty() { now } else { minute(&starts_at, offset_minutes)? };
        let ends_at = starts_at + Duration::from_secs(u64::from(minutes) * 60);
        if ends_at <= now {
            return Err(wrong_start("It would be over already. Leave this empty to begin now."));
        }
        let connection_id = (reach == Reach::Connection).then_some(id);
        maintenance::declare(&scope, NewWindow { connection_id, starts_at, ends_at, reason }).await.map(drop)
    })
    .await
}

#[server]
pub async fn end_maintenance(id: WindowId) -> Result<(), ActionError> {
    run_action(async move |scope| maintenance::end(&scope, id).await).await
}

#[cfg(feature = "ssr")]
fn minute(text: &str, offset_minutes: i16) -> Result<Timestamp, OpsError> {
    let typed: Timestamp = format!("{text}:00Z").parse().map_err(|_| wrong_start("A day and a time, such as 2026-03-01T22:00."))?;
    Ok(Timestamp::from_millis(typed.as_millis() - i64::from(offset_minutes) * 60_000))
}

#[cfg(feature = "ssr")]
fn wrong_start(message: &str) -> OpsError {
    OpsError::Invalid(vec![FieldError::new("starts_at", message)])
}
