//! Table `severity_policies`: one row a team, and none for a team that has the default.

use sqlx::types::Json;

use super::{StoreResult, TeamDb, TeamTx, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{ids::TeamId, severity_policy::SeverityPolicy, time::Timestamp};

const GET: &str = "select version, body from severity_policies where team_id = $1";
const INSERT: &str = "insert into severity_policies (team_id, version, body, updated_at) values ($1, $4 + 1, $2, $3) on conflict do nothing";
const UPDATE: &str = "update severity_policies set body = $2, updated_at = $3, version = version + 1 where team_id = $1 and version = $4";

type Row = (i64, Json<SeverityPolicy>);

/// With its version, which is 0 for the default.
pub async fn get(db: &TeamDb) -> StoreResult<(i64, SeverityPolicy)> {
    let row: Option<Row> = on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).fetch_optional(pool).await)?;
    Ok(read(row))
}

/// The same, in a unit of work.
pub async fn get_in(tx: &mut Tx, team: TeamId) -> StoreResult<(i64, SeverityPolicy)> {
    let row: Option<Row> = on_tx!(tx, |connection| sqlx::query_as(GET).bind(team).fetch_optional(connection).await)?;
    Ok(read(row))
}

/// False when `version` is not the current one.
pub async fn put(tx: &mut TeamTx, policy: &SeverityPolicy, version: i64, now: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    let sql = if version == 0 { INSERT } else { UPDATE };
    on_tx!(tx, |connection| sqlx::query(sql).bind(team).bind(Json(policy)).bind(now).bind(version).execute(connection).await.map(affected_one))
}

fn read(row: Option<Row>) -> (i64, SeverityPolicy) {
    row.map_or_else(Default::default, |(version, Json(policy))| (version, policy))
}
