//! Evidence: what scenarios kept. The bytes lie in a folder or bucket, the rows in the database.
//!
//! Bytes are uploaded first and the row is written second, so a row never lacks its bytes; what a crash leaves without a
//! row is removed by [`retention`]. A run that could not keep all of its evidence does not pass.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Console, OpsError, Scope};
use domain::{
    audit::{AuditAct, Subject},
    error::ErrorCode,
    evidence::{Evidence, MANIFEST, RUN},
    ids::{EvidenceId, ProfileId, RunId, TeamId},
    permission::Permission,
};
use probes::kinds::Artefact;
use store::{diagnostic_runs, evidence, evidence_manifests};

mod bucket_client;
pub mod inspect;
pub mod manifest;
pub mod object_store;
pub mod pack;
pub mod retention;

pub use manifest::Signer;
pub use object_store::{EvidenceStore, Key};
pub use probes::kinds::evidence::sha256;

/// How many artefacts are fetched at a time for a pack.
const FETCHED_AT_ONCE: usize = 8;

/// What an artefact belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    pub team: TeamId,
    pub run: RunId,
    pub connection: ProfileId,
    pub scenario: &'a str,
}

/// Uploads an artefact. Answers the row to be written, in the same unit of work as the scenario's result.
///
/// # Errors
/// The evidence store did not take it.
pub async fn upload(console: &Console, origin: Origin<'_>, artefact: Artefact) -> Result<Evidence, OpsError> {
    let id = EvidenceId::new();
    let row = Evidence {
        id,
        run_id: origin.run,
        connection_id: origin.connection,
        scenario: origin.scenario.into(),
        name: artefact.name,
        media_type: artefact.media_type.into(),
        sha256: sha256(&artefact.bytes),
        bytes: i64::try_from(artefact.bytes.len()).unwrap_or(i64::MAX),
        created_at: console.clock.now(),
    };
    console.evidence.put(Key { team: origin.team, run: origin.run, id }, artefact.bytes).await?;
    Ok(row)
}

/// What is kept of a run, in the order it was kept.
///
/// # Errors
/// The database failed.
pub async fn of_run(scope: &Scope, run: RunId) -> Result<Vec<Evidence>, OpsError> {
    scope.authorize(Permission::ReadDiagnostics)?;
    if !sees_run(scope, run).await? {
        return Ok(Vec::new());
    }
    Ok(evidence::of_run(&scope.db(), run).await?)
}

/// Evidence is there for whoever sees its run.
async fn sees_run(scope: &Scope, id: RunId) -> Result<bool, OpsError> {
    if scope.enter_all().is_ok() {
        return Ok(true);
    }
    Ok(diagnostic_runs::get(&scope.db(), id).await?.is_some_and(|run| scope.sees_run(&run)))
}

/// One artefact and its bytes, which are what they were when they were kept.
///
/// # Errors
/// There is none in the actor's team; the evidence store does not answer, or answers other bytes.
pub async fn read(scope: &Scope, id: EvidenceId) -> Result<(Evidence, Bytes), OpsError> {
    scope.authorize(Permission::ReadDiagnostics)?;
    let row = evidence::get(&scope.db(), id).await?.ok_or(ErrorCode::EvidenceNotFound)?;
    if !sees_run(scope, row.run_id).await? {
        return Err(ErrorCode::EvidenceNotFound.into());
    }
    let bytes = fetch(&scope.console, scope.team(), &row).await?;
    scope.audit_reading(AuditAct::EvidenceRead, Subject::from(id).named(&row.name)).await;
    Ok((row, bytes))
}

/// The pack of a run that has ended: its artefacts, its record and the signed manifest, as a zip archive.
///
/// # Errors
/// There is no such run, it has not ended, its evidence was removed after its retention, or the evidence store does not answer.
pub async fn packed(scope: &Scope, run: RunId) -> Result<Vec<u8>, OpsError> {
    scope.authorize(Permission::ReadDiagnostics)?;
    let found = super::diagnose::get(scope, run).await?;
    if !found.status.is_finished() {
        return Err(ErrorCode::RunNotFinished.into());
    }
    let kept = evidence_manifests::get(&scope.db(), run).await?.ok_or(ErrorCode::EvidenceNotFound)?;
    let rows = evidence::of_run(&scope.db(), run).await?;
    if kept.run.is_empty() || manifest::read(&kept.manifest)?.files.len() != rows.len() + 1 {
        return Err(ErrorCode::EvidenceNotFound.into());
    }
    scope.audit_reading(AuditAct::EvidencePackRead, run).await;
    archive(scope, kept.manifest, kept.run, rows).await
}

/// Manifest, record and artefacts as a zip archive.
///
/// # Errors
/// The evidence store does not answer, or answers other bytes.
pub(crate) async fn archive(scope: &Scope, manifest: String, record: String, rows: Vec<Evidence>) -> Result<Vec<u8>, OpsError> {
    let fetched = stream::iter(rows).map(async |row| fetch(&scope.console, scope.team(), &row).await.map(|bytes| (row.pack_path(), bytes)));
    let artefacts: Vec<(String, Bytes)> = fetched.buffered(FETCHED_AT_ONCE).try_collect().await?;
    let own = [(MANIFEST.to_owned(), Bytes::from(manifest)), (RUN.to_owned(), Bytes::from(record))];
    tokio::task::spawn_blocking(move || pack::write(own.iter().chain(&artefacts))).await?
}

async fn fetch(console: &Console, team: TeamId, row: &Evidence) -> Result<Bytes, OpsError> {
    let bytes = console.evidence.get(Key { team, run: row.run_id, id: row.id }).await?;
    if sha256(&bytes) == row.sha256 { Ok(bytes) } else { Err(OpsError::Evidence(format!("evidence {} was altered in the evidence store", row.id))) }
}
