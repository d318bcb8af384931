//! Creates and edits connections, and reads them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde_json::{Value, json};

use super::{Console, OpsError, Scope, cursor, events::PendingEvents, heartbeat::schedule, incidents, vault::Binding};
use domain::{
    audit::{AuditAct, Subject},
    correlation_id::CorrelationId,
    environment::Environment,
    error::{ErrorCode, FieldError},
    identity::{tidy, tidy_tags},
    ids::ProfileId,
    kind::KindId,
    listing::{Filter, Page, Sort, StateCount},
    permission::Permission,
    profile::{ConnectionAct, ConnectionChange, ConnectionSummary, ServiceConnectionProfile, State},
    settings::from_form,
};
use probes::kinds::{ConnectionKind, Memory, SoFar, Target, egress_check};
use store::{
    changes,
    profiles::{self, list, summaries},
};

pub(crate) mod check;
mod credential;
mod dependencies;
mod exposed;
pub mod input;

pub(crate) use dependencies::as_seen;
pub use exposed::exposed_secrets;
pub use input::{ConnectionEdit, NewConnection};

/// Stores a new connection as a draft.
///
/// # Errors
/// Everything wrong with the input at once; a name that is taken.
pub async fn create(scope: &Scope, new: NewConnection) -> Result<ServiceConnectionProfile, OpsError> {
    scope.authorize(Permission::ConfigureConnections)?;
    scope.enter(new.environment)?;
    let kind = kind_of(&scope.console, &new.kind)?;
    let now = scope.console.clock.now();
    let draft = ServiceConnectionProfile {
        id: ProfileId::new(),
        team_id: scope.team(),
        name: new.name.trim().to_owned(),
        kind: new.kind,
        environment: new.environment,
        state: State::Draft,
        version: 1,
        settings: new.settings,
        has_credential: false,
        heartbeat: new.heartbeat.unwrap_or_default().over(scope.console.default_heartbeat()),
        tags: tidy_tags(new.tags),
        owner: tidy(new.owner),
        runbook_url: tidy(new.runbook_url),
        depends_on: dependencies::tidy(new.depends_on),
        last_verified_at: None,
        verified_version: None,
        created_at: now,
        updated_at: now,
    };
    let checked = check::profile(kind.as_ref(), draft, new.credential, &BTreeMap::new())?;
    dependencies::check(scope, &checked.profile.depends_on).await?;
    let sealed = credential::seal(&scope.console, kind.as_ref(), &checked.profile, checked.credential, 1)?;
    let mut tx = scope.begin().await?;
    profiles::insert(&mut tx, &checked.profile, &sealed).await?;
    changes::insert(&mut tx, &scope.actor, checked.profile.id, now, ConnectionAct::Created, 1).await?;
    let subject = Subject::from(checked.profile.id).named(&checked.profile.name).version(1);
    scope.audit(&mut tx, AuditAct::ConnectionCreated, subject).await?;
    tx.commit().await?;
    get(scope, checked.profile.id).await
}

/// Tells what is wrong with settings by the kind's own rules while a person types them, as [`create`] and [`edit`] will; and which addresses may not be reached
/// from `environment`, which keeps nobody from saving them.
///
/// Answers everything that is wrong, what is not typed yet included.
///
/// # Errors
/// There is no such kind.
pub async fn check_settings(scope: &Scope, kind: &KindId, environment: Environment, typed: &BTreeMap<String, String>) -> Result<Vec<FieldError>, OpsError> {
    scope.authorize(Permission::ConfigureConnections)?;
    let kind = kind_of(&scope.console, kind)?;
    let fields = &kind.descriptor().fields;
    let settings = from_form(fields, typed);
    let mut errors = check::settings(kind.as_ref(), &settings);
    errors.extend(egress_check::denied(&scope.console.egress, environment, fields, &settings).await);
    Ok(errors)
}

