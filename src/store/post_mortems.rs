//! Table `post_mortems`: what people wrote of an incident. A draft that nobody has saved has no row.

use super::{StoreResult, TeamDb, TeamTx, affected_one};
use crate::{on_db, on_tx};
use domain::{ids::IncidentId, post_mortem::Sections, time::Timestamp};

const GET: &str = "select version, impact, detection, response, root_cause, updated_by, updated_at from post_mortems where team_id = $1 and incident_id = $2";
const INSERT: &str = "insert into post_mortems (incident_id, team_id, version, impact, detection, response, root_cause, updated_by, updated_at)
    values ($2, $1, 1, $3, $4, $5, $6, $7, $8) on conflict do nothing";
const UPDATE: &str =
    "update post_mortems set version = version + 1, impact = $3, detection = $4, response = $5, root_cause = $6, updated_by = $7, updated_at = $8
    where team_id = $1 and incident_id = $2 and version = $9";

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Written {
    pub version: i64,
    #[sqlx(flatten)]
    pub sections: Sections,
    pub updated_by: String,
    pub updated_at: Timestamp,
}

pub async fn get(db: &TeamDb, incident: IncidentId) -> StoreResult<Option<Written>> {
    on_db!(db, |pool| sqlx::query_as(GET).bind(db.team()).bind(incident).fetch_optional(pool).await)
}

/// Writes over `version`, 0 where nothing was saved before. False when that is not the current one.
pub async fn save(tx: &mut TeamTx, incident: IncidentId, version: i64, sections: &Sections, by: &str, at: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| {
        let query = sqlx::query(if version == 0 { INSERT } else { UPDATE })
            .bind(team)
            .bind(incident)
            .bind(&sections.impact)
            .bind(&sections.detection)
            .bind(&sections.response)
            .bind(&sections.root_cause)
            .bind(by)
            .bind(at);
        let query = if version == 0 { query } else { query.bind(version) };
        query.execute(connection).await.map(affected_one)
    })
}
