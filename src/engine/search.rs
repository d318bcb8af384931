//! One question to everything that has a name or a thread.

use std::collections::HashMap;

use super::{OpsError, Scope, connections, thread};
use domain::{
    correlation_id::CorrelationId,
    diagnostic::DiagnosticTestRun,
    error_event::{ErrorEvent, ErrorFilter},
    ids::ProfileId,
    incident::ListedIncident,
    listing::{Filter, Page, Sort},
    permission::Permission,
    profile::ConnectionSummary,
};
use store::{diagnostic_runs, error_events, incidents};

/// Of each sort of thing, the first few; the lists know the rest.
pub const SHOWN: u32 = 8;

/// What was found.
#[derive(Default)]
pub struct Found {
    pub connections: Page,
    /// How each of them is.
    pub summaries: HashMap<ProfileId, ConnectionSummary>,
    pub incidents: Vec<ListedIncident>,
    pub runs: Vec<DiagnosticTestRun>,
    /// Nothing for those who may not read them.
    pub errors: Vec<ErrorEvent>,
    /// What was searched for, where it is the whole ID of something.
    pub thread: Option<CorrelationId>,
}

/// # Errors
/// The database failed.
pub async fn find(scope: &Scope, q: &str) -> Result<Found, OpsError> {
    scope.authorize(Permission::ReadConnections)?;
    scope.authorize(Permission::ReadIncidents)?;
    scope.authorize(Permission::ReadDiagnostics)?;
    if q.is_empty() {
        return Ok(Found::default());
    }
    let limit = i64::from(SHOWN);
    let filter = Filter { q: Some(q.to_owned()), ..Filter::default() };
    let mut runs = diagnostic_runs::found(&scope.db(), q, limit).await?;
    if let Ok(id) = q.parse() {
        runs.extend(diagnostic_runs::get(&scope.db(), id).await?);
    }
    let errors = if scope.may(Permission::ReadErrors) {
        let filter = ErrorFilter { q: filter.q.clone(), ..ErrorFilter::default() };
        let errors = error_events::latest(&scope.db(), &filter, None, limit).await?;
        scope.audit_listing(errors.len()).await;
        errors
    } else {
        Vec::new()
    };
    let thread = match q.parse() {
        Ok(id) if scope.may(Permission::ReadErrors) && thread::is_known(scope, &id).await? => Some(id),
        _ => None,
    };
    let connections = connections::list(scope, &filter, Sort::Name, 1, SHOWN).await?;
    Ok(Found {
        summaries: connections::summaries(scope, &connections.items).await?,
        connections,
        incidents: incidents::list::found(&scope.db(), q, limit).await?,
        runs,
        errors,
        thread,
    })
}
