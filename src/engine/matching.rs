//! What silences and maintenance windows are about, as people name it.

use super::{OpsError, Scope, configure};
use domain::{identity::tidy, matchers::Matchers};

/// Without what stands round a tag.
pub(crate) fn tidied(matchers: Matchers) -> Matchers {
    Matchers { tag: tidy(matchers.tag), ..matchers }
}

/// # Errors
/// There is no such connection; the actor does not reach all that they are about.
pub(crate) async fn enter(scope: &Scope, matchers: &Matchers) -> Result<(), OpsError> {
    match (matchers.connection_id, matchers.environment) {
        (Some(id), _) => configure::get(scope, id).await.map(drop),
        (None, Some(environment)) => scope.enter(environment),
        (None, None) => scope.enter_all(),
    }
}
