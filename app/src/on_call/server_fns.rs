//! Save and remove contacts, schedules and escalation policies; acknowledge by link; escalate.

use domain::ids::{ChannelId, ContactId, EscalationPolicyId, IncidentId, ScheduleId};
#[cfg(feature = "ssr")]
use domain::{
    business_hours::read_local,
    error::{ErrorCode, FieldError},
    ids::Id,
    on_call::{Contact, EscalationPolicy, OnCallSchedule},
    permission::Permission,
};
#[cfg(feature = "ssr")]
use engine::{
    OpsError, Scope,
    escalation::{self, Escalate, EscalationTarget, by_link},
    on_call::{
        calendar,
        resources::{self, OnCallResource},
    },
};
#[cfg(feature = "ssr")]
use leptos_axum::redirect;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ssr")]
use serde_json::{Map, Value, json};

#[cfg(feature = "ssr")]
use super::{LIST, SCHEDULE, form_of};
use crate::{action::server, action_error::ActionError};
#[cfg(feature = "ssr")]
use crate::{
    action_error::{run_action, run_anonymous_action},
    issued,
    session::server_fns::session,
};

#[server]
pub async fn save_contact(
    #[server(default)] id: Option<ContactId>,
    #[server(default)] version: Option<i64>,
    name: String,
    #[server(default)] email: String,
    #[server(default)] channel_ids: Vec<ChannelId>,
) -> Result<(), ActionError> {
    let email = Some(email.trim().to_owned()).filter(|email| !email.is_empty());
    run_action(async move |scope| save::<Contact>(&scope, id.map(any), version, json!({ "name": name, "email": email, "channel_ids": channel_ids })).await)
        .await?;
    redirect(LIST);
    Ok(())
}

#[server]
pub async fn remove_contact(id: ContactId) -> Result<(), ActionError> {
    run_action(async move |scope| resources::remove::<Contact>(&scope, any(id)).await).await?;
    redirect(LIST);
    Ok(())
}

/// What a person enters of a schedule, as browsers post it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScheduleInput {
    name: String,
    time_zone: String,
    rotation: String,
    hand_over_day: String,
    hand_over_time: String,
    starts_on: String,
    /// Names of contacts, one a line, in their order.
    people: String,
}

#[server]
pub async fn save_schedule(
    #[server(default)] id: Option<ScheduleId>,
    #[server(default)] version: Option<i64>,
    #[server(flatten)] input: ScheduleInput,
) -> Result<(), ActionError> {
    run_action(async move |scope| {
        scope.authorize(Permission::ManageOnCall)?;
        let contacts = resources::list::<Contact>(&scope).await?;
        let mut contact_ids = Vec::new();
        for name in input.people.lines().map(str::trim).filter(|name| !name.is_empty()) {
            let known = contacts.iter().find(|contact| domain::folding::fold(&contact.of.name) == domain::folding::fold(name));
            contact_ids
                .push(known.ok_or_else(|| OpsError::invalid("people", format!("Nobody is called “{}”; add them as a contact first.", shortened(name))))?.id);
        }
        let ScheduleInput { name, time_zone, rotation, hand_over_day, hand_over_time, starts_on, .. } = input;
        let members = json!({
            "name": name, "time_zone": time_zone, "rotation": rotation, "hand_over_day": hand_over_day, "hand_over_time": hand_over_time,
            "starts_on": starts_on, "contact_ids": contact_ids,
        });
        save::<OnCallSchedule>(&scope, id.map(any), version, members).await.map_err(|error| error.renamed("contact_ids", "people"))
    })
    .await?;
    redirect(LIST);
    Ok(())
}

#[server]
pub async fn remove_schedule(id: ScheduleId) -> Result<(), ActionError> {
    run_action(async move |scope| resources::remove::<OnCallSchedule>(&scope, any(id)).await).await?;
    redirect(LIST);
    Ok(())
}

