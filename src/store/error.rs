//! How the store fails.

use sqlx::error::DatabaseError;
use sqlx_sqlite::SqliteError;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    #[error("the database could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Found before anything was written.
    #[error("the disk of the database has no room left")]
    DiskFull,
    /// An address or a version that this program cannot work with.
    #[error("{0}")]
    Settings(String),
}

impl StoreError {
    /// Whether the database cannot be reached or cannot write now, so that a later attempt may succeed.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Database(error) => is_unavailable(error),
            Self::Migration(_) | Self::DiskFull => true,
            Self::Settings(_) => false,
        }
    }

    /// Whether the disk that the database is kept on has no room left.
    pub fn is_disk_full(&self) -> bool {
        let Self::Database(sqlx::Error::Database(fault)) = self else { return matches!(self, Self::DiskFull) };
        match sqlite_code(fault.as_ref()) {
            // What SQLite says when the index of its log cannot grow, whatever the reason: in practice this one.
            Some(code) => code & 0xff == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE,
            None => fault.code().as_deref() == Some("53100"),
        }
    }

    /// Whether nothing can be written for now, though reading may go on: no room or no quota left, a disk that is read-only or broken, a standby.
    pub fn is_write_refused(&self) -> bool {
        let Self::Database(sqlx::Error::Database(fault)) = self else { return self.is_disk_full() };
        self.is_disk_full()
            || match sqlite_code(fault.as_ref()) {
                Some(code) => code & 0xff == SQLITE_READONLY || SQLITE_IOERR_OF_WRITING.contains(&code),
                None => matches!(fault.code().as_deref(), Some("25006" | "58030")),
            }
    }

    /// Whether it was given a text with the character U+0000, which PostgreSQL keeps nowhere.
    pub fn is_text_refused(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(fault)) if matches!(fault.code().as_deref(), Some("22021" | "22P05")))
    }

    /// Whether a row holds what none that this program wrote does.
    pub const fn is_unreadable(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)))
    }

    /// What a person chose that another row has already. Any other unique index is broken by a fault of this program alone.
    pub fn taken(&self) -> Option<Taken> {
        match self {
            Self::Database(sqlx::Error::Database(fault)) if fault.is_unique_violation() => Taken::by(violated(fault.as_ref())),
            _ => None,
        }
    }
}

/// What no two rows may have in common, of what people choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Name,
    Slug,
}

impl Taken {
    fn by(constraint: &str) -> Option<Self> {
        // Each table's names are folded to `name_key`, and unique by an index called `TABLE_name`.
        let is_name = constraint.ends_with("_name") || constraint.ends_with(".name_key");
        let is_slug = matches!(constraint, "teams_slug_key" | "teams.slug");
        if is_name { Some(Self::Name) } else { is_slug.then_some(Self::Slug) }
    }
}

/// PostgreSQL names the constraint or index; SQLite its columns, as `teams.slug`.
fn violated(fault: &dyn DatabaseError) -> &str {
    let of_sqlite = || fault.message().split_once("UNIQUE constraint failed: ").map_or("", |(_, columns)| columns);
    fault.constraint().unwrap_or_else(of_sqlite)
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().and_then(DatabaseError::code).as_deref() {
            // Nobody else takes a statement from a connection that prepared it, or gives it one that it did not.
            Some(DUPLICATE_STATEMENT | UNKNOWN_STATEMENT) => Self::Settings(FORGETFUL_POOLER.into()),
            _ => Self::Database(error),
        }
    }
}

const DUPLICATE_STATEMENT: &str = "42P05";
const UNKNOWN_STATEMENT: &str = "26000";
const FORGETFUL_POOLER: &str = "DATABASE_URL leads to a pooler that lends a connection for each transaction and mixes up prepared statements; \
    set max_prepared_statements = 200 in its pgbouncer.ini (1.21 or newer), or pool_mode = session, or connect to PostgreSQL itself";

const SQLITE_READONLY: i32 = 8;
/// Write, fsync, truncate, and fsync of the folder: also what comes of a quota.
const SQLITE_IOERR_OF_WRITING: [i32; 4] = [778, 1_034, 1_546, 1_290];
const SQLITE_FULL: i32 = 13;
const SQLITE_IOERR_SHMSIZE: i32 = 4_874;

/// Classes and codes of PostgreSQL for what may be over soon: the connection, the sign-in, no such database, no resources (disk full, too many clients), a
/// database that lets nobody in, shutting down, starting up, idle for too long, input/output error, on a standby.
const AWAY: [&str; 11] = ["08", "28", "3D000", "53", "55000", "57P01", "57P02", "57P03", "57P05", "58030", "25006"];

fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(fault) => match sqlite_code(fault.as_ref()) {
            // Busy, locked, read-only, input/output error, full, cannot open; the upper bits say more.
            Some(code) => matches!(code & 0xff, 5 | 6 | 8 | 10 | SQLITE_FULL | 14),
            None => fault.code().is_some_and(|code| AWAY.iter().any(|away| code.starts_with(away))),
        },
        _ => false,
    }
}

/// Whether the server ended the connection: on command, or because another of its processes crashed.
pub(super) fn is_cut_off(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(fault) => fault.code().is_some_and(|code| matches!(&*code, "57P01" | "57P02" | "57P05")),
        _ => false,
    }
}

/// The extended result code, unless it is PostgreSQL that failed.
fn sqlite_code(fault: &dyn DatabaseError) -> Option<i32> {
    fault.try_downcast_ref::<SqliteError>()?.code()?.parse().ok()
}
