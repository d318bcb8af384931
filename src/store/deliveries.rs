//! Table `deliveries`: messages on their way. What writes them, in the unit of work of what they tell of, is [`enqueue`].

use sqlx::types::Json;

use super::{Db, StoreResult, TeamDb, TeamTx, Tx, affected_one, notification_channels::Claimed};
use crate::{on_db, on_tx};
use domain::{
    delivery::{Answer, Answers, Delivery, DeliveryFilter},
    ids::{ChannelId, DeliveryId, IncidentId, TeamId},
    time::Timestamp,
};

pub mod enqueue;

/// What may be sent by `$2`: nothing that overtakes another message about its group on the same channel. One that was given up is waited for no longer.
#[macro_export]
macro_rules! due_delivery {
    () => {
        "d.status = 'waiting' and d.next_attempt_at <= $2 and not exists (select 1 from deliveries earlier
            where earlier.channel_id = d.channel_id and earlier.status = 'waiting' and earlier.key < d.key
            and coalesce(earlier.group_id, earlier.incident_id) = coalesce(d.group_id, d.incident_id))"
    };
}

macro_rules! columns {
    () => {
        "d.id, d.channel_id, d.incident_id, d.reason, d.status, d.attempts, d.next_attempt_at, d.last_error, d.sent_at, d.created_at, d.severity,
        d.connection_name, d.environment, (select count(*) from delivery_incidents m where m.delivery_id = d.id) as incident_count"
    };
}

const INSERT: &str = "insert into deliveries (id, team_id, channel_id, reason, status, attempts, waits_since, created_at, summary, opened_at, detail,
        last_error, sent_at)
    values ($1, $2, $3, $4, $5, 1, $6, $6, $7, $6, '', $8, $9)";
const QUEUE: &str = "insert into deliveries (id, team_id, channel_id, incident_id, reason, status, next_attempt_at, waits_since, created_at,
        severity, summary, connection_name, environment, opened_at, actor, detail)
    values ($1, $2, $3, $4, $5, 'waiting', $6, $6, $6, $7, $8, $9, $10, $6, $11, '')";
const QUEUE_DIGEST: &str =
    "insert into deliveries (id, team_id, channel_id, reason, status, next_attempt_at, waits_since, created_at, summary, opened_at, detail)
    values ($1, $2, $3, 'digest', 'waiting', $4, $4, $4, $5, $4, $6)";
const FIND: &str =
    concat!("select d.team_id, c.name as channel_name, ", columns!(), " from deliveries d join notification_channels c on c.id = d.channel_id where d.id = $1");
const LATEST: &str = concat!(
    "select ",
    columns!(),
    " from deliveries d where team_id = $1 and ($2 is null or channel_id = $2) and ($4 is null or status = $4)
    and ($3 is null or exists (select 1 from delivery_incidents m where m.delivery_id = d.id and m.incident_id = $3))
    and ($5 is null or key < (select key from deliveries where team_id = $1 and id = $5)) order by key desc limit $6"
);
const LATEST_OF_EACH: &str =
    concat!("select ", columns!(), " from deliveries d where team_id = $1 and key in (select max(key) from deliveries where team_id = $1 group by channel_id)");
const GET: &str = concat!("select ", columns!(), " from deliveries d where team_id = $1 and id = $2");
const OLDEST_DUE: &str = "select min(next_attempt_at) from deliveries where status = 'waiting'";
const NEXT: &str = concat!(
    "select ",
    columns!(),
    ", d.group_id, d.sealed_at, d.still_down, d.waits_since, d.receivers, d.summary, d.opened_at, d.actor, d.detail
    from deliveries d where d.channel_id = $1 and ",
    crate::due_delivery!(),
    " order by d.key limit 1"
);
const WAKE: &str =
    "update notification_channels set not_before = null where team_id = $1 and id = (select channel_id from deliveries where team_id = $1 and id = $2)";
const RECEIVERS_OF_DEAD: &str = "select receivers from deliveries where team_id = $1 and id = $2 and status = 'dead'";
const RESEND: &str = "update deliveries set status = 'waiting', attempts = 0, receivers = $4, next_attempt_at = $3, waits_since = $3
    where team_id = $1 and id = $2 and status = 'dead'";

