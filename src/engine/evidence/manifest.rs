//! Makes and signs `EVIDENCE_MANIFEST.json`, and links it to the one before.
//!
//! The key is derived from the master key: all nodes of a console have the same, there is nothing more to back up, and
//! no other file whose loss or theft matters. A new master key means a new public key, which each manifest names.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde_json::Value;

use super::sha256;
use crate::{
    OpsError,
    vault::{KeyId, Vault},
};
use domain::{
    diagnostic::DiagnosticTestRun,
    environment::Environment,
    evidence::{Evidence, EvidenceManifest, ManifestFile, ManifestSignature, RUN},
    ids::RunId,
    time::Timestamp,
};
use store::{
    TeamTx,
    evidence_manifests::{self, KeptManifest, Link},
};

pub const ALGORITHM: &str = "ed25519";
const PURPOSE: &[u8] = b"switchboard evidence manifest v1";

/// Signs manifests.
pub struct Signer(Ed25519KeyPair);

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.public_key())
    }
}

impl Signer {
    /// # Errors
    /// The key could not be derived.
    pub fn of(vault: &Vault) -> Result<Self, OpsError> {
        Self::of_key(vault, vault.current())
    }

    /// The one that signed while `master` was current.
    ///
    /// # Errors
    /// There is no such key.
    pub fn of_key(vault: &Vault, master: KeyId) -> Result<Self, OpsError> {
        let seed = vault.derive_of(master, PURPOSE)?;
        Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map(Self).map_err(|error| OpsError::Evidence(format!("no signing key: {error}")))
    }

    /// In base64: what `evidence verify --public-key` takes.
    pub fn public_key(&self) -> String {
        BASE64_STANDARD.encode(self.0.public_key().as_ref())
    }

    /// The text of the file: canonical, with its signature.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn sign(&self, mut manifest: EvidenceManifest) -> Result<String, OpsError> {
        let signed = signed_text(&to_value(&manifest)?)?;
        let value = BASE64_STANDARD.encode(self.0.sign(signed.as_bytes()).as_ref());
        manifest.signature = Some(ManifestSignature { algorithm: ALGORITHM.into(), public_key: self.public_key(), value });
        canonical(&to_value(&manifest)?)
    }
}

/// Appends the manifest of a run that ends in this unit of work to the chain of its team.
///
/// # Errors
/// The database failed; the manifest cannot be written.
pub async fn append(tx: &mut TeamTx, signer: &Signer, run: &DiagnosticTestRun, evidence: &[Evidence], now: Timestamp) -> Result<(), OpsError> {
    let run_text = serde_json::to_string_pretty(run).map_err(unwritable)?;
    let mut manifest = EvidenceManifest {
        version: 1,
        run_id: run.id,
        created_at: now,
        environment: run.environment.map(|environment| environment.to_string()),
        files: listed(&run_text, evidence),
        previous: None,
        signature: None,
    };
    // Another run of the team may end at the same moment: then its manifest is the one before.
    loop {
        let head = evidence_manifests::head(tx).await?;
        let sequence = head.as_ref().map_or(1, |(sequence, _)| sequence + 1);
        manifest.previous = head.map(|(_, sha256)| sha256);
        let kept = KeptManifest { manifest: signer.sign(manifest.clone())?, run: run_text.clone() };
        let link = Link { run_id: run.id, sequence, sha256: &sha256(kept.manifest.as_bytes()), kept: &kept, created_at: now };
        if evidence_manifests::append(tx, &link).await? {
            return Ok(());
        }
    }
}

/// The signed manifest of something else that keeps a record and artefacts, made in this unit of work: it names the last of the team's chain, and is no link of it.
///
/// # Errors
/// The database failed; the manifest cannot be written.
pub async fn beside(
    tx: &mut TeamTx,
    signer: &Signer,
    id: RunId,
    environment: Option<Environment>,
    record: &str,
    evidence: &[Evidence],
    now: Timestamp,
) -> Result<String, OpsError> {
    let previous = evidence_manifests::head(tx).await?.map(|(_, sha256)| sha256);
    signer.sign(EvidenceManifest {
        version: 1,
        run_id: id,
        created_at: now,
        environment: environment.map(|environment| environment.to_string()),
        files: listed(record, evidence),
        previous,
        signature: None,
    })
}

/// The record, and each artefact.
fn listed(record: &str, evidence: &[Evidence]) -> Vec<ManifestFile> {
    let record = ManifestFile {
        path: RUN.into(),
        sha256: sha256(record.as_bytes()),
        bytes: record.len().try_into().unwrap_or(u64::MAX),
        media_type: "application/json".into(),
    };
    let artefacts = evidence.iter().map(|kept| ManifestFile {
        path: kept.pack_path(),
        sha256: kept.sha256.clone(),
        bytes: kept.bytes.try_into().unwrap_or_default(),
        media_type: kept.media_type.clone(),
    });
    std::iter::once(record).chain(artefacts).collect()
}

/// # Errors
/// It is no manifest.
pub fn read(text: &str) -> Result<EvidenceManifest, OpsError> {
    serde_json::from_str(text).map_err(|error| OpsError::Evidence(format!("the manifest cannot be read: {error}")))
}

/// Whether the signature that a manifest carries is right for what it says.
pub(super) fn is_signed(manifest: &Value, signature: &ManifestSignature) -> bool {
    let decoded = (BASE64_STANDARD.decode(&signature.public_key), BASE64_STANDARD.decode(&signature.value), signed_text(manifest));
    let (Ok(public_key), Ok(value), Ok(text)) = decoded else { return false };
    signature.algorithm == ALGORITHM && UnparsedPublicKey::new(&ED25519, public_key).verify(text.as_bytes(), &value).is_ok()
}

/// What the signature is over: everything but itself.
fn signed_text(manifest: &Value) -> Result<String, OpsError> {
    let mut unsigned = manifest.clone();
    if let Some(members) = unsigned.as_object_mut() {
        members.remove("signature");
    }
    canonical(&unsigned)
}

fn canonical(value: &Value) -> Result<String, OpsError> {
    serde_json_canonicalizer::to_string(value).map_err(unwritable)
}

fn to_value(manifest: &EvidenceManifest) -> Result<Value, OpsError> {
    serde_json::to_value(manifest).map_err(unwritable)
}

fn unwritable(error: serde_json::Error) -> OpsError {
    OpsError::Evidence(format!("the manifest could not be written: {error}"))
}
