//! Table `notification_channels`.

pub mod in_clear;

use sqlx::types::Json;

use super::{StoreResult, TeamDb, TeamTx, Tx, affected_one, heartbeat_nodes::NodeId, profiles::SealedCredential};
use crate::{on_db, on_tx};
use domain::{
    channel::NotificationChannel,
    folding::fold,
    ids::{ChannelId, TeamId},
    time::Timestamp,
};

/// What a channel is read by: whether there is a credential, never the credential.
macro_rules! columns {
    () => {
        "id, name, type, version, settings, credential is not null as has_credential, severities, environments, digest, disabled_at, disabled_reason,
        contact_id, created_at, updated_at"
    };
}

/// Channels that something waits for which may be sent by `$2`, where no living node but `$1` is at it; the longest wait first.
macro_rules! due {
    ($now:literal, $lock:literal) => {
        concat!(
            "select c.id, c.team_id, c.token + 1 as token from notification_channels c join (
                select channel_id, min(next_attempt_at) as due from deliveries d where ",
            crate::due_delivery!(),
            " group by channel_id) d on d.channel_id = c.id
            where c.disabled_at is null and (c.not_before is null or c.not_before <= $2) and (c.node_id is null or c.node_id = $1 or not exists
                (select 1 from heartbeat_nodes n where n.id = c.node_id and n.alive_until > ",
            $now,
            ")) order by d.due limit $3",
            $lock
        )
    };
}

const OF_TEAM: &str = concat!("select ", columns!(), " from notification_channels where team_id = $1 order by name_key, id");
const GET: &str = concat!("select ", columns!(), " from notification_channels where team_id = $1 and id = $2");
const CREDENTIAL: &str = "select credential, credential_origin, credential_version from notification_channels where team_id = $1 and id = $2";
const COUNT: &str = "select count(*) from notification_channels where team_id = $1 and contact_id is null";
const INSERT: &str = "insert into notification_channels
    (id, team_id, name, name_key, type, version, settings, credential, credential_origin, credential_version, severities, environments, digest,
     disabled_at, disabled_reason, created_at, updated_at)
    values ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)";
const UPDATE: &str = "update notification_channels set
    name = $4, name_key = $5, settings = $6, credential = $7, credential_origin = $8, credential_version = $9, severities = $10, environments = $11,
    digest_at = case when digest = $12 then digest_at end, digest = $12, disabled_at = $13, disabled_reason = $14, updated_at = $15, not_before = null, version = version + 1
    where team_id = $1 and id = $2 and version = $3";
/// Who writes a message for it waits, and then finds it gone.
const LOCK_POSTGRES: &str = "select id from notification_channels where team_id = $1 and id = $2 for update";
const DELETE_DELIVERIES: &str = "delete from deliveries where team_id = $1 and channel_id = $2";
const DELETE: &str = "delete from notification_channels where team_id = $1 and id = $2";
const DUE_SQLITE: &str = due!("cast(unixepoch('subsec') * 1000 as integer)", "");
// The weakest lock that keeps two nodes apart: who writes a message for a channel locks its key, and waits for nobody here.
const DUE_POSTGRES: &str = due!("(extract(epoch from clock_timestamp()) * 1000)::bigint", " for no key update of c skip locked");
const TAKE: &str = "update notification_channels set node_id = $2, token = $3 where id = $1";
const REST: &str = "update notification_channels set not_before = $3 where id = $1 and token = $2";
const LET_GO: &str = "update notification_channels set node_id = null where id = $1 and token = $2";
const DISABLE: &str = "update notification_channels set disabled_at = $3, disabled_reason = $4, updated_at = $3, version = version + 1
    where id = $1 and token = $2 and version = $5 and disabled_at is null returning name";

/// A channel that one node sends on, under `token`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Claimed {
    pub id: ChannelId,
    pub team_id: TeamId,
    pub token: i64,
}

/// By name.
pub async fn of_team(db: &TeamDb) -> StoreResult<Vec<NotificationChannel>> {
    on_db!(db, |pool| sqlx::query_as(OF_TEAM).bind(db.team()).fetch_all(pool).await)
}

pub async fn get(db: &TeamDb, id: ChannelId) -> StoreResult<Option<NotificationChannel>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(id).fetch_optional(pool).await)
}

