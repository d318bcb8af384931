//! What becomes of a stored credential when its connection is edited.

use serde_json::Value;

use crate::{
    Console, OpsError,
    vault::{Binding, Credential},
};
use domain::{
    error::ErrorCode,
    profile::{ServiceConnectionProfile, Settings},
    settings::{check, has_its_field, is_shown},
};
use probes::kinds::ConnectionKind;
use store::profiles::SealedCredential;

/// How well a value proves the peer; more is better.
type Rank = fn(&Value) -> usize;

/// Settings that say how the peer is proved to be who it claims, and how well each value proves it. Any two authorities are
/// as good as one another, and a change from one to the other is one of whom is trusted.
const PROOFS: [(&str, Rank); 4] = [
    ("tls", |value| match value {
        Value::Bool(on) => usize::from(*on),
        Value::String(mode) => ["disable", "prefer", "require", "verify-full"].iter().position(|known| known == mode).unwrap_or_default(),
        _ => 0,
    }),
    ("security", |value| usize::from(value.as_str().is_some_and(|mode| mode != "none"))),
    ("skip_tls_verification", |value| usize::from(value != &Value::Bool(true))),
    ("ca_pem", |_| 0),
];

/// Whether a stranger on the way could pass for the peer after this change, and could not before.
fn weakens(before: &Settings, after: &Settings) -> bool {
    let of = |settings: &Settings, name| settings.get(name).cloned().unwrap_or_default();
    // However their lines end.
    let words = |value: &Value| -> Vec<String> { value.as_str().unwrap_or_default().split_whitespace().map(str::to_owned).collect() };
    PROOFS.iter().any(|(name, rank)| {
        let (before, after) = (of(before, *name), of(after, *name));
        let other_authority = *name == "ca_pem" && words(&before) != words(&after);
        other_authority || rank(&after) < rank(&before)
    })
}

/// The stored secrets that the edited connection may keep: all of them while the address and its proof stay, none once
/// the address changes or its proof is weakened.
///
/// # Errors
/// `credential_required` when that is so and nothing was entered; a credential that does not open, unless one was entered.
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
    let fields = &kind.descriptor().fields;
    let Ok(complete) = check(fields, &wanted.settings) else { return Ok(Credential::new()) };
    // The form would ask for it nowhere.
    if !fields.iter().any(|field| field.is_secret() && is_shown(fields, field, &complete) && has_its_field(field, &complete)) {
        return Ok(Credential::new());
    }
    if kind.sealed_to(&complete) == sealed.credential_origin && !weakens(&current.settings, &complete) {
        let binding = Binding { profile: current.id, origin: &sealed.credential_origin, version: sealed.credential_version };
        match console.vault.open(binding, bytes) {
            // Entering it again is what mends it.
            Err(_) if entered_any => Ok(Credential::new()),
            opened => Ok(opened?),
        }
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
    let origin = kind.sealed_to(&profile.settings);
    let binding = Binding { profile: profile.id, origin: &origin, version };
    let sealed = if credential.is_empty() { None } else { Some(console.vault.seal(binding, &credential)?) };
    Ok(SealedCredential { credential: sealed, credential_origin: origin, credential_version: version })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use domain::kind::FieldType;
    use probes::kinds::Kinds;

    fn settings(name: &str, value: &Value) -> Settings {
        Settings::from_iter([(name.to_owned(), value.clone())])
    }

    #[test]
    fn less_proof_asks_for_the_credential_and_more_does_not() {
        for (name, weak, strong) in [
            ("tls", json!(false), json!(true)),
            ("tls", json!("disable"), json!("prefer")),
            ("tls", json!("prefer"), json!("require")),
            ("tls", json!("require"), json!("verify-full")),
            ("security", json!("none"), json!("starttls")),
            ("security", json!("none"), json!("tls")),
            ("skip_tls_verification", json!(true), json!(false)),
        ] {
            let (weak, strong) = (settings(name, &weak), settings(name, &strong));
            assert!(weakens(&strong, &weak), "{name}");
            assert!(!weakens(&weak, &strong) && !weakens(&strong, &strong), "{name}");
        }
        let authority = |pem: &str| settings("ca_pem", &json!(pem));
        assert!(weakens(&authority("one"), &authority("other")));
        assert!(weakens(&authority(""), &authority("other")) && weakens(&authority("one"), &authority("")));
        assert!(!weakens(&authority("one\ntwo\n"), &authority("one\r\ntwo")));
        assert!(!weakens(&authority("one"), &authority("one")) && !weakens(&Settings::new(), &authority(" ")));
    }

    /// A new setting of a kind that has secrets is either a proof, or known here to say nothing of who the peer is.
    #[test]
    fn every_setting_of_every_kind_with_secrets_is_accounted_for() {
        let addresses = ["host", "port", "url", "token_url", "endpoint", "bucket", "path_style"];
        let said_to_the_peer = [
            "database",
            "user",
            "username",
            "client_id",
            "scope",
            "header_name",
            "query_name",
            "method",
            "auth",
            "region",
            "prefix",
            "key_prefix",
            "from",
            "recipient",
            "function",
            "service",
            "client_certificate",
        ];
        let asked_of_the_peer =
            ["expected_status", "follow_redirects", "conditions", "latency_budget_ms", "protected_tables", "allow_replica", "longest_query_seconds"];
        for kind in Kinds::all().iter() {
            let fields = &kind.descriptor().fields;
            if !fields.iter().any(|field| field.kind == FieldType::Secret) {
                continue;
            }
            for field in fields.iter().filter(|field| field.kind != FieldType::Secret) {
                let proof = PROOFS.iter().any(|(name, _)| field.name == *name);
                let known = [&addresses[..], &said_to_the_peer, &asked_of_the_peer].concat().contains(&&*field.name);
                assert!(proof != known, "{}.{}", kind.descriptor().id, field.name);
            }
        }
    }
}
