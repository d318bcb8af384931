//! How the store fails.

use sqlx::{error::DatabaseError, sqlite::SqliteError};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the database could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// An address or a version that this program cannot work with.
    #[error("{0}")]
    Settings(String),
}

impl StoreError {
    /// Whether the database cannot be reached or cannot write now, so that a later attempt may succeed.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Database(error) => is_unavailable(error),
            Self::Migration(_) => true,
            Self::Settings(_) => false,
        }
    }

    /// Whether the disk that the database is kept on has no room left.
    pub fn is_disk_full(&self) -> bool {
        let Self::Database(sqlx::Error::Database(fault)) = self else { return false };
        match sqlite_code(fault.as_ref()) {
            // What SQLite says when the index of its log cannot grow, whatever the reason: in practice this one.
            Some(code) => code & 0xff == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE,
            None => fault.code().as_deref() == Some("53100"),
        }
    }

    /// Whether a row holds what none that this program wrote does.
    pub const fn is_unreadable(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)))
    }

    /// Whether a row with the same unique values is there already.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(fault)) if fault.is_unique_violation())
    }
}

const SQLITE_FULL: i32 = 13;
const SQLITE_IOERR_SHMSIZE: i32 = 4_874;

fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(fault) => match sqlite_code(fault.as_ref()) {
            // Busy, locked, read-only, input/output error, full, cannot open; the upper bits say more.
            Some(code) => matches!(code & 0xff, 5 | 6 | 8 | 10 | SQLITE_FULL | 14),
            // No resources (disk full, too many clients), shutting down, starting up, input/output error, on a standby.
            None => fault.code().is_some_and(|code| code.starts_with("53") || matches!(&*code, "57P01" | "57P02" | "57P03" | "58030" | "25006")),
        },
        _ => false,
    }
}

/// The extended result code, unless it is PostgreSQL that failed.
fn sqlite_code(fault: &dyn DatabaseError) -> Option<i32> {
    fault.try_downcast_ref::<SqliteError>()?.code()?.parse().ok()
}
