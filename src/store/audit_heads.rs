//! Table `audit_heads`: where the log of each team ends.

use super::{Db, StoreResult, TeamDb, Tx};
use crate::{on_db, on_tx};
use domain::ids::TeamId;

/// Where the head is gone although there are entries, the next one still gets a number of its own.
const NEXT: &str = "insert into audit_heads (team_id, sequence)
    values ($1, coalesce((select max(sequence) from audit_entries where team_id = $1), 0) + 1)
    on conflict (team_id) do update set sequence = audit_heads.sequence + 1 returning sequence, key_id, mac, seal";
const MOVE: &str = "update audit_heads set key_id = $2, mac = $3, seal = $4 where team_id = $1";
const GET: &str = "select sequence, key_id, mac, seal from audit_heads where team_id = $1";
const ALL: &str = "select team_id, sequence, key_id, mac, seal from audit_heads order by team_id";

/// The last entry. Sealed under the key that it names.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditHead {
    pub sequence: i64,
    pub key_id: Option<String>,
    pub mac: Option<Vec<u8>>,
    pub seal: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TeamHead {
    pub team_id: TeamId,
    #[sqlx(flatten)]
    pub head: AuditHead,
}

/// The number of the next entry, beside the MAC and the seal of the last one. Whoever asks holds the head until their unit of work ends, so that
/// of two nodes one waits.
pub async fn next(tx: &mut Tx, team: TeamId) -> StoreResult<AuditHead> {
    on_tx!(tx, |connection| sqlx::query_as(NEXT).bind(team).fetch_one(connection).await)
}

/// Makes the entry that [`next`] gave the number for the last one.
pub async fn seal(tx: &mut Tx, team: TeamId, key_id: &str, mac: &[u8], seal: &[u8]) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(MOVE).bind(team).bind(key_id).bind(mac).bind(seal).execute(connection).await.map(drop))
}

pub async fn get(db: &TeamDb) -> StoreResult<Option<AuditHead>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).fetch_optional(pool).await)
}

pub async fn all(db: &Db) -> StoreResult<Vec<TeamHead>> {
    on_db!(db, |pool| sqlx::query_as(ALL).fetch_all(pool).await)
}
