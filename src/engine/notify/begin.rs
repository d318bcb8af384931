//! The escalation of an incident begins with the telling that it has opened: the policy as it stands then is copied beside it.

use crate::OpsError;
use domain::{
    escalation::Escalation,
    ids::{Id, TeamId},
    incident::Incident,
    on_call::EscalationPolicy,
    severity_policy::{SeverityPolicy, usual_levels},
    time::Timestamp,
};
use store::{Tx, escalations, on_call_documents};

/// # Errors
/// The database failed.
pub async fn begin(tx: &mut Tx, team: TeamId, incident: &Incident, policy: &SeverityPolicy, now: Timestamp) -> Result<(), OpsError> {
    let rule = policy.rule(incident.severity);
    let chosen = match rule.escalation_policy_id {
        Some(id) => on_call_documents::get_in::<EscalationPolicy>(tx, team, Id::from_uuid(id.as_uuid())).await?,
        None => None,
    };
    let mut escalation = Escalation {
        incident_id: incident.id,
        team_id: team,
        began_at: now,
        levels: chosen.map_or_else(|| usual_levels(incident.severity), |chosen| chosen.of.levels),
        next_level: 0,
        escalates: rule.escalates.unwrap_or_default(),
        respond_by: policy.respond_by(incident.severity, now),
        remind_minutes: rule.remind_minutes.and_then(|minutes| minutes.try_into().ok()).unwrap_or_default(),
        remind_at: None,
    };
    escalation.remind_at = escalation.reminder_after(now);
    Ok(escalations::insert(tx, &escalation).await?)
}
