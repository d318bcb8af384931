//! Table `silences`.

use super::{Db, StoreResult, TeamDb, TeamTx, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    ids::{SilenceId, TeamId},
    matchers::Matchers,
    silence::Silence,
    time::Timestamp,
    token_limits::TokenLimits,
};

const LATEST: &str = "select id, connection_id, tag, environment, reason, created_by, created_at, ends_at from silences s where team_id = $1
    and ($3 is null or $3 like '%,' || s.environment || ',%' or exists
        (select 1 from service_connection_profiles p where p.id = s.connection_id and $3 like '%,' || p.environment || ',%'))
    order by ends_at desc, id desc limit $2";
const INSERT: &str = "insert into silences (id, team_id, connection_id, tag, environment, reason, created_by, created_at, ends_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const END: &str = "update silences set ends_at = $3 where team_id = $1 and id = $2 and ends_at > $3";
const ON: &str = "select team_id, connection_id, tag, environment from silences where ends_at > $1";
const ON_IN_TEAM: &str = "select connection_id, tag, environment from silences where team_id = $1 and ends_at > $2";

/// What a silence is about, and whose it is.
#[derive(sqlx::FromRow)]
pub struct OfTeam {
    pub team_id: TeamId,
    #[sqlx(flatten)]
    pub matchers: Matchers,
}

/// Those that `limits` cover, that which ends last first.
pub async fn latest(db: &TeamDb, limits: &TokenLimits, limit: i64) -> StoreResult<Vec<Silence>> {
    on_db!(db, |pool| sqlx::query_as(LATEST).bind(db.team()).bind(limit).bind(limits.environment_names()).fetch_all(pool).await)
}

pub async fn insert(tx: &mut TeamTx, silence: &Silence) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(silence.id)
        .bind(team)
        .bind(silence.matchers.connection_id)
        .bind(&silence.matchers.tag)
        .bind(silence.matchers.environment)
        .bind(&silence.reason)
        .bind(&silence.created_by)
        .bind(silence.created_at)
        .bind(silence.ends_at)
        .execute(connection)
        .await
        .map(drop))
}

/// False when there is none, or it is over.
pub async fn end(tx: &mut TeamTx, id: SilenceId, now: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(END).bind(team).bind(id).bind(now).execute(connection).await.map(affected_one))
}

/// What is silenced at `now`, of every team.
pub async fn on(db: &Db, now: Timestamp) -> StoreResult<Vec<OfTeam>> {
    on_db!(db, |pool| sqlx::query_as(ON).bind(now).fetch_all(pool).await)
}

/// What is silenced at `now` in a team.
pub async fn on_in_team(tx: &mut Tx, team: TeamId, now: Timestamp) -> StoreResult<Vec<Matchers>> {
    on_tx!(tx, |connection| sqlx::query_as(ON_IN_TEAM).bind(team).bind(now).fetch_all(connection).await)
}
