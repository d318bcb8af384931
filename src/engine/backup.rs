//! Everything of a console in one file: its database as one moment saw it, and its evidence where that lies in a folder.
//!
//! The file is encrypted with [age](https://age-encryption.org/v1) to a key that is derived from the master key, so that there is no further secret
//! to lose: without the master key, what is restored would be of no use anyway. The master key itself is not in it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{self, Sender};

use super::{Console, OpsError, Scope, escalation, evidence::EvidenceStore};
use archive::Entry;
use domain::{
    audit::{AuditAct, Subject},
    permission::Permission,
    time::Timestamp,
};
use recipients::{identities, recipients};
use store::{
    restores,
    snapshot::{Rows, Snapshot, Sort},
};

mod archive;
mod recipients;
mod restore;

pub use restore::{Target, check, restore};

/// Of how a backup is put together.
const FORMAT: u32 = 1;
/// Pieces that wait for the disk.
const WAITING: usize = 4;

/// What a backup says of itself, before all else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub made_at: Timestamp,
    /// The version of the program that made it.
    pub program: String,
    pub database: Sort,
    /// The last migration of its database.
    pub schema: i64,
}

/// What it held, after all else: without it, a backup is not whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    pub rows: Rows,
    pub evidence_files: u64,
}

/// A backup that was made, tried or restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backup {
    pub file: PathBuf,
    #[serde(flatten)]
    pub manifest: Manifest,
    #[serde(flatten)]
    pub contents: Contents,
}

impl Backup {
    pub fn total_rows(&self) -> i64 {
        self.contents.rows.values().sum()
    }
}

/// Writes everything to `file`, while the console is being used. `others` may open it too: public keys of age, `age1…`. Evidence in a bucket is
/// left there.
///
/// The log of every team is told of it first. The file has its name once it is whole.
///
/// # Errors
/// There is such a file already, or it cannot be written; a public key that is none; the database or the evidence store failed.
pub async fn make(scope: &Scope, file: &Path, others: &[String]) -> Result<Backup, OpsError> {
    scope.authorize(Permission::ManageBackups)?;
    let console = &scope.console;
    let recipients = recipients(&console.vault, others)?;
    let draft = archive::Draft::of(file)?;
    let mut tx = console.db.begin().await?;
    scope.audit_everywhere(&mut tx, AuditAct::BackupMade, &Subject::default().named(file.display().to_string())).await?;
    tx.commit().await?;
    let mut snapshot = Snapshot::take(&console.db).await?;
    let manifest = Manifest {
        format: FORMAT,
        made_at: console.clock.now(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        database: console.db.sort(),
        schema: snapshot.schema_version().await?,
    };
    let (entries, received) = mpsc::channel(WAITING);
    let written = tokio::task::spawn_blocking(move || draft.write(&recipients, received));
    let sent = send(console, snapshot, manifest.clone(), entries).await;
    // Who writes knows why nobody takes the entries any more.
    let draft = written.await??;
    let contents = sent?;
    tokio::task::spawn_blocking(move || draft.keep()).await??;
    Ok(Backup { file: file.to_owned(), manifest, contents })
}

/// Tells the log of every team of a restore, once, and has escalations go on from where they stood in the backup; whoever restored had no console to write with. Where a log cannot be written now, the next start
/// tells it.
///
/// # Errors
/// The database failed.
pub async fn announce_restored(scope: &Scope) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageBackups)?;
    let console = &scope.console;
    for (id, made_at) in restores::unannounced(&console.db).await? {
        let mut tx = console.db.begin().await?;
        if restores::mark_announced(&mut tx, id, console.clock.now()).await? {
            let stood_still = console.clock.now().seconds_since(made_at);
            escalation::stand_still(&mut tx, Duration::from_secs(stood_still.try_into().unwrap_or_default())).await?;
            scope.audit_everywhere(&mut tx, AuditAct::BackupRestored, &Subject::default().named(format!("as of {made_at}"))).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

async fn send(console: &Console, snapshot: Snapshot, manifest: Manifest, entries: Sender<Entry>) -> Result<Contents, OpsError> {
    entries.send(Entry::Manifest(manifest)).await.map_err(|_closed| ended())?;
    let rows = snapshot.send(&entries).await?;
    let evidence_files = send_evidence(&console.evidence, &entries).await?;
    let contents = Contents { rows, evidence_files };
    entries.send(Entry::Contents(contents.clone())).await.map_err(|_closed| ended())?;
    Ok(contents)
}

/// After the rows, whose bytes are there before them. What its retention removes meanwhile is left out.
async fn send_evidence(evidence: &EvidenceStore, entries: &Sender<Entry>) -> Result<u64, OpsError> {
    let mut sent = 0;
    let mut keys = evidence.kept_in_folder();
    while let Some(key) = keys.next().await.transpose()? {
        match evidence.get(key).await {
            Ok(bytes) => entries.send(Entry::Evidence(key, bytes.into())).await.map_err(|_closed| ended())?,
            Err(OpsError::EvidenceStore(object_store::Error::NotFound { .. })) => continue,
            Err(error) => return Err(error),
        }
        sent += 1;
    }
    Ok(sent)
}

/// The other side of a channel has given up, and says why.
fn ended() -> OpsError {
    OpsError::Settings("the backup was given up".into())
}
