//! Errors that went wrong in the same way, counted: by team, program, code, connection and place.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};
use uuid::Uuid;

use super::{
    correlation_id::CorrelationId,
    error_event::ErrorEvent,
    ids::{ErrorGroupId, ProfileId, TeamId},
    severity::Severity,
    time::Timestamp,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct ErrorGroup {
    pub id: ErrorGroupId,
    /// Absent when nobody was signed in.
    pub team_id: Option<TeamId>,
    pub code: String,
    pub service: String,
    pub connection_id: Option<ProfileId>,
    /// Where it goes wrong: [`place_of`] the operation.
    pub place: String,
    /// Of the newest, as are message and correlation ID.
    pub severity: Severity,
    /// What the person read; where nobody read anything, what the program said.
    pub message: String,
    pub correlation_id: CorrelationId,
    pub count: i64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub status: GroupStatus,
    /// When, by whom and with which note it was last marked as resolved, though it may have come back since.
    pub resolved_at: Option<Timestamp>,
    pub resolved_by: Option<String>,
    pub note: Option<String>,
    /// How often it has come back.
    pub reopened: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum GroupStatus {
    Open,
    Resolved,
}

/// Which groups are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFilter {
    pub code: Option<String>,
    pub service: Option<String>,
    pub severity: Option<Severity>,
    pub status: Option<GroupStatus>,
    /// Leaves out what the console refused by a rule: nothing failed there.
    pub only_failures: bool,
    /// Those seen at or after this moment.
    pub from: Option<Timestamp>,
    /// Those first seen before this moment.
    pub to: Option<Timestamp>,
    /// Part of the message, code, place or newest correlation ID, without regard to case.
    pub q: Option<String>,
}

/// How many errors of a group fell into one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct GroupHour {
    pub group_id: ErrorGroupId,
    /// Its beginning, in UTC.
    pub hour: Timestamp,
    pub count: i64,
}

/// The beginning of the hour that `moment` lies in.
pub fn hour_of(moment: Timestamp) -> Timestamp {
    let millis = moment.as_millis();
    Timestamp::from_millis(millis - millis.rem_euclid(3_600_000))
}

/// An operation without what changes from one request to the next: ids and numbers in its path, and its query.
pub fn place_of(operation: &str) -> String {
    let path = operation.split('?').next().unwrap_or_default();
    let part = |part: &str| if is_an_id(part) { "{id}".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn is_an_id(part: &str) -> bool {
    let is_long = part.len() >= 16 && part.bytes().any(|byte| byte.is_ascii_digit());
    part.parse::<Uuid>().is_ok() || is_long || !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// What errors of one kind have in common and nobody else has: each part as a line of its own, which none of them can feign, for they hold no line break.
pub fn fingerprint(event: &ErrorEvent) -> String {
    let team = event.team_id.map(|team| team.to_string()).unwrap_or_default();
    let connection = event.connection_id.map(|connection| connection.to_string()).unwrap_or_default();
    let parts = [team.as_str(), &event.service, &event.code, &connection, &place_of(&event.operation)];
    parts.map(|part| part.replace('\n', " ")).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn event(service: &str, code: &str, operation: &str) -> ErrorEvent {
        ErrorEvent {
            id: Id::new(),
            team_id: None,
            correlation_id: CorrelationId::mint(),
            code: code.into(),
            user_message: String::new(),
            message: String::new(),
            severity: Severity::Error,
            service: service.into(),
            environment: None,
            operation: operation.into(),
            actor: None,
            connection_id: None,
            context: serde_json::json!({}),
            trace_id: None,
            group_id: None,
            log_lines: Vec::new(),
            occurred_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn what_changes_with_each_request_is_no_part_of_the_place() {
        for (operation, place) in [
            ("POST /api/service-connections/01900000-0000-7000-8000-000000000000/verify", "POST /api/service-connections/{id}/verify"),
            ("GET /orders/42?page=2", "GET /orders/{id}"),
            ("GET /evidence/9f86d081884c7d659a2feaa0", "GET /evidence/{id}"),
            ("POST /settings/service-connections/new", "POST /settings/service-connections/new"),
            ("checkout", "checkout"),
            ("", ""),
        ] {
            assert_eq!(place_of(operation), place);
        }
    }

    #[test]
    fn only_the_same_code_of_the_same_program_at_the_same_place_is_of_a_kind() {
        let one = fingerprint(&event("shop", "card_declined", "POST /orders/1"));
        assert_eq!(one, fingerprint(&event("shop", "card_declined", "POST /orders/2")));
        for other in
            [event("till", "card_declined", "POST /orders/1"), event("shop", "timeout", "POST /orders/1"), event("shop", "card_declined", "POST /refunds/1")]
        {
            assert_ne!(one, fingerprint(&other));
        }
        let mut elsewhere = event("shop", "card_declined", "POST /orders/1");
        elsewhere.team_id = Some(TeamId::new());
        assert_ne!(one, fingerprint(&elsewhere), "another team's");
        assert_ne!(fingerprint(&event("a\nb", "c", "")), fingerprint(&event("a", "b\nc", "")), "a line break shifts nothing");
    }

    #[test]
    fn an_hour_begins_at_its_first_millisecond() {
        let moment: Timestamp = "2026-01-02T03:59:59.999Z".parse().expect("a moment");
        assert_eq!(hour_of(moment).to_string(), "2026-01-02T03:00:00.000Z");
        assert_eq!(hour_of(hour_of(moment)), hour_of(moment));
    }
}
