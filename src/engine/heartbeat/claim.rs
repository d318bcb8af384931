//! Takes what is due, and prepares it.

use std::{sync::Arc, time::Duration};

use super::{
    active_claims::Held,
    prepared::Prepared,
    slots::{self, Plan},
};
use crate::{Console, OpsError, connections};
use domain::{
    correlation_id::CorrelationId,
    heartbeat::{MissedReason, Slot},
    ids::{ProfileId, TeamId},
    kind::Depth,
};
use probes::kinds::Target;
use store::{
    StoreResult, Tx,
    connection_schedules::{
        self,
        claim::{self, Claimed, Hold},
    },
    maintenance_windows::{self, OfTeam},
    profiles,
};

/// A connection that this node alone may write the slot of.
pub struct Claim {
    pub claimed: Claimed,
    _held: Held,
    pub plan: Plan,
    /// Why the slots that are over were missed.
    pub missed_for: MissedReason,
    /// A maintenance window covers it.
    pub in_maintenance: bool,
    /// Absent when it could not be prepared.
    pub prepared: Option<Arc<Prepared>>,
}

/// What is meant.
#[derive(Clone, Copy, Debug)]
pub enum ClaimSelection<'a> {
    /// Whatever is due, of every team.
    Due,
    /// A team's connections, due or not: all, or those named.
    Named(TeamId, Option<&'a [ProfileId]>),
}

/// At most as many as the limits say; none when another node holds them.
///
/// # Errors
/// The database failed.
pub async fn claim(console: &Console, which: ClaimSelection<'_>) -> Result<Vec<Claim>, OpsError> {
    let now = Slot::at(console.clock.now());
    if matches!(which, ClaimSelection::Due) && connection_schedules::oldest_due(&console.db).await?.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    let scheduler = &console.scheduler;
    // Committed before anything is claimed: a node that claims at the same moment would take this one's claims for those of a dead one.
    scheduler.renew_lease(&console.db).await?;
    let mut tx = console.db.begin().await?;
    let claimed = take(&mut tx, console, which, now).await?;
    let windows = if claimed.is_empty() { Vec::new() } else { maintenance_windows::open(&mut tx, console.clock.now()).await? };
    tx.commit().await?;
    let held: Vec<_> = claimed.iter().map(|claimed| scheduler.holds.take(Hold { key: claimed.key, token: claimed.token })).collect();
    let mut claims = Vec::with_capacity(claimed.len());
    for (claimed, held) in claimed.into_iter().zip(held) {
        claims.push(understood(console, claimed, held, now, &windows).await);
    }
    Ok(claims)
}

async fn take(tx: &mut Tx, console: &Console, which: ClaimSelection<'_>, now: Slot) -> StoreResult<Vec<Claimed>> {
    let (node, limit) = (console.scheduler.node, console.scheduler.limits.claim);
    match which {
        ClaimSelection::Due => claim::due(tx, node, now, limit).await,
        ClaimSelection::Named(team, ids) => claim::named(tx, node, team, ids, i64::from(i32::MAX)).await,
    }
}

async fn understood(console: &Console, claimed: Claimed, held: Held, now: Slot, windows: &[OfTeam]) -> Claim {
    let plan = slots::plan(claimed.begins_at, claimed.next_slot, claimed.interval_seconds.into(), now);
    if plan.begins_at != claimed.begins_at {
        tracing::warn!(connection = %claimed.connection_id, from = %claimed.next_slot.timestamp(), to = %plan.begins_at.timestamp(), "an absence is too long to tell every slot of it");
    }
    let missed_for = if claimed.next_slot < console.scheduler.started { MissedReason::ConsoleDown } else { MissedReason::Overloaded };
    let prepared = match prepared(console, &claimed).await {
        Ok(prepared) => Some(prepared),
        Err(error) => {
            tracing::error!(connection = %claimed.connection_id, %error, "a connection could not be prepared for its heartbeat");
            None
        }
    };
    let in_maintenance = windows.iter().filter(|window| window.team_id == claimed.team_id).any(|window| match &prepared {
        Some(prepared) => window.matchers.hold_for(prepared.matched(claimed.connection_id)),
        None => window.matchers.is_empty(),
    });
    Claim { claimed, _held: held, plan, missed_for, in_maintenance, prepared }
}

/// The connection in the version that was claimed.
///
/// # Errors
/// A credential that does not open; a kind that this program does not know; the database failed.
async fn prepared(console: &Console, claimed: &Claimed) -> Result<Arc<Prepared>, OpsError> {
    if let Some(kept) = console.scheduler.prepared.get(claimed) {
        return Ok(kept);
    }
    let prepared = Arc::new(prepare(console, claimed).await?);
    console.scheduler.prepared.keep(claimed.connection_id, &prepared);
    Ok(prepared)
}

async fn prepare(console: &Console, claimed: &Claimed) -> Result<Prepared, OpsError> {
    let profile = profiles::get(&console.db.for_team(claimed.team_id), claimed.connection_id).await?;
    let profile = profile.ok_or_else(|| OpsError::Settings("a scheduled connection is gone".into()))?;
    let kind = console.kinds.get(&profile.kind).ok_or_else(|| OpsError::Settings(format!("this program has no kind '{}'", profile.kind)))?;
    let scenario =
        *kind.descriptor().scenarios_to(Depth::Heartbeat).next().ok_or_else(|| OpsError::Settings(format!("the kind '{}' has no heartbeat", profile.kind)))?;
    let target = Target { keeps_evidence: false, ..connections::open_target(console, &profile, CorrelationId::mint()).await? };
    Ok(Prepared {
        version: profile.version,
        host: kind.host(&profile.settings),
        environment: profile.environment,
        name: profile.name,
        kind,
        scenario,
        target,
        timeout: Duration::from_secs(profile.heartbeat.timeout_seconds.into()),
        retries: profile.heartbeat.retries,
        interval: Duration::from_secs(profile.heartbeat.interval_seconds.into()),
        alert: profile.heartbeat.alert,
        tags: profile.tags,
        depends_on: profile.depends_on,
    })
}
