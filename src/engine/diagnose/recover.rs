//! Ends the runs whose process is gone.

use std::time::Duration;

use super::finalize::{self, Interruption};
use crate::{Console, OpsError};
use domain::ids::{RunId, TeamId};
use store::diagnostic_runs;

/// How often a run says that its process is alive, and learns whether it is over.
pub const ALIVE_EVERY: Duration = Duration::from_secs(2);
/// A run not heard of for this long lost its process.
const SILENT_FOR: Duration = Duration::from_secs(15);

/// Interrupts every run, of any team, that was not heard of for 15 s. Answers how many. Any node may call it at any time;
/// a server does when it starts and every few seconds.
///
/// # Errors
/// The database failed.
pub async fn recover(console: &Console) -> Result<usize, OpsError> {
    let mut interrupted = 0;
    for (team, id) in diagnostic_runs::abandoned(&console.db, console.clock.now() - SILENT_FOR).await? {
        if finalize::interrupt(console, team, id, Interruption::ConsoleStopped).await? {
            tracing::warn!(run = %id, "a diagnostic run was interrupted: its process is gone");
            interrupted += 1;
        }
    }
    Ok(interrupted)
}

/// False when the run is over.
pub(super) async fn is_alive(console: &Console, team: TeamId, id: RunId) -> Result<bool, OpsError> {
    let mut tx = console.db.for_team(team).begin().await?;
    let goes_on = diagnostic_runs::touch(&mut tx, id, console.clock.now()).await?;
    tx.commit().await?;
    Ok(goes_on)
}
