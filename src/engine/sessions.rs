//! Sessions of browsers. Each act ends, though the visitor leaves.

use serde_json::Value;

use super::{Console, OpsError, scope::run_to_end};
use domain::{ids::OperatorId, time::Timestamp};
use store::{StoreResult, sessions};

pub use store::sessions::SessionRow;

/// A session as it is to be kept.
pub struct Session {
    /// Of the cookie; kept hashed.
    pub id: String,
    /// Whoever has signed in.
    pub operator: Option<OperatorId>,
    pub data: Value,
    pub expires_at: Timestamp,
}

/// Whether one that began at `signed_in_at` is younger than it may become.
pub fn has_time_left(console: &Console, signed_in_at: Timestamp) -> bool {
    console.clock.now() < signed_in_at + console.session_lifetime
}

/// Keeps a new one. False when the id is taken.
///
/// # Errors
/// The database failed.
pub async fn begin(console: &Console, session: Session) -> Result<bool, OpsError> {
    let db = console.db.clone();
    ended(async move { sessions::insert(&db, &session.id, session.operator, &session.data, session.expires_at).await }).await
}

/// Writes it anew. Does nothing to one that has ended.
///
/// # Errors
/// The database failed.
pub async fn save(console: &Console, session: Session) -> Result<(), OpsError> {
    let (db, now) = (console.db.clone(), console.clock.now());
    ended(async move { sessions::update(&db, &session.id, session.operator, &session.data, session.expires_at, now).await }).await
}

/// What is kept, unless it has ended.
///
/// # Errors
/// The database failed.
pub async fn load(console: &Console, id: String) -> Result<Option<SessionRow>, OpsError> {
    let (db, now) = (console.db.clone(), console.clock.now());
    ended(async move { sessions::load(&db, &id, now).await }).await
}

/// Ends it. False when there was none.
///
/// # Errors
/// The database failed.
pub async fn end(console: &Console, id: String) -> Result<bool, OpsError> {
    let db = console.db.clone();
    ended(async move { sessions::delete(&db, &id).await }).await
}

async fn ended<T: Send + 'static>(work: impl Future<Output = StoreResult<T>> + Send + 'static) -> Result<T, OpsError> {
    Ok(run_to_end(work).await??)
}
