//! Everything that a database holds, as one moment saw it: out of it while it is being used, and into another of the same sort that is empty.

use std::{collections::BTreeMap, io};

use serde::{Deserialize, Serialize};
use sqlx_postgres::Postgres;
use tokio::sync::mpsc::{Receiver, Sender};

use super::{
    Db, StoreError, StoreResult,
    db::{Pool, begun},
    row_level_security::Rights,
    transaction::Transaction,
};
use domain::time::Timestamp;

mod postgres;
mod sqlite;

pub use postgres::restore as restore_postgres;
pub use sqlite::restore as restore_sqlite;

/// Rows of each table.
pub type Rows = BTreeMap<String, i64>;

/// As much of a file or table as travels together.
pub const PIECE: usize = 4 << 20;

pub(super) const SCHEMA_VERSION: &str = "select coalesce(max(version), 0) from _sqlx_migrations";

/// What is gone for good when a database is restored: who was signed in then may have been signed out since, nothing that a process held is held, and
/// what waited to be sent was sent since, most likely. It is one text for both databases.
const FORGET: [&str; 6] = [
    "delete from sessions",
    "delete from setup_links",
    "delete from idempotency_keys",
    "delete from heartbeat_nodes",
    // Whoever goes on with a runbook looks first what was done since.
    "update runbook_executions set status = 'waiting', next_at = null, node_id = null where status = 'running'",
    "update deliveries set status = 'dead', next_attempt_at = null, last_error = 'Restored from a backup; send it again if nobody was told.'
        where status = 'waiting'",
];

/// The sort of a database, which its snapshots go back into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    Sqlite,
    Postgres,
}

/// A part of a snapshot. Those of one name follow each other, in order.
#[derive(Debug)]
pub struct Piece {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Takes pieces under one name, of about the same size each.
struct Pieces<'a, T> {
    name: String,
    bytes: Vec<u8>,
    to: &'a Sender<T>,
}

impl<'a, T: From<Piece>> Pieces<'a, T> {
    const fn new(name: String, to: &'a Sender<T>) -> Self {
        Self { name, bytes: Vec::new(), to }
    }

    async fn push(&mut self, bytes: &[u8]) -> StoreResult<()> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() < PIECE { Ok(()) } else { self.send().await }
    }

    async fn send(&mut self) -> StoreResult<()> {
        let bytes = std::mem::take(&mut self.bytes);
        self.to.send(Piece { name: self.name.clone(), bytes }.into()).await.map_err(|_closed| ended())
    }
}

impl Db {
    pub const fn sort(&self) -> Sort {
        if self.is_embedded() { Sort::Sqlite } else { Sort::Postgres }
    }
}

/// All rows of all teams as one moment saw them. Whoever uses the database is not held up.
pub enum Snapshot {
    Sqlite(sqlite::Snapshot),
    Postgres(Transaction<Postgres>),
}

impl Snapshot {
    /// # Errors
    /// The database failed; another snapshot of SQLite is being taken.
    pub async fn take(db: &Db) -> StoreResult<Self> {
        Ok(match &db.writer {
            Pool::Sqlite(pool) => Self::Sqlite(sqlite::Snapshot::take(pool).await?),
            Pool::Postgres(pool) => Self::Postgres(begun(pool, Rights::Spanning.begin_snapshot(&db.search_path)).await?),
        })
    }

    /// Which migration was the last.
    ///
    /// # Errors
    /// The database failed.
    pub async fn schema_version(&mut self) -> StoreResult<i64> {
        match self {
            Self::Sqlite(snapshot) => snapshot.schema_version().await,
            Self::Postgres(transaction) => Ok(sqlx::query_scalar(SCHEMA_VERSION).fetch_one(transaction.connection()?).await?),
        }
    }

    /// Sends it away, and answers how many rows there are of each table.
    ///
    /// # Errors
    /// The database failed; nobody takes the pieces any more.
    pub async fn send<T: From<Piece> + Send>(self, to: &Sender<T>) -> StoreResult<Rows> {
        match self {
            Self::Sqlite(snapshot) => snapshot.send(to).await,
            Self::Postgres(transaction) => postgres::send(transaction, to).await,
        }
    }
}

/// Removes the copies that a backup or a restore left which was killed: they are the database itself, unencrypted. Leaves them while one is under way.
///
/// # Errors
/// The folder of SQLite cannot be read or written.
pub fn remove_left_copies(db: &Db) -> StoreResult<()> {
    match &db.writer {
        Pool::Sqlite(pool) => sqlite::remove_left_copies(pool.connect_options().get_filename()),
        Pool::Postgres(_) => Ok(()),
    }
}

/// What a snapshot holds must be what it says at its end.
fn compare(found: &Rows, expected: &Rows) -> StoreResult<()> {
    if found == expected {
        return Ok(());
    }
    let differs = |table: &&String| found.get(*table) != expected.get(*table);
    let tables: Vec<_> = expected.keys().chain(found.keys().filter(|table| !expected.contains_key(*table))).filter(differs).map(String::as_str).collect();
    Err(StoreError::Settings(format!("the backup does not hold as many rows as it says: {}", tables.join(", "))))
}

/// Where what is restored comes from: its pieces, and after the last one what they must add up to.
pub struct Incoming {
    /// When it was made.
    pub made_at: Timestamp,
    pub pieces: Receiver<Piece>,
    pub rows: tokio::sync::oneshot::Receiver<Rows>,
}

impl Incoming {
    /// # Errors
    /// The snapshot ends too early.
    async fn end(self) -> StoreResult<Rows> {
        self.rows.await.map_err(|_closed| ended())
    }
}

/// The other side has given up, and says why.
fn ended() -> StoreError {
    StoreError::Database(sqlx::Error::Io(io::ErrorKind::BrokenPipe.into()))
}

fn io(error: io::Error) -> StoreError {
    StoreError::Database(sqlx::Error::Io(error))
}
