//! Incidents that belong together, because they opened together: told in one line, taken on with one press.

use std::collections::{BTreeMap, HashMap};

use super::{change, reach, write_down};
use crate::{OpsError, Scope, events::PendingEvents};
use domain::{
    audit::{AuditAct, Subject},
    ids::IncidentId,
    incident::{IncidentAction, IncidentGroup, IncidentStatus, TimelineEntry, cause_of},
    permission::Permission,
};
use store::incidents::{
    self,
    groups::{self, Grouped},
};

/// Unresolved incidents that are looked at.
const COMPARED: i64 = 5_000;

/// Groups of several that are not over, the one of most first.
///
/// # Errors
/// The database failed.
pub async fn unresolved_groups(scope: &Scope) -> Result<Vec<IncidentGroup>, OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    let grouped = groups::grouped(&scope.db(), COMPARED).await?;
    let mut members: HashMap<IncidentId, Vec<&Grouped>> = HashMap::new();
    for incident in &grouped {
        members.entry(incident.group_id).or_default().push(incident);
    }
    let mut groups: Vec<_> = members.into_iter().map(|(id, members)| group(id, &members)).collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(group.count), group.id.as_uuid()));
    Ok(groups)
}

fn group(id: IncidentId, members: &[&Grouped]) -> IncidentGroup {
    let mut causes: BTreeMap<&str, usize> = BTreeMap::new();
    for incident in members {
        *causes.entry(cause_of(&incident.summary, incident.connection_name.as_deref())).or_default() += 1;
    }
    let most = causes.iter().max_by_key(|(_, count)| **count).map(|(cause, _)| (*cause).to_owned());
    let open = members.iter().filter(|incident| incident.status == IncidentStatus::Open).count();
    IncidentGroup { id, cause: most.unwrap_or_default(), causes: causes.len(), count: members.len(), open }
}

async fn is_seen(scope: &Scope, id: IncidentId) -> Result<bool, OpsError> {
    let Some(incident) = incidents::get(&scope.db(), id).await? else { return Ok(false) };
    Ok(reach::is_seen(scope, &incident).await?)
}

/// Takes on every open incident of a group that the actor sees; answers how many.
///
/// # Errors
/// There is no such group in the actor's team.
pub async fn acknowledge_group(scope: &Scope, id: IncidentId) -> Result<usize, OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    super::get(scope, id).await?;
    let now = scope.console.clock.now();
    let (mut pending, mut count) = (PendingEvents::default(), 0);
    let mut open = Vec::new();
    for incident in groups::open(&scope.db(), id).await? {
        if scope.enter_all().is_ok() || is_seen(scope, incident).await? {
            open.push(incident);
        }
    }
    let mut tx = scope.begin().await?;
    for incident in open {
        if let Some(kind) = change(&mut tx, &scope.actor, incident, IncidentAction::Acknowledge, now).await? {
            write_down(&mut tx, &scope.actor, incident, TimelineEntry::new(now, kind, "", Some(&scope.actor.name))).await?;
            pending.incident(scope.team(), incident, IncidentStatus::Acknowledged);
            count += 1;
        }
    }
    if count > 0 {
        scope.audit(&mut tx, AuditAct::IncidentAcknowledged, Subject::from(id).count(count)).await?;
    }
    tx.commit().await?;
    scope.console.events.publish(pending);
    Ok(count)
}
