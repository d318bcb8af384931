//! How much of an incident is there for an actor who is limited to some environments: what else is named in it may be of another one.

use crate::{OpsError, Scope};
use domain::{
    error::ErrorCode,
    ids::IncidentId,
    incident::{Incident, TimelineKind},
};
use store::{StoreResult, incidents};

/// Instead of the words of one that is out of reach.
const UNNAMED: &str = "Another incident.";

/// An incident about no connection and no environment is one of the whole team.
///
/// # Errors
/// `incident_not_found` for one that is out of reach.
pub(super) async fn check(scope: &Scope, incident: &Incident) -> Result<(), OpsError> {
    if is_seen(scope, incident).await? { Ok(()) } else { Err(ErrorCode::IncidentNotFound.into()) }
}

/// # Errors
/// The database failed.
pub(super) async fn is_seen(scope: &Scope, incident: &Incident) -> StoreResult<bool> {
    Ok(match (incident.connection_id, incident.environment) {
        (Some(connection), _) => scope.sees_connection(connection).await?,
        (None, Some(environment)) => scope.sees(environment),
        (None, None) => scope.enter_all().is_ok(),
    })
}

/// The incident without what the actor does not reach: the ids of other incidents, and their words on its time line.
pub(super) async fn as_seen(scope: &Scope, mut incident: Incident) -> Result<Incident, OpsError> {
    if scope.enter_all().is_ok() {
        return Ok(incident);
    }
    let own = incident.id;
    for other in [&mut incident.merged_into, &mut incident.follows_id, &mut incident.group_id] {
        *other = seen_id(scope, own, *other).await?;
    }
    for entry in &mut incident.timeline {
        let names_another = entry.other_id.is_some() || matches!(entry.kind, TimelineKind::Merged | TimelineKind::Split);
        if names_another {
            entry.other_id = seen_id(scope, own, entry.other_id).await?;
            if entry.other_id.is_none() {
                UNNAMED.clone_into(&mut entry.text);
            }
        }
    }
    Ok(incident)
}

async fn seen_id(scope: &Scope, own: IncidentId, other: Option<IncidentId>) -> StoreResult<Option<IncidentId>> {
    let Some(id) = other.filter(|id| *id != own) else { return Ok(other) };
    let Some(incident) = incidents::get(&scope.db(), id).await? else { return Ok(None) };
    Ok(is_seen(scope, &incident).await?.then_some(id))
}
