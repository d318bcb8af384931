//! Table `notifications`.

use super::{Db, StoreResult, TeamDb, TeamTx, Tx, affected_one};
use crate::{on_db, on_tx};
use domain::{
    ids::{NotificationId, TeamId},
    notification::{Notification, Waiting},
    time::Timestamp,
};

/// What a notification is read by.
macro_rules! columns {
    () => {
        "id, severity, title, body, run_id, incident_id, created_at, read_at"
    };
}

const LATEST: &str = concat!(
    "select ",
    columns!(),
    " from notifications where team_id = $1 and ($2 is null or (created_at, id) < ($2, $3))
    order by created_at desc, id desc limit $4"
);
const LATEST_UNREAD: &str =
    concat!("select ", columns!(), " from notifications where team_id = $1 and read_at is null order by created_at desc, id desc limit $2");
const UNREAD: &str = "select count(*) from notifications where team_id = $1 and read_at is null";
const WAITING: &str = "select (select count(*) from incidents where team_id = $1 and status = 'open') as open_incidents,
    (select count(*) from notifications where team_id = $1 and read_at is null) as unread";
const SINCE: &str = concat!("select team_id, ", columns!(), " from notifications where created_at >= $1");
const INSERT: &str = "insert into notifications (id, team_id, severity, title, body, run_id, incident_id, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";
const MARK_READ: &str = "update notifications set read_at = coalesce(read_at, $3) where team_id = $1 and id = $2";
const MARK_ALL_READ: &str = "update notifications set read_at = $2 where team_id = $1 and read_at is null";

/// The newest first, beginning after the one of that moment and id.
pub async fn latest(db: &TeamDb, after: Option<(Timestamp, NotificationId)>, limit: i64) -> StoreResult<Vec<Notification>> {
    on_db!(db, |pool| sqlx::query_as(LATEST).bind(db.team()).bind(after.map(|(at, _)| at)).bind(after.map(|(_, id)| id)).bind(limit).fetch_all(pool).await)
}

/// The newest first.
pub async fn latest_unread(db: &TeamDb, limit: i64) -> StoreResult<Vec<Notification>> {
    on_db!(db, |pool| sqlx::query_as(LATEST_UNREAD).bind(db.team()).bind(limit).fetch_all(pool).await)
}

pub async fn unread(db: &TeamDb) -> StoreResult<i64> {
    on_db!(db, |pool| sqlx::query_scalar(UNREAD).bind(db.team()).fetch_one(pool).await)
}

pub async fn waiting(db: &TeamDb) -> StoreResult<Waiting> {
    on_db!(db, |pool| sqlx::query_as(WAITING).bind(db.team()).fetch_one(pool).await)
}

#[derive(sqlx::FromRow)]
struct OfTeam {
    team_id: TeamId,
    #[sqlx(flatten)]
    notification: Notification,
}

/// Of every team, made at `since` or later.
pub async fn since(db: &Db, since: Timestamp) -> StoreResult<Vec<(TeamId, Notification)>> {
    let found: Vec<OfTeam> = on_db!(db, |pool| sqlx::query_as(SINCE).bind(since).fetch_all(pool).await)?;
    Ok(found.into_iter().map(|row| (row.team_id, row.notification)).collect())
}

pub async fn insert(tx: &mut Tx, team: TeamId, notification: &Notification) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(notification.id)
        .bind(team)
        .bind(notification.severity)
        .bind(&notification.title)
        .bind(&notification.body)
        .bind(notification.run_id)
        .bind(notification.incident_id)
        .bind(notification.created_at)
        .execute(connection)
        .await
        .map(drop))
}

/// False when there is no such notification. The first reading counts.
pub async fn mark_read(tx: &mut TeamTx, id: NotificationId, now: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(MARK_READ).bind(team).bind(id).bind(now).execute(connection).await.map(affected_one))
}

pub async fn mark_all_read(tx: &mut TeamTx, now: Timestamp) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(MARK_ALL_READ).bind(team).bind(now).execute(connection).await.map(drop))
}
