//! Table `deliveries`: messages on their way, written in the unit of work of what they tell of.

use sqlx::{Encode, Postgres, Sqlite, Type, types::Json};

use super::{Db, StoreResult, TeamDb, TeamTx, Tx, affected_one, notification_channels::Claimed};
use crate::{on_db, on_tx};
use domain::{
    delivery::{Answer, Answers, Delivery, DeliveryFilter, DeliveryReason},
    ids::{ChannelId, DeliveryId, IncidentId, TeamId},
    time::Timestamp,
};

/// What may be sent by `$2`: nothing that overtakes another message of its incident on the same channel. One that was given up is waited for no longer.
#[macro_export]
macro_rules! due_delivery {
    () => {
        "d.status = 'waiting' and d.next_attempt_at <= $2 and not exists (select 1 from deliveries earlier
            where earlier.channel_id = d.channel_id and earlier.incident_id = d.incident_id and earlier.status = 'waiting' and earlier.key < d.key)"
    };
}

macro_rules! columns {
    () => {
        "d.id, d.channel_id, d.incident_id, d.reason, d.status, d.attempts, d.next_attempt_at, d.last_error, d.sent_at, d.created_at, d.severity,
        d.connection_name, d.environment"
    };
}

/// A row for each channel of the team that is `$which`, in one statement. `$3` begins the ids, so that they sort by time as others do.
macro_rules! tell {
    ($which:expr, $id:literal, $lock:literal) => {
        concat!(
            "insert into deliveries (id, team_id, channel_id, incident_id, reason, status, next_attempt_at, waits_since, created_at,
                severity, summary, connection_name, environment, opened_at, actor, detail)
            select ",
            $id,
            ", i.team_id, c.id, i.id, $4, 'waiting', $5, $5, $5, i.severity, i.summary, p.name, p.environment, i.opened_at, $6, $7
            from incidents i join notification_channels c on c.team_id = i.team_id left join service_connection_profiles p on p.id = i.connection_id
            where i.team_id = $1 and i.id = $2 and (",
            $which,
            ")",
            $lock
        )
    };
}

/// Those that want to hear of it, unless their digest, one of `$8`, takes it up. Whoever was told that it began is told how it goes on, whatever became of
/// the channel meanwhile.
macro_rules! hears {
    () => {
        "c.disabled_at is null and $8 not like '%' || c.digest || '%'
            and cast(c.severities as text) like '%\"' || i.severity || '\"%'
            and (c.environments is null or p.environment is null or cast(c.environments as text) like '%\"' || p.environment || '\"%')
            or ($4 in ('acknowledged', 'recovered') or $4 in ('reminder', 'overdue') and c.disabled_at is null)
            and exists (select 1 from deliveries d where d.channel_id = c.id and d.incident_id = i.id)"
    };
}

macro_rules! sqlite {
    ($which:expr) => {
        tell!($which, "unhex($3 || '8' || substr(hex(randomblob(8)), 2))", "")
    };
}

macro_rules! postgres {
    ($which:expr) => {
        tell!($which, "cast($3 || '8' || right(replace(cast(gen_random_uuid() as text), '-', ''), 15) as uuid)", " for key share of c")
    };
}

const TELL_SQLITE: &str = sqlite!(hears!());
const TELL_POSTGRES: &str = postgres!(hears!());
const TELL_ONE_SQLITE: &str = sqlite!("c.id = $8 and c.disabled_at is null");
const TELL_ONE_POSTGRES: &str = postgres!("c.id = $8 and c.disabled_at is null");
const INSERT: &str = "insert into deliveries (id, team_id, channel_id, reason, status, attempts, waits_since, created_at, summary, opened_at, detail,
        last_error, sent_at)
    values ($1, $2, $3, $4, $5, 1, $6, $6, $7, $6, '', $8, $9)";
