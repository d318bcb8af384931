//! Writes how slots ended: heartbeats, snapshots, incidents and notifications of a batch, in one transaction.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::attempt::Ended;
use crate::{Console, OpsError, events::PendingEvents};
use domain::{
    alerting::{Change, SlotResult, decide},
    health::{HealthSnapshot, HealthStatus},
    heartbeat::{MOST_AHEAD, MissedReason, Outcome},
    ids::TeamId,
    policy::AlertPolicy,
};
use store::{
    Tx,
    connection_schedules::{self, Finish},
    health_snapshots,
    heartbeats::{self, Row},
};

mod incidents;

/// Most slots of one transaction: keeps it short after a long absence.
const MOST_ROWS: usize = 20_000;

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    pub passed: usize,
    pub failed: usize,
    /// Maintenance, or missed.
    pub untried: usize,
    /// Results that came after another node had taken over, or the connection had been changed.
    pub refused: usize,
}

impl Recorded {
    pub const fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.untried += other.untried;
        self.refused += other.refused;
    }
}

/// Takes as many results off as fit into one transaction.
pub fn part(results: &mut Vec<Ended>) -> Vec<Ended> {
    let mut rows = 0;
    let mut fits = |ended: &Ended| {
        rows += ended.claim.plan.missed.len() + 1;
        rows <= MOST_ROWS
    };
    let count = results.iter().take_while(|ended| fits(ended)).count().max(usize::from(!results.is_empty()));
    results.drain(..count).collect()
}

/// Writes a batch, or nothing of it. Calling it again after an error is safe.
///
/// # Errors
/// The database failed.
pub async fn record(console: &Console, batch: &mut [Ended]) -> Result<Recorded, OpsError> {
    let is_offline = judge_outage(console, batch);
    let mut tx = console.db.begin().await?;
    let before = held(&mut tx, batch).await?;
    separate(batch, &before);
    let accepted: Vec<&Ended> = batch.iter().filter(|ended| before.contains_key(&claim_of(ended))).collect();
    finish(&mut tx, &accepted).await?;
    heartbeats::insert(&mut tx, &rows(&accepted)).await?;
    let tried: Vec<&Ended> = accepted.iter().copied().filter(|ended| ended.outcome != Outcome::Missed).collect();
    let mut pending = snapshots(&mut tx, console, &tried, &before).await?;
    let recovered = incidents::about_the_console(&mut tx, console, &accepted, is_offline, &mut pending).await?;
    tx.commit().await?;
    for team in recovered {
        console.scheduler.note_network(team, true);
    }
    let recorded = count(batch.len(), &accepted);
    for ended in accepted.iter().filter(|ended| matches!(ended.outcome, Outcome::Pass | Outcome::Fail)) {
        // Of what could not be prepared this program may have no kind.
        let kind = ended.claim.prepared.as_ref().map_or("unprepared", |prepared| prepared.kind.descriptor().id);
        console.metrics.heartbeat(kind, ended.outcome);
    }
    if recorded.refused > 0 {
        tracing::warn!(results = recorded.refused, "refused results of slots that others have taken over");
    }
    console.events.publish(pending);
    Ok(recorded)
}

/// Notes the batch in the node's view of the network, and turns silence into a missed slot while that is down.
fn judge_outage(console: &Console, batch: &mut [Ended]) -> bool {
    let mut outage = console.scheduler.outage.lock();
    for ended in batch.iter().filter(|ended| matches!(ended.outcome, Outcome::Pass | Outcome::Fail)) {
        let Some(prepared) = &ended.claim.prepared else { continue };
        let mut target = DefaultHasher::new();
        prepared.host.hash(&mut target);
        outage.note(ended.claim.claimed.key, target.finish(), ended.claim.plan.slot, ended.outcome == Outcome::Pass, ended.unanswered);
    }
    let is_on = outage.is_on();
    if is_on {
        for ended in batch.iter_mut().filter(|ended| ended.unanswered) {
            (ended.outcome, ended.reason, ended.failure) = (Outcome::Missed, Some(MissedReason::ConsoleOffline), None);
        }
    }
    is_on
}

/// A schedule's key and the token that it was claimed under.
type Claim = (i32, i64);

fn claim_of(ended: &Ended) -> Claim {
    (ended.claim.claimed.key, ended.claim.claimed.token)
}

/// Where the connections of results stand that this node may still write.
async fn held(tx: &mut Tx, batch: &[Ended]) -> Result<HashMap<Claim, HealthSnapshot>, OpsError> {
    Ok(health_snapshots::held(tx, &batch.iter().map(claim_of).collect::<Vec<_>>()).await?)
}

