//! Tables `deliveries` and `delivery_incidents`: what is told of an incident, on each channel that wants to hear of it.
//!
//! An incident joins the message of its group that still waits to be written; without one, a message is begun. A message is written when it is first
//! sent, and from then on sealed: sent again, it is the same.

use sqlx::{Encode, Type};
use sqlx_postgres::Postgres;
use sqlx_sqlite::Sqlite;

use crate::{Db, StoreResult, Tx, notification_channels::Claimed, on_db, on_tx};
use domain::{
    channel::Digest,
    delivery::DeliveryReason,
    environment::Environment,
    ids::{ChannelId, DeliveryId, IncidentId, TeamId},
    severity::IncidentSeverity,
    time::Timestamp,
};

/// The incident `$2` of the team `$1`, beside its connection, and the team's channels.
macro_rules! incident_and_channels {
    () => {
        "from incidents i join notification_channels c on c.team_id = i.team_id left join service_connection_profiles p on p.id = i.connection_id"
    };
}

/// Those that want to hear of `$3`, unless their digest, one of `$digests`, takes it up. Whoever was told that it began is told how it goes on, whether it is held
/// back by now or not, and of its end whatever became of the channel meanwhile.
macro_rules! wanting {
    ($digests:literal) => {
        concat!(
            "(c.disabled_at is null and i.held_back is null and ",
            $digests,
            " not like '%,' || c.digest || ',%' and cast(c.severities as text) like '%\"' || i.severity || '\"%'
            and (c.environments is null or coalesce(p.environment, i.declared_in) is null or cast(c.environments as text) like '%\"' || coalesce(p.environment, i.declared_in) || '\"%')
            or ($3 in ('acknowledged', 'recovered') or $3 in ('reminder', 'overdue') and c.disabled_at is null)
            and exists (select 1 from delivery_incidents m join deliveries told on told.id = m.delivery_id
                where m.incident_id = i.id and told.channel_id = c.id))"
        )
    };
}

/// One, whatever it wants to hear of.
macro_rules! one {
    ($channel:literal) => {
        concat!("c.id = ", $channel, " and c.disabled_at is null")
    };
}

/// It is in no message of this reason that waits there. SQLite begins with the incident where `cross` says so, and else looks through the channel.
macro_rules! in_none_that_waits {
    () => {
        " and not exists (select 1 from delivery_incidents m cross join deliveries d where d.id = m.delivery_id and m.incident_id = i.id
            and d.channel_id = c.id and d.reason = $3 and d.status = 'waiting' and d.sealed_at is null)"
    };
}

/// Joins the first that waits, for two nodes may have begun one each. PostgreSQL keeps it from being sealed until the end of the unit of work.
macro_rules! join {
    ($which:expr, $lock:literal) => {
        concat!(
            "insert into delivery_incidents (delivery_id, incident_id, team_id, severity, summary, connection_name, environment, opened_at)
            select d.id, i.id, i.team_id, i.severity, i.summary, p.name, coalesce(p.environment, i.declared_in), i.opened_at ",
            incident_and_channels!(),
            " join deliveries d on d.channel_id = c.id and d.group_id = coalesce(i.group_id, i.id) and d.reason = $3 and d.status = 'waiting'
                and d.sealed_at is null and d.actor is not distinct from $4
                and not exists (select 1 from deliveries earlier where earlier.channel_id = d.channel_id and earlier.group_id = d.group_id
                    and earlier.reason = $3 and earlier.status = 'waiting' and earlier.sealed_at is null and earlier.actor is not distinct from $4
                    and earlier.key < d.key)
            where i.team_id = $1 and i.id = $2 and ",
            $which,
            in_none_that_waits!(),
            $lock,
            " on conflict do nothing"
        )
    };
}

/// Begins a message where the incident is in none that waits. `$8` begins the ids, so that they sort by time as others do.
macro_rules! begin {
    ($which:expr, $id:literal, $lock:literal) => {
        concat!(
            "insert into deliveries (id, team_id, channel_id, incident_id, group_id, reason, status, waits_since, created_at,
                severity, summary, connection_name, environment, opened_at, actor, detail, next_attempt_at)
            select ",
            $id,
            ", i.team_id, c.id, i.id, coalesce(i.group_id, i.id), $3, 'waiting', $5, $5, i.severity, i.summary, p.name, coalesce(p.environment, i.declared_in), i.opened_at, $4, $6,
                case when exists (select 1 from deliveries d where d.group_id = coalesce(i.group_id, i.id) and d.channel_id = c.id and d.reason = $3
                    and coalesce(d.sealed_at, d.created_at) > $7
                    and not exists (select 1 from delivery_incidents m where m.delivery_id = d.id and m.incident_id = i.id)) then $9 else $10 end ",
            incident_and_channels!(),
            " where i.team_id = $1 and i.id = $2 and ",
            $which,
            in_none_that_waits!(),
            $lock
        )
    };
}

