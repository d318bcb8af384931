//! What a scenario kept of what it saw, and the manifest that vouches for it.

use serde::{Deserialize, Serialize};

use super::{
    ids::{EvidenceId, ProfileId, RunId},
    time::Timestamp,
};

/// One kept artefact. Its bytes lie in the evidence store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct Evidence {
    pub id: EvidenceId,
    pub run_id: RunId,
    pub connection_id: ProfileId,
    pub scenario: String,
    /// What the scenario called it: `response.txt`, `certificates.pem` …
    pub name: String,
    pub media_type: String,
    /// Of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    pub bytes: i64,
    pub created_at: Timestamp,
}

/// Name of the manifest in a pack.
pub const MANIFEST: &str = "EVIDENCE_MANIFEST.json";
/// Name of the run's record in a pack.
pub const RUN: &str = "run.json";

/// Vouches for the files of a pack. Signed over its canonical form (RFC 8785) without the member `signature`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct EvidenceManifest {
    /// Of this format: 1.
    pub version: u32,
    pub run_id: RunId,
    pub created_at: Timestamp,
    /// The environment the run was for; null when it was for several.
    pub environment: Option<String>,
    pub files: Vec<ManifestFile>,
    /// SHA-256 of the manifest before it in the team's chain, over the bytes of that file; null for the first.
    pub previous: Option<String>,
    pub signature: Option<ManifestSignature>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ManifestFile {
    pub path: String,
    /// In lower-case hexadecimal.
    pub sha256: String,
    pub bytes: u64,
    pub media_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ManifestSignature {
    /// `ed25519`.
    pub algorithm: String,
    /// 32 bytes in base64.
    pub public_key: String,
    /// 64 bytes in base64.
    pub value: String,
}

impl Evidence {
    /// Where it lies in a pack. The id makes it unique; the name is cut to what is safe on every file system.
    pub fn pack_path(&self) -> String {
        let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
        let name: String = self.name.chars().map(safe).take(80).collect();
        format!("artefacts/{}/{}/{}-{name}", self.connection_id, self.scenario, self.id)
    }
}
