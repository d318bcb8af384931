//! The background task `escalation`: level after level while nobody has acknowledged an incident, its response clock, reminders.
//!
//! A node takes on one incident at a time, in a unit of work that holds its row, and all that is to be told is written in it: so it is told once, whichever
//! node dies at whatever point. What is told are deliveries like all others. Acknowledging needs to know nothing of this, because only what is open goes on.

use std::time::Duration;

use crate::{
    Console, OpsError, Scope,
    events::PendingEvents,
    incidents as handled,
    notify::{self, IncidentUpdate},
};
use domain::{
    audit::AuditAct,
    delivery::DeliveryReason,
    error::ErrorCode,
    escalation::{Escalation, Reached, Roster, SECURITY, Step},
    ids::{Id, IncidentId, TeamId},
    incident::{Incident, IncidentStatus, TimelineEntry, TimelineKind},
    on_call::{Contact, Level, OnCallSchedule},
    permission::Permission,
    time::{Timestamp, span_in_words},
};
use serde::Deserialize;
use store::{Tx, escalations, incidents, mailboxes, on_call_documents};

pub mod by_link;

/// What a person asks for.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalate {
    /// Absent: the next level.
    pub to: Option<EscalationTarget>,
    #[schema(max_length = 2_000)]
    pub note: Option<String>,
}

/// Who is reached outside all levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EscalationTarget {
    /// A breach is suspected.
    Security,
}

/// Tells all that is due by now, one incident after the other.
///
/// # Errors
/// The database failed.
pub async fn run(console: &Console) -> Result<(), OpsError> {
    while escalations::oldest_due(&console.db).await?.is_some_and(|due| due <= console.clock.now()) {
        let mut tx = console.db.begin().await?;
        // Whatever else is due, another node is at.
        let Some(escalation) = escalations::due(&mut tx, console.clock.now()).await? else { break };
        let (team, incident) = (escalation.team_id, escalation.incident_id);
        let is_told = go_on(&mut tx, escalation, console.clock.now()).await?;
        tx.commit().await?;
        if is_told {
            publish(console, team, incident, IncidentStatus::Open);
        }
    }
    Ok(())
}

/// Has every clock go on from where it stood: a console that was restored from a backup tells nobody of the time between.
///
/// # Errors
/// The database failed.
pub(crate) async fn stand_still(tx: &mut Tx, time: Duration) -> Result<(), OpsError> {
    for mut escalation in escalations::going_on(tx).await? {
        escalation.stand_still(time);
        escalations::save(tx, &escalation).await?;
    }
    Ok(())
}

/// Brings the next level on at once, or whoever is to hear of a suspected breach. Answers the incident.
///
/// # Errors
/// No such incident; one that is resolved; `no_level_left`; a note that is too long.
pub async fn escalate(scope: &Scope, id: IncidentId, asked: Escalate) -> Result<Incident, OpsError> {
    scope.authorize(Permission::HandleIncidents)?;
    let note = handled::checked_note(asked.note.as_deref(), false)?;
    let now = scope.console.clock.now();
    let incident = handled::get(scope, id).await?;
    let mut tx = scope.begin().await?;
    let escalation = escalations::of_incident(&mut tx, scope.team(), id).await?;
    let incident = incidents::get_in(&mut tx, scope.team(), incident.id).await?.ok_or(ErrorCode::IncidentNotFound)?;
    if incident.status == IncidentStatus::Resolved {
        return Err(ErrorCode::IncidentResolved.into());
    }
    let by = Some(scope.actor.name.as_str());
    match asked.to {
        Some(EscalationTarget::Security) => {
            let roster = roster(&mut tx, scope.team()).await?;
            let level = Level { name: SECURITY.to_owned(), after_minutes: 0, targets: Vec::new() };
            let named = roster.reached(&level, now);
            let reached = if named.channels.is_empty() { roster.everybody() } else { named };
            let detail = sentence("A breach is suspected", &note);
            enqueue_for_each(&mut tx, scope.team(), &reached, IncidentUpdate { incident: id, reason: DeliveryReason::Escalated, now, by, detail: &detail })
                .await?;
            let told = if reached.names.is_empty() { "nobody could be reached".to_owned() } else { format!("told {}", reached.names.join(", ")) };
            add(&mut tx, scope.team(), id, now, by, format!("Suspected breach: {told}. {note}")).await?;
        }
        None => {
            let mut escalation = escalation.ok_or(ErrorCode::NoLevelLeft)?;
            let Some(Step::Level(number, level)) = escalation.escalate(now) else { return Err(ErrorCode::NoLevelLeft.into()) };
            let update = IncidentUpdate { incident: id, reason: DeliveryReason::Escalated, now, by, detail: &note };
            reach(&mut tx, &escalation, number, &level, update).await?;
            escalations::save(&mut tx, &escalation).await?;
        }
    }
    scope.audit(&mut tx, AuditAct::IncidentEscalated, id).await?;
    tx.commit().await?;
    publish(&scope.console, scope.team(), id, incident.status);
    handled::get(scope, id).await
}

