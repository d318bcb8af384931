//! What silences and maintenance windows are about, as people name it.

use super::{OpsError, Scope, connections};
use domain::{
    identity::{tag_refusal, tidy},
    matchers::Matchers,
};

/// Without what stands round a tag.
pub(crate) fn tidied(matchers: Matchers) -> Matchers {
    Matchers { tag: tidy(matchers.tag), ..matchers }
}

/// # Errors
/// A tag that no connection can have, told at `field`; there is no such connection; the actor does not reach all that they are about.
pub(crate) async fn enter(scope: &Scope, matchers: &Matchers, field: &str) -> Result<(), OpsError> {
    if let Some(wrong) = matchers.tag.as_deref().and_then(tag_refusal) {
        return Err(OpsError::invalid(field, wrong));
    }
    match (matchers.connection_id, matchers.environment) {
        (Some(id), _) => connections::get(scope, id).await.map(drop),
        (None, Some(environment)) => scope.enter(environment),
        (None, None) => scope.enter_all(),
    }
}
