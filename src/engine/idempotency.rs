//! First answers to requests, for whoever sends the same request again.

use serde_json::Value;

use super::{Console, OpsError};
use domain::ids::TeamId;
use store::idempotency;

pub use store::idempotency::KeptAnswer;

/// An answer as it is to be kept.
pub struct Answer<'a> {
    pub status: u16,
    pub headers: &'a Value,
    pub body: &'a [u8],
}

/// Claims a team's key for a new request, or answers what is kept under it.
///
/// # Errors
/// The database failed.
pub async fn begin(console: &Console, team: TeamId, key: &str, request_hash: &[u8]) -> Result<Option<KeptAnswer>, OpsError> {
    Ok(idempotency::begin(&console.db.for_team(team), key, request_hash, console.clock.now()).await?)
}

/// Keeps the answer of the request that has the key.
///
/// # Errors
/// The database failed.
pub async fn finish(console: &Console, team: TeamId, key: &str, answer: Answer<'_>) -> Result<(), OpsError> {
    let Answer { status, headers, body } = answer;
    Ok(idempotency::finish(&console.db.for_team(team), key, status.into(), headers, body).await?)
}

/// Frees the key of a request that changed nothing.
///
/// # Errors
/// The database failed.
pub async fn forget(console: &Console, team: TeamId, key: &str) -> Result<(), OpsError> {
    Ok(idempotency::forget(&console.db.for_team(team), key).await?)
}
