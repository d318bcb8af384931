//! What becomes of a stored credential when its connection is edited.

use crate::{
    Console, OpsError,
    vault::{Binding, Credential},
};
use domain::{error::ErrorCode, profile::ServiceConnectionProfile, settings::check};
use probes::kinds::ConnectionKind;
use store::profiles::SealedCredential;

/// The stored secrets that the edited connection may keep: all of them while the address stays, none once it changes.
///
/// # Errors
/// `credential_required` when the address changes and nothing was entered; a credential that does not open.
pub fn keep(
    console: &Console,
    kind: &dyn ConnectionKind,
    current: &ServiceConnectionProfile,
    wanted: &ServiceConnectionProfile,
    sealed: &SealedCredential,
    entered_any: bool,
) -> Result<Credential, OpsError> {
    let Some(bytes) = &sealed.credential else { return Ok(Credential::new()) };
    // Settings that fail the check are refused by it; their address does not matter.
    let Ok(complete) = check(kind.descriptor(), &wanted.settings) else { return Ok(Credential::new()) };
    if kind.origin(&complete) == sealed.credential_origin {
        let binding = Binding { profile: current.id, origin: &sealed.credential_origin, version: sealed.credential_version };
        Ok(console.vault.open(binding, bytes)?)
    } else if entered_any {
        Ok(Credential::new())
    } else {
        Err(ErrorCode::CredentialRequired.into())
    }
}

/// Seals the secrets to the connection's address; without secrets there is nothing to seal.
///
/// # Errors
/// A credential too large to seal.
pub fn seal(
    console: &Console,
    kind: &dyn ConnectionKind,
    profile: &ServiceConnectionProfile,
    credential: Credential,
    version: i64,
) -> Result<SealedCredential, OpsError> {
    let origin = kind.origin(&profile.settings);
    let binding = Binding { profile: profile.id, origin: &origin, version };
    let sealed = if credential.is_empty() { None } else { Some(console.vault.seal(binding, &credential)?) };
    Ok(SealedCredential { credential: sealed, credential_origin: origin, credential_version: version })
}
