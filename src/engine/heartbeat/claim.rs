//! Takes what is due, and prepares it.

use std::{collections::HashSet, sync::Arc};

use super::{
    active_claims::Held,
    prepared::Prepared,
    renew_lease,
    slots::{self, Plan},
};
use crate::{Console, OpsError};
use domain::{
    heartbeat::{MissedReason, Slot},
    ids::{ProfileId, TeamId},
};
use store::{
    StoreResult, Tx,
    connection_schedules::{
        self,
        claim::{self, Claimed, Hold},
    },
    maintenance_windows,
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
pub enum Which<'a> {
    /// Whatever is due, of every team.
    Due,
    /// A team's connections, due or not: all, or those named.
    Named(TeamId, Option<&'a [ProfileId]>),
}

/// At most as many as the limits say; none when another node holds them.
///
/// # Errors
/// The database failed.
pub async fn claim(console: &Console, which: Which<'_>) -> Result<Vec<Claim>, OpsError> {
    let now = Slot::at(console.clock.now());
    if matches!(which, Which::Due) && connection_schedules::oldest_due(&console.db).await?.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    let scheduler = &console.scheduler;
    // Committed before anything is claimed: a node that claims at the same moment would take this one's claims for those of a dead one.
    renew_lease(console).await?;
    let mut tx = console.db.begin().await?;
    let claimed = take(&mut tx, console, which, now).await?;
    let windows = if claimed.is_empty() { Vec::new() } else { maintenance_windows::open(&mut tx, console.clock.now()).await? };
    tx.commit().await?;
    let windows: HashSet<_> = windows.into_iter().collect();
    let held: Vec<_> = claimed.iter().map(|claimed| scheduler.holds.take(Hold { key: claimed.key, token: claimed.token })).collect();
    let mut claims = Vec::with_capacity(claimed.len());
    for (claimed, held) in claimed.into_iter().zip(held) {
        let in_maintenance = windows.contains(&(claimed.team_id, None)) || windows.contains(&(claimed.team_id, Some(claimed.connection_id)));
        claims.push(understood(console, claimed, held, now, in_maintenance).await);
    }
    Ok(claims)
}

async fn take(tx: &mut Tx, console: &Console, which: Which<'_>, now: Slot) -> StoreResult<Vec<Claimed>> {
    let (node, limit) = (console.scheduler.node, console.scheduler.limits.claim);
    match which {
        Which::Due => claim::due(tx, node, now, limit).await,
        Which::Named(team, ids) => claim::named(tx, node, team, ids, i64::from(i32::MAX)).await,
    }
}

async fn understood(console: &Console, claimed: Claimed, held: Held, now: Slot, in_maintenance: bool) -> Claim {
    let plan = slots::plan(claimed.begins_at, claimed.next_slot, claimed.interval_seconds.into(), now);
    if plan.begins_at != claimed.begins_at {
        tracing::warn!(connection = %claimed.connection_id, from = %claimed.next_slot.timestamp(), to = %plan.begins_at.timestamp(), "an absence is too long to tell every slot of it");
    }
    let missed_for = if claimed.next_slot < console.scheduler.started { MissedReason::ConsoleDown } else { MissedReason::Overloaded };
    let prepared = match console.scheduler.prepared.get(console, &claimed).await {
        Ok(prepared) => Some(prepared),
        Err(error) => {
            tracing::error!(connection = %claimed.connection_id, %error, "a connection could not be prepared for its heartbeat");
            None
        }
    };
    Claim { claimed, _held: held, plan, missed_for, in_maintenance, prepared }
}