/// What a living node is at may be sent in this moment: that node says what comes of it.
macro_rules! expire {
    ($now:literal) => {
        concat!(
            "update deliveries set status = 'dead', next_attempt_at = null, last_error = coalesce(last_error, $2)
            where status = 'waiting' and waits_since < $1 and not exists (select 1 from notification_channels c
                join heartbeat_nodes n on n.id = c.node_id where c.id = deliveries.channel_id and n.alive_until > ",
            $now,
            ")"
        )
    };
}

const EXPIRE_SQLITE: &str = expire!("cast(unixepoch('subsec') * 1000 as integer)");
const EXPIRE_POSTGRES: &str = expire!("(extract(epoch from clock_timestamp()) * 1000)::bigint");

/// What is noted of an attempt, as long as the channel is still its node's.
macro_rules! note {
    ($change:literal) => {
        concat!(
            "update deliveries set ",
            $change,
            " where id = $1 and status = 'waiting' and exists (select 1 from notification_channels c where c.id = deliveries.channel_id and c.token = $2)"
        )
    };
}

const SENT: &str = note!("status = 'sent', attempts = attempts + 1, next_attempt_at = null, sent_at = $3, last_error = null");
const RECEIVERS: &str = note!("receivers = $3");
const AGAIN: &str = note!("attempts = attempts + 1, next_attempt_at = $3, last_error = $4");
const DEAD: &str = note!("status = 'dead', attempts = attempts + 1, next_attempt_at = null, last_error = $3");

/// A message with all that it takes to write it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Queued {
    #[sqlx(flatten)]
    pub delivery: Delivery,
    /// Of its incidents.
    pub group_id: Option<IncidentId>,
    /// Since when no further incident joins it.
    pub sealed_at: Option<Timestamp>,
    /// How many of the group were not over then.
    pub still_down: Option<i64>,
    pub waits_since: Timestamp,
    /// Of several: who has it, and who takes it never.
    #[sqlx(json)]
    pub receivers: Answers,
    pub summary: String,
    /// The incident was.
    pub opened_at: Timestamp,
    /// Who did it; absent for the console.
    pub actor: Option<String>,
    pub detail: String,
    /// What it is about, once it is sealed.
    #[sqlx(skip)]
    pub members: Vec<enqueue::Member>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempted {
    Sent(Timestamp),
    Again { at: Timestamp, error: String },
    Dead { error: String },
}

/// Keeps a message about no incident that was sent, or not, at once.
pub async fn insert(tx: &mut TeamTx, delivery: &Delivery, summary: &str) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(delivery.id)
        .bind(team)
        .bind(delivery.channel_id)
        .bind(delivery.reason)
        .bind(delivery.status)
        .bind(delivery.created_at)
        .bind(summary)
        .bind(&delivery.last_error)
        .bind(delivery.sent_at)
        .execute(connection)
        .await
        .map(drop))
}

/// Keeps a message that is to be sent, and what it says.
pub async fn queue(tx: &mut TeamTx, delivery: &Delivery, summary: &str, by: &str) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(QUEUE)
        .bind(delivery.id)
        .bind(team)
        .bind(delivery.channel_id)
        .bind(delivery.incident_id)
        .bind(delivery.reason)
        .bind(delivery.created_at)
        .bind(delivery.severity)
        .bind(summary)
        .bind(&delivery.connection_name)
        .bind(delivery.environment)
        .bind(by)
        .execute(connection)
        .await
        .map(drop))
}

/// Queues a digest, a line of `detail` each.
pub async fn queue_digest(tx: &mut Tx, team: TeamId, channel: ChannelId, summary: &str, detail: &str, now: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(QUEUE_DIGEST)
        .bind(DeliveryId::new())
        .bind(team)
        .bind(channel)
        .bind(now)
        .bind(summary)
        .bind(detail)
        .execute(connection)
        .await
        .map(drop))
}

/// A delivery of any team, with what the link in it says who is asking.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Found {
    pub team_id: TeamId,
    /// Of a contact's mailbox, the contact's.
    pub channel_name: String,
    #[sqlx(flatten)]
    pub delivery: Delivery,
}

