//! What is told together, and what is not told at all: the place of an incident as it opens, and the background task `suppression`, which tells what was held
//! back once nothing holds it any more.

pub mod release;
pub mod silences;

use crate::OpsError;
use domain::{
    grouping,
    ids::{ProfileId, TeamId},
    incident::{Incident, TimelineEntry, TimelineKind},
    matchers::Matched,
    suppression_reason::SuppressionReason,
};
use store::{
    Tx,
    incidents::{
        self,
        groups::{self, OngoingIncident, Place},
    },
    silences as rows,
};

/// What an incident is about.
#[derive(Clone, Copy)]
pub(crate) struct IncidentScope<'a> {
    pub connection: Matched<'a>,
    pub depends_on: &'a [ProfileId],
    pub cause: &'a str,
}

/// Gives an incident that has just opened its group, and says whether it is told. Two nodes that open incidents at the same moment may each begin a
/// group.
///
/// # Errors
/// The database failed.
pub(crate) async fn place(tx: &mut Tx, team: TeamId, incident: &Incident, concern: Option<IncidentScope<'_>>) -> Result<bool, OpsError> {
    let now = incident.opened_at;
    let Some(IncidentScope { connection, depends_on, cause }) = concern else {
        groups::place(tx, team, incident.id, &Place { group: incident.id, likeness: "", held_back: None, follows: None, told_at: Some(now) }).await?;
        return Ok(true);
    };
    let followed = followed(tx, team, depends_on).await?;
    let silenced = rows::on_in_team(tx, team, now).await?.iter().any(|silence| silence.hold_for(connection));
    let held_back = followed.map(|_| SuppressionReason::Dependency).or(silenced.then_some(SuppressionReason::Silence));
    let likeness = grouping::likeness(cause);
    let group = match followed.filter(|followed| followed.severity == incident.severity) {
        Some(followed) => Some(followed.group_id),
        None => grouping::joined(&groups::gathering(tx, team, incident.severity, &likeness, now - grouping::GATHERS_FOR).await?),
    };
    let told_at = held_back.is_none().then_some(now);
    let place = Place { group: group.unwrap_or(incident.id), likeness: &likeness, held_back, follows: followed.map(|one| one.id), told_at };
    groups::place(tx, team, incident.id, &place).await?;
    if let Some(why) = held_back {
        let entry = TimelineEntry::new(now, TimelineKind::Note, why.sentence(), None);
        incidents::add(tx, team, incident.id, &entry).await?;
    }
    Ok(held_back.is_none())
}

/// The first incident among those of what it depends on.
async fn followed(tx: &mut Tx, team: TeamId, depends_on: &[ProfileId]) -> Result<Option<OngoingIncident>, OpsError> {
    for connection in depends_on {
        if let Some(standing) = groups::of_connection(tx, team, *connection).await? {
            return Ok(Some(standing));
        }
    }
    Ok(None)
}
