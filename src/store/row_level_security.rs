//! Whose rows a unit of work may touch, which PostgreSQL holds it to: each begins by taking one of two roles (`migrations/postgres/0012…`).
//!
//! Nothing of it outlives the transaction, so it works through a pooler that lends a connection for each.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};
use sqlx_postgres::PgPool;

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

/// Quoted, what `search_path` leads to before a role is taken; nothing where tables lie in `public`, which both roles find by themselves.
const SCHEMAS: &str = "select string_agg(quote_ident(name), ', ' order by place) from unnest(current_schemas(false)) with ordinality as found (name, place)
    where current_schema() <> 'public'";

const MISSING: &str = "PostgreSQL does not let this user take the roles switchboard_team and switchboard_spanning, nor make them; an administrator \
    of the database runs, once: create role switchboard_team nologin; create role switchboard_spanning nologin; \
    grant switchboard_team, switchboard_spanning to";

const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// What PostgreSQL says of a role that is not there.
const INVALID_PARAMETER: &str = "22023";

impl Rights {
    /// Begins a transaction, in one round trip.
    pub fn begin(self, search_path: &SearchPath) -> SqlStr {
        self.take(search_path, "begin; ", "")
    }

    /// Begins a transaction that only reads.
    pub fn begin_reading(self, search_path: &SearchPath) -> SqlStr {
        self.take(search_path, "begin read only; ", "")
    }

    /// Begins a transaction that reads what there was at its first statement, however long it takes.
    pub fn begin_snapshot(self, search_path: &SearchPath) -> SqlStr {
        self.take(search_path, "begin isolation level repeatable read read only; ", "")
    }

    /// One statement by itself: what is sent at once, PostgreSQL takes for a transaction.
    pub fn alone(self, search_path: &SearchPath, statement: &'static str) -> SqlStr {
        self.take(search_path, "", statement)
    }

    /// A role has no parameters. What is not ours is a UUID, written out by us, and names that PostgreSQL has quoted.
    fn set(self) -> String {
        match self {
            Self::Team(team) => format!("set local role switchboard_team; set local switchboard.team = '{}'", team.as_uuid()),
            Self::Spanning => "set local role switchboard_spanning".to_owned(),
        }
    }

    /// In a transaction that has begun with others.
    pub fn narrow(self) -> SqlStr {
        AssertSqlSafe(self.set()).into_sql_str()
    }

    fn take(self, SearchPath(schemas): &SearchPath, before: &str, then: &str) -> SqlStr {
        let search = schemas.as_ref().map(|schemas| format!("set local search_path to {schemas}; ")).unwrap_or_default();
        AssertSqlSafe(format!("{before}{search}{}; {then}", self.set())).into_sql_str()
    }
}

/// Where the tables lie. In `search_path`, `"$user"` means the role that has been taken, so that the schemas of the login are named to it.
#[derive(Clone, Debug, Default)]
pub struct SearchPath(Option<Arc<str>>);

impl SearchPath {
    /// # Errors
    /// The database failed.
    pub async fn of_login(pool: &PgPool) -> StoreResult<Self> {
        let schemas: Option<String> = sqlx::query_scalar(SCHEMAS).fetch_one(pool).await?;
        Ok(Self(schemas.map(Into::into)))
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