pub async fn find(db: &Db, id: DeliveryId) -> StoreResult<Option<Found>> {
    on_db!(db, |pool| sqlx::query_as(FIND).bind(id).fetch_optional(pool).await)
}

/// The newest first, beginning after `after`.
pub async fn latest(db: &TeamDb, filter: DeliveryFilter, after: Option<DeliveryId>, limit: i64) -> StoreResult<Vec<Delivery>> {
    on_db!(db, |pool| sqlx::query_as(LATEST)
        .bind(db.team())
        .bind(filter.channel)
        .bind(filter.incident)
        .bind(filter.status)
        .bind(after)
        .bind(limit)
        .fetch_all(pool)
        .await)
}

/// The last one of each channel that has any.
pub async fn latest_of_each(db: &TeamDb) -> StoreResult<Vec<Delivery>> {
    on_db!(db, |pool| sqlx::query_as(LATEST_OF_EACH).bind(db.team()).fetch_all(pool).await)
}

pub async fn get(db: &TeamDb, id: DeliveryId) -> StoreResult<Option<Delivery>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(id).fetch_optional(pool).await)
}

/// As [`get`], seeing what this unit of work has written.
pub async fn get_in(tx: &mut TeamTx, id: DeliveryId) -> StoreResult<Option<Delivery>> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_as(GET).bind(team).bind(id).fetch_optional(connection).await)
}

/// For whoever has not got it, and at once. False when it was not given up.
pub async fn resend(tx: &mut TeamTx, id: DeliveryId, now: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| {
        let known = sqlx::query_scalar::<_, Json<Answers>>(RECEIVERS_OF_DEAD).bind(team).bind(id).fetch_optional(&mut *connection).await?;
        let mut receivers = known.map(|Json(receivers)| receivers).unwrap_or_default();
        receivers.retain(|_, answer| *answer == Answer::Sent);
        sqlx::query(WAKE).bind(team).bind(id).execute(&mut *connection).await?;
        sqlx::query(RESEND).bind(team).bind(id).bind(now).bind(Json(receivers)).execute(connection).await.map(affected_one)
    })
}

/// When the first of all that wait may be sent.
pub async fn oldest_due(db: &Db) -> StoreResult<Option<Timestamp>> {
    on_db!(db, |pool| sqlx::query_scalar(OLDEST_DUE).fetch_one(pool).await)
}

/// What is to be sent next on a channel by `now`.
pub async fn next(db: &Db, channel: ChannelId, now: Timestamp) -> StoreResult<Option<Queued>> {
    on_db!(db, |pool| sqlx::query_as(NEXT).bind(channel).bind(now).fetch_optional(pool).await)
}

/// Notes how an attempt ended. False when another node has taken the channel over.
pub async fn note(tx: &mut Tx, claimed: Claimed, id: DeliveryId, attempted: &Attempted) -> StoreResult<bool> {
    on_tx!(tx, |connection| match attempted {
        Attempted::Sent(at) => sqlx::query(SENT).bind(id).bind(claimed.token).bind(*at).execute(connection).await.map(affected_one),
        Attempted::Again { at, error } => sqlx::query(AGAIN).bind(id).bind(claimed.token).bind(*at).bind(error).execute(connection).await.map(affected_one),
        Attempted::Dead { error } => sqlx::query(DEAD).bind(id).bind(claimed.token).bind(error).execute(connection).await.map(affected_one),
    })
}

/// Notes which of several receivers are done with. False when another node has taken the channel over.
pub async fn note_receivers(tx: &mut Tx, claimed: Claimed, id: DeliveryId, receivers: &Answers) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(RECEIVERS).bind(id).bind(claimed.token).bind(Json(receivers)).execute(connection).await.map(affected_one))
}

/// Gives up what has waited since before `since`: its channel is disabled, or nobody was there to send it. Answers how many.
pub async fn expire(tx: &mut Tx, since: Timestamp, error: &str) -> StoreResult<u64> {
    let sql = if matches!(tx, Tx::Sqlite(_)) { EXPIRE_SQLITE } else { EXPIRE_POSTGRES };
    on_tx!(tx, |connection| sqlx::query(sql).bind(since).bind(error).execute(connection).await.map(|done| done.rows_affected()))
}
