//! Table `notifications`.

use sqlx::types::Uuid;

use super::{Db, StoreResult, TeamDb, TeamTx, Tx};
use crate::{on_db, on_tx};
use domain::{
    ids::{NotificationId, TeamId},
    notification::{Notification, Waiting},
    operator::Who,
    time::Timestamp,
};

/// Up to when all counts as read for the reader `$2` of the team `$1`; the beginning of all for one who has no place there.
macro_rules! read_until {
    () => {
        "coalesce((select m.read_until from memberships m where m.team_id = $1 and m.operator_id = $2),
            (select t.read_until from api_tokens t where t.team_id = $1 and t.id = $2), '1970-01-01T00:00:00Z')"
    };
}

/// The notifications `n` of the team `$1` that the reader `$2` has not read.
macro_rules! unread {
    () => {
        concat!(
            "n.team_id = $1 and n.created_at > ",
            read_until!(),
            " and not exists (select 1 from notification_marks k where k.reader_id = $2 and k.notification_id = n.id)"
        )
    };
}

/// What a notification `n` is read by, all but when.
macro_rules! columns {
    () => {
        "n.id, n.severity, n.title, n.body, n.run_id, n.incident_id, n.created_at"
    };
}

const LATEST: &str = concat!(
    "select ",
    columns!(),
    ", coalesce((select k.read_at from notification_marks k where k.reader_id = $2 and k.notification_id = n.id),
        case when n.created_at <= ",
    read_until!(),
    " then ",
    read_until!(),
    " end) as read_at from notifications n where n.team_id = $1 and ($3 is null or (n.created_at, n.id) < ($3, $4))
    order by n.created_at desc, n.id desc limit $5"
);
const LATEST_UNREAD: &str =
    concat!("select ", columns!(), ", null as read_at from notifications n where ", unread!(), " order by n.created_at desc, n.id desc limit $3");
const UNREAD: &str = concat!("select count(*) from notifications n where ", unread!());
const WAITING: &str = concat!(
    "select (select count(*) from incidents where team_id = $1 and status = 'open' and merged_into is null) as open_incidents,
    (select count(*) from notifications n where ",
    unread!(),
    ") as unread"
);
const SINCE: &str = concat!("select n.team_id, ", columns!(), ", null as read_at from notifications n where n.created_at >= $1");
const INSERT: &str = "insert into notifications (id, team_id, severity, title, body, run_id, incident_id, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";
const EXISTS: &str = "select exists (select 1 from notifications where team_id = $1 and id = $2)";
const MARK_READ: &str = concat!(
    "insert into notification_marks (reader_id, notification_id, team_id, created_at, read_at)
    select $2, n.id, n.team_id, n.created_at, $4 from notifications n where ",
    unread!(),
    " and n.id = $3 on conflict do nothing"
);
const MARK_ALL_READ: &str = concat!(
    "insert into notification_marks (reader_id, notification_id, team_id, created_at, read_at)
    select $2, n.id, n.team_id, n.created_at, $3 from notifications n where ",
    unread!(),
    " on conflict do nothing"
);
const OPERATOR_READ_UNTIL: &str = "update memberships set read_until = $3 where team_id = $1 and operator_id = $2 and (read_until is null or read_until < $3)";
const TOKEN_READ_UNTIL: &str = "update api_tokens set read_until = $3 where team_id = $1 and id = $2 and (read_until is null or read_until < $3)";
const FORGET_MARKS: &str = "delete from notification_marks where team_id = $1 and reader_id = $2 and created_at <= $3";

/// Whose marks they are; everybody with a shell on the server is one reader.
const fn reader(who: Who) -> Uuid {
    match who {
        Who::Operator(id) => id.as_uuid(),
        Who::Token(id) => id.as_uuid(),
        Who::CommandLine => Uuid::nil(),
    }
}

/// The newest first, beginning after the one of that moment and id, with when `who` has read each.
pub async fn latest(db: &TeamDb, who: Who, after: Option<(Timestamp, NotificationId)>, limit: i64) -> StoreResult<Vec<Notification>> {
    on_db!(db, |pool| sqlx::query_as(LATEST)
        .bind(db.team())
        .bind(reader(who))
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id))
        .bind(limit)
        .fetch_all(pool)
        .await)
}

/// The newest first.
pub async fn latest_unread(db: &TeamDb, who: Who, limit: i64) -> StoreResult<Vec<Notification>> {
    on_db!(db, |pool| sqlx::query_as(LATEST_UNREAD).bind(db.team()).bind(reader(who)).bind(limit).fetch_all(pool).await)
}

pub async fn unread(db: &TeamDb, who: Who) -> StoreResult<i64> {
    on_db!(db, |pool| sqlx::query_scalar(UNREAD).bind(db.team()).bind(reader(who)).fetch_one(pool).await)
}

pub async fn waiting(db: &TeamDb, who: Who) -> StoreResult<Waiting> {
    on_db!(db, |pool| sqlx::query_as(WAITING).bind(db.team()).bind(reader(who)).fetch_one(pool).await)
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
pub async fn mark_read(tx: &mut TeamTx, who: Who, id: NotificationId, now: Timestamp) -> StoreResult<bool> {
    let team = tx.team();
    let exists: bool = on_tx!(tx, |connection| sqlx::query_scalar(EXISTS).bind(team).bind(id).fetch_one(connection).await)?;
    if exists {
        on_tx!(tx, |connection| sqlx::query(MARK_READ).bind(team).bind(reader(who)).bind(id).bind(now).execute(connection).await.map(drop))?;
    }
    Ok(exists)
}

/// All that is there, of which what was made up to `settled` takes no marks: nothing older can still appear.
pub async fn mark_all_read(tx: &mut TeamTx, who: Who, now: Timestamp, settled: Timestamp) -> StoreResult<()> {
    let (team, reader) = (tx.team(), reader(who));
    let read_until = match who {
        Who::Operator(_) => Some(OPERATOR_READ_UNTIL),
        Who::Token(_) => Some(TOKEN_READ_UNTIL),
        Who::CommandLine => None,
    };
    if let Some(sql) = read_until {
        on_tx!(tx, |connection| sqlx::query(sql).bind(team).bind(reader).bind(settled).execute(connection).await.map(drop))?;
        on_tx!(tx, |connection| sqlx::query(FORGET_MARKS).bind(team).bind(reader).bind(settled).execute(connection).await.map(drop))?;
    }
    on_tx!(tx, |connection| sqlx::query(MARK_ALL_READ).bind(team).bind(reader).bind(now).execute(connection).await.map(drop))
}