/// Changes a connection from the version the person saw.
///
/// A change of address, credential or anything else that was verified makes it a draft again.
///
/// # Errors
/// No such connection; a version that is not current; a changed address without its credential; invalid input; a name that is taken.
pub async fn edit(scope: &Scope, id: ProfileId, if_match: i64, edit: ConnectionEdit) -> Result<ServiceConnectionProfile, OpsError> {
    scope.authorize(Permission::ConfigureConnections)?;
    let current = stored(scope, id).await?;
    if current.state == State::Archived {
        return Err(ErrorCode::ConnectionArchived.into());
    }
    if current.version != if_match {
        return Err(ErrorCode::VersionStale.into());
    }
    let kind = kind_of(&scope.console, &current.kind)?;
    let credential = edit.credential.clone();
    let wanted = edit.over(current.clone());
    scope.enter(wanted.environment)?;
    let sealed = profiles::credential(&scope.db(), id).await?.unwrap_or_default();
    let is_cleared = credential == Some(None);
    let secrets = credential.flatten().unwrap_or_default();
    let entered_any = secrets.values().flatten().any(|secret| !secret.is_empty());
    let mut kept = if is_cleared { BTreeMap::new() } else { credential::keep(&scope.console, kind.as_ref(), &current, &wanted, &sealed, entered_any)? };
    kept.retain(|name, _| secrets.get(name) != Some(&None));
    let touches_credential = is_cleared || entered_any || secrets.values().any(Option::is_none);
    let entered = secrets.into_iter().map(|(name, secret)| (name, secret.unwrap_or_default())).collect();
    let mut checked = check::profile(kind.as_ref(), wanted, entered, &kept)?;
    let depends_anew = checked.profile.depends_on != current.depends_on;
    if depends_anew {
        dependencies::check(scope, &checked.profile.depends_on).await?;
        dependencies::keep_unseen(scope, &mut checked.profile.depends_on, &current.depends_on).await?;
    }
    let invalidates = touches_credential || check::invalidates(kind.descriptor(), &current, &checked.profile);
    let resealed = credential::seal(&scope.console, kind.as_ref(), &checked.profile, checked.credential, sealed.credential_version + 1)?;
    let now = scope.console.clock.now();
    let mut tx = scope.begin().await?;
    if !profiles::update(&mut tx, &checked.profile, &resealed, invalidates, now).await? {
        return Err(ErrorCode::VersionStale.into());
    }
    let act = if invalidates && current.verified_version.is_some() { ConnectionAct::Unverified } else { ConnectionAct::Edited };
    changes::insert(&mut tx, &scope.actor, id, now, act, if_match + 1).await?;
    let mut pending = PendingEvents::default();
    if invalidates {
        schedule::end(&mut tx, id, now).await?;
        pending =
            incidents::end::with_watching(&mut tx, &scope.actor, id, "The connection was changed, and is a draft until it has been tested again.", now).await?;
    } else {
        schedule::follow(&mut tx, &checked.profile, now).await?;
    }
    scope.audit(&mut tx, AuditAct::ConnectionEdited, Subject::from(id).named(&checked.profile.name).version(if_match + 1)).await?;
    if depends_anew {
        dependencies::refuse_circle(&mut tx, &checked.profile).await?;
    }
    tx.commit().await?;
    scope.console.events.publish(pending);
    get(scope, id).await
}

/// # Errors
/// There is no such connection in the actor's team.
pub async fn get(scope: &Scope, id: ProfileId) -> Result<ServiceConnectionProfile, OpsError> {
    scope.authorize(Permission::ReadConnections)?;
    let found = stored(scope, id).await?;
    as_seen(scope, found).await
}

/// With all that it depends on, also what the actor does not reach.
async fn stored(scope: &Scope, id: ProfileId) -> Result<ServiceConnectionProfile, OpsError> {
    let found = profiles::get(&scope.db(), id).await?;
    found.filter(|profile| scope.sees(profile.environment)).ok_or_else(|| ErrorCode::ConnectionNotFound.into())
}

/// How these connections are.
///
/// # Errors
/// The database failed.
pub async fn summaries(scope: &Scope, connections: &[ServiceConnectionProfile]) -> Result<HashMap<ProfileId, ConnectionSummary>, OpsError> {
    scope.authorize(Permission::ReadConnections)?;
    let ids: Vec<_> = connections.iter().map(|connection| connection.id).collect();
    Ok(summaries::of(&scope.db(), &ids).await?.into_iter().collect())
}

/// One numbered page, beginning with 1.
///
/// # Errors
/// The database failed.
pub async fn list(scope: &Scope, filter: &Filter, sort: Sort, page: u32, per_page: u32) -> Result<Page, OpsError> {
    scope.authorize(Permission::ReadConnections)?;
    let offset = i64::from(page.saturating_sub(1)) * i64::from(per_page);
    let items = list::page(&scope.db(), &scope.actor.limits, filter, sort, list::From::Offset(offset), i64::from(per_page)).await?;
    let total = list::count(&scope.db(), filter).await?;
    Ok(Page { items, total })
}

