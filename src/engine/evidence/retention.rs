//! Removes evidence whose time is over, and what a crash left behind.

use std::{fs, path::Path as FilePath, time::Duration};

use futures_util::StreamExt;

use super::{EvidenceStore, Key};
use crate::{Console, OpsError};
use store::evidence::{is_orphan, prune_one};

/// A file without a row that is younger than this may be about to get one.
const ORPHAN_AFTER: Duration = Duration::from_secs(60 * 60);

/// One after the other, because both remove files. What the first could not do keeps nothing from the second.
///
/// # Errors
/// Of [`prune`] or [`sweep`].
pub async fn prune_and_sweep(console: &Console) -> Result<(), OpsError> {
    let pruned = prune(console).await;
    sweep(console).await?;
    pruned.map(drop)
}

/// Removes the evidence of runs that is older than its retention, a run at a time so that nobody waits for it.
/// Answers how many artefacts went. The runs, their results and the chain of manifests stay.
///
/// # Errors
/// The database failed. Files that could not be removed are left to [`sweep`].
pub async fn prune(console: &Console) -> Result<usize, OpsError> {
    let kept_since = console.clock.now() - console.evidence_retention;
    let mut removed = 0;
    loop {
        // Rows first: a row without its bytes would look like a loss, bytes without their row are swept.
        let mut tx = console.db.begin().await?;
        let rows = prune_one(&mut tx, kept_since).await?;
        tx.commit().await?;
        if rows.is_empty() || console.stopping.is_cancelled() {
            return Ok(removed);
        }
        removed += rows.len();
        for (id, team, run) in rows {
            if let Err(error) = console.evidence.remove(Key { team, run, id }).await {
                tracing::warn!(evidence = %id, %error, "evidence past its retention could not be removed yet");
            }
        }
    }
}

/// Removes what has lain in the evidence store for an hour without a row, of the runs that there are. Answers how many files went.
///
/// # Errors
/// The database or the evidence store does not answer.
pub async fn sweep(console: &Console) -> Result<usize, OpsError> {
    sweep_older_than(console, ORPHAN_AFTER).await
}

/// [`sweep`] with another age.
///
/// # Errors
/// As of [`sweep`].
pub async fn sweep_older_than(console: &Console, age: Duration) -> Result<usize, OpsError> {
    let (objects, prefix) = console.evidence.objects();
    let written_before = chrono::Utc::now() - age;
    let mut listed = objects.list(Some(prefix));
    let mut removed = 0;
    while let Some(object) = listed.next().await.transpose()? {
        if object.last_modified <= written_before
            && let Some(Key { run, id, .. }) = console.evidence.key_of(&object.location)
            && is_orphan(&console.db, run, id).await?
        {
            match object_store::ObjectStoreExt::delete(objects, &object.location).await {
                Ok(()) => removed += 1,
                // Another node has swept it.
                Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(removed + half_written(&console.evidence, age).await?)
}

/// A folder holds `NAME#1` when the process was killed while it wrote NAME; listing passes over these.
async fn half_written(store: &EvidenceStore, age: Duration) -> Result<usize, OpsError> {
    let Some(folder) = store.folder().map(FilePath::to_owned) else { return Ok(0) };
    let walk = tokio::task::spawn_blocking(move || remove_half_written(&folder, age, 3));
    walk.await?.map_err(|error| OpsError::Evidence(format!("the evidence folder cannot be read: {error}")))
}

fn remove_half_written(folder: &FilePath, age: Duration, depth: u32) -> std::io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_old = || entry.metadata().and_then(|data| data.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|since| since >= age));
        if entry.file_type()?.is_dir() {
            removed += if depth > 1 { remove_half_written(&entry.path(), age, depth - 1)? } else { 0 };
        } else if entry.file_name().to_string_lossy().contains('#') && is_old() {
            fs::remove_file(entry.path())?;
            removed += 1;
        }
    }
    Ok(removed)
}
