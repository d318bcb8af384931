//! Brings a database up to date.

use sqlx::migrate::Migrator;

use super::{Db, StoreError, StoreResult, db::Pool, folding, row_level_security, snapshot};

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// Runs the migrations that are new, and gives keys to rows from before there were any. Refuses a schema that a newer program has changed.
///
/// # Errors
/// A migration that fails, was altered, or is unknown to this program; on PostgreSQL, two roles that are missing and may not be made.
pub async fn migrate(db: &Db) -> StoreResult<()> {
    match &db.writer {
        Pool::Sqlite(pool) => SQLITE.run(pool).await?,
        Pool::Postgres(pool) => {
            row_level_security::ensure(pool).await?;
            POSTGRES.run(pool).await?;
        }
    }
    folding::fold_what_is_not(db).await
}

/// Makes the tables of an older program in an empty database of PostgreSQL. What an interrupted call has left of them is gone on from.
///
/// # Errors
/// A newer program made what is to be restored, or another one the tables that are there.
pub async fn migrate_to(db: &Db, version: i64) -> StoreResult<()> {
    let Pool::Postgres(pool) = &db.writer else { return Ok(()) };
    if !POSTGRES.version_exists(version) {
        return Err(StoreError::Settings(format!("the backup was made by a newer Switchboard (schema {version}); restore it with that one")));
    }
    let is_migrated: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(pool).await?;
    if is_migrated && sqlx::query_scalar::<_, i64>(snapshot::SCHEMA_VERSION).fetch_one(pool).await? > version {
        return Err(StoreError::Settings("the database is not empty: it has tables of a newer Switchboard; make a new one and name it in DATABASE_URL".into()));
    }
    row_level_security::ensure(pool).await?;
    Ok(POSTGRES.run_to(version, pool).await?)
}

const HAS_TABLES: &str = "select count(*) > 0 from sqlite_schema where name = 'master_keys'";
const HAS_TABLES_POSTGRES: &str = "select to_regclass('master_keys') is not null";

/// Whether a console has been opened on it already.
///
/// # Errors
/// The database failed.
pub async fn has_tables(db: &Db) -> StoreResult<bool> {
    Ok(match &db.writer {
        Pool::Sqlite(pool) => sqlx::query_scalar(HAS_TABLES).fetch_one(pool).await?,
        Pool::Postgres(pool) => sqlx::query_scalar(HAS_TABLES_POSTGRES).fetch_one(pool).await?,
    })
}

/// Whether a server that leaves migrations to another user may do its own work.
///
/// # Errors
/// On PostgreSQL, it may not take the two roles.
pub async fn check_rights(db: &Db) -> StoreResult<()> {
    match &db.writer {
        Pool::Sqlite(_) => Ok(()),
        Pool::Postgres(pool) => row_level_security::check(pool).await,
    }
}
