//! Reads everything that goes under one correlation ID.

use super::{OpsError, Scope, audit, health, log_lines};
use domain::{
    audit::AuditAct,
    correlation_id::CorrelationId,
    delivery::{Delivery, DeliveryFilter},
    error::ErrorCode,
    error_event::{ErrorEvent, LogLine},
    incident::Incident,
    permission::Permission,
    thread::{HeartbeatOf, Thread},
};
use store::{
    StoreResult, TeamDb, audit_entries, deliveries, diagnostic_results, diagnostic_runs, error_events, heartbeats, incidents, log_lines as rows, profiles,
    verifications,
};

/// Of each sort of thing. More of one ID is somebody's who gives many requests the same.
const MOST: i64 = 50;

/// All that the actor's team has under an ID, as far as the actor may read it. An ID is also found by the trace that a probed service was told.
///
/// # Errors
/// `error_not_found` where nothing goes under it; the database failed.
pub async fn read(scope: &Scope, id: &CorrelationId) -> Result<Thread, OpsError> {
    scope.authorize(Permission::ReadErrors)?;
    let mut thread = gather(scope, id).await?;
    if let Some(id) = id.of_trace().filter(|_| thread.is_empty()) {
        thread = gather(scope, &id).await?;
    }
    if thread.is_empty() {
        return Err(ErrorCode::ErrorNotFound.into());
    }
    scope.audit_reading(AuditAct::ErrorRead, &thread.correlation_id).await;
    Ok(thread.told())
}

/// Whether anything goes under an ID, as far as the actor may read it: asked of one sort after the other, until one has something.
///
/// # Errors
/// The database failed.
pub async fn is_known(scope: &Scope, id: &CorrelationId) -> Result<bool, OpsError> {
    scope.authorize(Permission::ReadErrors)?;
    let db = scope.db();
    // Other deliveries of an ID are those of its incidents.
    Ok(!log_lines::under(id, Some(scope.team())).is_empty()
        || !rows::under(&db, id, 1).await?.is_empty()
        || !error_events::by_correlation(&db, id).await?.is_empty()
        || scope.may(Permission::ReadConnections) && !verifications::under(&db, id, 1).await?.is_empty()
        || scope.may(Permission::ReadDiagnostics)
            && (!diagnostic_runs::under(&db, id, 1).await?.is_empty() || !diagnostic_results::under(&db, id, 1).await?.is_empty())
        || scope.may(Permission::ReadIncidents) && !incidents::under(&db, id, 1).await?.is_empty()
        || scope.may(Permission::ReadChannels) && delivery(&db, id).await?.is_some()
        || scope.may(Permission::ReadHealth) && heartbeat(&db, id).await?.is_some()
        || scope.may(Permission::ReadAudit) && !audit_entries::under(&db, id, 1).await?.is_empty())
}

async fn gather(scope: &Scope, id: &CorrelationId) -> Result<Thread, OpsError> {
    let db = scope.db();
    let mut thread = Thread::new(id.clone());
    thread.events = error_events::by_correlation(&db, id).await?;
    if scope.may(Permission::ReadConnections) {
        thread.verifications = verifications::under(&db, id, MOST).await?;
    }
    if scope.may(Permission::ReadDiagnostics) {
        thread.runs = diagnostic_runs::under(&db, id, MOST).await?;
        thread.results = diagnostic_results::under(&db, id, MOST).await?;
    }
    if scope.may(Permission::ReadIncidents) {
        thread.incidents = incidents::under(&db, id, MOST).await?;
    }
    if scope.may(Permission::ReadChannels) {
        thread.deliveries = of_incidents(&db, &thread.incidents).await?;
        thread.deliveries.extend(delivery(&db, id).await?);
    }
    if scope.may(Permission::ReadHealth) {
        thread.heartbeat = heartbeat(&db, id).await?;
    }
    if scope.may(Permission::ReadAudit) {
        thread.acts = audit_entries::under(&db, id, MOST).await?.into_iter().map(audit::read).collect();
    }
    // This process knows at once what it has said itself.
    let said = rows::under(&db, id, MOST).await?.into_iter().chain(log_lines::under(id, Some(scope.team())));
    thread.log_lines = lines(&thread.events, said);
    if scope.may(Permission::ReadConnections) {
        for id in thread.named_connections() {
            thread.connections.extend(profiles::get(&db, id).await?);
        }
    }
    Ok(thread)
}

async fn of_incidents(db: &TeamDb, incidents: &[Incident]) -> StoreResult<Vec<Delivery>> {
    let mut all = Vec::new();
    for incident in incidents {
        let filter = DeliveryFilter { incident: Some(incident.id), ..DeliveryFilter::default() };
        all.extend(deliveries::latest(db, filter, None, MOST).await?);
    }
    Ok(all)
}

/// The one that was sent under the ID, which is its own.
async fn delivery(db: &TeamDb, id: &CorrelationId) -> Result<Option<Delivery>, OpsError> {
    match id.delivery() {
        Some(id) => Ok(deliveries::get(db, id).await?),
        None => Ok(None),
    }
}

async fn heartbeat(db: &TeamDb, id: &CorrelationId) -> StoreResult<Option<HeartbeatOf>> {
    let Some((key, slot)) = id.heartbeat() else { return Ok(None) };
    let found = heartbeats::one(db, key, slot).await?;
    Ok(found.map(|of| HeartbeatOf { connection_id: of.connection_id, heartbeat: health::shown(&of.kept), failure: of.failure }))
}

/// Those that were kept with the errors, and those that were said beside, each once.
fn lines(events: &[ErrorEvent], said: impl Iterator<Item = LogLine>) -> Vec<LogLine> {
    let mut lines: Vec<LogLine> = Vec::new();
    for line in events.iter().rev().flat_map(|event| event.log_lines.iter().cloned()).chain(said) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.sort_by_key(|line| line.at);
    lines
}
