//! Table `connection_changes`: who did what to a connection.

use super::{StoreResult, TeamDb, TeamTx};
use crate::{on_db, on_tx};
use domain::{
    ids::{Id, ProfileId},
    operator::Actor,
    profile::{ConnectionAct, ConnectionChange},
    time::Timestamp,
};

const OF_CONNECTION: &str = "select at, act, actor, version from connection_changes
    where team_id = $1 and connection_id = $2 order by at desc, id desc limit 50";
const INSERT: &str = "insert into connection_changes (id, team_id, connection_id, at, act, actor, version)
    values ($1, $2, $3, $4, $5, $6, $7)";

/// The latest 50.
pub async fn of_connection(db: &TeamDb, connection: ProfileId) -> StoreResult<Vec<ConnectionChange>> {
    on_db!(db, |pool| sqlx::query_as(OF_CONNECTION).bind(db.team()).bind(connection).fetch_all(pool).await)
}

pub async fn insert(tx: &mut TeamTx, actor: &Actor, connection: ProfileId, at: Timestamp, act: ConnectionAct, version: i64) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |database| sqlx::query(INSERT)
        .bind(Id::<ConnectionChange>::new())
        .bind(team)
        .bind(connection)
        .bind(at)
        .bind(act)
        .bind(&actor.name)
        .bind(version)
        .execute(database)
        .await
        .map(drop))
}
