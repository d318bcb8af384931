//! How the store fails.

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

    /// Whether a row with the same unique values is there already.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(fault)) if fault.is_unique_violation())
    }
}

fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        // SQLite: busy, locked, cannot open, full, input/output error, read-only. PostgreSQL: shutting down, starting up, too many clients.
        sqlx::Error::Database(fault) => {
            matches!(fault.code().as_deref(), Some("5" | "6" | "8" | "10" | "13" | "14" | "261" | "517" | "57P01" | "57P02" | "57P03" | "53300"))
        }
        _ => false,
    }
}
