//! What has changed, for whoever looks at it live. Nothing here is kept: a listener that missed something reads again.

use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::{
    sync::{Notify, broadcast},
    time::sleep,
};

use domain::{
    bidi,
    events::{HealthChange, HealthChanges, IncidentChange, NotificationChange, ReadAgain, StreamEvent},
    health::{HealthSnapshot, HealthStatus},
    heartbeat::Slot,
    ids::{IncidentId, ProfileId, TeamId},
    incident::IncidentStatus,
    latency::Latency,
    time::Timestamp,
};

use crate::clock::Clock;

pub mod follow;

/// Events that a slow listener may lag behind before it is told to read again.
const BACKLOG: usize = 256;
/// Heartbeats that changed no status gather for so long: with a hundred listeners, telling of each second would cost as much as its heartbeats.
const GATHER: Duration = Duration::from_secs(2);

/// One event, rendered once for all listeners.
#[derive(Debug)]
pub struct Event {
    pub team: TeamId,
    frame: Bytes,
}

impl Event {
    fn new<E: StreamEvent + Serialize>(team: TeamId, event: &E) -> Self {
        Self { team, frame: frame(event) }
    }

    /// As `text/event-stream` has it.
    pub fn frame(&self) -> Bytes {
        self.frame.clone()
    }
}

/// As `text/event-stream` has an event. What would turn a name around is written out, as it is on pages.
pub fn frame<E: StreamEvent + Serialize>(event: &E) -> Bytes {
    // Names and numbers alone: they always become JSON, and JSON has no line breaks.
    let data = serde_json::to_string(event).unwrap_or_default();
    format!("event: {}\ndata: {}\n\n", E::NAME, bidi::visible(&data)).into()
}

/// The listeners of this process, and what waits to be told to them.
#[derive(Clone)]
pub struct Events {
    listeners: broadcast::Sender<Arc<Event>>,
    waiting: Arc<Mutex<PendingEvents>>,
    told: Arc<Notify>,
    clock: Arc<dyn Clock>,
    /// When each team last had news.
    last_news: Arc<Mutex<HashMap<TeamId, Timestamp>>>,
    /// Whether other nodes write to the same database: then [`follow`] tells what any of them has written.
    is_shared: bool,
}

impl Events {
    pub fn new(is_shared: bool, clock: Arc<dyn Clock>) -> Self {
        Self { listeners: broadcast::channel(BACKLOG).0, waiting: Arc::default(), told: Arc::default(), clock, last_news: Arc::default(), is_shared }
    }

    /// Tells every listener of this process what it has just committed, of news at once.
    pub fn publish(&self, pending: PendingEvents) {
        if !pending.incidents.is_empty() {
            self.wake_sender();
        }
        if pending.is_empty() || self.is_shared {
            return;
        }
        // Also where nobody listens: who is about to may have read before it was committed.
        self.note_news(&pending);
        if !self.has_listeners() {
            return;
        }
        let is_news = pending.is_news;
        let is_first = self.wait(pending);
        if is_news {
            self.tell(self.take());
        } else if is_first {
            let events = self.clone();
            tokio::spawn(async move {
                sleep(GATHER).await;
                events.tell(events.take());
            });
        }
    }

    /// There is something to send: whoever waits in [`Events::something_to_send`] goes on.
    pub fn wake_sender(&self) {
        self.told.notify_one();
    }

    /// Completes once this process has committed a message for a channel, also if that was before.
    pub async fn something_to_send(&self) {
        self.told.notified().await;
    }

    /// Whether something was told to this team at `since` or later: whoever read at that moment and listens only now has missed it.
    pub fn has_news_since(&self, team: TeamId, since: Timestamp) -> bool {
        self.last_news.lock().get(&team).is_some_and(|last| *last >= since)
    }

    fn note_news(&self, pending: &PendingEvents) {
        if !pending.is_news {
            return;
        }
        let (now, mut last_news) = (self.clock.now(), self.last_news.lock());
        last_news.extend(pending.teams().map(|team| (team, now)));
    }

    /// Tells every listener of this process.
    fn tell(&self, pending: PendingEvents) {
        self.note_news(&pending);
        for (team, items) in pending.health {
            self.send(Event::new(team, &HealthChanges { items }));
        }
        for (team, change) in pending.incidents {
            self.send(Event::new(team, &change));
        }
        for (team, change) in pending.notifications {
            self.send(Event::new(team, &change));
        }
        for team in pending.others {
            self.send(Event::new(team, &ReadAgain {}));
        }
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Event>> {
        self.listeners.subscribe()
    }

    pub fn has_listeners(&self) -> bool {
        self.listeners.receiver_count() > 0
    }

    fn send(&self, event: Event) {
        // Fails only when nobody listens.
        let _ = self.listeners.send(Arc::new(event));
    }

    /// Adds to what waits; answers whether it is the first of it.
    fn wait(&self, pending: PendingEvents) -> bool {
        let mut waiting = self.waiting.lock();
        let is_first = waiting.is_empty();
        waiting.add(pending);
        is_first
    }

    fn take(&self) -> PendingEvents {
        mem::take(&mut self.waiting.lock())
    }
}

/// What a unit of work changed, to be told once it is committed.
#[derive(Default)]
pub struct PendingEvents {
    health: HashMap<TeamId, Vec<HealthChange>>,
    incidents: Vec<(TeamId, IncidentChange)>,
    notifications: Vec<(TeamId, NotificationChange)>,
    /// Teams of which something changed that has no event of its own.
    others: HashSet<TeamId>,
    /// Something that a person should see at once.
    is_news: bool,
}

impl PendingEvents {
    /// A heartbeat has carried a connection from the status `before` to this snapshot.
    pub fn health(&mut self, team: TeamId, connection_id: ProfileId, before: HealthStatus, snapshot: HealthSnapshot) {
        self.is_news |= snapshot.status != before;
        self.health.entry(team).or_default().push(HealthChange {
            connection_id,
            status: snapshot.status,
            consecutive_failures: snapshot.consecutive_failures,
            last_heartbeat_at: snapshot.last_slot.map(Slot::timestamp),
            last_latency_ms: snapshot.last_latency.map(Latency::as_millis),
            open_incident_id: snapshot.open_incident_id,
        });
    }

    pub fn incident(&mut self, team: TeamId, id: IncidentId, status: IncidentStatus) {
        self.is_news = true;
        self.incidents.push((team, IncidentChange { id, status }));
    }

    pub fn notification(&mut self, team: TeamId, change: NotificationChange) {
        self.is_news = true;
        self.notifications.push((team, change));
    }

    /// Something changed that has no event of its own: whoever looks reads again.
    pub fn other(&mut self, team: TeamId) {
        self.is_news = true;
        self.others.insert(team);
    }

    fn teams(&self) -> impl Iterator<Item = TeamId> {
        let (incidents, notifications) = (self.incidents.iter().map(|(team, _)| *team), self.notifications.iter().map(|(team, _)| *team));
        self.health.keys().copied().chain(incidents).chain(notifications).chain(self.others.iter().copied())
    }

    fn is_empty(&self) -> bool {
        self.health.is_empty() && self.incidents.is_empty() && self.notifications.is_empty() && self.others.is_empty()
    }

    fn add(&mut self, more: Self) {
        for (team, changes) in more.health {
            self.health.entry(team).or_default().extend(changes);
        }
        self.incidents.extend(more.incidents);
        self.notifications.extend(more.notifications);
        self.others.extend(more.others);
        self.is_news |= more.is_news;
    }
}
