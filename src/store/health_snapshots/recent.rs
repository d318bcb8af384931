//! Table `service_health_snapshots`: what changed lately, of every team.

use super::Row;
use crate::{Db, StoreResult, on_db};
use domain::{
    health::HealthSnapshot,
    heartbeat::Slot,
    ids::{ProfileId, TeamId},
};

const SINCE: &str = concat!("select s.team_id, s.connection_id, ", columns!(), ", s.open_incident_id from service_health_snapshots s where s.last_slot >= $1");

#[derive(sqlx::FromRow)]
struct Owned {
    team_id: TeamId,
    connection_id: ProfileId,
    #[sqlx(flatten)]
    row: Row,
}

/// A snapshot and whose it is.
pub struct Recent {
    pub team: TeamId,
    pub connection: ProfileId,
    pub key: i32,
    pub snapshot: HealthSnapshot,
}

/// Of connections whose last slot was due at `since` or later.
pub async fn since(db: &Db, since: Slot) -> StoreResult<Vec<Recent>> {
    let rows: Vec<Owned> = on_db!(db, |pool| sqlx::query_as(SINCE).bind(since).fetch_all(pool).await)?;
    let recent = |Owned { team_id, connection_id, row }| {
        let (key, snapshot) = row.into();
        Recent { team: team_id, connection: connection_id, key, snapshot }
    };
    Ok(rows.into_iter().map(recent).collect())
}