/// At most `limit` connections after `cursor`, and the cursor of the next page.
///
/// # Errors
/// A kind that there is not; `malformed_request` for a cursor that this order did not give out; the database failed.
pub async fn page_after(
    scope: &Scope,
    filter: &Filter,
    sort: Sort,
    limit: u32,
    cursor: Option<&str>,
) -> Result<(Vec<ServiceConnectionProfile>, Option<String>), OpsError> {
    scope.authorize(Permission::ReadConnections)?;
    if let Some(kind) = &filter.kind {
        kind_of(&scope.console, kind)?;
    }
    let read = async |after, most| {
        let from = match after {
            None => list::From::Offset(0),
            Some((made_for, key, id)) if made_for == sort => list::From::After(read_key(sort, key).ok_or(ErrorCode::MalformedRequest)?, id),
            Some(_of_another_order) => return Err(OpsError::from(ErrorCode::MalformedRequest)),
        };
        Ok(list::page(&scope.db(), &scope.actor.limits, filter, sort, from, most).await?)
    };
    let (found, next) = cursor::page(limit, cursor, |last: &ServiceConnectionProfile| (sort, key_of(sort, last), last.id), read).await?;
    let mut items = Vec::with_capacity(found.len());
    for profile in found {
        items.push(as_seen(scope, profile).await?);
    }
    Ok((items, next))
}

/// How many connections stand where.
///
/// # Errors
/// The database failed.
pub async fn counts(scope: &Scope) -> Result<Vec<StateCount>, OpsError> {
    scope.authorize(Permission::ReadConnections)?;
    Ok(list::counts(&scope.db()).await?)
}

/// How many drafts have never been tested.
///
/// # Errors
/// The database failed.
pub async fn untested(scope: &Scope) -> Result<i64, OpsError> {
    scope.authorize(Permission::ReadConnections)?;
    Ok(list::untested(&scope.db()).await?)
}

/// At most 8 connections that wait for a person, without [`untested`] drafts.
///
/// # Errors
/// The database failed.
pub async fn attention(scope: &Scope) -> Result<Vec<ServiceConnectionProfile>, OpsError> {
    scope.authorize(Permission::ReadConnections)?;
    Ok(list::needing_a_person(&scope.db()).await?)
}

/// The latest 50 changes of a connection, the newest first.
///
/// # Errors
/// The database failed.
pub async fn changes(scope: &Scope, id: ProfileId) -> Result<Vec<ConnectionChange>, OpsError> {
    scope.authorize(Permission::ReadConnections)?;
    Ok(changes::of_connection(&scope.db(), id).await?)
}

/// A connection ready to be tried, with its secrets opened.
///
/// # Errors
/// A credential that does not open; the database failed.
pub async fn open_target(console: &Console, profile: &ServiceConnectionProfile, correlation_id: CorrelationId) -> Result<Target, OpsError> {
    let sealed = profiles::credential(&console.db.for_team(profile.team_id), profile.id).await?.unwrap_or_default();
    let binding = Binding { profile: profile.id, origin: &sealed.credential_origin, version: sealed.credential_version };
    let credential = sealed.credential.as_deref().map(|bytes| console.vault.open(binding, bytes)).transpose()?.unwrap_or_default();
    Ok(Target {
        settings: profile.settings.clone().into(),
        credential: credential.into(),
        environment: profile.environment,
        egress: console.egress.clone(),
        correlation_id,
        keeps_evidence: true,
        memory: Memory::default(),
        so_far: SoFar::default(),
    })
}

fn kind_of(console: &Console, id: &KindId) -> Result<Arc<dyn ConnectionKind>, OpsError> {
    console.kinds.get(id).ok_or_else(|| OpsError::invalid("kind", "There is no such kind; see /api/kinds."))
}

/// The value that `last` is ordered by.
fn key_of(sort: Sort, last: &ServiceConnectionProfile) -> Value {
    match sort {
        Sort::Name | Sort::NameDescending => json!(last.name),
        Sort::Updated | Sort::UpdatedDescending => json!(last.updated_at),
    }
}

fn read_key(sort: Sort, key: Value) -> Option<list::Key> {
    match sort {
        Sort::Name | Sort::NameDescending => Some(list::Key::Name(key.as_str()?.to_owned())),
        Sort::Updated | Sort::UpdatedDescending => serde_json::from_value(key).ok().map(list::Key::Updated),
    }
}
