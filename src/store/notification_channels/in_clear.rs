//! Channels with a setting that is sealed by now: up to schema 0026 it was kept as it was entered.

use sqlx::types::Json;

use crate::{Db, StoreResult, TeamTx, affected_one, on_db, on_tx, profiles::SealedCredential};
use domain::{
    ids::{ChannelId, TeamId},
    profile::Settings,
};

/// A node that would not find it among the secrets.
macro_rules! older_node {
    (sqlite) => {
        "exists (select 1 from heartbeat_nodes where not opens_addresses and alive_until > cast(unixepoch('subsec') * 1000 as integer))"
    };
    (postgres) => {
        "exists (select 1 from heartbeat_nodes where not opens_addresses and alive_until > (extract(epoch from clock_timestamp()) * 1000)::bigint)"
    };
}

macro_rules! found {
    ($database:ident) => {
        concat!(
            "select id, team_id, version, settings, credential, credential_origin, credential_version from notification_channels
            where type = $1 and settings ->> $2 is not null and not ",
            older_node!($database),
            " and ($4 is null or id > $4) order by id limit $3"
        )
    };
}

const FOUND_SQLITE: &str = found!(sqlite);
const FOUND_POSTGRES: &str = found!(postgres);
const HELD_BACK_SQLITE: &str = concat!("select ", older_node!(sqlite));
const HELD_BACK_POSTGRES: &str = concat!("select ", older_node!(postgres));
/// Nobody has to send again what they are at: the version of what a person sees stays.
const SEAL: &str = "update notification_channels set settings = $3, credential = $4, credential_origin = $5, credential_version = $6
    where team_id = $1 and id = $2 and version = $7 and credential_version = $6 - 1";

/// A channel as it was found.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct InClear {
    pub id: ChannelId,
    pub team_id: TeamId,
    pub version: i64,
    #[sqlx(json)]
    pub settings: Settings,
    #[sqlx(flatten)]
    pub sealed: SealedCredential,
}

/// Whether a node lives that would not find it among the secrets.
pub async fn is_held_back(db: &Db) -> StoreResult<bool> {
    let sql = if db.is_embedded() { HELD_BACK_SQLITE } else { HELD_BACK_POSTGRES };
    on_db!(db, |pool| sqlx::query_scalar(sql).fetch_one(pool).await)
}

/// At most `limit` channels of a type, of any team, after `after`, that have the setting `name`; none while a node lives that would not find it among the secrets.
pub async fn find(db: &Db, kind: &str, name: &str, after: Option<ChannelId>, limit: i64) -> StoreResult<Vec<InClear>> {
    let sql = if db.is_embedded() { FOUND_SQLITE } else { FOUND_POSTGRES };
    on_db!(db, |pool| sqlx::query_as(sql).bind(kind).bind(name).bind(limit).bind(after).fetch_all(pool).await)
}

/// Writes `settings` without it, and the secrets with it, in the place of what was found. False when either was changed meanwhile.
pub async fn seal(tx: &mut TeamTx, found: &InClear, settings: &Settings, sealed: &SealedCredential) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(SEAL)
        .bind(team)
        .bind(found.id)
        .bind(Json(settings))
        .bind(sealed.credential.as_deref())
        .bind(&sealed.credential_origin)
        .bind(sealed.credential_version)
        .bind(found.version)
        .execute(connection)
        .await
        .map(affected_one))
}
