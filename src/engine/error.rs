//! How the engine fails: a refusal that a rule makes, or a fault with its causes.

use std::{error::Error, io, time::Duration};

use domain::error::{ErrorCode, FieldError};
use store::{StoreError, Taken};
use tokio::task::JoinError;

#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    /// A rule said no; the code says which.
    #[error("refused: {0}")]
    Refused(ErrorCode),
    /// Too often; it may be tried again after this time.
    #[error("too often; again in {} s", .retry_after.as_secs())]
    TooMany { retry_after: Duration },
    #[error("{} fields are not valid", .0.len())]
    Invalid(Vec<FieldError>),
    #[error(transparent)]
    Store(StoreError),
    #[error("a sealed credential could not be opened: {0}")]
    Vault(#[from] super::vault::VaultError),
    #[error("the evidence store failed")]
    EvidenceStore(#[from] object_store::Error),
    #[error("{0}")]
    Evidence(String),
    #[error("the audit log could not be written: {0}")]
    Audit(String),
    #[error("a password could not be hashed: {0}")]
    Password(String),
    #[error("a task of the console ended early")]
    Task,
    #[error("{0}")]
    Settings(String),
}

impl OpsError {
    /// One field that is not valid, and what it must be.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        FieldError::new(field, message).into()
    }

    /// Too often; for whoever may come again after `retry_after`.
    pub const fn too_many(retry_after: Duration) -> Self {
        Self::TooMany { retry_after }
    }

    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(code) => *code,
            Self::TooMany { .. } => ErrorCode::TooManyRequests,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Store(error) if error.is_disk_full() => ErrorCode::DiskFull,
            Self::EvidenceStore(error) if is_disk_full(error) => ErrorCode::DiskFull,
            Self::Store(error) if error.is_unavailable() => ErrorCode::DatabaseUnavailable,
            Self::Store(error) if error.is_text_refused() => ErrorCode::MalformedRequest,
            Self::EvidenceStore(_) | Self::Evidence(_) => ErrorCode::EvidenceUnavailable,
            Self::Vault(_) => ErrorCode::CredentialUnreadable,
            Self::Store(_) | Self::Audit(_) | Self::Password(_) | Self::Task | Self::Settings(_) => ErrorCode::Internal,
        }
    }

    /// Whether the same may succeed in a moment: the database is away, or its disk is full.
    pub fn is_passing(&self) -> bool {
        matches!(self.code(), ErrorCode::DatabaseUnavailable | ErrorCode::DiskFull)
    }

    /// Whether nothing can be written for now, though reading may go on.
    pub fn is_write_refused(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_write_refused())
    }

    /// What is wrong with how the console is set up, in words for whoever set it up.
    pub fn wrong_setting(&self) -> Option<&str> {
        match self {
            Self::Settings(text) | Self::Store(StoreError::Settings(text)) => Some(text),
            _ => None,
        }
    }

    /// Under the name that a form has for a field.
    #[must_use]
    pub fn renamed(self, from: &str, to: &str) -> Self {
        match self {
            Self::Invalid(errors) => {
                Self::Invalid(errors.into_iter().map(|error| if error.field == from { FieldError::new(to, error.message) } else { error }).collect())
            }
            other => other,
        }
    }

    /// Whether the console itself is at fault, rather than the request.
    pub fn is_fault(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::TooMany { .. } | Self::Invalid(_)) && self.code() != ErrorCode::MalformedRequest
    }
}

/// Whether a file found no room.
fn is_disk_full(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::StorageFull) {
            return true;
        }
        cause = error.source();
    }
    false
}

impl From<FieldError> for OpsError {
    fn from(error: FieldError) -> Self {
        Self::Invalid(vec![error])
    }
}

impl From<StoreError> for OpsError {
    fn from(error: StoreError) -> Self {
        error.taken().map_or(Self::Store(error), Self::from)
    }
}

impl From<Taken> for OpsError {
    fn from(taken: Taken) -> Self {
        match taken {
            Taken::Name => Self::Refused(ErrorCode::NameTaken),
            Taken::Slug => Self::invalid("slug", "Another team has this one."),
        }
    }
}

/// What it panicked with may hold a secret, and is told nowhere; whoever runs the program finds the place in the log.
impl From<JoinError> for OpsError {
    fn from(_said: JoinError) -> Self {
        Self::Task
    }
}

impl From<ErrorCode> for OpsError {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code)
    }
}

/// The error and everything under it, joined by `: `.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
