//! What other nodes on the same database change: looked up while anyone listens here, since their events are told in their own process.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::sync::Mutex;

use super::PendingEvents;
use crate::{Console, OpsError, background::BackgroundTask};
use domain::{
    health::HealthSnapshot,
    heartbeat::Slot,
    ids::{ExecutionId, IncidentId, NotificationId},
    time::Timestamp,
};
use store::{health_snapshots::recent, incidents, notifications, runbook_executions};

const EVERY: Duration = Duration::from_secs(2);
/// A heartbeat may be written this long after it was due.
const LATE: Duration = Duration::from_secs(120);

/// What has been told, so that it is told once.
#[derive(Default)]
struct Seen {
    health: HashMap<i32, HealthSnapshot>,
    /// By their versions.
    incidents: HashMap<IncidentId, i64>,
    notifications: HashMap<NotificationId, Timestamp>,
    executions: HashMap<ExecutionId, Timestamp>,
}

impl Seen {
    fn add(&mut self, later: Self) {
        self.health.extend(later.health);
        self.incidents.extend(later.incidents);
        self.notifications.extend(later.notifications);
        self.executions.extend(later.executions);
    }
}

/// Tells the listeners of this process what any node has written, as long as there are any.
pub fn task(now: Timestamp) -> BackgroundTask {
    let follower = Arc::new(Mutex::new(Follower { seen: None, nobody_since: now }));
    BackgroundTask::every("other_nodes", EVERY, move |console| {
        let follower = Arc::clone(&follower);
        async move { follower.lock().await.look(&console).await }
    })
}

struct Follower {
    seen: Option<Seen>,
    nobody_since: Timestamp,
}

impl Follower {
    /// What was seen stays after an error, so that the next look tells what this one could not.
    async fn look(&mut self, console: &Console) -> Result<(), OpsError> {
        if !console.events.has_listeners() {
            (self.seen, self.nobody_since) = (None, console.clock.now());
            return Ok(());
        }
        self.seen = Some(match &self.seen {
            Some(before) => look(console, before).await?,
            None => first_look(console, self.nobody_since - EVERY).await?,
        });
        Ok(())
    }
}

/// Tells what has changed since there was nobody to tell, and remembers what changed before. In this order: what happens between the two is told.
async fn first_look(console: &Console, since: Timestamp) -> Result<Seen, OpsError> {
    let (mut seen, _) = changes(console, &Seen::default(), console.clock.now() - LATE).await?;
    let (told, pending) = changes(console, &Seen::default(), since).await?;
    seen.add(told);
    console.events.tell(pending);
    Ok(seen)
}

async fn look(console: &Console, before: &Seen) -> Result<Seen, OpsError> {
    let (now, pending) = changes(console, before, console.clock.now() - LATE).await?;
    console.events.tell(pending);
    Ok(now)
}

/// Everything that changed at `since` or later, and what of it was not seen before.
async fn changes(console: &Console, before: &Seen, since: Timestamp) -> Result<(Seen, PendingEvents), OpsError> {
    let (mut now, mut pending) = (Seen::default(), PendingEvents::default());
    for row in recent::since(&console.db, Slot::at(since)).await? {
        let known = before.health.get(&row.key);
        if known != Some(&row.snapshot) {
            pending.health(row.team, row.connection, known.map(|known| known.status).unwrap_or_default(), row.snapshot.clone());
        }
        now.health.insert(row.key, row.snapshot);
    }
    for (team, id, status, version) in incidents::changed_since(&console.db, since).await? {
        if before.incidents.get(&id) != Some(&version) {
            pending.incident(team, id, status);
        }
        now.incidents.insert(id, version);
    }
    for (team, notification) in notifications::since(&console.db, since).await? {
        now.notifications.insert(notification.id, notification.created_at);
        if !before.notifications.contains_key(&notification.id) {
            pending.notification(team, notification.into());
        }
    }
    for (team, id, changed_at) in runbook_executions::changed_since(&console.db, since).await? {
        if now.executions.insert(id, changed_at).is_none() && before.executions.get(&id) != Some(&changed_at) {
            pending.other(team);
        }
    }
    Ok((now, pending))
}