/// Tells what is due of one incident. False when nobody needs to be told any more.
async fn go_on(tx: &mut Tx, mut escalation: Escalation, now: Timestamp) -> Result<bool, OpsError> {
    let (team, id) = (escalation.team_id, escalation.incident_id);
    let is_open = incidents::get_in(tx, team, id).await?.is_some_and(|incident| incident.status == IncidentStatus::Open);
    if !is_open {
        escalations::end(tx, team, id).await?;
        return Ok(false);
    }
    let waited = span_in_words(now.seconds_since(escalation.began_at).max(0));
    let steps = escalation.advance(now);
    for step in &steps {
        match step {
            Step::Level(number, level) => {
                let detail = format!("Nobody has acknowledged it for {waited}.");
                let update = IncidentUpdate { incident: id, reason: DeliveryReason::Escalated, now, by: None, detail: &detail };
                reach(tx, &escalation, *number, level, update).await?;
            }
            Step::Overdue => {
                let detail = format!("Nobody has responded within {waited}, which is as long as it may take.");
                enqueue_for_all(tx, team, IncidentUpdate { incident: id, reason: DeliveryReason::Overdue, now, by: None, detail: &detail }).await?;
                add(tx, team, id, now, None, detail).await?;
            }
            Step::Reminder => {
                let detail = format!("Nobody has acknowledged it for {waited}.");
                enqueue_for_all(tx, team, IncidentUpdate { incident: id, reason: DeliveryReason::Reminder, now, by: None, detail: &detail }).await?;
                add(tx, team, id, now, None, format!("Reminded: {detail}")).await?;
            }
        }
    }
    escalations::save(tx, &escalation).await?;
    Ok(true)
}

/// Tells a level. Whom it names and nobody can reach is no reason to stay silent: the channels of the incident are told, unless they were a moment ago.
async fn reach(tx: &mut Tx, escalation: &Escalation, number: usize, level: &Level, update: IncidentUpdate<'_>) -> Result<(), OpsError> {
    let team = escalation.team_id;
    let roster = roster(tx, team).await?;
    let reached = roster.reached(level, update.now);
    let name = if level.name.is_empty() { String::new() } else { format!(", {}", level.name) };
    let is_opening = level.after_minutes == 0 && update.by.is_none();
    let told = if !reached.channels.is_empty() {
        let detail = sentence(&format!("Level {number}{name}"), update.detail);
        enqueue_for_each(tx, team, &reached, IncidentUpdate { detail: &detail, ..update }).await?;
        reached.names.join(", ")
    } else {
        if !is_opening {
            enqueue_for_all(tx, team, update).await?;
        }
        match (roster.channels.is_empty(), is_opening) {
            (true, _) => "nobody could be reached, for the team has no channel",
            (false, true) => "nobody could be reached, and the channels were told that it opened",
            (false, false) => "nobody could be reached, so that the channels were told again",
        }
        .to_owned()
    };
    add(tx, team, escalation.incident_id, update.now, update.by, sentence(&format!("Escalated to level {number}{name}: {told}"), by_person(update))).await
}

/// What a person said besides; the console's own words stand in the message already.
fn by_person(update: IncidentUpdate<'_>) -> &str {
    if update.by.is_some() { update.detail } else { "" }
}

fn sentence(said: &str, more: &str) -> String {
    format!("{said}. {more}").trim_end().to_owned()
}

async fn enqueue_for_each(tx: &mut Tx, team: TeamId, reached: &Reached, update: IncidentUpdate<'_>) -> Result<(), OpsError> {
    for channel in &reached.channels {
        notify::enqueue_for_one(tx, team, update, *channel).await?;
    }
    Ok(())
}

/// Whoever hears of such incidents, whatever digests they have.
async fn enqueue_for_all(tx: &mut Tx, team: TeamId, update: IncidentUpdate<'_>) -> Result<(), OpsError> {
    notify::enqueue_for_all(tx, team, update, &[]).await
}

async fn add(tx: &mut Tx, team: TeamId, incident: IncidentId, now: Timestamp, by: Option<&str>, text: String) -> Result<(), OpsError> {
    let entry = TimelineEntry::new(now, TimelineKind::Note, text.trim_end(), by);
    Ok(incidents::add(tx, team, incident, &entry).await?)
}

async fn roster(tx: &mut Tx, team: TeamId) -> Result<Roster, OpsError> {
    let contacts = on_call_documents::of_team_in::<Contact>(tx, team).await?;
    let schedules = on_call_documents::of_team_in::<OnCallSchedule>(tx, team).await?;
    Ok(Roster {
        contacts: contacts.into_iter().map(|contact| (Id::from_uuid(contact.id.as_uuid()), contact.of)).collect(),
        schedules: schedules.into_iter().map(|schedule| (Id::from_uuid(schedule.id.as_uuid()), schedule.of)).collect(),
        channels: mailboxes::reachable(tx, team).await?,
    })
}

fn publish(console: &Console, team: TeamId, incident: IncidentId, status: IncidentStatus) {
    let mut pending = PendingEvents::default();
    pending.incident(team, incident, status);
    console.events.publish(pending);
}
