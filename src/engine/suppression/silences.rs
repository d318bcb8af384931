//! Silences: make, list, end.

use serde::Deserialize;

use crate::{OpsError, Scope, matching};
use domain::{
    audit::{AuditAct, Subject},
    business_hours::is_planned_for,
    error::{ErrorCode, FieldError},
    ids::SilenceId,
    matchers::Matchers,
    permission::Permission,
    plain_text,
    silence::Silence,
    time::Timestamp,
};
use store::silences;

/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;
/// Silences of one answer.
const LISTED: i64 = 200;

#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSilence {
    /// At least one of them.
    pub matchers: Matchers,
    pub ends_at: Timestamp,
    #[schema(max_length = 500, pattern = r"\S")]
    pub reason: String,
}

/// Silences what it names, from now on.
///
/// # Errors
/// No such connection; one that names nothing, or ends before it begins.
pub async fn make(scope: &Scope, new: NewSilence) -> Result<Silence, OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    let now = scope.console.clock.now();
    let mut errors = Vec::new();
    let matchers = matching::tidied(new.matchers);
    if matchers.is_empty() {
        errors.push(FieldError::new("matchers", "Name a connection, a tag or an environment."));
    }
    if new.ends_at <= now || !is_planned_for(new.ends_at.as_datetime().date_naive()) {
        errors.push(FieldError::new("ends_at", "Must lie in the future, and before the year 2201."));
    }
    let reason = plain_text::kept("reason", &new.reason, true, LONGEST_REASON).map_err(|wrong| errors.push(wrong));
    let (true, Ok(reason)) = (errors.is_empty(), reason) else { return Err(OpsError::Invalid(errors)) };
    matching::enter(scope, &matchers, "matchers.tag").await?;
    let silence = Silence { id: SilenceId::new(), matchers, reason, created_by: scope.actor.name.clone(), created_at: now, ends_at: new.ends_at };
    let mut tx = scope.begin().await?;
    silences::insert(&mut tx, &silence).await?;
    scope.audit(&mut tx, AuditAct::SilenceMade, Subject::from(silence.id).named(&silence.reason)).await?;
    tx.commit().await?;
    Ok(silence)
}

/// The latest 200, that which ends last first.
///
/// # Errors
/// The database failed.
pub async fn list(scope: &Scope) -> Result<Vec<Silence>, OpsError> {
    scope.authorize(Permission::ReadIncidents)?;
    Ok(silences::latest(&scope.db(), &scope.actor.limits, LISTED).await?)
}

/// Ends it now: what still stands is told.
///
/// # Errors
/// There is no such silence, or it is over.
pub async fn end(scope: &Scope, id: SilenceId) -> Result<(), OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    if scope.enter_all().is_err() && !list(scope).await?.iter().any(|silence| silence.id == id) {
        return Err(ErrorCode::SilenceNotFound.into());
    }
    let mut tx = scope.begin().await?;
    if !silences::end(&mut tx, id, scope.console.clock.now()).await? {
        return Err(ErrorCode::SilenceNotFound.into());
    }
    scope.audit(&mut tx, AuditAct::SilenceEnded, id).await?;
    Ok(tx.commit().await?)
}
