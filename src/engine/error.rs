//! How the engine fails: a refusal that a rule makes, or a fault with its causes.

use domain::error::{ErrorCode, FieldError};
use store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    /// A rule said no; the code says which.
    #[error("refused: {0}")]
    Refused(ErrorCode),
    #[error("{} fields are not valid", .0.len())]
    Invalid(Vec<FieldError>),
    #[error(transparent)]
    Store(#[from] StoreError),
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
            Self::Store(error) if error.is_unavailable() => ErrorCode::DatabaseUnavailable,
            Self::EvidenceStore(_) | Self::Evidence(_) => ErrorCode::EvidenceUnavailable,
            Self::Vault(_) => ErrorCode::CredentialUnreadable,
            Self::Store(_) | Self::Password(_) | Self::Task(_) | Self::Settings(_) => ErrorCode::Internal,
        }
    }

    /// Whether the console itself is at fault, rather than the request.
    pub fn is_fault(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Invalid(_))
    }
}

impl From<ErrorCode> for OpsError {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code)
    }
}
