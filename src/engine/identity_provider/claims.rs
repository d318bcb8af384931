//! What an ID token says of a person.

use openidconnect::{AdditionalClaims, IdTokenClaims, core::CoreGenderClaim};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ProviderError, ProviderSettings};

/// Microsoft's word for a verified address: its owner's domain is.
const DOMAIN_IS_VERIFIED: &str = "xms_edov";

/// Whom the provider vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    /// Names the person at the issuer, for ever.
    pub subject: String,
    /// Absent where the provider has not verified it.
    pub email: Option<String>,
    /// Absent where the provider does not say, or not as a list of names or one name alone: that is not the same as none.
    pub groups: Option<Vec<String>>,
}

/// Claims that the standard does not know, groups among them.
#[derive(Debug, Deserialize, Serialize)]
pub struct OtherClaims(Map<String, Value>);

impl AdditionalClaims for OtherClaims {}

impl Identity {
    /// From claims whose signature, issuer, audience, time and nonce have been verified.
    ///
    /// # Errors
    /// The token was made for another client.
    pub fn read(settings: &ProviderSettings, claims: &IdTokenClaims<OtherClaims, CoreGenderClaim>) -> Result<Self, ProviderError> {
        if claims.authorized_party().is_some_and(|party| party.as_str() != settings.client_id) {
            return Err(ProviderError::Untrusted("the token was made for another client".into()));
        }
        let OtherClaims(others) = claims.additional_claims();
        let is_verified = claims.email_verified() == Some(true) || others.get(DOMAIN_IS_VERIFIED).is_some_and(is_true);
        Ok(Self {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            email: claims.email().filter(|_| is_verified).map(|email| email.as_str().to_owned()),
            groups: others.get(&settings.groups_claim).and_then(names),
        })
    }
}

/// It is sent in all of these forms.
fn is_true(value: &Value) -> bool {
    matches!(value, Value::Bool(true)) || value.as_i64() == Some(1) || matches!(value.as_str(), Some("1" | "true"))
}

/// A list of names, or one name alone.
fn names(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(values) => values.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
        Value::String(name) => Some(vec![name.clone()]),
        _ => None,
    }
}
