//! How urgent an incident is, and who has it.

use serde::Deserialize;

use super::{LONGEST_NOTE, get, held, text, write_down};
use crate::{
    OpsError, Scope,
    events::PendingEvents,
    notify,
    patch_field::{given, never_null},
};
use domain::{
    audit::AuditAct,
    delivery::DeliveryReason,
    error::ErrorCode,
    ids::IncidentId,
    incident::{Incident, IncidentStatus, TimelineEntry, TimelineKind},
    permission::Permission,
    severity::IncidentSeverity,
};
use store::{incidents, severity_policies};

/// Longest name of an owner, in characters.
pub const LONGEST_OWNER: usize = 100;

/// Absent members stay as they are.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IncidentEdit {
    #[serde(deserialize_with = "never_null")]
    #[schema(nullable = false)]
    pub severity: Option<IncidentSeverity>,
    /// Why it is another; asked for where it is.
    #[serde(deserialize_with = "never_null")]
    #[schema(max_length = 2_000, nullable = false)]
    pub reason: Option<String>,
    /// Who has it; `null` for nobody.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub owner: Option<Option<String>>,
}

/// Changes urgency and owner, each a line of the time line. What has become more urgent is told to the channels that hear of such.
///
/// # Errors
/// No such incident; `version_stale` when another version stands than the one that was `seen`; another urgency without a reason, or a
/// reason without another urgency.
pub async fn edit(scope: &Scope, id: IncidentId, seen: Option<i64>, edit: IncidentEdit) -> Result<Incident, OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    let now = scope.console.clock.now();
    let mut tx = scope.begin().await?;
    let current = held(&mut tx, scope, id).await?;
    if seen.is_some_and(|seen| seen != current.version) {
        return Err(ErrorCode::VersionStale.into());
    }
    if edit.severity.is_none() && edit.reason.is_some() {
        return Err(OpsError::invalid("severity", "Say which urgency the reason is for."));
    }
    let mut wanted = current.clone();
    wanted.severity = edit.severity.unwrap_or(current.severity);
    if let Some(owner) = edit.owner {
        wanted.owner = Some(text("owner", owner.as_deref(), false, LONGEST_OWNER)?).filter(|owner| !owner.is_empty());
    }
    let mut lines = Vec::new();
    if wanted.severity == current.severity && edit.reason.is_some() {
        let same = format!("It is {} already.", current.severity.label());
        return Err(OpsError::invalid("severity", same));
    }
    if wanted.severity != current.severity {
        let reason = text("reason", edit.reason.as_deref(), true, LONGEST_NOTE)?;
        let [before, after] = [current.severity, wanted.severity].map(|severity| severity.label());
        lines.push((TimelineKind::Severity, format!("{before} is now {after}: {reason}")));
        let (_, policy) = severity_policies::get_in(&mut tx, scope.team()).await?;
        wanted.post_mortem_due_at = current.resolved_at.and_then(|resolved| policy.post_mortem_due(wanted.severity, resolved));
    }
    if wanted.owner != current.owner {
        lines.push((TimelineKind::Owner, wanted.owner.clone().unwrap_or_else(|| "Nobody".to_owned())));
    }
    if lines.is_empty() {
        return get(scope, id).await;
    }
    if !incidents::edit(&mut tx, &wanted, now).await? {
        return Err(ErrorCode::VersionStale.into());
    }
    let is_raised = wanted.severity < current.severity && current.status != IncidentStatus::Resolved;
    for (kind, line) in lines {
        if is_raised && kind == TimelineKind::Severity {
            notify::enqueue_for_channels(&mut tx, scope.team(), id, DeliveryReason::Reminder, now, Some(&scope.actor.name), &line).await?;
        }
        write_down(&mut tx, &scope.actor, id, TimelineEntry::new(now, kind, line, Some(&scope.actor.name))).await?;
    }
    scope.audit(&mut tx, AuditAct::IncidentEdited, id).await?;
    tx.commit().await?;
    let mut pending = PendingEvents::default();
    pending.incident(scope.team(), id, current.status);
    scope.console.events.publish(pending);
    get(scope, id).await
}
