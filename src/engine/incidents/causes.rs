//! What unresolved incidents have in common: a hundred connections may be down by one cause.

use std::collections::BTreeMap;

use super::{change, write_down};
use crate::{OpsError, Scope, events::PendingEvents};
use domain::{
    audit::{AuditAct, Subject},
    incident::{IncidentAction, IncidentStatus, SharedCause, cause_of},
    permission::Permission,
};
use store::incidents::list::{Unresolved, summaries};

/// Unresolved incidents that are compared.
const COMPARED: i64 = 5_000;

/// Causes that several incidents share, the one of most first.
///
/// # Errors
/// The database failed.
pub async fn shared_causes(scope: &Scope) -> Result<Vec<SharedCause>, OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    let unresolved = summaries(&scope.db(), COMPARED).await?;
    let mut causes: BTreeMap<&str, SharedCause> = BTreeMap::new();
    for incident in &unresolved {
        let cause = cause(incident);
        let shared = causes.entry(cause).or_insert_with(|| SharedCause { cause: cause.to_owned(), count: 0, open: 0 });
        shared.count += 1;
        shared.open += usize::from(incident.status == IncidentStatus::Open);
    }
    let mut shared: Vec<_> = causes.into_values().filter(|shared| shared.count > 1).collect();
    shared.sort_by_key(|shared| std::cmp::Reverse(shared.count));
    Ok(shared)
}

/// Takes on every open incident of this cause; answers how many.
///
/// # Errors
/// The database failed.
pub async fn acknowledge_alike(scope: &Scope, shared: &str) -> Result<usize, OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    let unresolved = summaries(&scope.db(), COMPARED).await?;
    let now = scope.console.clock.now();
    let (mut pending, mut count) = (PendingEvents::default(), 0);
    let mut tx = scope.begin().await?;
    for incident in unresolved.iter().filter(|incident| incident.status == IncidentStatus::Open && cause(incident) == shared) {
        if let Some(kind) = change(&mut tx, &scope.actor, incident.id, IncidentAction::Acknowledge, now).await? {
            write_down(&mut tx, &scope.actor, incident.id, kind, String::new(), now).await?;
            pending.incident(scope.team(), incident.id, IncidentStatus::Acknowledged);
            count += 1;
        }
    }
    if count > 0 {
        scope.audit(&mut tx, AuditAct::IncidentAcknowledged, Subject::many(count).named(shared)).await?;
    }
    tx.commit().await?;
    scope.console.events.publish(pending);
    Ok(count)
}

fn cause(incident: &Unresolved) -> &str {
    cause_of(&incident.summary, incident.connection_name.as_deref())
}
