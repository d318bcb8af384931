//! How the engine fails: a refusal that a rule makes, or a fault with its causes.

use crate::domain::error::{ErrorCode, FieldError};

#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    /// A rule said no; the code says which.
    #[error("refused: {0}")]
    Refused(ErrorCode),
    #[error("{} fields are not valid", .0.len())]
    Invalid(Vec<FieldError>),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the database could not be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("a sealed credential could not be opened: {0}")]
    Vault(#[from] super::vault::VaultError),
    #[error("the evidence store failed")]
    EvidenceStore(#[from] object_store::Error),
    #[error("{0}")]
    Evidence(String),
    #[error("a password could not be hashed: {0}")]
    Password(String),
    #[error("a task of the console ended early")]
    Task(#[from] tokio::task::JoinError),
    #[error("{0}")]
    Settings(String),
}

impl OpsError {
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(code) => *code,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Database(error) if is_unavailable(error) => ErrorCode::DatabaseUnavailable,
            Self::Migration(_) => ErrorCode::DatabaseUnavailable,
            Self::EvidenceStore(_) | Self::Evidence(_) => ErrorCode::EvidenceUnavailable,
            Self::Vault(_) => ErrorCode::CredentialUnreadable,
            Self::Database(_) | Self::Password(_) | Self::Task(_) | Self::Settings(_) => ErrorCode::Internal,
        }
    }

    /// Whether the console itself is at fault, rather than the request.
    pub fn is_fault(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Invalid(_))
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

impl From<ErrorCode> for OpsError {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code)
    }
}
