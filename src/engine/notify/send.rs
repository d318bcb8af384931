//! The background task `deliveries`: sends what waits.
//!
//! A node claims a channel as it claims a connection whose heartbeat is due: by its lease, under a token that rises with every claim. It sends what
//! waits there one by one, in order; channels go on beside each other. A message is noted as sent after the answer, so whoever dies in between leaves
//! it waiting, and it is sent once more under the same id.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use tokio::{
    task::{Id, JoinError, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    acknowledge_link,
    failed::Failed,
    message::Message,
    open::{Open, open},
};
use crate::{Console, OpsError, error::chain, events::PendingEvents};
use domain::{
    delivery::{self, Answer, Answers, GIVEN_UP_AFTER, SendFailure, next_attempt},
    ids::{ChannelId, DeliveryId},
    notification::Notification,
    severity::Severity,
    time::Timestamp,
};
use store::{
    Tx,
    deliveries::{self, Attempted, Queued, enqueue},
    notification_channels::{self, Claimed},
};

/// Between looks, where nobody says that there is something to send: another node may have left it.
const PERIOD: Duration = Duration::from_secs(1);
/// Channels that are sent on at once.
const AT_ONCE: usize = 64;
/// Messages of one claim, so that others get their turn.
const IN_A_ROW: usize = 50;
/// Waits between tries while the database is away.
const RETRY: Duration = Duration::from_millis(500);
/// How long a stop waits for what is being sent.
const DRAIN: Duration = Duration::from_secs(8);

/// What is said of a message that nobody could send in time.
const NOT_IN_TIME: &str = "It waited for a day while nothing was sent on the channel.";

/// The channels that this process is sending on.
#[derive(Default)]
struct Senders {
    working: JoinSet<()>,
    channels: HashMap<Id, ChannelId>,
}

/// Sends until `stop`, then lets what is being sent end.
pub async fn run(console: Console, stop: CancellationToken) {
    let mut senders = Senders::default();
    loop {
        if let Err(error) = senders.begin(&console).await {
            tracing::warn!(error = chain(&error), "what waits to be sent could not be claimed");
            sleep(RETRY).await;
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(ended) = senders.working.join_next_with_id() => senders.forget(&ended),
            () = console.events.something_to_send() => {}
            () = sleep(PERIOD) => {}
        }
    }
    let all = async { while senders.working.join_next().await.is_some() {} };
    if timeout(DRAIN, all).await.is_err() {
        tracing::info!(channels = senders.working.len(), "left messages that were still being sent; they are sent again");
    }
}

/// Sends all that may be sent by now, and waits for it.
///
/// # Errors
/// The database failed.
pub async fn send_due(console: &Console) -> Result<(), OpsError> {
    let mut senders = Senders::default();
    loop {
        senders.begin(console).await?;
        match senders.working.join_next_with_id().await {
            Some(ended) => senders.forget(&ended),
            None => return Ok(()),
        }
    }
}

/// Gives up what has waited for a day: its channel is disabled, or nobody was there to send it.
///
/// # Errors
/// The database failed.
pub async fn give_up(console: &Console) -> Result<(), OpsError> {
    let mut tx = console.db.begin().await?;
    let given_up = deliveries::expire(&mut tx, console.clock.now() - GIVEN_UP_AFTER, NOT_IN_TIME).await?;
    tx.commit().await?;
    if given_up > 0 {
        tracing::warn!(messages = given_up, "gave up messages that waited for a day");
    }
    Ok(())
}

impl Senders {
    /// Begins to send on the channels that something waits for, as many as there is room for.
    async fn begin(&mut self, console: &Console) -> Result<(), OpsError> {
        if !self.working.is_empty() {
            console.scheduler.renew_lease(&console.db).await?;
        }
        let busy: HashSet<_> = self.channels.values().copied().collect();
        for claimed in claim(console, &busy).await? {
            let started = self.working.spawn(work(console.clone(), claimed));
            self.channels.insert(started.id(), claimed.id);
        }
        Ok(())
    }

    fn forget(&mut self, ended: &Result<(Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            Err(error) => {
                tracing::error!("sending on a channel ended early");
                error.id()
            }
        };
        self.channels.remove(&id);
    }
}

