//! Errors of a kind: which there are, how often they come, and that somebody has dealt with them.

use std::collections::HashMap;

use crate::{OpsError, Scope, cursor};
use domain::{
    audit::{AuditAct, Subject},
    bidi,
    error::ErrorCode,
    error_group::{ErrorGroup, GroupFilter, GroupHour, hour_of},
    ids::ErrorGroupId,
    permission::Permission,
    time::Timestamp,
};
use store::error_groups as rows;

/// Longest note, in characters.
const LONGEST_NOTE: usize = 2_000;

/// The groups that match, the one most recently seen first, and the cursor of the next page.
///
/// # Errors
/// `malformed_request` for a cursor that was not given out here; the database failed.
pub async fn list(scope: &Scope, filter: &GroupFilter, limit: u32, cursor: Option<&str>) -> Result<(Vec<ErrorGroup>, Option<String>), OpsError> {
    scope.authorize(Permission::ReadErrors)?;
    let read = async |after, most| rows::latest(&scope.db(), filter, after, most).await;
    let (groups, next) = cursor::page(limit, cursor, |last: &ErrorGroup| (last.last_seen, last.id), read).await?;
    scope.audit_listing(groups.len()).await;
    Ok((groups, next))
}

/// # Errors
/// There is no such group; the database failed.
pub async fn get(scope: &Scope, id: ErrorGroupId) -> Result<ErrorGroup, OpsError> {
    scope.authorize(Permission::ReadErrors)?;
    let group = rows::get(&scope.db(), id).await?.ok_or(ErrorCode::ErrorGroupNotFound)?;
    scope.audit_listing(1).await;
    Ok(group)
}

/// How many errors of each group each of the last `hours` hours had, the current one last. A group without errors is left out.
///
/// # Errors
/// The database failed.
pub async fn counts(scope: &Scope, hours: usize) -> Result<HashMap<ErrorGroupId, Vec<i64>>, OpsError> {
    scope.authorize(Permission::ReadErrors)?;
    let first = first_of(scope, hours);
    let mut counts: HashMap<_, Vec<i64>> = HashMap::new();
    for counted in rows::hours(&scope.db(), first).await? {
        add(counts.entry(counted.group_id).or_insert_with(|| vec![0; hours]), first, counted);
    }
    Ok(counts)
}

/// How many errors of a group each of the last `hours` hours had, the current one last.
///
/// # Errors
/// There is no such group; the database failed.
pub async fn counts_of(scope: &Scope, id: ErrorGroupId, hours: usize) -> Result<Vec<i64>, OpsError> {
    scope.authorize(Permission::ReadErrors)?;
    rows::get(&scope.db(), id).await?.ok_or(ErrorCode::ErrorGroupNotFound)?;
    let (first, mut counts) = (first_of(scope, hours), vec![0; hours]);
    for counted in rows::hours_of(&scope.db(), id, first).await? {
        add(&mut counts, first, counted);
    }
    Ok(counts)
}

/// Marks a group as dealt with. It opens again by itself once such an error comes back.
///
/// # Errors
/// A note that is too long; no such group of the team's; one that is resolved already; the database failed.
pub async fn resolve(scope: &Scope, id: ErrorGroupId, note: &str) -> Result<ErrorGroup, OpsError> {
    scope.authorize(Permission::ResolveErrors)?;
    let note = note.trim();
    if note.chars().count() > LONGEST_NOTE {
        return Err(OpsError::invalid("note", format!("At most {LONGEST_NOTE} characters.")));
    }
    let mut tx = scope.begin().await?;
    let group = rows::get_in(&mut tx, id).await?.filter(|group| group.team_id == Some(scope.team()));
    let group = group.ok_or(ErrorCode::ErrorGroupNotFound)?;
    if !rows::resolve(&mut tx, id, scope.console.clock.now(), &scope.actor.name, &bidi::visible(note)).await? {
        return Err(ErrorCode::ErrorGroupResolved.into());
    }
    scope.audit(&mut tx, AuditAct::ErrorsResolved, Subject::from(id).named(group.code)).await?;
    tx.commit().await?;
    get(scope, id).await
}

fn first_of(scope: &Scope, hours: usize) -> Timestamp {
    let back = u32::try_from(hours.saturating_sub(1)).unwrap_or(u32::MAX);
    hour_of(scope.console.clock.now()) - std::time::Duration::from_secs(3_600) * back
}

fn add(counts: &mut [i64], first: Timestamp, counted: GroupHour) {
    let place = usize::try_from(counted.hour.seconds_since(first) / 3_600).unwrap_or(usize::MAX);
    if let Some(count) = counts.get_mut(place) {
        *count += counted.count;
    }
}
