//! Table `request_hours`: how many requests the console answered in each hour, and how; of no team.

use super::{Db, StoreResult, Tx};
use crate::{on_db, on_tx};
use domain::{
    rate::{Answered, Steps},
    time::Timestamp,
};

const ADD: &str = "insert into request_hours (hour, answered, refused, failed) values ($1, $2, $3, $4)
    on conflict (hour) do update set answered = request_hours.answered + excluded.answered,
        refused = request_hours.refused + excluded.refused, failed = request_hours.failed + excluded.failed";

macro_rules! by_step {
    ($database:ident) => {
        concat!(
            "select ",
            crate::step_of!($database, "hour", "$2"),
            " as step, cast(sum(answered) as bigint) as answered, cast(sum(refused) as bigint) as refused, cast(sum(failed) as bigint) as failed
            from request_hours where hour >= $1 group by 1 order by 1"
        )
    };
}

const BY_STEP_SQLITE: &str = by_step!(sqlite);
const BY_STEP_POSTGRES: &str = by_step!(postgres);

#[derive(sqlx::FromRow)]
struct Row {
    step: i64,
    #[sqlx(flatten)]
    answered: Answered,
}

/// Counts them beside those of the same hour, whichever node answered those.
pub async fn add(tx: &mut Tx, hour: Timestamp, more: Answered) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(ADD).bind(hour).bind(more.answered).bind(more.refused).bind(more.failed).execute(connection).await.map(drop))
}

/// Since an hour, by the number of the step.
pub async fn by_step(db: &Db, since: Timestamp, steps: Steps) -> StoreResult<Vec<(i64, Answered)>> {
    let sql = if db.is_embedded() { BY_STEP_SQLITE } else { BY_STEP_POSTGRES };
    let rows: Vec<Row> = on_db!(db, |pool| sqlx::query_as(sql).bind(since).bind(steps.seconds()).fetch_all(pool).await)?;
    Ok(rows.into_iter().map(|row| (row.step, row.answered)).collect())
}
