//! The calendar of a schedule, for calendar programs: an address with a secret of its own, which a person gives out and takes back.

use std::time::Duration;

use icalendar::{Calendar, Component, Event, EventLike};

use super::names;
use crate::{Console, OpsError, Scope, access::random_text};
use domain::{
    audit::{AuditAct, Subject},
    error::ErrorCode,
    ids::{Id, ScheduleId},
    on_call::{Contact, OnCallSchedule},
    permission::Permission,
};
use store::{calendars, on_call_documents};

/// Where calendars are.
pub const PATH: &str = "/calendars";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What it shows of the past, and of what comes.
const PAST: Duration = DAY.saturating_mul(28);
const COMING: Duration = DAY.saturating_mul(26 * 7);

/// Gives the schedule an address, in place of an earlier one. Its secret is answered here and never again.
///
/// # Errors
/// There is no such schedule in the actor's team.
pub async fn issue(scope: &Scope, id: ScheduleId) -> Result<String, OpsError> {
    scope.authorize(Permission::ManageOnCall)?;
    let token = random_text();
    set(scope, id, Some(&token), AuditAct::CalendarIssued).await?;
    Ok(token)
}

/// Takes the address back: whoever has it reads nothing more.
///
/// # Errors
/// There is no such schedule in the actor's team.
pub async fn revoke(scope: &Scope, id: ScheduleId) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageOnCall)?;
    set(scope, id, None, AuditAct::CalendarRevoked).await
}

async fn set(scope: &Scope, id: ScheduleId, token: Option<&str>, act: AuditAct) -> Result<(), OpsError> {
    let mut tx = scope.begin().await?;
    if !calendars::set(&mut tx, id, token).await? {
        return Err(ErrorCode::ScheduleNotFound.into());
    }
    scope.audit(&mut tx, act, Subject::from(id)).await?;
    Ok(tx.commit().await?)
}

/// Where whoever has the secret finds the calendar.
pub fn address(console: &Console, token: &str) -> String {
    format!("{}{PATH}/{token}.ics", console.sending.address)
}

/// The calendar that an address leads to, as RFC 5545 has it. Nobody guesses a secret of 256 bits, so that guesses need no limit.
///
/// # Errors
/// `route_not_found` for an address that is not good, or not any more.
pub async fn read(console: &Console, token: &str) -> Result<String, OpsError> {
    let (team, id) = calendars::by_token(&console.db, token).await?.ok_or(ErrorCode::RouteNotFound)?;
    let db = console.db.for_team(team);
    let schedule = on_call_documents::get::<OnCallSchedule>(&db, Id::from_uuid(id.as_uuid())).await?.ok_or(ErrorCode::RouteNotFound)?;
    let names = names(on_call_documents::of_team::<Contact>(&db).await?);
    let now = console.clock.now();
    let mut calendar = Calendar::new();
    calendar.name(&schedule.of.name);
    for shift in schedule.of.shifts(now - PAST, now + COMING) {
        let who = names.get(&shift.contact_id).map_or("Somebody", String::as_str);
        let event = Event::new()
            // The same turn is the same event whenever it is read.
            .uid(&format!("{id}-{}@switchboard", shift.starts_at.as_millis() / 1_000))
            .timestamp(schedule.updated_at.as_datetime())
            .starts(shift.starts_at.as_datetime())
            .ends(shift.ends_at.as_datetime())
            .summary(&format!("{who} is on call: {}", schedule.of.name))
            .done();
        calendar.push(event);
    }
    Ok(calendar.done().to_string())
}
