//! One handle on either database, and the macros that let one text of SQL serve both.

use std::{fs, os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, Database, Executor, SqlSafeStr, pool::PoolConnectionMetadata};
use sqlx_postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, Postgres};
use sqlx_sqlite::{Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use super::{
    StoreError, StoreResult,
    error::is_cut_off,
    readers::{self, Readers},
    row_level_security::{Rights, SearchPath},
    transaction::Transaction,
};

/// SQLite before this version can corrupt its write-ahead log when it resets it.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// How long a connection is waited for, and a busy SQLite file.
const PATIENCE: Duration = Duration::from_secs(5);
/// A connection to PostgreSQL that lay idle for longer may have been cut meanwhile.
const TESTED_AFTER: Duration = Duration::from_secs(1);

/// A database that is made now is its owner's alone, and so is its log, to which SQLite gives the same rights. What fails here fails again when it is opened.
fn make_private(database: &Path) {
    drop(fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(database));
}

/// Where units of work begin.
#[derive(Clone)]
pub enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Where single statements read.
#[derive(Clone)]
pub enum Reader {
    Sqlite(Readers),
    Postgres(PgPool),
}

/// A database: on SQLite one writer and many readers, on PostgreSQL one pool for both.
#[derive(Clone)]
pub struct Db {
    pub reader: Reader,
    pub writer: Pool,
    /// Of PostgreSQL.
    pub(super) search_path: SearchPath,
}

/// Where one statement reads; on PostgreSQL with a team's rights, or those that span teams, which only a transaction has.
pub enum Reading {
    Sqlite(readers::Reading),
    Postgres(Transaction<Postgres>),
}

/// A unit of work that spans teams. Dropped without [`Tx::commit`], it never happened.
pub enum Tx {
    Sqlite(Transaction<Sqlite>),
    Postgres(Transaction<Postgres>),
}

/// Runs one expression against the readers of a [`Db`] or a [`TeamDb`](crate::TeamDb); each arm is checked against its own driver.
#[macro_export]
macro_rules! on_db {
    ($db:expr, |$pool:ident| $body:expr) => {
        match $db.begin_reading().await {
            Ok($crate::db::Reading::Sqlite(mut connection)) => {
                let $pool = &mut *connection;
                let read = ($body).map_err($crate::StoreError::from);
                connection.keep_unless_failed(read)
            }
            Ok($crate::db::Reading::Postgres(mut transaction)) => match transaction.connection() {
                Ok($pool) => {
                    let read = ($body).map_err($crate::StoreError::from);
                    if read.is_ok() {
                        transaction.let_go();
                    }
                    read
                }
                Err(error) => Err($crate::StoreError::from(error)),
            },
            Err(error) => Err(error),
        }
    };
}

/// Runs one expression inside a [`Tx`] or a [`TeamTx`](crate::TeamTx); each arm is checked against its own driver.
#[macro_export]
macro_rules! on_tx {
    ($tx:expr, |$connection:ident| $body:expr) => {{
        let tx: &mut $crate::Tx = $tx;
        match tx {
            $crate::Tx::Sqlite(transaction) => match transaction.connection() {
                Ok($connection) => ($body).map_err($crate::StoreError::from),
                Err(error) => Err($crate::StoreError::from(error)),
            },
            $crate::Tx::Postgres(transaction) => match transaction.connection() {
                Ok($connection) => ($body).map_err($crate::StoreError::from),
                Err(error) => Err($crate::StoreError::from(error)),
            },
        }
    }};
}

impl Db {
    /// # Errors
    /// An address that is neither `sqlite:` nor `postgres:`, or a database that does not answer.
    pub async fn open(url: &SecretString) -> Result<Self, StoreError> {
        let url = url.expose_secret();
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url).await
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            // A pooler refuses to begin with a setting that it does not carry, and nothing here reads numbers as text.
            let options = url.parse::<PgConnectOptions>()?.extra_float_digits(None);
            let pool = PgPoolOptions::new()
                .max_connections(20)
                .acquire_timeout(PATIENCE)
                .test_before_acquire(false)
                .before_acquire(|connection, usage| Box::pin(test_when_idle(connection, usage)))
                .connect_with(options)
                .await?;
            check_pooler(&pool).await?;
            let search_path = SearchPath::of_login(&pool).await?;
            Ok(Self { reader: Reader::Postgres(pool.clone()), writer: Pool::Postgres(pool), search_path })
        } else {
            Err(StoreError::Settings("DATABASE_URL must begin with sqlite:// or postgres://".into()))
        }
    }

    async fn open_sqlite(url: &str) -> Result<Self, StoreError> {
        let options = url
            .parse::<SqliteConnectOptions>()?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        make_private(options.get_filename());
        // A file does not hang up, so nothing is tested before use.
        let writer = SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).test_before_acquire(false);
        let writer = writer.connect_with(options.clone()).await?;
        let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&writer).await?;
        if parse_version(&version).is_none_or(|version| version < OLDEST_SQLITE) {
            return Err(StoreError::Settings(format!("SQLite {version} can corrupt its log; this program needs 3.51.3 or newer")));
        }
        Ok(Self { reader: Reader::Sqlite(Readers::open(options, PATIENCE).await?), writer: Pool::Sqlite(writer), search_path: SearchPath::default() })
    }

    /// Whether no other machine can share this database.
    pub const fn is_embedded(&self) -> bool {
        matches!(self.writer, Pool::Sqlite(_))
    }

    /// Begins a unit of work over the rows of every team; on SQLite it takes the write lock at once, so it cannot fail for that later.
    ///
    /// Dropped half-way it would leave an open transaction in the pool. On a task of its own it always ends, and a [`Tx`] that nobody
    /// waits for any more is rolled back.
    ///
    /// # Errors
    /// A database that does not answer in time.
    pub async fn begin(&self) -> StoreResult<Tx> {
        self.begin_with(Rights::Spanning).await
    }

    pub(super) async fn begin_with(&self, rights: Rights) -> StoreResult<Tx> {
        match &self.writer {
            Pool::Sqlite(pool) => begun(pool, "begin immediate").await.map(Tx::Sqlite),
            Pool::Postgres(pool) => begun(pool, rights.begin(&self.search_path)).await.map(Tx::Postgres),
        }
    }

    pub(super) async fn begin_reading(&self) -> StoreResult<Reading> {
        self.begin_reading_with(Rights::Spanning).await
    }

    pub(super) async fn begin_reading_with(&self, rights: Rights) -> StoreResult<Reading> {
        match &self.reader {
            Reader::Sqlite(readers) => readers.get().await.map(Reading::Sqlite),
            Reader::Postgres(pool) => begun(pool, rights.begin_reading(&self.search_path)).await.map(Reading::Postgres),
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// What it said instead.
    pub async fn ping(&self) -> StoreResult<()> {
        match &self.reader {
            Reader::Sqlite(_) => on_db!(self, |pool| sqlx::query("select 1").execute(pool).await.map(drop)),
            // With no rights at all, so that it answers before there are roles.
            Reader::Postgres(pool) => Ok(sqlx::query("select 1").execute(pool).await.map(drop)?),
        }
    }

    pub async fn close(&self) {
        if let Reader::Sqlite(readers) = &self.reader {
            readers.close().await;
        }
        match &self.writer {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub(super) const fn is_embedded(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// # Errors
    /// The database refused, and nothing happened.
    pub async fn commit(self) -> StoreResult<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

/// On a task of its own, so that it always ends; see [`Db::begin`].
///
/// A connection that was cut while it lay idle fails at this statement, the first. Nothing has happened by then, so the next one is taken,
/// until none is left of those that were there and a new one is opened.
pub(super) async fn begun<DB: Database>(pool: &sqlx::Pool<DB>, statement: impl SqlSafeStr) -> StoreResult<Transaction<DB>>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    let (pool, statement) = (pool.clone(), statement.into_sql_str());
    let begun = tokio::spawn(async move {
        let mut idle = pool.size();
        loop {
            match Transaction::begin(pool.acquire().await?, statement.clone()).await {
                Err(error) if idle > 0 && is_cut_off(&error) => idle -= 1,
                begun => return begun,
            }
        }
    });
    Ok(begun.await.map_err(|_| StoreError::Database(sqlx::Error::WorkerCrashed))??)
}

/// A pooler that lends a server for each transaction mixes up the prepared statements of its clients, unless it carries them.
async fn check_pooler(pool: &PgPool) -> StoreResult<()> {
    let (mut one, mut other) = (pool.acquire().await?, pool.acquire().await?);
    let prepared = async {
        sqlx::query("select 1").execute(&mut *one).await?;
        sqlx::query("select 2").execute(&mut *other).await.map(drop)
    };
    let checked = prepared.await.map_err(StoreError::from);
    if checked.is_err() {
        one.close_on_drop();
        other.close_on_drop();
    }
    checked
}

/// A round trip before every statement would double the time of most; one that was used a moment ago is there.
async fn test_when_idle(connection: &mut PgConnection, usage: PoolConnectionMetadata) -> Result<bool, sqlx::Error> {
    if usage.idle_for > TESTED_AFTER {
        connection.ping().await?;
    }
    Ok(true)
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(str::parse);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch))) => Some((major, minor, patch)),
        _ => None,
    }
}
