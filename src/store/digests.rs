//! What digests are made of, and which channels are due one: column `digest_at` of table `notification_channels`.

use super::{Db, StoreResult, Tx};
use crate::{on_db, on_tx};
use domain::{
    channel::Digest,
    heartbeat::Slot,
    ids::{ChannelId, IncidentId, TeamId},
    incident::IncidentStatus,
    latency::Latency,
    severity::IncidentSeverity,
    time::Timestamp,
};

macro_rules! due {
    ($lock:literal) => {
        concat!(
            "select id, team_id, digest, digest_at from notification_channels
            where digest <> 'none' and disabled_at is null and (digest_at is null or digest_at <= $1) order by id limit 1",
            $lock
        )
    };
}

const IS_DUE: &str = "select count(*) from notification_channels where digest <> 'none' and disabled_at is null and (digest_at is null or digest_at <= $1)";
const DUE_SQLITE: &str = due!("");
// The weakest lock that keeps two nodes apart: who writes a message for a channel locks its key, and waits for nobody here.
const DUE_POSTGRES: &str = due!(" for no key update skip locked");
const SET_NEXT: &str = "update notification_channels set digest_at = $2 where id = $1";
/// The most pressing first.
const OPENED: &str = "select id, severity, status, summary, opened_at from incidents where team_id = $1 and opened_at >= $2 and opened_at < $3
    order by severity, opened_at limit $4";
const UNRESOLVED: &str = "select id, severity, status, summary, opened_at from incidents where team_id = $1 and status <> 'resolved' and opened_at < $2
    order by severity, opened_at limit $3";
/// Over whole hours.
const SLOW: &str = "select name, mean, worst from (
        select p.name, cast(sum(h.latency_sum) / sum(h.passed + h.failed) as integer) as mean, max(h.latency_max) as worst
        from heartbeat_hours h join connection_schedules s on s.key = h.connection_key join service_connection_profiles p on p.id = s.connection_id
        where s.team_id = $1 and h.slot >= $2 and h.slot < $3 and h.passed + h.failed > 0 and h.latency_max is not null group by p.id, p.name
    ) means where mean >= $4 order by mean desc limit $5";
/// As diagnostics found them last.
const CERTIFICATES: &str = "select connection_name, found from diagnostic_results r where team_id = $1 and scenario = 'certificate' and outcome <> 'passed'
    and outcome <> 'skipped' and finished_at >= $2 and not exists (select 1 from diagnostic_results later where later.connection_id = r.connection_id
        and later.scenario = r.scenario and later.finished_at > r.finished_at) order by connection_name limit $3";

/// A channel whose digest is due; for the first time where it has no moment yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Due {
    pub id: ChannelId,
    pub team_id: TeamId,
    pub digest: Digest,
    pub digest_at: Option<Timestamp>,
}

/// An incident in a digest.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Line {
    pub id: IncidentId,
    pub severity: IncidentSeverity,
    pub status: IncidentStatus,
    pub summary: String,
    pub opened_at: Timestamp,
}

/// Whether a channel of any team is due its digest.
pub async fn is_due(db: &Db, now: Timestamp) -> StoreResult<bool> {
    let count: i64 = on_db!(db, |pool| sqlx::query_scalar(IS_DUE).bind(now).fetch_one(pool).await)?;
    Ok(count > 0)
}

/// One that nobody else is at.
pub async fn due(tx: &mut Tx, now: Timestamp) -> StoreResult<Option<Due>> {
    let sql = if tx.is_embedded() { DUE_SQLITE } else { DUE_POSTGRES };
    on_tx!(tx, |connection| sqlx::query_as(sql).bind(now).fetch_optional(connection).await)
}

pub async fn set_next(tx: &mut Tx, channel: ChannelId, at: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(SET_NEXT).bind(channel).bind(at).execute(connection).await.map(drop))
}

/// What opened from `from` until before `to`.
pub async fn opened(tx: &mut Tx, team: TeamId, from: Timestamp, to: Timestamp, limit: i64) -> StoreResult<Vec<Line>> {
    on_tx!(tx, |connection| sqlx::query_as(OPENED).bind(team).bind(from).bind(to).bind(limit).fetch_all(connection).await)
}

/// What opened before `before` and is not over.
pub async fn unresolved(tx: &mut Tx, team: TeamId, before: Timestamp, limit: i64) -> StoreResult<Vec<Line>> {
    on_tx!(tx, |connection| sqlx::query_as(UNRESOLVED).bind(team).bind(before).bind(limit).fetch_all(connection).await)
}

/// Connections whose answers took at least `least` on average: name, mean and worst.
pub async fn slow(tx: &mut Tx, team: TeamId, from: Slot, to: Slot, least: Latency, limit: i64) -> StoreResult<Vec<(String, Latency, Latency)>> {
    on_tx!(tx, |connection| sqlx::query_as(SLOW).bind(team).bind(from).bind(to).bind(least).bind(limit).fetch_all(connection).await)
}

/// Certificates that come due, by the connection's name, with what was found.
pub async fn certificates(tx: &mut Tx, team: TeamId, since: Timestamp, limit: i64) -> StoreResult<Vec<(String, String)>> {
    on_tx!(tx, |connection| sqlx::query_as(CERTIFICATES).bind(team).bind(since).bind(limit).fetch_all(connection).await)
}
