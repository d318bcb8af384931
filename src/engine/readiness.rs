//! Whether the console can do its work: its database must take a write, which a full disk refuses long after reads have answered.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::{Console, OpsError};
use domain::error::ErrorCode;
use store::write_checks;

/// Anyone may ask, so it is tried at most this often.
const TRIED_EVERY: Duration = Duration::from_secs(1);

/// What the last try came to. Held while one is under way, so that whoever asks meanwhile waits for it.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Instant, Result<(), ErrorCode>)>>);

/// Writes, and says whether that went well.
///
/// # Errors
/// `disk_full` or `database_unavailable`.
pub async fn check(console: &Console) -> Result<(), ErrorCode> {
    let mut last = console.readiness.0.lock().await;
    if let Some((at, outcome)) = *last
        && at.elapsed() < TRIED_EVERY
    {
        return outcome;
    }
    let outcome = write_checks::write(&console.db, console.clock.now()).await.map_err(|error| {
        let error = OpsError::from(error);
        tracing::warn!(error = super::report::chain(&error), "the database does not take a write");
        error.code()
    });
    *last = Some((Instant::now(), outcome));
    outcome
}
