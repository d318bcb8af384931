//! Messages to channels. They are only written here: the unit of work that notes the step queues them, and the background task sends them.

use domain::{
    channel::NotificationChannel,
    delivery::{Delivery, DeliveryReason, DeliveryStatus},
    folding::fold,
    ids::DeliveryId,
    runbook::{Audience, Notice},
};
use store::notification_channels;

use super::{Finding, VerbOutcome, Work};
use crate::OpsError;

/// # Errors
/// The database failed.
pub async fn notify(work: Work<'_>, notice: &Notice) -> Result<VerbOutcome, OpsError> {
    let channels = notification_channels::of_team(&work.team_db()).await?;
    let chosen: Vec<_> = channels.iter().filter(|channel| channel.disabled_at.is_none() && hears(channel, &notice.to, work)).collect();
    if chosen.is_empty() {
        return Ok(VerbOutcome::failed(match &notice.to {
            Audience::Channel(name) => format!("There is no channel “{name}” that is enabled."),
            Audience::Severity(severity) => format!("No enabled channel hears of {} here.", severity.label()),
        }));
    }
    let names: Vec<_> = chosen.iter().map(|channel| channel.name.as_str()).collect();
    let found = format!("Told {}.", names.join(", "));
    let messages = chosen.iter().map(|channel| message(work, channel)).collect();
    Ok(VerbOutcome::Over(Finding { is_well: true, found, run_id: None, messages }))
}

fn hears(channel: &NotificationChannel, to: &Audience, work: Work<'_>) -> bool {
    match to {
        Audience::Channel(name) => fold(&channel.name) == fold(name),
        Audience::Severity(severity) => {
            channel.severities.contains(severity) && channel.environments.as_ref().is_none_or(|some| some.contains(&work.environment()))
        }
    }
}

/// About no incident, so that it waits for no other message.
fn message(work: Work<'_>, channel: &NotificationChannel) -> Delivery {
    let now = work.console.clock.now();
    Delivery {
        id: DeliveryId::new(),
        channel_id: channel.id,
        incident_id: None,
        reason: DeliveryReason::Reminder,
        status: DeliveryStatus::Waiting,
        attempts: 0,
        next_attempt_at: Some(now),
        last_error: None,
        sent_at: None,
        created_at: now,
        severity: None,
        connection_name: work.connection.map(|connection| connection.name.clone()),
        environment: work.connection.map(|connection| connection.environment),
        incident_count: 0,
    }
}