async fn claim(console: &Console, busy: &HashSet<ChannelId>) -> Result<Vec<Claimed>, OpsError> {
    let (now, node) = (console.clock.now(), console.scheduler.node);
    let room = AT_ONCE.saturating_sub(busy.len());
    if room == 0 || deliveries::oldest_due(&console.db).await?.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    // Committed before anything is claimed, as heartbeats do it.
    console.scheduler.renew_lease(&console.db).await?;
    let mut tx = console.db.begin().await?;
    // What this process sends on already is among them.
    let most = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
    let mut due = notification_channels::due(&mut tx, node, now, most).await?;
    due.retain(|claimed| !busy.contains(&claimed.id));
    due.truncate(room);
    for claimed in &due {
        notification_channels::take(&mut tx, node, *claimed).await?;
    }
    tx.commit().await?;
    Ok(due)
}

async fn work(console: Console, claimed: Claimed) {
    if let Err(error) = send_in_turn(&console, claimed).await {
        tracing::warn!(channel = %claimed.id, error = chain(&error), "sending on a channel was broken off; it goes on in a moment");
        sleep(RETRY).await;
    }
}

async fn send_in_turn(console: &Console, claimed: Claimed) -> Result<(), OpsError> {
    for _ in 0..IN_A_ROW {
        if console.stopping.is_cancelled() {
            break;
        }
        let Some(queued) = next(console, claimed).await? else { break };
        let (version, opened) = match open(console, claimed.team_id, claimed.id).await? {
            None => break,
            Some((channel, _)) if channel.disabled_at.is_some() => break,
            Some((channel, opened)) => (channel.version, opened),
        };
        let ended = match opened {
            Ok(open) => attempt(console, claimed, &open, &queued).await,
            Err(failed) => Err(failed),
        };
        let rests = matches!(ended, Err(Failed { unsent: SendFailure::ForNow(_), .. }));
        if !note(console, claimed, version, &queued, ended).await {
            return Ok(());
        }
        if rests {
            break;
        }
    }
    let mut tx = console.db.begin().await?;
    notification_channels::let_go(&mut tx, claimed).await?;
    Ok(tx.commit().await?)
}

/// What is to be sent next, written and sealed.
async fn next(console: &Console, claimed: Claimed) -> Result<Option<Queued>, OpsError> {
    let now = console.clock.now();
    let Some(mut queued) = deliveries::next(&console.db, claimed.id, now).await? else { return Ok(None) };
    if queued.sealed_at.is_none() {
        let mut tx = console.db.begin().await?;
        let still_down = enqueue::seal(&mut tx, claimed, queued.delivery.id, now).await?;
        tx.commit().await?;
        if still_down.is_none() {
            return Ok(None);
        }
        queued.still_down = still_down;
    }
    queued.members = enqueue::members(&console.db, queued.delivery.id).await?;
    Ok(Some(queued))
}

/// Tries everybody who has not answered for good. None of them keeps it from the others.
async fn attempt(console: &Console, claimed: Claimed, channel: &Open, queued: &Queued) -> Result<(), Failed> {
    let message = Message::of(queued.clone(), &console.sending.address).acknowledged_at(acknowledge_link::of(console, &queued.delivery));
    let parts = channel.write(console, &message)?;
    let receivers: Vec<_> = parts.iter().map(|part| part.to().to_owned()).collect();
    let mut answers = queued.receivers.clone();
    let (mut refusal, mut for_now) = (String::new(), Vec::new());
    for (part, receiver) in parts.into_iter().zip(&receivers) {
        if answers.contains_key(receiver) {
            continue;
        }
        let answer = match channel.send(console, queued.delivery.id, part).await {
            Ok(()) => Answer::Sent,
            Err(Failed { unsent: SendFailure::Message, error }) => {
                refusal = error;
                Answer::Refused
            }
            Err(failed) if failed.unsent == SendFailure::Channel => return Err(failed),
            Err(failed) => {
                for_now.push(failed);
                continue;
            }
        };
        answers.insert(receiver.clone(), answer);
        if receivers.len() > 1 && !until_written(console, claimed, queued.delivery.id, &Noted::Receivers(answers.clone())).await {
            return Err(Failed::for_now("Another node has taken over."));
        }
    }
    // Of those who are tried again, one may have asked for a longer wait.
    if let Some(Failed { unsent, error }) = for_now.into_iter().max_by_key(|failed| failed.unsent) {
        let unsent = match unsent {
            SendFailure::ForNow(asked) if answers.len() > queued.receivers.len() => SendFailure::InPart(asked),
            unsent => unsent,
        };
        return Err(Failed { unsent, error });
    }
    let refused = receivers.iter().filter(|receiver| answers.get(*receiver) == Some(&Answer::Refused)).count();
    match (refused, receivers.len()) {
        (0, _) => Ok(()),
        (_, 1) if !refusal.is_empty() => Err(Failed { unsent: SendFailure::Message, error: refusal }),
        (_, all) => Err(Failed { unsent: SendFailure::Message, error: format!("{refused} of {all} receivers refused it. {refusal}").trim_end().to_owned() }),
    }
}

