//! One question to everything that has a name or a thread.

use super::{Actor, Console, OpsError, configure};
use domain::{
    diagnostic::DiagnosticTestRun,
    error_event::{ErrorEvent, ErrorFilter},
    incident::ListedIncident,
    listing::{Filter, Page, Sort},
    operator::Role,
};
use store::{diagnostic_runs, error_events, incidents};

/// Of each sort of thing, the first few; the lists know the rest.
const SHOWN: u32 = 8;

/// What was found.
#[derive(Default)]
pub struct Found {
    pub connections: Page,
    pub incidents: Vec<ListedIncident>,
    pub runs: Vec<DiagnosticTestRun>,
    /// Nothing for those who may not read them.
    pub errors: Vec<ErrorEvent>,
}

/// # Errors
/// The database failed.
pub async fn find(console: &Console, actor: &Actor, q: &str) -> Result<Found, OpsError> {
    if q.is_empty() {
        return Ok(Found::default());
    }
    let limit = i64::from(SHOWN);
    let filter = Filter { q: Some(q.to_owned()), ..Filter::default() };
    let mut runs = diagnostic_runs::found(&console.db, actor.team, q, limit).await?;
    if let Ok(id) = q.parse() {
        runs.extend(diagnostic_runs::get(&console.db, actor.team, id).await?);
    }
    let errors = match actor.role {
        Role::Viewer => Vec::new(),
        _ => error_events::latest(&console.db, actor.team, &ErrorFilter { q: filter.q.clone(), ..ErrorFilter::default() }, None, limit).await?,
    };
    Ok(Found {
        connections: configure::list(console, actor, &filter, Sort::Name, 1, SHOWN).await?,
        incidents: incidents::list::found(&console.db, actor.team, q, limit).await?,
        runs,
        errors,
    })
}
