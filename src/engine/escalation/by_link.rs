//! Acknowledges by the link of a message: whoever was told takes the incident on without signing in.

use super::publish;
use crate::{
    Console, OpsError,
    audit::{self, AuditRecord},
    notify::{self, acknowledge_link},
    scope::Client,
};
use domain::{
    audit::AuditAct,
    delivery::DeliveryReason,
    error::ErrorCode,
    ids::{IncidentId, TeamId},
    incident::{IncidentStatus, TimelineEntry, TimelineKind},
    severity::IncidentSeverity,
};
use store::{deliveries, incidents};

/// What whoever has a link may know of the incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedIncident {
    pub incident: IncidentId,
    pub severity: IncidentSeverity,
    pub status: IncidentStatus,
    pub summary: String,
    pub acknowledged_by: Option<String>,
    /// The channel or contact that the message went to.
    pub told: String,
}

/// What a link leads to. It changes nothing: scanners of mail follow links.
///
/// # Errors
/// `acknowledge_link_invalid` for one that is made up, a day old, or of an incident that is gone.
pub async fn open(console: &Console, token: &str) -> Result<LinkedIncident, OpsError> {
    let Named { team, incident, told } = find(console, token).await?;
    let incident = incidents::get(&console.db.for_team(team), incident).await?.ok_or(ErrorCode::AcknowledgeLinkInvalid)?;
    Ok(LinkedIncident {
        incident: incident.id,
        severity: incident.severity,
        status: incident.status,
        summary: incident.summary,
        acknowledged_by: incident.acknowledged_by,
        told,
    })
}

/// Takes the incident on, in the name of the channel or contact that was told. Nothing happens where somebody has, or it is over.
///
/// # Errors
/// As [`open`].
pub async fn acknowledge(console: &Console, token: &str, client: &Client) -> Result<(), OpsError> {
    let Named { team, incident, told } = find(console, token).await?;
    let (by, now) = (format!("{told}, by a link"), console.clock.now());
    let mut tx = console.db.for_team(team).begin().await?;
    if !incidents::acknowledge(&mut tx, incident, now, &by).await? {
        return Ok(());
    }
    notify::enqueue_for_channels(&mut tx, team, incident, DeliveryReason::Acknowledged, now, Some(&by), "").await?;
    incidents::add(&mut tx, team, incident, &TimelineEntry::new(now, TimelineKind::Acknowledged, "", Some(&by))).await?;
    audit::append(console, &mut tx, AuditRecord::at(client, team, &by, AuditAct::IncidentAcknowledged, incident)).await?;
    tx.commit().await?;
    publish(console, team, incident, IncidentStatus::Acknowledged);
    Ok(())
}

/// What a good link names.
struct Named {
    team: TeamId,
    incident: IncidentId,
    told: String,
}

async fn find(console: &Console, token: &str) -> Result<Named, OpsError> {
    let id = acknowledge_link::read(&console.vault, token).ok_or(ErrorCode::AcknowledgeLinkInvalid)?;
    let found = deliveries::find(&console.db, id).await?.filter(|found| acknowledge_link::is_alive(&found.delivery, console.clock.now()));
    let named = found.and_then(|found| Some(Named { team: found.team_id, incident: found.delivery.incident_id?, told: found.channel_name }));
    named.ok_or_else(|| ErrorCode::AcknowledgeLinkInvalid.into())
}