/// Somebody takes over, from and to by a clock in the schedule's own zone.
#[server]
pub async fn add_override(id: ScheduleId, contact_id: ContactId, starts_at: String, ends_at: String) -> Result<(), ActionError> {
    run_action(async move |scope| {
        scope.authorize(Permission::ManageOnCall)?;
        let schedule = resources::get::<OnCallSchedule>(&scope, any(id)).await?;
        let read = |name: &str, text: &str| {
            read_local(schedule.of.time_zone, text).ok_or_else(|| OpsError::invalid(name, "A day and a time, such as 2026-12-24T09:00."))
        };
        let (starts_at, ends_at) = (read("starts_at", &starts_at)?, read("ends_at", &ends_at)?);
        if ends_at <= starts_at {
            return Err(OpsError::invalid("ends_at", "Must be later than the beginning."));
        }
        if ends_at <= scope.console().clock.now() {
            return Err(OpsError::invalid("ends_at", "Must lie in the future."));
        }
        let mut overrides = json!(schedule.of.overrides);
        if let Some(overrides) = overrides.as_array_mut() {
            overrides.push(json!({ "contact_id": contact_id, "starts_at": starts_at, "ends_at": ends_at }));
        }
        edit_overrides(&scope, id, schedule.version, overrides).await.map_err(|error| error.renamed("overrides", "contact_id"))
    })
    .await?;
    redirect(&form_of(SCHEDULE, Some(any(id))));
    Ok(())
}

/// The one of that number, the first being 0, of the version that the person saw.
#[server]
pub async fn remove_override(id: ScheduleId, version: i64, number: usize) -> Result<(), ActionError> {
    run_action(async move |scope| {
        scope.authorize(Permission::ManageOnCall)?;
        let schedule = resources::get::<OnCallSchedule>(&scope, any(id)).await?;
        let kept: Vec<_> = schedule.of.overrides.iter().enumerate().filter(|(place, _)| *place != number).map(|(_, other)| other).collect();
        edit_overrides(&scope, id, version, json!(kept)).await
    })
    .await?;
    redirect(&form_of(SCHEDULE, Some(any(id))));
    Ok(())
}

/// The page that it leads to shows the address, once.
#[server]
pub async fn issue_calendar(id: ScheduleId) -> Result<(), ActionError> {
    let session = session().await?;
    run_action(async move |scope| {
        scope.authorize(Permission::ManageOnCall)?;
        let name = resources::get::<OnCallSchedule>(&scope, any(id)).await?.of.name;
        let address = calendar::address(scope.console(), &calendar::issue(&scope, id).await?);
        issued::keep(scope.console(), &session, id, name, &address.into()).await
    })
    .await?;
    redirect(&format!("{}&issued={id}", form_of(SCHEDULE, Some(any(id)))));
    Ok(())
}

#[server]
pub async fn revoke_calendar(id: ScheduleId) -> Result<(), ActionError> {
    run_action(async move |scope| calendar::revoke(&scope, id).await).await?;
    redirect(&form_of(SCHEDULE, Some(any(id))));
    Ok(())
}

/// One level, as browsers post it. Without a time there is none.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LevelInput {
    #[serde(default)]
    name: String,
    #[serde(default)]
    after_minutes: String,
    /// `contact_id:…`, `schedule_id:…` or `channel_id:…`.
    #[serde(default)]
    targets: Vec<String>,
}

#[server]
pub async fn save_escalation_policy(
    #[server(default)] id: Option<EscalationPolicyId>,
    #[server(default)] version: Option<i64>,
    name: String,
    #[server(default)] levels: Vec<LevelInput>,
) -> Result<(), ActionError> {
    run_action(async move |scope| {
        scope.authorize(Permission::ManageOnCall)?;
        let (numbers, levels) = read_levels(&levels)?;
        let saved = save::<EscalationPolicy>(&scope, id.map(any), version, json!({ "name": name, "levels": levels })).await;
        saved.map_err(|error| renumbered(error, &numbers))
    })
    .await?;
    redirect(LIST);
    Ok(())
}