/// Notes how an attempt on this version of the channel ended. False when another node has taken the channel over.
async fn note(console: &Console, claimed: Claimed, version: i64, queued: &Queued, ended: Result<(), Failed>) -> bool {
    let now = console.clock.now();
    let attempts = u32::try_from(queued.delivery.attempts).unwrap_or_default().saturating_add(1);
    let (mut disables, mut rests_until) = (None, None);
    let attempted = match ended {
        Ok(()) => Attempted::Sent(now),
        Err(Failed { unsent: SendFailure::Channel, error }) => {
            disables = Some(Disabling { version, why: error.clone() });
            Attempted::Dead { error }
        }
        Err(Failed { unsent: SendFailure::Message, error }) => Attempted::Dead { error },
        Err(Failed { unsent: unsent @ (SendFailure::ForNow(asked) | SendFailure::InPart(asked)), error }) => {
            let next = next_attempt(queued.waits_since, now, attempts, asked, rand::random());
            rests_until = matches!(unsent, SendFailure::ForNow(_)).then(|| delivery::rests_until(now, next, asked));
            match next {
                Some(at) => Attempted::Again { at, error },
                None => Attempted::Dead { error },
            }
        }
    };
    until_written(console, claimed, queued.delivery.id, &Noted::Ended { attempted, disables, rests_until }).await
}

/// What is written down of an attempt.
enum Noted {
    /// Which of several receivers are done with.
    Receivers(Answers),
    Ended {
        attempted: Attempted,
        /// If nothing more can be sent on the channel.
        disables: Option<Disabling>,
        /// If the channel is left alone for a while.
        rests_until: Option<Timestamp>,
    },
}

/// That a version of a channel takes nothing more. Nobody knows that of a newer one, which a person may have mended.
struct Disabling {
    version: i64,
    why: String,
}

/// Until the database takes it: what was sent must not be sent again because that could not be noted. False when the console stops before.
async fn until_written(console: &Console, claimed: Claimed, id: DeliveryId, noted: &Noted) -> bool {
    let mut told = false;
    loop {
        match write(console, claimed, id, noted).await {
            Ok(is_ours) => return is_ours,
            Err(_) if console.stopping.is_cancelled() => return false,
            Err(error) if !told => {
                tracing::warn!(error = chain(&error), "what was sent could not be noted yet");
                told = true;
            }
            Err(_) => {}
        }
        sleep(RETRY).await;
    }
}

async fn write(console: &Console, claimed: Claimed, id: DeliveryId, noted: &Noted) -> Result<bool, OpsError> {
    let mut tx = console.db.begin().await?;
    let mut pending = PendingEvents::default();
    let is_ours = match noted {
        Noted::Receivers(answers) => deliveries::note_receivers(&mut tx, claimed, id, answers).await?,
        Noted::Ended { attempted, disables, rests_until } => {
            if let Some(until) = rests_until {
                notification_channels::rest(&mut tx, claimed, *until).await?;
            }
            let changed_meanwhile = match disables {
                Some(disabling) => !disable(console, &mut tx, claimed, disabling, &mut pending).await?,
                None => false,
            };
            let anew = Attempted::Again { at: console.clock.now(), error: "The channel was changed meanwhile.".to_owned() };
            deliveries::note(&mut tx, claimed, id, if changed_meanwhile { &anew } else { attempted }).await?
        }
    };
    tx.commit().await?;
    console.events.publish(pending);
    Ok(is_ours)
}

/// Says why on the channel, and in the console. False when the channel is not what it was, or not this node's.
async fn disable(console: &Console, tx: &mut Tx, claimed: Claimed, disabling: &Disabling, pending: &mut PendingEvents) -> Result<bool, OpsError> {
    let (now, Disabling { version, why }) = (console.clock.now(), disabling);
    let Some(name) = notification_channels::disable(tx, claimed, *version, now, why).await? else { return Ok(false) };
    let body = format!("{why} Nothing is sent on it until somebody has changed it and enabled it again.");
    super::in_console(tx, claimed.team_id, Notification::new(Severity::Error, format!("The channel {name} was disabled"), body, now), pending).await?;
    Ok(true)
}
