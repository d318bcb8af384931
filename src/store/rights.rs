//! Whose rows a unit of work may touch, which PostgreSQL holds it to: each begins by taking one of two roles (`migrations/postgres/0012…`).
//!
//! Nothing of it outlives the transaction, so it works through a pooler that lends a connection for each.

use sqlx::{AssertSqlSafe, PgPool, SqlSafeStr, SqlStr};

use super::{StoreError, StoreResult};
use domain::ids::TeamId;

/// Whose rows.
#[derive(Clone, Copy, Debug)]
pub enum Rights {
    Team(TeamId),
    /// Every team's.
    Spanning,
}

/// Makes what is missing of the two roles, and grants them to whoever asks, so that it can take them. They belong to the whole cluster, so
/// that another database may make them at the same moment.
const ENSURE: &str = "do $$
declare
    wanted text;
begin
    foreach wanted in array array['switchboard_team', 'switchboard_spanning'] loop
        begin
            if not exists (select from pg_roles where rolname = wanted) then
                execute format('create role %I nologin', wanted);
            end if;
        exception when duplicate_object or unique_violation then null;
        end;
        begin
            execute format('set local role %I', wanted);
            set local role none;
        exception when insufficient_privilege then
            begin
                execute format('grant %I to current_user', wanted);
            exception when unique_violation then null;
            end;
        end;
    end loop;
end $$";

const MISSING: &str = "PostgreSQL does not let this user take the roles switchboard_team and switchboard_spanning, nor make them; an administrator \
    of the database runs, once: create role switchboard_team nologin; create role switchboard_spanning nologin; \
    grant switchboard_team, switchboard_spanning to";

const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// What PostgreSQL says of a role that is not there.
const INVALID_PARAMETER: &str = "22023";

impl Rights {
    /// Begins a transaction, in one round trip.
    pub fn begin(self) -> SqlStr {
        self.after("begin")
    }

    /// Begins a transaction that only reads.
    pub fn begin_reading(self) -> SqlStr {
        self.after("begin read only")
    }

    fn after(self, begin: &str) -> SqlStr {
        // A role has no parameters. The only thing that is not ours is a UUID, written out by us.
        let statements = match self {
            Self::Team(team) => format!("{begin}; set local role switchboard_team; set local switchboard.team = '{}'", team.as_uuid()),
            Self::Spanning => format!("{begin}; set local role switchboard_spanning"),
        };
        AssertSqlSafe(statements).into_sql_str()
    }
}

/// Makes sure of the two roles before the migrations that name them.
///
/// # Errors
/// They are missing, and this user may not make them; the database failed.
pub async fn ensure(pool: &PgPool) -> StoreResult<()> {
    match sqlx::raw_sql(ENSURE).execute(pool).await {
        Err(error) if is_refused(&error) => Err(missing(pool).await),
        ensured => Ok(ensured.map(drop)?),
    }
}

/// Whether a server that does not migrate may take both roles.
///
/// # Errors
/// It may not; the database failed.
pub async fn check(pool: &PgPool) -> StoreResult<()> {
    match sqlx::raw_sql("set local role switchboard_team; set local role none; set local role switchboard_spanning").execute(pool).await {
        Err(error) if is_refused(&error) => Err(missing(pool).await),
        taken => Ok(taken.map(drop)?),
    }
}

fn is_refused(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(fault) if matches!(fault.code().as_deref(), Some(INSUFFICIENT_PRIVILEGE | INVALID_PARAMETER)))
}

async fn missing(pool: &PgPool) -> StoreError {
    match sqlx::query_scalar::<_, String>("select quote_ident(current_user)").fetch_one(pool).await {
        Ok(user) => StoreError::Settings(format!("{MISSING} {user};")),
        Err(error) => error.into(),
    }
}
