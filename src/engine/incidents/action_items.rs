//! What was decided to be done after an incident, by whom and until when.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{edit::LONGEST_OWNER, get as get_incident, text};
use crate::{
    OpsError, Scope, cursor,
    events::PendingEvents,
    patch_field::{given, never_null},
};
use domain::{
    audit::AuditAct,
    business_hours::is_planned_for,
    error::ErrorCode,
    ids::{ActionItemId, IncidentId},
    incident::OF_THE_CONSOLE,
    permission::Permission,
    post_mortem::{ActionItem, Place},
};
use store::{
    action_items::{self as rows, Listed},
    incidents,
};

/// Longest text, in characters.
const LONGEST_TEXT: usize = 500;

#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewActionItem {
    #[schema(value_type = Uuid)]
    pub incident_id: IncidentId,
    #[schema(max_length = 500, pattern = r"\S")]
    pub text: String,
    /// Who does it.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub owner: Option<String>,
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
}

/// Absent members stay as they are.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ActionItemEdit {
    #[serde(deserialize_with = "never_null")]
    #[schema(max_length = 500, pattern = r"\S", nullable = false)]
    pub text: Option<String>,
    /// `null` for nobody.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub owner: Option<Option<String>>,
    /// `null` for no day.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<NaiveDate>)]
    pub due_on: Option<Option<NaiveDate>>,
    #[serde(deserialize_with = "never_null")]
    #[schema(nullable = false)]
    pub done: Option<bool>,
}

/// One of the list, with what its incident is called.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ListedActionItem {
    #[serde(flatten)]
    pub item: ActionItem,
    pub incident: String,
}

impl From<Listed> for ListedActionItem {
    fn from(listed: Listed) -> Self {
        let otherwise = if listed.declared_by.is_some() { listed.summary } else { OF_THE_CONSOLE.to_owned() };
        Self { item: listed.item, incident: listed.connection_name.unwrap_or(otherwise) }
    }
}

/// What is due first stands first, and what is done last; and the cursor of the next page.
///
/// # Errors
/// `malformed_request` for a cursor that was not given out here; the database failed.
pub async fn list(scope: &Scope, is_done: Option<bool>, limit: u32, cursor: Option<&str>) -> Result<(Vec<ListedActionItem>, Option<String>), OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    let read = async |after: Option<Place>, most| rows::latest(&scope.db(), &scope.actor.limits, is_done, after, most).await;
    let (items, next) = cursor::page(limit, cursor, |last: &Listed| last.item.place(), read).await?;
    Ok((items.into_iter().map(ListedActionItem::from).collect(), next))
}

/// # Errors
/// There is no such action item of an incident that the actor sees.
pub async fn get(scope: &Scope, id: ActionItemId) -> Result<ActionItem, OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    let item = rows::get(&scope.db(), id).await?.ok_or(ErrorCode::ActionItemNotFound)?;
    get_incident(scope, item.incident_id).await.map_err(|_| ErrorCode::ActionItemNotFound)?;
    Ok(item)
}

/// # Errors
/// No such incident; a text that is missing or too long; a day that nobody plans for.
pub async fn add(scope: &Scope, new: NewActionItem) -> Result<ActionItem, OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    get_incident(scope, new.incident_id).await?;
    let item = ActionItem {
        id: ActionItemId::new(),
        incident_id: new.incident_id,
        version: 1,
        text: text("text", Some(&new.text), true, LONGEST_TEXT)?,
        owner: owner(new.owner.as_deref())?,
        due_on: day(new.due_on)?,
        created_by: scope.actor.name.clone(),
        created_at: scope.console.clock.now(),
        done_by: None,
        done_at: None,
    };
    let mut tx = scope.begin().await?;
    rows::insert(&mut tx, &item).await?;
    incidents::touch(&mut tx, item.incident_id, item.created_at).await?;
    scope.audit(&mut tx, AuditAct::ActionItemAdded, item.id).await?;
    tx.commit().await?;
    tell(scope, item.incident_id).await?;
    Ok(item)
}

/// Changes it, or says that it is done, or that it is not.
///
/// # Errors
/// No such action item; `version_stale` when another version stands than the one that was `seen`; a text that is missing or too long; a day that nobody plans
/// for.
pub async fn edit(scope: &Scope, id: ActionItemId, seen: Option<i64>, edit: ActionItemEdit) -> Result<ActionItem, OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    let mut item = get(scope, id).await?;
    if seen.is_some_and(|seen| seen != item.version) {
        return Err(ErrorCode::VersionStale.into());
    }
    if let Some(said) = edit.text {
        item.text = text("text", Some(&said), true, LONGEST_TEXT)?;
    }
    if let Some(who) = edit.owner {
        item.owner = owner(who.as_deref())?;
    }
    item.due_on = day(edit.due_on.unwrap_or(item.due_on))?;
    let now = scope.console.clock.now();
    match edit.done {
        Some(true) if item.done_at.is_none() => (item.done_by, item.done_at) = (Some(scope.actor.name.clone()), Some(now)),
        Some(false) => (item.done_by, item.done_at) = (None, None),
        _ => {}
    }
    let mut tx = scope.begin().await?;
    if !rows::update(&mut tx, &item).await? {
        return Err(ErrorCode::VersionStale.into());
    }
    incidents::touch(&mut tx, item.incident_id, now).await?;
    scope.audit(&mut tx, AuditAct::ActionItemEdited, id).await?;
    tx.commit().await?;
    tell(scope, item.incident_id).await?;
    get(scope, id).await
}

/// # Errors
/// There is no such action item of an incident that the actor sees.
pub async fn remove(scope: &Scope, id: ActionItemId) -> Result<(), OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    let item = get(scope, id).await?;
    let mut tx = scope.begin().await?;
    if !rows::delete(&mut tx, id).await? {
        return Err(ErrorCode::ActionItemNotFound.into());
    }
    incidents::touch(&mut tx, item.incident_id, scope.console.clock.now()).await?;
    scope.audit(&mut tx, AuditAct::ActionItemRemoved, id).await?;
    tx.commit().await?;
    tell(scope, item.incident_id).await
}

fn owner(name: Option<&str>) -> Result<Option<String>, OpsError> {
    Ok(Some(text("owner", name, false, LONGEST_OWNER)?).filter(|name| !name.is_empty()))
}

fn day(due: Option<NaiveDate>) -> Result<Option<NaiveDate>, OpsError> {
    if due.is_none_or(is_planned_for) { Ok(due) } else { Err(OpsError::invalid("due_on", "A day from the years 1970 to 2200.")) }
}

/// Whoever looks at the incident sees what was decided.
async fn tell(scope: &Scope, incident: IncidentId) -> Result<(), OpsError> {
    let mut pending = PendingEvents::default();
    pending.incident(scope.team(), incident, get_incident(scope, incident).await?.status);
    scope.console.events.publish(pending);
    Ok(())
}
