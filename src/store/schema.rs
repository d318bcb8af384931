//! Brings a database up to date.

use sqlx::migrate::Migrator;

use super::{Db, StoreResult, db::Pool, folding, rights};

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
            rights::ensure(pool).await?;
            POSTGRES.run(pool).await?;
        }
    }
    folding::fold_what_is_not(db).await
}

/// Whether a server that leaves migrations to another user may do its own work.
///
/// # Errors
/// On PostgreSQL, it may not take the two roles.
pub async fn check_rights(db: &Db) -> StoreResult<()> {
    match &db.writer {
        Pool::Sqlite(_) => Ok(()),
        Pool::Postgres(pool) => rights::check(pool).await,
    }
}