macro_rules! begin_on_sqlite {
    ($which:expr) => {
        begin!($which, "unhex($8 || '8' || substr(hex(randomblob(8)), 2))", "")
    };
}

macro_rules! begin_on_postgres {
    ($which:expr) => {
        begin!($which, "cast($8 || '8' || right(replace(cast(gen_random_uuid() as text), '-', ''), 15) as uuid)", " for key share of c")
    };
}

/// Joins, then begins.
type Statements = [&'static str; 2];

const WANTING_SQLITE: Statements = [join!(wanting!("$5"), ""), begin_on_sqlite!(wanting!("$11"))];
const WANTING_POSTGRES: Statements = [join!(wanting!("$5"), " for share of d"), begin_on_postgres!(wanting!("$11"))];
const ONE_SQLITE: Statements = [join!(one!("$5"), ""), begin_on_sqlite!(one!("$11"))];
const ONE_POSTGRES: Statements = [join!(one!("$5"), " for share of d"), begin_on_postgres!(one!("$11"))];
/// The incident of each message that was begun about it. Its team is asked of it alone: SQLite would look through the messages of the team.
const FIRST: &str = "insert into delivery_incidents (delivery_id, incident_id, team_id, severity, summary, connection_name, environment, opened_at)
    select d.id, d.incident_id, d.team_id, d.severity, d.summary, d.connection_name, d.environment, d.opened_at from deliveries d
    where d.incident_id = $2 and exists (select 1 from incidents i where i.id = $2 and i.team_id = $1)
    and not exists (select 1 from delivery_incidents m where m.delivery_id = d.id)";
/// Nothing is left that it could wait for.
const HURRY: &str = "update deliveries set next_attempt_at = $3
    where group_id = (select coalesce(group_id, id) from incidents where team_id = $1 and id = $2) and team_id = $1 and reason = 'recovered'
    and status = 'waiting' and sealed_at is null and next_attempt_at > $3";
/// What presses somebody to act, about incidents that all have somebody by now.
const WITHDRAW: &str = "delete from deliveries where id in (select d.id from delivery_incidents m join incidents i on i.id = m.incident_id
        cross join deliveries d where m.incident_id = $2 and i.team_id = $1 and d.id = m.delivery_id and d.status = 'waiting' and d.sealed_at is null
        and d.next_attempt_at > $3 and d.reason in ('escalated', 'overdue', 'reminder'))
    and not exists (select 1 from delivery_incidents m join incidents i on i.id = m.incident_id where m.delivery_id = deliveries.id and i.status = 'open')";
const SEAL: &str = "update deliveries set sealed_at = $3,
        still_down = (select count(*) from incidents i where i.group_id = deliveries.group_id and i.team_id = deliveries.team_id and i.status <> 'resolved'
            and exists (select 1 from delivery_incidents m join deliveries told on told.id = m.delivery_id
                where m.incident_id = i.id and told.channel_id = deliveries.channel_id))
    where id = $1 and sealed_at is null and exists (select 1 from notification_channels c where c.id = deliveries.channel_id and c.token = $2)
    returning still_down";
const MEMBERS: &str = "select incident_id, severity, summary, connection_name, environment, opened_at from delivery_incidents
    where delivery_id = $1 order by opened_at, incident_id";

/// What is told.
#[derive(Clone, Copy, Debug)]
pub struct Announcement<'a> {
    pub reason: DeliveryReason,
    pub now: Timestamp,
    /// Who did it; absent for the console.
    pub by: Option<&'a str>,
    /// What they or the console said besides.
    pub detail: &'a str,
    /// Whatever was told since then was told lately.
    pub lately: Timestamp,
    /// When it is sent to whoever has been told the same of others of the group lately, and to everybody else.
    pub sent_from: [Timestamp; 2],
}

/// One of the incidents that a message is about, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Member {
    pub incident_id: IncidentId,
    pub severity: IncidentSeverity,
    pub summary: String,
    pub connection_name: Option<String>,
    pub environment: Option<Environment>,
    pub opened_at: Timestamp,
}

