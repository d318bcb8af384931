//! What the health overview reads, and what a person does about maintenance. The page stays where it is.

#[cfg(feature = "ssr")]
use std::time::Duration;

use domain::{
    health_table::{HealthPage, HealthQuery},
    ids::{ProfileId, WindowId},
};
#[cfg(feature = "ssr")]
use domain::{matchers::Matchers, permission::Permission, profile::ServiceConnectionProfile, recurrence, time::Timestamp};
#[cfg(feature = "ssr")]
use engine::{
    OpsError, connections,
    maintenance::{self, NewWindow},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use super::read::read_page;
#[cfg(feature = "ssr")]
use crate::action_error::run_action;
use crate::{action::server, action_error::ActionError};

/// How often a window comes again. Its days are those on which it begins, unless others are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(strum::Display, strum::EnumIter))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", strum(serialize_all = "snake_case"))]
pub enum Repeats {
    #[default]
    Never,
    Daily,
    Weekly,
    Monthly,
    /// By a rule of its own.
    Rule,
}

/// When a window begins, how long it lasts and how it comes again, as browsers post it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WindowInput {
    /// A minute such as `2026-03-01T22:00`, by the clocks of `time_zone`; empty for now.
    #[serde(default)]
    starts_at: String,
    time_zone: String,
    /// A number, as text: what is flattened out of a form is read as text alone.
    minutes: String,
    #[serde(default)]
    repeats: Repeats,
    /// `MO` … `SU`, of weekly ones.
    #[serde(default)]
    days: Vec<String>,
    #[serde(default)]
    rrule: String,
    #[serde(default)]
    reason: String,
}

/// What a window that is declared on a connection's page holds for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Reach {
    Connection,
    /// All of the connection's environment.
    Environment,
    Team,
    Tag(String),
}

impl TryFrom<String> for Reach {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "connection" => Ok(Self::Connection),
            "environment" => Ok(Self::Environment),
            "team" => Ok(Self::Team),
            _ => text.strip_prefix("tag:").map(|tag| Self::Tag(tag.to_owned())).ok_or("connection, environment, team, or tag: and a tag"),
        }
    }
}

impl From<Reach> for String {
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::Connection => "connection".to_owned(),
            Reach::Environment => "environment".to_owned(),
            Reach::Team => "team".to_owned(),
            Reach::Tag(tag) => format!("tag:{tag}"),
        }
    }
}

#[server]
pub async fn read_health(#[server(default)] query: HealthQuery) -> Result<HealthPage, ActionError> {
    run_action(async move |scope| read_page(&scope, &query).await).await
}

#[server]
pub async fn declare_maintenance(id: ProfileId, reach: Reach, #[server(flatten)] input: WindowInput) -> Result<(), ActionError> {
    run_action(async move |scope| {
        scope.authorize(Permission::PlanMaintenance)?;
        let connection = connections::get(&scope, id).await?;
        let new = input.into_new(scope.console().clock.now(), matchers(reach, &connection))?;
        maintenance::declare(&scope, new).await.map(drop).map_err(|error| error.renamed("duration_minutes", "minutes"))
    })
    .await
}

#[server]
pub async fn end_maintenance(id: WindowId) -> Result<(), ActionError> {
    run_action(async move |scope| maintenance::end(&scope, id).await).await
}

#[cfg(feature = "ssr")]
fn matchers(reach: Reach, connection: &ServiceConnectionProfile) -> Matchers {
    match reach {
        Reach::Connection => Matchers { connection_id: Some(connection.id), ..Matchers::default() },
        Reach::Environment => Matchers { environment: Some(connection.environment), ..Matchers::default() },
        Reach::Team => Matchers::default(),
        Reach::Tag(tag) => Matchers { tag: Some(tag), ..Matchers::default() },
    }
}

#[cfg(feature = "ssr")]
impl WindowInput {
    fn into_new(self, now: Timestamp, matchers: Matchers) -> Result<NewWindow, OpsError> {
        if !recurrence::is_zone(&self.time_zone) {
            return Err(OpsError::invalid("time_zone", "A zone of the IANA list, such as Europe/Berlin."));
        }
        let starts_at = if self.starts_at.is_empty() {
            now
        } else {
            recurrence::local(&self.starts_at, &self.time_zone).ok_or_else(|| OpsError::invalid("starts_at", "A day and a time, such as 2026-03-01T22:00."))?
        };
        let minutes = self.minutes.parse().ok().filter(|minutes: &i32| *minutes > 0).ok_or_else(|| OpsError::invalid("minutes", "A number of minutes."))?;
        // Who chose days or wrote a rule did not mean a window that comes once.
        if self.repeats == Repeats::Never && !(self.days.is_empty() && self.rrule.trim().is_empty()) {
            return Err(OpsError::invalid("repeats", "Choose how it comes again, or leave out the days and the rule."));
        }
        let rrule = self.rrule();
        let is_over = rrule.is_none() && starts_at + Duration::from_secs(u64::from(minutes.unsigned_abs()) * 60) <= now;
        if is_over {
            return Err(OpsError::invalid("starts_at", "It would be over already. Leave this empty to begin now."));
        }
        Ok(NewWindow {
            connection_id: matchers.connection_id,
            tag: matchers.tag,
            environment: matchers.environment,
            starts_at,
            ends_at: None,
            time_zone: rrule.as_ref().map(|_| self.time_zone),
            rrule,
            duration_minutes: Some(minutes),
            reason: self.reason,
        })
    }

    fn rrule(&self) -> Option<String> {
        match self.repeats {
            Repeats::Never => None,
            Repeats::Daily => Some("FREQ=DAILY".to_owned()),
            Repeats::Weekly if self.days.is_empty() => Some("FREQ=WEEKLY".to_owned()),
            Repeats::Weekly => Some(format!("FREQ=WEEKLY;BYDAY={}", self.days.join(","))),
            Repeats::Monthly => Some("FREQ=MONTHLY".to_owned()),
            Repeats::Rule => Some(self.rrule.clone()),
        }
    }
}
