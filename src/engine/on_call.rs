//! Who is on call, now and later.

use std::{collections::HashMap, time::Duration};

use serde::Serialize;

use crate::{OpsError, Scope};
use domain::{
    ids::{ContactId, Id, ScheduleId},
    on_call::{Contact, OnCallSchedule, Shift, Stored},
    permission::Permission,
    time::Timestamp,
};
use store::on_call_documents;

pub mod calendar;
pub mod resources;

/// Somebody whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OnCall {
    #[schema(value_type = uuid::Uuid)]
    pub schedule_id: ScheduleId,
    pub schedule: String,
    #[schema(value_type = uuid::Uuid)]
    pub contact_id: ContactId,
    pub contact: String,
    pub starts_at: Timestamp,
    /// Exclusive.
    pub ends_at: Timestamp,
    /// Somebody takes over for a while.
    pub is_override: bool,
}

/// Who is on call at that moment, of each schedule by its name.
///
/// # Errors
/// The database failed.
pub async fn who(scope: &Scope, at: Timestamp) -> Result<Vec<OnCall>, OpsError> {
    scope.authorize(Permission::ReadOnCall)?;
    between(scope, at, at + Duration::from_millis(1)).await
}

/// Every shift that lies in the time, of each schedule by its name.
///
/// # Errors
/// The database failed.
pub async fn shifts(scope: &Scope, from: Timestamp, to: Timestamp) -> Result<Vec<OnCall>, OpsError> {
    scope.authorize(Permission::ReadOnCall)?;
    between(scope, from, to).await
}

async fn between(scope: &Scope, from: Timestamp, to: Timestamp) -> Result<Vec<OnCall>, OpsError> {
    let names = names(on_call_documents::of_team::<Contact>(&scope.db()).await?);
    let schedules = on_call_documents::of_team::<OnCallSchedule>(&scope.db()).await?;
    let of_one = |schedule: &Stored<OnCallSchedule>| {
        let id = ScheduleId::from_uuid(schedule.id.as_uuid());
        schedule.of.shifts(from, to).into_iter().map(|shift| named(id, &schedule.of.name, shift, &names)).collect::<Vec<_>>()
    };
    Ok(schedules.iter().flat_map(of_one).collect())
}

fn names(contacts: Vec<Stored<Contact>>) -> HashMap<ContactId, String> {
    contacts.into_iter().map(|contact| (Id::from_uuid(contact.id.as_uuid()), contact.of.name)).collect()
}

fn named(schedule_id: ScheduleId, schedule: &str, shift: Shift, names: &HashMap<ContactId, String>) -> OnCall {
    let Shift { contact_id, starts_at, ends_at, is_override } = shift;
    OnCall {
        schedule_id,
        schedule: schedule.to_owned(),
        contact: names.get(&contact_id).cloned().unwrap_or_default(),
        contact_id,
        starts_at,
        ends_at,
        is_override,
    }
}
