//! What a batch of heartbeats means for incidents: which open, and which are over.

use super::{Ended, teams};
use crate::{
    Console, OpsError,
    events::PendingEvents,
    incidents::{
        end,
        open::{self, Opening},
    },
    suppression::IncidentScope,
};
use domain::{
    correlation_id::CorrelationId,
    health::HealthSnapshot,
    heartbeat::{Outcome, Slot},
    ids::TeamId,
    incident::{Incident, cause_of},
    severity::IncidentSeverity,
};
use probes::kinds::Cause;
use store::{Tx, health_snapshots, incidents as rows};

/// A connection's failures have become an incident.
pub async fn open(
    tx: &mut Tx,
    console: &Console,
    ended: &Ended,
    first_failed: Slot,
    after: &mut HealthSnapshot,
    pending: &mut PendingEvents,
) -> Result<(), OpsError> {
    let (claimed, Some(prepared)) = (&ended.claim.claimed, &ended.claim.prepared) else { return Ok(()) };
    let failure = ended.failure.as_deref().unwrap_or_default();
    let incident = Incident {
        connection_id: Some(claimed.connection_id),
        severity: prepared.alert.severity.unwrap_or(IncidentSeverity::usual_in(prepared.environment)),
        first_failed_at: first_failed.timestamp(),
        ..Incident::new(console.clock.now(), format!("{}: {failure}", prepared.name), ended.correlation_id.clone())
    };
    let title = format!("{} fails ({})", prepared.name, incident.severity.label());
    let cause = cause_of(&incident.summary, Some(&prepared.name));
    let concern = IncidentScope { connection: prepared.matched(claimed.connection_id), depends_on: &prepared.depends_on, cause };
    let opening = Opening { title: &title, body: failure, detail: failure };
    if open::open(tx, claimed.team_id, &incident, Some(concern), opening, pending).await? {
        if let Some(cause) = ended.cause {
            rows::name_cause(tx, claimed.team_id, incident.id, cause.into()).await?;
        }
        health_snapshots::attach(tx, claimed.key, Some(incident.id)).await?;
        after.open_incident_id = Some(incident.id);
    }
    Ok(())
}

/// A connection is well again.
pub async fn recover(tx: &mut Tx, console: &Console, ended: &Ended, after: &mut HealthSnapshot, pending: &mut PendingEvents) -> Result<(), OpsError> {
    let claimed = &ended.claim.claimed;
    let Some(incident) = after.open_incident_id.take() else { return Ok(()) };
    let name = ended.claim.prepared.as_ref().map_or("A connection", |prepared| &prepared.name);
    end::recover(tx, claimed.team_id, incident, &format!("{name} recovered"), console.clock.now(), pending).await?;
    health_snapshots::attach(tx, claimed.key, None).await?;
    Ok(())
}

/// While the console has no network, one incident a team says so; the first answer ends it. Answers which teams have it back, to be noted once that
/// is committed.
pub async fn about_the_console(
    tx: &mut Tx,
    console: &Console,
    accepted: &[&Ended],
    is_offline: bool,
    pending: &mut PendingEvents,
) -> Result<Vec<TeamId>, OpsError> {
    let mut recovered = Vec::new();
    let has_answer = accepted.iter().any(|ended| ended.outcome == Outcome::Pass);
    for team in teams(accepted) {
        let may_be_open = !console.scheduler.has_network(team);
        if is_offline {
            console.scheduler.note_network(team, false);
            let summary = "The console has lost its network: most of what it watches stopped answering at once.".to_owned();
            let incident = Incident::new(console.clock.now(), summary, CorrelationId::mint());
            let body = "Until it is back, silence is not counted against any connection. Check the network of the console itself.";
            let opening = Opening { title: "The console has lost its network", body, detail: body };
            if open::open(tx, team, &incident, None, opening, pending).await? {
                rows::name_cause(tx, team, incident.id, Cause::Network.into()).await?;
            }
        } else if has_answer && may_be_open {
            if let Some(incident) = rows::open_of_console(tx, team).await? {
                end::recover(tx, team, incident, "The console has its network back", console.clock.now(), pending).await?;
            }
            recovered.push(team);
        }
    }
    Ok(recovered)
}