/// The levels that the form has, and the number of each in it.
#[cfg(feature = "ssr")]
fn read_levels(levels: &[LevelInput]) -> Result<(Vec<usize>, Vec<Value>), OpsError> {
    let (mut numbers, mut read, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for (number, level) in levels.iter().enumerate() {
        let (name, after) = (level.name.trim(), level.after_minutes.trim());
        let mut tell = |message: &str| errors.push(FieldError::new(format!("levels.{number}.after_minutes"), message));
        let is_blank = after.is_empty() && name.is_empty() && level.targets.is_empty();
        match after.parse::<u32>() {
            _ if is_blank => {}
            Ok(after_minutes) => {
                let targets: Vec<Value> = level.targets.iter().filter_map(|target| target.split_once(':')).map(|(kind, id)| json!({ kind: id })).collect();
                numbers.push(number);
                read.push(json!({ "name": name, "after_minutes": after_minutes, "targets": targets }));
            }
            Err(_) if after.is_empty() => tell("Say after how many minutes; 0 is at once."),
            Err(_) => tell("A whole number of minutes, such as 15."),
        }
    }
    if read.is_empty() && errors.is_empty() {
        errors.push(FieldError::new("levels.0.after_minutes", "A policy has at least one level: say after how many minutes; 0 is at once."));
    }
    if errors.is_empty() { Ok((numbers, read)) } else { Err(OpsError::Invalid(errors)) }
}

/// What is wrong with a level, at its place in the form.
#[cfg(feature = "ssr")]
fn renumbered(error: OpsError, numbers: &[usize]) -> OpsError {
    (0..numbers.len()).rev().fold(error, |error, place| {
        let at = |number: usize, member: &str| format!("levels.{number}.{member}");
        ["after_minutes", "name", "targets"].into_iter().fold(error, |error, member| error.renamed(&at(place, member), &at(numbers[place], member)))
    })
}

#[server]
pub async fn remove_escalation_policy(id: EscalationPolicyId) -> Result<(), ActionError> {
    run_action(async move |scope| resources::remove::<EscalationPolicy>(&scope, any(id)).await).await?;
    redirect(LIST);
    Ok(())
}

/// The next level at once.
#[server]
pub async fn escalate_incident(id: IncidentId) -> Result<(), ActionError> {
    run_action(async move |scope| escalation::escalate(&scope, id, Escalate::default()).await.map(drop)).await
}

/// Whoever is to hear of a suspected breach.
#[server]
pub async fn report_breach(id: IncidentId) -> Result<(), ActionError> {
    let asked = Escalate { to: Some(EscalationTarget::Security), note: None };
    run_action(async move |scope| escalation::escalate(&scope, id, asked).await.map(drop)).await
}

/// Takes an incident on by the link of a message, without signing in.
#[server]
pub async fn acknowledge_by_link(token: String) -> Result<(), ActionError> {
    run_anonymous_action(async move |console, client| by_link::acknowledge(&console, &token, &client).await).await
}

#[cfg(feature = "ssr")]
async fn save<T: OnCallResource>(scope: &Scope, id: Option<Id<()>>, seen: Option<i64>, members: Value) -> Result<(), OpsError> {
    let members = members.as_object().cloned().unwrap_or_default();
    match id {
        Some(id) => resources::edit::<T>(scope, id, seen, members).await.map(drop),
        None => resources::create::<T>(scope, members).await.map(drop),
    }
    .map_err(|error| if error.code() == ErrorCode::NameTaken { OpsError::invalid("name", "Something else has this name.") } else { error })
}

#[cfg(feature = "ssr")]
async fn edit_overrides(scope: &Scope, id: ScheduleId, version: i64, overrides: Value) -> Result<(), OpsError> {
    let members = Map::from_iter([("overrides".to_owned(), overrides)]);
    resources::edit::<OnCallSchedule>(scope, any(id), Some(version), members).await.map(drop)
}

/// The tables that are kept alike know their rows by ids of no type.
#[cfg(feature = "ssr")]
const fn any<T>(id: Id<T>) -> Id<()> {
    Id::from_uuid(id.as_uuid())
}

/// What is too long for a name is not said whole.
#[cfg(feature = "ssr")]
fn shortened(name: &str) -> String {
    const MOST: usize = 100;
    if name.chars().count() <= MOST { name.to_owned() } else { name.chars().take(MOST).chain(['…']).collect() }
}
