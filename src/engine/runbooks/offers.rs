//! Which runbooks are for a failure, wherever one is shown: on an incident, on a connection, under a scenario that failed.

use std::collections::{HashMap, HashSet};

use super::list;
use crate::{OpsError, Scope};
use domain::{
    diagnostic::DiagnosticResult,
    error::ErrorCode,
    ids::{IncidentId, ProfileId},
    permission::Permission,
    profile::ServiceConnectionProfile,
    runbook::{
        KeptRunbook,
        offer::{Occasion, offered, offered_without_connection},
    },
    verification::VerificationOutcome,
};
use store::{health_snapshots, incidents, profiles, verifications};

/// Offered for one failure.
const MOST_OFFERED: usize = 5;

/// The runbooks that are for an incident, the best first.
///
/// # Errors
/// The database failed.
pub async fn for_incident(scope: &Scope, incident: IncidentId) -> Result<Vec<KeptRunbook>, OpsError> {
    scope.authorize(Permission::ReadRunbooks)?;
    let db = scope.db();
    let Some(incident) = incidents::get(&db, incident).await? else { return Ok(Vec::new()) };
    let cause = incidents::cause(&db, incident.id).await?;
    let Some(connection) = incident.connection_id else {
        // With limits a runbook is always carried out on a connection.
        if scope.enter_all().is_err() {
            return Ok(Vec::new());
        }
        let all = list(scope).await?;
        return Ok(offered_without_connection(&all, cause.as_deref(), incident.environment).into_iter().take(MOST_OFFERED).cloned().collect());
    };
    let Some(profile) = profiles::get(&db, connection).await?.filter(|profile| scope.sees(profile.environment)) else { return Ok(Vec::new()) };
    Ok(best(&list(scope).await?, &profile, cause.as_deref()))
}

/// The runbooks that are for a connection, the best first: for the cause that is known of, or for why it fails now.
///
/// # Errors
/// There is no such connection in the actor's team.
pub async fn for_connection(scope: &Scope, connection: ProfileId, cause: Option<&str>) -> Result<Vec<KeptRunbook>, OpsError> {
    scope.authorize(Permission::ReadRunbooks)?;
    let profile = profiles::get(&scope.db(), connection).await?.filter(|profile| scope.sees(profile.environment)).ok_or(ErrorCode::ConnectionNotFound)?;
    let cause = match cause {
        Some(cause) => Some(cause.to_owned()),
        None => why_it_fails(scope, connection).await?.flatten(),
    };
    Ok(best(&list(scope).await?, &profile, cause.as_deref()))
}

/// The runbooks for why a connection fails now, the best first; nothing while it is well.
///
/// # Errors
/// There is no such connection in the actor's team.
pub async fn while_it_fails(scope: &Scope, connection: ProfileId) -> Result<Option<Vec<KeptRunbook>>, OpsError> {
    scope.authorize(Permission::ReadRunbooks)?;
    let profile = profiles::get(&scope.db(), connection).await?.filter(|profile| scope.sees(profile.environment)).ok_or(ErrorCode::ConnectionNotFound)?;
    let Some(cause) = why_it_fails(scope, connection).await? else { return Ok(None) };
    Ok(Some(best(&list(scope).await?, &profile, cause.as_deref())))
}

/// The best runbook for each result that names the cause of its failure, by connection and scenario.
///
/// # Errors
/// The database failed.
pub async fn for_results(scope: &Scope, results: &[DiagnosticResult]) -> Result<HashMap<(ProfileId, String), KeptRunbook>, OpsError> {
    scope.authorize(Permission::ReadRunbooks)?;
    let failed: HashSet<_> = results.iter().filter(|result| result.cause.is_some()).map(|result| result.connection_id).collect();
    if failed.is_empty() {
        return Ok(HashMap::new());
    }
    let failed: Vec<_> = failed.into_iter().collect();
    let profiles = profiles::list::several(&scope.db(), &failed).await?.into_iter().filter(|profile| scope.sees(profile.environment));
    let profiles: HashMap<_, _> = profiles.map(|profile| (profile.id, profile)).collect();
    let all = list(scope).await?;
    let best_of = |result: &DiagnosticResult| best(&all, profiles.get(&result.connection_id)?, Some(result.cause.as_deref()?)).into_iter().next();
    Ok(results.iter().filter_map(|result| Some(((result.connection_id, result.scenario.clone()), best_of(result)?))).collect())
}

/// The cause of its open incident, else that of its latest test, as far as it is known; nothing where neither has found it failing.
async fn why_it_fails(scope: &Scope, connection: ProfileId) -> Result<Option<Option<String>>, OpsError> {
    let db = scope.db();
    let incident = health_snapshots::list::one(&db, connection).await?.and_then(|health| health.open_incident_id);
    if let Some(incident) = incident
        && let Some(cause) = incidents::cause(&db, incident).await?
    {
        return Ok(Some(Some(cause)));
    }
    let latest = verifications::of_connection(&db, connection, 1).await?.into_iter().next();
    let failed = latest.filter(|latest| latest.outcome == VerificationOutcome::Failed || latest.steps.iter().any(|step| step.cause.is_some()));
    let found = failed.map(|latest| latest.steps.into_iter().find_map(|step| step.cause));
    Ok(found.or_else(|| incident.map(|_| None)))
}

fn best(all: &[KeptRunbook], profile: &ServiceConnectionProfile, cause: Option<&str>) -> Vec<KeptRunbook> {
    let occasion = Occasion { kind: &profile.kind, cause, tags: &profile.tags, environment: profile.environment };
    offered(all, occasion).into_iter().take(MOST_OFFERED).cloned().collect()
}
