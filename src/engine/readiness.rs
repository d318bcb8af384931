//! Whether the console can do its work: its database must take a write, which a full disk refuses long after reads have answered.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::{OpsError, error::chain};
use domain::{error::ErrorCode, time::Timestamp};
pub use store::write_checks::is_disk_full;
use store::{Db, write_checks};

/// Anyone may ask, so it is tried at most this often.
const TRIED_EVERY: Duration = Duration::from_secs(1);

/// What the last try came to. Held while one is under way, so that whoever asks meanwhile waits for it.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Instant, Result<(), ErrorCode>)>>);

impl Readiness {
    /// Writes, and says whether that went well.
    ///
    /// # Errors
    /// `disk_full` or `database_unavailable`.
    pub async fn check(&self, db: &Db, now: Timestamp) -> Result<(), ErrorCode> {
        let mut last = self.0.lock().await;
        if let Some((at, outcome)) = *last
            && at.elapsed() < TRIED_EVERY
        {
            return outcome;
        }
        let outcome = write_checks::write(db, now).await.map_err(|error| {
            let error = OpsError::from(error);
            tracing::warn!(error = chain(&error), "the database does not take a write");
            error.code()
        });
        *last = Some((Instant::now(), outcome));
        outcome
    }
}
