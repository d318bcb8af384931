//! What P1 to P4 mean to a team.

use crate::{OpsError, Scope};
use domain::{
    audit::{AuditAct, Subject},
    error::{ErrorCode, FieldError},
    ids::Id,
    on_call::EscalationPolicy,
    permission::Permission,
    severity_policy::SeverityPolicy,
};
use store::{on_call_documents, severity_policies};

/// With its version, which is 0 while the team has stored none.
///
/// # Errors
/// The database failed.
pub async fn get(scope: &Scope) -> Result<(i64, SeverityPolicy), OpsError> {
    scope.authorize(Permission::ReadOnCall)?;
    let (version, policy) = severity_policies::get(&scope.db()).await?;
    Ok((version, policy.complete()))
}

/// Puts another policy in its place. What is open goes on by the one that stood when it opened.
///
/// # Errors
/// Everything wrong with it at once; `version_stale` when another version stands than the one that was `seen`, or somebody changes it meanwhile.
pub async fn put(scope: &Scope, seen: Option<i64>, policy: SeverityPolicy) -> Result<(i64, SeverityPolicy), OpsError> {
    scope.authorize(Permission::ManageOnCall)?;
    let policy = policy.complete();
    let mut errors = policy.check();
    let mut tx = scope.begin().await?;
    for (severity, rule) in [("p1", &policy.p1), ("p2", &policy.p2), ("p3", &policy.p3), ("p4", &policy.p4)] {
        if let Some(id) = rule.escalation_policy_id
            && on_call_documents::get_in::<EscalationPolicy>(&mut tx, scope.team(), Id::from_uuid(id.as_uuid())).await?.is_none()
        {
            errors.push(FieldError::new(format!("{severity}.escalation_policy_id"), "There is no such escalation policy."));
        }
    }
    if !errors.is_empty() {
        return Err(OpsError::Invalid(errors));
    }
    let (version, _) = severity_policies::get_in(&mut tx, scope.team()).await?;
    let is_stale = seen.is_some_and(|seen| seen != version);
    if is_stale || !severity_policies::put(&mut tx, &policy, version, scope.console.clock.now()).await? {
        return Err(ErrorCode::VersionStale.into());
    }
    scope.audit(&mut tx, AuditAct::SeverityPolicyChanged, Subject::default()).await?;
    tx.commit().await?;
    Ok((version + 1, policy))
}
