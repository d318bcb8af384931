//! Addresses of calendars in table `on_call_schedules`: a secret each, kept as a hash.

use super::{Db, StoreResult, TeamTx, affected_one, hash_token};
use crate::{on_db, on_tx};
use domain::ids::{ScheduleId, TeamId};

const SET: &str = "update on_call_schedules set calendar_hash = $3 where team_id = $1 and id = $2";
const BY_TOKEN: &str = "select team_id, id from on_call_schedules where calendar_hash = $1";

/// In place of an earlier one; none takes it back. False when there is no such schedule.
pub async fn set(tx: &mut TeamTx, id: ScheduleId, token: Option<&str>) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(SET).bind(team).bind(id).bind(token.map(hash_token)).execute(connection).await.map(affected_one))
}

/// The schedule, and the team that it belongs to.
pub async fn by_token(db: &Db, token: &str) -> StoreResult<Option<(TeamId, ScheduleId)>> {
    on_db!(db, |pool| sqlx::query_as(BY_TOKEN).bind(hash_token(token)).fetch_optional(pool).await)
}
