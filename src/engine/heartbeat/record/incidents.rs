//! Opens and ends incidents, and writes what must be told of it beside them.

use super::{Ended, teams};
use crate::{
    Console, OpsError,
    events::PendingEvents,
    notify,
    quiet::{self, Concern},
};
use domain::{
    correlation::CorrelationId,
    delivery::DeliveryReason,
    health::HealthSnapshot,
    heartbeat::{Outcome, Slot},
    ids::{IncidentId, TeamId},
    incident::{Incident, IncidentStatus, TimelineEntry, TimelineKind, cause_of},
    notification::Notification,
    severity::{IncidentSeverity, Severity},
    time::span_in_words,
};
use store::{
    Tx, health_snapshots,
    incidents::{self, groups},
    severity_policies,
};

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
    let title = format!("{} fails ({})", prepared.name, incident.severity.to_string().to_uppercase());
    let cause = cause_of(&incident.summary, Some(&prepared.name));
    let concern = Concern { connection: prepared.matched(claimed.connection_id), depends_on: &prepared.depends_on, cause };
    if store(tx, claimed.team_id, &incident, Some(concern), &title, failure, pending).await? {
        if let Some(cause) = ended.cause {
            incidents::name_cause(tx, claimed.team_id, incident.id, cause.into()).await?;
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
    end(tx, console, claimed.team_id, incident, &format!("{name} recovered"), pending).await?;
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
            store(tx, team, &incident, None, "The console has lost its network", body, pending).await?;
        } else if has_answer && may_be_open {
            if let Some(incident) = incidents::open_of_console(tx, team).await? {
                end(tx, console, team, incident, "The console has its network back", pending).await?;
            }
            recovered.push(team);
        }
    }
    Ok(recovered)
}

/// False when another one is open already.
async fn store(
    tx: &mut Tx,
    team: TeamId,
    incident: &Incident,
    concern: Option<Concern<'_>>,
    title: &str,
    body: &str,
    pending: &mut PendingEvents,
) -> Result<bool, OpsError> {
    if !incidents::insert(tx, team, incident).await? {
        return Ok(false);
    }
    let entry = TimelineEntry { at: incident.opened_at, kind: TimelineKind::Opened, text: body.to_owned(), by: None };
    incidents::add(tx, team, incident.id, &entry).await?;
    if quiet::place(tx, team, incident, concern).await? {
        let notification = Notification::new(incident.severity.notified_as(), title, body, incident.opened_at).about_incident(incident.id);
        notify::tell(tx, team, notification, pending).await?;
        notify::tell_channels(tx, team, incident.id, DeliveryReason::Opened, incident.opened_at, None, body).await?;
    }
    pending.incident(team, incident.id, IncidentStatus::Open);
    Ok(true)
}

async fn end(tx: &mut Tx, console: &Console, team: TeamId, id: IncidentId, title: &str, pending: &mut PendingEvents) -> Result<(), OpsError> {
    let now = console.clock.now();
    let Some(incident) = incidents::get_in(tx, team, id).await? else { return Ok(()) };
    let (_, policy) = severity_policies::get_in(tx, team).await?;
    if incidents::resolve(tx, team, id, now, None, policy.post_mortem_due(incident.severity, now)).await? {
        let text = format!("After {}.", span_in_words(now.seconds_since(incident.first_failed_at).max(0)));
        incidents::add(tx, team, id, &TimelineEntry { at: now, kind: TimelineKind::Recovered, text: text.clone(), by: None }).await?;
        notify::tell_channels(tx, team, id, DeliveryReason::Recovered, now, None, &text).await?;
        if groups::is_told(tx, team, id).await? {
            notify::tell(tx, team, Notification::new(Severity::Info, title, text, now).about_incident(id), pending).await?;
        }
        pending.incident(team, id, IncidentStatus::Resolved);
    }
    Ok(())
}