/// Of several sweeps in one second each gets a second of its own, so that as many are kept as are counted. That may be the slot due next.
fn separate(batch: &mut [Ended], before: &HashMap<Claim, HealthSnapshot>) {
    for ended in batch {
        let Some(last) = before.get(&claim_of(ended)).and_then(|snapshot| snapshot.last_slot) else { continue };
        let (claimed, plan) = (&ended.claim.claimed, &mut ended.claim.plan);
        let is_extra = plan.next == claimed.next_slot;
        // Farther ahead, it is the clock that went back: its slots are told once more.
        if is_extra && (0..MOST_AHEAD).contains(&(last.0 - plan.slot.0)) {
            plan.slot = last.plus(1);
            if plan.slot == plan.next {
                plan.next = plan.next.plus(claimed.interval_seconds.into());
            }
        }
    }
}

async fn finish(tx: &mut Tx, accepted: &[&Ended]) -> Result<(), OpsError> {
    let one = |ended: &&Ended| {
        let (claimed, plan) = (&ended.claim.claimed, &ended.claim.plan);
        let oldest = plan.missed.first().copied().unwrap_or(plan.slot);
        Finish { key: claimed.key, token: claimed.token, next: plan.next, begins_at: plan.begins_at, hour: oldest.floor(3_600) }
    };
    Ok(connection_schedules::finish(tx, &accepted.iter().map(one).collect::<Vec<_>>()).await?)
}

fn rows<'a>(accepted: &[&'a Ended]) -> Vec<Row<'a>> {
    let mut rows = Vec::with_capacity(accepted.len());
    for ended in accepted {
        let (claimed, plan) = (&ended.claim.claimed, &ended.claim.plan);
        rows.extend(plan.missed.iter().map(|slot| Row::missed(claimed.key, claimed.team_key, *slot, ended.claim.missed_for)));
        rows.push(Row {
            key: claimed.key,
            team_key: claimed.team_key,
            slot: plan.slot,
            outcome: ended.outcome,
            reason: ended.reason,
            latency: ended.latency,
            failure: ended.failure.as_deref(),
        });
    }
    rows
}

/// Carries the snapshots forward by the rules, and raises what follows from them.
async fn snapshots(tx: &mut Tx, console: &Console, tried: &[&Ended], before: &HashMap<Claim, HealthSnapshot>) -> Result<PendingEvents, OpsError> {
    let mut pending = PendingEvents::default();
    if tried.is_empty() {
        return Ok(pending);
    }
    let mut decided = Vec::with_capacity(tried.len());
    for ended in tried {
        let Some(before) = before.get(&claim_of(ended)) else { continue };
        let beat = SlotResult { slot: ended.claim.plan.slot, outcome: ended.outcome, latency: ended.latency };
        let (after, change) = decide(before, beat, &policy(ended));
        decided.push((*ended, before.status, after, change));
    }
    let update = |(ended, _, snapshot, _): &(&Ended, HealthStatus, HealthSnapshot, Option<Change>)| health_snapshots::Update {
        key: ended.claim.claimed.key,
        failure: ended.failure.clone(),
        passed: ended.outcome == Outcome::Pass,
        failed: ended.outcome == Outcome::Fail,
        snapshot: snapshot.clone(),
    };
    health_snapshots::update(tx, &decided.iter().map(update).collect::<Vec<_>>()).await?;
    for (ended, before, mut after, change) in decided {
        match change {
            Some(Change::Opens { first_failed }) => incidents::open(tx, console, ended, first_failed, &mut after, &mut pending).await?,
            Some(Change::Recovers) => incidents::recover(tx, console, ended, &mut after, &mut pending).await?,
            None => {}
        }
        pending.health(ended.claim.claimed.team_id, ended.claim.claimed.connection_id, before, after);
    }
    Ok(pending)
}

fn policy(ended: &Ended) -> AlertPolicy {
    ended.claim.prepared.as_ref().map(|prepared| prepared.alert).unwrap_or_default()
}

fn teams(ended: &[&Ended]) -> HashSet<TeamId> {
    ended.iter().map(|ended| ended.claim.claimed.team_id).collect()
}

fn count(all: usize, accepted: &[&Ended]) -> Recorded {
    let of = |outcome: Outcome| accepted.iter().filter(|ended| ended.outcome == outcome).count();
    let (passed, failed) = (of(Outcome::Pass), of(Outcome::Fail));
    Recorded { passed, failed, untried: accepted.len() - passed - failed, refused: all - accepted.len() }
}
