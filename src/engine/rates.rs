//! How often what was tried against services succeeded, by kind and by connection.

use std::time::Duration;

use super::{OpsError, Scope};
use domain::{permission::Permission, rate::Rate};
use store::rates;

/// Connections that are told of.
const WORST: i64 = 10;

/// Over the time until now: every kind that was tried, and the connections that failed most.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Rates {
    pub kinds: Vec<Rate>,
    pub connections: Vec<Rate>,
}

/// # Errors
/// The database failed.
pub async fn over(scope: &Scope, span: Duration) -> Result<Rates, OpsError> {
    scope.authorize(Permission::ReadErrors)?;
    let since = scope.console.clock.now() - span;
    let db = scope.db();
    Ok(Rates { kinds: rates::by_kind(&db, since).await?, connections: rates::worst(&db, since, WORST).await? })
}
