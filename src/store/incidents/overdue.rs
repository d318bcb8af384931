//! Table `incidents`: of every team, those whose post-mortem is not complete and due soon, or late.

use crate::{Db, StoreResult, Tx, affected_one, on_db, on_tx};
use domain::{
    ids::{IncidentId, TeamId},
    time::Timestamp,
};

/// What is due before `$1` and was not told.
macro_rules! untold {
    ($told:literal) => {
        concat!(
            "select i.team_id, i.id, i.summary, i.declared_by, i.post_mortem_due_at as due_at, p.name as connection_name
            from incidents i left join service_connection_profiles p on p.id = i.connection_id
            where i.post_mortem_due_at is not null and i.post_mortem_at is null and i.post_mortem_due_at < $1 and i.merged_into is null and i.",
            $told,
            " is null order by i.post_mortem_due_at limit $2"
        )
    };
}

/// Whatever is late needs no reminder any more.
const SOON: &str = untold!("post_mortem_reminded_at");
const LATE: &str = untold!("post_mortem_late_at");
const REMINDED: &str = "update incidents set post_mortem_reminded_at = $3
    where team_id = $1 and id = $2 and post_mortem_at is null and post_mortem_reminded_at is null";
const TOLD_LATE: &str = "update incidents set post_mortem_late_at = $3, post_mortem_reminded_at = coalesce(post_mortem_reminded_at, $3)
    where team_id = $1 and id = $2 and post_mortem_at is null and post_mortem_late_at is null";

/// Which of the two is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueNotice {
    Soon,
    Late,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Due {
    pub team_id: TeamId,
    pub id: IncidentId,
    pub summary: String,
    pub declared_by: Option<String>,
    pub due_at: Timestamp,
    pub connection_name: Option<String>,
}

/// What is due before `before` and nobody was told of, the oldest first.
pub async fn unannounced(db: &Db, told: DueNotice, before: Timestamp, limit: i64) -> StoreResult<Vec<Due>> {
    let sql = match told {
        DueNotice::Soon => SOON,
        DueNotice::Late => LATE,
    };
    on_db!(db, |pool| sqlx::query_as(sql).bind(before).bind(limit).fetch_all(pool).await)
}

/// False when another node has told it, or it is complete by now.
pub async fn note(tx: &mut Tx, team: TeamId, id: IncidentId, told: DueNotice, at: Timestamp) -> StoreResult<bool> {
    let sql = match told {
        DueNotice::Soon => REMINDED,
        DueNotice::Late => TOLD_LATE,
    };
    on_tx!(tx, |connection| sqlx::query(sql).bind(team).bind(id).bind(at).execute(connection).await.map(affected_one))
}
