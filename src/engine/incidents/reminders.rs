//! Reminds a team of post-mortems that are due, and tells it once they are late: a line of the background tasks.

use crate::{Console, OpsError, events::PendingEvents, notify};
use domain::{delivery::DeliveryReason, incident::OF_THE_CONSOLE, notification::Notification, post_mortem::REMINDED_BEFORE, severity::Severity};
use store::incidents::overdue::{self, Due, DueNotice};

/// Of each sort, in one run.
const MOST: i64 = 100;

/// Tells what is late, then what will be. Each is told once, by whichever node comes first.
///
/// # Errors
/// The database failed.
pub async fn remind(console: &Console) -> Result<(), OpsError> {
    let now = console.clock.now();
    for (told, before) in [(DueNotice::Late, now), (DueNotice::Soon, now + REMINDED_BEFORE)] {
        for due in overdue::unannounced(&console.db, told, before, MOST).await? {
            tell(console, &due, told).await?;
        }
    }
    Ok(())
}

async fn tell(console: &Console, due: &Due, told: DueNotice) -> Result<(), OpsError> {
    let now = console.clock.now();
    let otherwise = if due.declared_by.is_some() { &due.summary } else { OF_THE_CONSOLE };
    let name = due.connection_name.as_deref().unwrap_or(otherwise);
    let (reason, severity, title) = match told {
        DueNotice::Soon => (DeliveryReason::Reminder, Severity::Warning, format!("The post-mortem of {name} is due soon")),
        DueNotice::Late => (DeliveryReason::Overdue, Severity::Error, format!("The post-mortem of {name} is late")),
    };
    let detail = format!("Its post-mortem is due at {}.", due.due_at.exact());
    let mut pending = PendingEvents::default();
    let mut tx = console.db.begin().await?;
    if overdue::note(&mut tx, due.team_id, due.id, told, now).await? {
        notify::in_console(&mut tx, due.team_id, Notification::new(severity, title, &*detail, now).about_incident(due.id), &mut pending).await?;
        notify::enqueue_for_channels(&mut tx, due.team_id, due.id, reason, now, None, &detail).await?;
    }
    tx.commit().await?;
    console.events.publish(pending);
    console.events.wake_sender();
    Ok(())
}