/// Writes it for each channel of the team that wants to hear of the incident and has no digest among `digests`.
pub async fn to_channels(tx: &mut Tx, team: TeamId, incident: IncidentId, told: Announcement<'_>, digests: &[Digest]) -> StoreResult<()> {
    let names = digests.iter().fold(",".to_owned(), |names, digest| names + digest.into() + ",");
    let statements = if tx.is_embedded() { WANTING_SQLITE } else { WANTING_POSTGRES };
    write(tx, statements, team, incident, told, &*names).await
}

/// Writes it for one channel, whatever that wants to hear of.
pub async fn to_channel(tx: &mut Tx, team: TeamId, incident: IncidentId, told: Announcement<'_>, channel: ChannelId) -> StoreResult<()> {
    let statements = if tx.is_embedded() { ONE_SQLITE } else { ONE_POSTGRES };
    write(tx, statements, team, incident, told, channel).await
}

async fn write<W>(tx: &mut Tx, [join, begin]: Statements, team: TeamId, incident: IncidentId, told: Announcement<'_>, which: W) -> StoreResult<()>
where
    W: Copy + for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send,
{
    let beginning = DeliveryId::new().as_uuid().simple().to_string();
    let Announcement { reason, now, by, detail, lately, sent_from: [later, first] } = told;
    on_tx!(tx, |connection| {
        sqlx::query(join).bind(team).bind(incident).bind(reason).bind(by).bind(which).execute(&mut *connection).await?;
        sqlx::query(begin)
            .bind(team)
            .bind(incident)
            .bind(reason)
            .bind(by)
            .bind(now)
            .bind(detail)
            .bind(lately)
            .bind(&beginning[..16])
            .bind(later)
            .bind(first)
            .bind(which)
            .execute(&mut *connection)
            .await?;
        sqlx::query(FIRST).bind(team).bind(incident).execute(connection).await.map(drop)
    })
}

/// Takes back what is held and would press somebody to act on an incident that somebody has taken on, or that is over.
pub async fn withdraw(tx: &mut Tx, team: TeamId, incident: IncidentId, now: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(WITHDRAW).bind(team).bind(incident).bind(now).execute(connection).await.map(drop))
}

/// Sends at once what was waiting for others to recover.
pub async fn hurry(tx: &mut Tx, team: TeamId, incident: IncidentId, now: Timestamp) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(HURRY).bind(team).bind(incident).bind(now).execute(connection).await.map(drop))
}

/// Closes a message to further incidents, and counts what its channel was told of that group and is not over. None when it is sealed, or another node has its channel.
pub async fn seal(tx: &mut Tx, claimed: Claimed, id: DeliveryId, now: Timestamp) -> StoreResult<Option<i64>> {
    on_tx!(tx, |connection| sqlx::query_scalar(SEAL).bind(id).bind(claimed.token).bind(now).fetch_optional(connection).await)
}

/// The oldest first.
pub async fn members(db: &Db, id: DeliveryId) -> StoreResult<Vec<Member>> {
    on_db!(db, |pool| sqlx::query_as(MEMBERS).bind(id).fetch_all(pool).await)
}

#[cfg(test)]
mod tests {
    use sqlx::AssertSqlSafe;

    use super::*;
    use crate::{db::Pool, schema};

    /// Ten thousand may wait there, and more were sent.
    #[tokio::test]
    async fn one_incident_is_told_without_a_look_through_the_messages_of_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("switchboard.db").display());
        let db = Db::open(&url.into()).await.expect("a database");
        schema::migrate(&db).await.expect("tables");
        let Pool::Sqlite(pool) = &db.writer else { panic!("not SQLite") };
        for sql in WANTING_SQLITE.into_iter().chain(ONE_SQLITE).chain([FIRST, HURRY, WITHDRAW]) {
            let plan = sqlx::query_as::<_, (i64, i64, i64, String)>(AssertSqlSafe(format!("explain query plan {sql}"))).fetch_all(pool).await.expect("a plan");
            assert!(plan.iter().any(|(.., step)| step.starts_with("SEARCH")), "{plan:?}");
            for (.., step) in plan {
                let all = ["SCAN d", "deliveries_of_team", "deliveries_of_channel", "deliveries_due", "deliveries_waiting"];
                assert!(!all.iter().any(|all| step.contains(all)), "{step}: {sql}");
            }
        }
    }
}