const QUEUE_DIGEST: &str =
    "insert into deliveries (id, team_id, channel_id, reason, status, next_attempt_at, waits_since, created_at, summary, opened_at, detail)
    values ($1, $2, $3, 'digest', 'waiting', $4, $4, $4, $5, $4, $6)";
const FIND: &str =
    concat!("select d.team_id, c.name as channel_name, ", columns!(), " from deliveries d join notification_channels c on c.id = d.channel_id where d.id = $1");
const LATEST: &str = concat!(
    "select ",
    columns!(),
    " from deliveries d where team_id = $1 and ($2 is null or channel_id = $2) and ($3 is null or incident_id = $3) and ($4 is null or status = $4)
    and ($5 is null or key < (select key from deliveries where team_id = $1 and id = $5)) order by key desc limit $6"
);
const LATEST_OF_EACH: &str =
    concat!("select ", columns!(), " from deliveries d where team_id = $1 and key in (select max(key) from deliveries where team_id = $1 group by channel_id)");
const GET: &str = concat!("select ", columns!(), " from deliveries d where team_id = $1 and id = $2");
const OLDEST_DUE: &str = "select min(next_attempt_at) from deliveries where status = 'waiting'";
const NEXT: &str = concat!(
    "select ",
    columns!(),
    ", d.waits_since, d.receivers, d.summary, d.opened_at, d.actor, d.detail from deliveries d where d.channel_id = $1 and ",
    crate::due_delivery!(),
    " order by d.key limit 1"
);
const WAKE: &str =
    "update notification_channels set not_before = null where team_id = $1 and id = (select channel_id from deliveries where team_id = $1 and id = $2)";
const RECEIVERS_OF_DEAD: &str = "select receivers from deliveries where team_id = $1 and id = $2 and status = 'dead'";
const RESEND: &str = "update deliveries set status = 'waiting', attempts = 0, receivers = $4, next_attempt_at = $3, waits_since = $3
    where team_id = $1 and id = $2 and status = 'dead'";
const EXPIRE: &str = "update deliveries set status = 'dead', next_attempt_at = null, last_error = coalesce(last_error, $2)
    where status = 'waiting' and waits_since < $1";

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
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempted {
    Sent(Timestamp),
    Again { at: Timestamp, error: String },
    Dead { error: String },
}

/// What is told of an incident.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    pub incident: IncidentId,
    pub reason: DeliveryReason,
    pub now: Timestamp,
    /// Who did it; absent for the console.
    pub by: Option<&'a str>,
    pub detail: &'a str,
}

/// Writes a message for each channel of the team that wants to hear of the incident and has no digest among `digests`.
pub async fn tell(tx: &mut Tx, team: TeamId, telling: Telling<'_>, digests: &str) -> StoreResult<()> {
    let sql = if tx.is_embedded() { TELL_SQLITE } else { TELL_POSTGRES };
    write(tx, sql, team, telling, digests).await
}

/// Writes a message for one channel, whatever it wants to hear of.
pub async fn tell_one(tx: &mut Tx, team: TeamId, telling: Telling<'_>, channel: ChannelId) -> StoreResult<()> {
    let sql = if tx.is_embedded() { TELL_ONE_SQLITE } else { TELL_ONE_POSTGRES };
    write(tx, sql, team, telling, channel).await
}

async fn write<W>(tx: &mut Tx, sql: &'static str, team: TeamId, telling: Telling<'_>, which: W) -> StoreResult<()>
where
    W: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send,
{
    let beginning = DeliveryId::new().as_uuid().simple().to_string();
    on_tx!(tx, |connection| sqlx::query(sql)
        .bind(team)
        .bind(telling.incident)
        .bind(&beginning[..16])
        .bind(telling.reason)
        .bind(telling.now)
        .bind(telling.by)
        .bind(telling.detail)
        .bind(which)
        .execute(connection)
        .await
        .map(drop))
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
    on_tx!(tx, |connection| sqlx::query(EXPIRE).bind(since).bind(error).execute(connection).await.map(|done| done.rows_affected()))
}
