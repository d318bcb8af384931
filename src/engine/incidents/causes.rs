//! What unresolved incidents have in common: a hundred connections may be down by one cause.

use std::collections::BTreeMap;

use super::{change, write_down};
use crate::{
    Console, OpsError,
    events::{self, Told},
};
use domain::{
    incident::{IncidentAction, IncidentStatus, SharedCause, cause_of},
    operator::Actor,
};
use store::incidents::list::{Unresolved, summaries};

/// Unresolved incidents that are compared.
const COMPARED: i64 = 5_000;

/// Causes that several incidents share, the one of most first.
///
/// # Errors
/// The database failed.
pub async fn shared_causes(console: &Console, actor: &Actor) -> Result<Vec<SharedCause>, OpsError> {
    let unresolved = summaries(&console.db, actor.team, COMPARED).await?;
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
pub async fn acknowledge_alike(console: &Console, actor: &Actor, shared: &str) -> Result<usize, OpsError> {
    let unresolved = summaries(&console.db, actor.team, COMPARED).await?;
    let now = console.clock.now();
    let (mut told, mut count) = (Told::default(), 0);
    let mut tx = console.db.begin().await?;
    for incident in unresolved.iter().filter(|incident| incident.status == IncidentStatus::Open && cause(incident) == shared) {
        if let Some(kind) = change(&mut tx, actor, incident.id, IncidentAction::Acknowledge, now).await? {
            write_down(&mut tx, actor, incident.id, kind, String::new(), now).await?;
            told.incident(actor.team, incident.id, IncidentStatus::Acknowledged);
            count += 1;
        }
    }
    tx.commit().await?;
    events::publish(console, told);
    Ok(count)
}

fn cause(incident: &Unresolved) -> &str {
    cause_of(&incident.summary, incident.connection_name.as_deref())
}