pub async fn credential(db: &TeamDb, id: ChannelId) -> StoreResult<Option<SealedCredential>> {
    on_db!(db, |pool| sqlx::query_as(CREDENTIAL).bind(db.team()).bind(id).fetch_optional(pool).await)
}

pub async fn count(tx: &mut TeamTx) -> StoreResult<i64> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_scalar(COUNT).bind(team).fetch_one(connection).await)
}

/// Fails with a unique violation when the name is taken.
pub async fn insert(tx: &mut TeamTx, channel: &NotificationChannel, sealed: &SealedCredential) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(channel.id)
        .bind(team)
        .bind(&channel.name)
        .bind(fold(&channel.name))
        .bind(&channel.kind)
        .bind(Json(&channel.settings))
        .bind(sealed.credential.as_deref())
        .bind(&sealed.credential_origin)
        .bind(sealed.credential_version)
        .bind(Json(&channel.severities))
        .bind(channel.environments.as_ref().map(Json))
        .bind(channel.digest)
        .bind(channel.disabled_at)
        .bind(&channel.disabled_reason)
        .bind(channel.created_at)
        .execute(connection)
        .await
        .map(drop))
}

/// Writes what a person may edit over `channel.version`, the version the edit was made on. False when that is not the current one.
pub async fn update(tx: &mut TeamTx, channel: &NotificationChannel, sealed: &SealedCredential) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(UPDATE)
        .bind(team)
        .bind(channel.id)
        .bind(channel.version)
        .bind(&channel.name)
        .bind(fold(&channel.name))
        .bind(Json(&channel.settings))
        .bind(sealed.credential.as_deref())
        .bind(&sealed.credential_origin)
        .bind(sealed.credential_version)
        .bind(Json(&channel.severities))
        .bind(channel.environments.as_ref().map(Json))
        .bind(channel.digest)
        .bind(channel.disabled_at)
        .bind(&channel.disabled_reason)
        .bind(channel.updated_at)
        .execute(connection)
        .await
        .map(affected_one))
}

/// With its deliveries. False when there is no such channel.
pub async fn delete(tx: &mut TeamTx, id: ChannelId) -> StoreResult<bool> {
    let team = tx.team();
    if !tx.is_embedded() {
        on_tx!(tx, |connection| sqlx::query(LOCK_POSTGRES).bind(team).bind(id).execute(connection).await.map(drop))?;
    }
    on_tx!(tx, |connection| {
        sqlx::query(DELETE_DELIVERIES).bind(team).bind(id).execute(&mut *connection).await?;
        sqlx::query(DELETE).bind(team).bind(id).execute(connection).await.map(affected_one)
    })
}

/// At most `limit` of any team that nobody else who lives is sending on, each with the token that [`take`] would take it under.
pub async fn due(tx: &mut Tx, node: NodeId, now: Timestamp, limit: i64) -> StoreResult<Vec<Claimed>> {
    let sql = if matches!(tx, Tx::Sqlite(_)) { DUE_SQLITE } else { DUE_POSTGRES };
    on_tx!(tx, |connection| sqlx::query_as(sql).bind(node).bind(now).bind(limit).fetch_all(connection).await)
}

/// Takes what [`due`] found in the same unit of work.
pub async fn take(tx: &mut Tx, node: NodeId, claimed: Claimed) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(TAKE).bind(claimed.id).bind(node).bind(claimed.token).execute(connection).await.map(drop))
}

/// Nothing is sent on it until then. Nothing happens where another node has taken it over.
pub async fn rest(tx: &mut Tx, claimed: Claimed, until: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(REST).bind(claimed.id).bind(claimed.token).bind(until).execute(connection).await.map(drop))
}

/// Nothing happens where another node has taken it over.
pub async fn let_go(tx: &mut Tx, claimed: Claimed) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(LET_GO).bind(claimed.id).bind(claimed.token).execute(connection).await.map(drop))
}

/// Answers its name; none when it is disabled already, is another version by now, or another node has taken it over.
pub async fn disable(tx: &mut Tx, claimed: Claimed, version: i64, now: Timestamp, reason: &str) -> StoreResult<Option<String>> {
    on_tx!(tx, |connection| sqlx::query_scalar(DISABLE)
        .bind(claimed.id)
        .bind(claimed.token)
        .bind(now)
        .bind(reason)
        .bind(version)
        .fetch_optional(connection)
        .await)
}
