//! Table `log_lines`: what the log of each node said under correlation IDs, for the others.

use sqlx::types::Json;

use super::{StoreResult, TeamDb, Tx, bulk::Bulk};
use crate::{on_db, on_tx};
use domain::{
    correlation_id::CorrelationId,
    error_event::LogLine,
    ids::{Id, TeamId},
    time::Timestamp,
};

const INSERT: Bulk = Bulk {
    sqlite: "insert into log_lines (id, team_id, correlation_id, lines, at)
        select unhex(r.value ->> 0), unhex(r.value ->> 1), r.value ->> 2, r.value ->> 3, $2 from json_each($1) r",
    postgres: "insert into log_lines (id, team_id, correlation_id, lines, at)
        select (r.value ->> 0)::uuid, (r.value ->> 1)::uuid, r.value ->> 2, (r.value ->> 3)::jsonb, $2 from jsonb_array_elements($1) r",
};
const UNDER: &str = "select lines from log_lines where correlation_id = $2 and (team_id = $1 or team_id is null) order by id desc limit $3";

/// Lines under one ID, and whose they are; absent where nobody was signed in.
#[derive(Clone, Debug)]
pub struct Said {
    pub correlation_id: String,
    pub team: Option<TeamId>,
    pub lines: Vec<LogLine>,
}

pub async fn insert(tx: &mut Tx, said: &[Said], at: Timestamp) -> StoreResult<()> {
    let hex = |team: TeamId| team.as_uuid().simple().to_string();
    let row = |said: &Said| (Id::<Said>::new().as_uuid().simple().to_string(), said.team.map(hex), said.correlation_id.clone(), said.lines.clone());
    let rows: Vec<_> = said.iter().map(row).collect();
    let sql = INSERT.on(tx);
    on_tx!(tx, |connection| sqlx::query(sql).bind(Json(&rows)).bind(at).execute(connection).await.map(drop))
}

/// For the team or for nobody, of the newest `limit` times that a node wrote of the ID.
pub async fn under(db: &TeamDb, id: &CorrelationId, limit: i64) -> StoreResult<Vec<LogLine>> {
    let kept: Vec<Json<Vec<LogLine>>> = on_db!(db, |pool| sqlx::query_scalar(UNDER).bind(db.team()).bind(id).bind(limit).fetch_all(pool).await)?;
    Ok(kept.into_iter().flat_map(|Json(lines)| lines).collect())
}
