//! Puts a backup into a database that is empty.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{
    mpsc::{self, Receiver, Sender},
    oneshot,
};

use super::{Backup, Contents, Entry, Manifest, WAITING, archive, identities};
use crate::{OpsError, evidence::EvidenceStore, vault::Vault};
use store::snapshot::{Incoming, Piece, Rows, Sort, restore_postgres, restore_sqlite};

/// Where a backup is restored to.
pub struct Target {
    pub database_url: SecretString,
    /// Of who owns the tables, where that is another user of PostgreSQL.
    pub migration_database_url: Option<SecretString>,
    pub evidence: EvidenceStore,
}

/// Reads a backup to its end and changes nothing.
///
/// # Errors
/// It is no backup of ours, was altered, or ends too early; none of the keys opens it.
pub async fn check(file: &Path, vault: &Vault, identity: Option<&Path>) -> Result<Backup, OpsError> {
    let mut reading = Reading::begin(file, vault, identity).await?;
    let mut evidence_files = 0;
    let contents = loop {
        match reading.next().await? {
            Entry::Contents(contents) => break counted(contents, evidence_files)?,
            Entry::Evidence(..) => evidence_files += 1,
            Entry::Manifest(_) | Entry::Database(_) => {}
        }
    };
    Ok(Backup { file: file.to_owned(), manifest: reading.manifest, contents })
}

/// Restores everything: all of it, or nothing of the database. It may be killed at any point and called again. Sessions are not restored: everybody
/// signs in again.
///
/// # Errors
/// As [`check`]; the database is not empty, or is of another sort.
pub async fn restore(file: &Path, vault: &Vault, identity: Option<&Path>, target: &Target) -> Result<Backup, OpsError> {
    let mut reading = Reading::begin(file, vault, identity).await?;
    let manifest = reading.manifest.clone();
    let is_embedded = target.database_url.expose_secret().starts_with("sqlite:");
    match manifest.database {
        Sort::Sqlite if !is_embedded => return Err(OpsError::Settings("the backup is one of SQLite, and DATABASE_URL names PostgreSQL".into())),
        Sort::Postgres if is_embedded => {
            return Err(OpsError::Settings("the backup is one of PostgreSQL; name an empty database of it in DATABASE_URL".into()));
        }
        Sort::Sqlite | Sort::Postgres => {}
    }
    let (to_database, pieces) = mpsc::channel(WAITING);
    let (tell_rows, rows) = oneshot::channel();
    let incoming = Incoming { made_at: manifest.made_at, pieces, rows };
    let database = async {
        match manifest.database {
            Sort::Sqlite => restore_sqlite(&target.database_url, incoming).await,
            Sort::Postgres => restore_postgres(target.migration_database_url.as_ref().unwrap_or(&target.database_url), manifest.schema, incoming).await,
        }
    };
    let (restored, shared_out) = tokio::join!(database, share_out(&mut reading, to_database, tell_rows, &target.evidence));
    match (restored, shared_out) {
        (_, Err(SharingError::File(error))) => Err(error),
        (Err(error), _) => Err(error.into()),
        (Ok(_), Err(SharingError::Closed)) => Err(super::ended()),
        (Ok(_), Ok(contents)) => Ok(Backup { file: file.to_owned(), manifest, contents }),
    }
}

enum SharingError {
    /// The file, or the evidence store.
    File(OpsError),
    /// The database takes no more, and says why.
    Closed,
}

/// Gives the database its pieces and the evidence store its files, and tells the database last of all how many rows it must have.
async fn share_out(
    reading: &mut Reading,
    to_database: Sender<Piece>,
    tell_rows: oneshot::Sender<Rows>,
    evidence: &EvidenceStore,
) -> Result<Contents, SharingError> {
    let mut evidence_files = 0;
    loop {
        match reading.next().await.map_err(SharingError::File)? {
            Entry::Manifest(_) => {}
            Entry::Database(piece) => to_database.send(piece).await.map_err(|_closed| SharingError::Closed)?,
            Entry::Evidence(key, bytes) => {
                evidence.put(key, bytes).await.map_err(SharingError::File)?;
                evidence_files += 1;
            }
            Entry::Contents(contents) => {
                let contents = counted(contents, evidence_files).map_err(SharingError::File)?;
                tell_rows.send(contents.rows.clone()).map_err(|_closed| SharingError::Closed)?;
                return Ok(contents);
            }
        }
    }
}

fn counted(contents: Contents, evidence_files: u64) -> Result<Contents, OpsError> {
    if contents.evidence_files == evidence_files {
        return Ok(contents);
    }
    Err(OpsError::Settings(format!("the backup holds {evidence_files} files of evidence, and says that it holds {}", contents.evidence_files)))
}

/// A backup that is being read, on a thread of its own.
struct Reading {
    manifest: Manifest,
    entries: Receiver<Entry>,
    thread: Option<tokio::task::JoinHandle<Result<(), OpsError>>>,
}

impl Reading {
    async fn begin(file: &Path, vault: &Vault, identity: Option<&Path>) -> Result<Self, OpsError> {
        let (to, mut entries) = mpsc::channel(WAITING);
        let (path, vault, identity) = (file.to_owned(), vault.clone(), identity.map(Path::to_owned));
        let mut thread = tokio::task::spawn_blocking(move || archive::read(&path, &identities(&vault, identity.as_deref())?, &to));
        match entries.recv().await {
            Some(Entry::Manifest(manifest)) => Ok(Self { manifest, entries, thread: Some(thread) }),
            Some(_other) => Err(OpsError::Settings(format!("{} cannot be restored: it does not begin as a backup does", file.display()))),
            None => Err((&mut thread).await?.err().unwrap_or_else(super::ended)),
        }
    }

    async fn next(&mut self) -> Result<Entry, OpsError> {
        if let Some(entry) = self.entries.recv().await {
            return Ok(entry);
        }
        match self.thread.take() {
            Some(thread) => Err(thread.await?.err().unwrap_or_else(super::ended)),
            None => Err(super::ended()),
        }
    }
}
