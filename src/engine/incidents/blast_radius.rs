//! Works out how far an incident reaches, from what the console has recorded.

use super::get;
use crate::{OpsError, Scope};
use domain::{
    blast_radius::{BlastRadius, IncidentWindow},
    ids::IncidentId,
    incident::Incident,
    kind::KindId,
    permission::Permission,
    profile::Settings,
};
use probes::kinds::Kinds;
use store::incidents::context;

/// Changes, releases and sorts of errors that are told.
const MOST: i64 = 50;

/// What fails since five minutes before the incident opened, what changed and was released in the hour before, and which errors came with it: as far as the actor reaches.
///
/// # Errors
/// No such incident; the database failed.
pub async fn blast_radius(scope: &Scope, id: IncidentId) -> Result<BlastRadius, OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    of(scope, &get(scope, id).await?).await
}

/// The same of an incident that was read.
pub(super) async fn of(scope: &Scope, incident: &Incident) -> Result<BlastRadius, OpsError> {
    let window = IncidentWindow::of(incident, scope.console.clock.now());
    let db = scope.db();
    let mut connections = context::connections(&db, window, |kind, settings| hosts(&scope.console.kinds, kind, settings)).await?;
    connections.retain(|connection| scope.sees(connection.environment));
    let changes = context::changes(&db, window.changed_since, incident.opened_at, MOST).await?;
    let changes = changes.into_iter().filter(|(environment, _)| scope.sees(*environment)).map(|(_, change)| change).collect();
    let mut releases = Vec::new();
    if scope.may(Permission::ReadDiagnostics) {
        releases = context::releases(&db, window.changed_since, incident.opened_at, MOST).await?;
        releases.retain(|release| scope.sees_run_in(release.environment));
    }
    let errors = if scope.may(Permission::ReadErrors) { context::errors(&db, window.since, window.until, MOST).await? } else { Vec::new() };
    Ok(BlastRadius::of(window, connections, changes, releases, errors))
}

/// Where a connection leads; nowhere that is known, if this program has no such kind.
fn hosts(kinds: &Kinds, kind: &KindId, settings: &Settings) -> Vec<String> {
    kinds.get(kind).map_or_else(Vec::new, |kind| kind.origins(settings).into_iter().map(|origin| origin.host).collect())
}
