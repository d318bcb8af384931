//! Every error a person or program can meet: one code, one sentence, one next step.

use serde::{Deserialize, Serialize};
#[cfg(feature = "server")]
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::correlation_id::CorrelationId;

mod catalogue;
#[cfg(feature = "server")]
pub mod contact;

pub use catalogue::ErrorText;

/// Names an error for programs. Stable: outside code matches on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "server", derive(Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr, utoipa::ToSchema))]
#[cfg_attr(feature = "server", serde(rename_all = "snake_case"), strum(serialize_all = "snake_case"))]
pub enum ErrorCode {
    ValidationFailed,
    MalformedRequest,
    UnsupportedMediaType,
    PayloadTooLarge,
    RouteNotFound,
    MethodNotAllowed,
    RequestTimeout,
    SignInRequired,
    SignInRefused,
    SecondFactorRefused,
    SecondStepExpired,
    SecondFactorRequired,
    PasskeyRefused,
    PasswordsOff,
    SignOnUnknown,
    SignOnExpired,
    ProviderUnavailable,
    ProviderUntrusted,
    ProviderRefused,
    EmailUnverified,
    NoGroup,
    GroupsMissing,
    NotSetUp,
    AccountUnlinked,
    AccountUnreachable,
    AccountDisabled,
    IdentityTaken,
    SetupLinkInvalid,
    InvitationInvalid,
    TokenExpired,
    Forbidden,
    OutOfReach,
    CrossSiteRefused,
    TooManyRequests,
    ConnectionNotFound,
    ConnectionArchived,
    ConnectionSuspended,
    ConnectionNotActive,
    NameTaken,
    CredentialRequired,
    PreconditionRequired,
    VersionStale,
    VerificationRequired,
    VerificationExpired,
    VerificationOutdated,
    VerificationRunning,
    VerificationNotFound,
    IdempotencyConflict,
    IdempotencyInProgress,
    OperatorExists,
    OperatorNotFound,
    AlreadyMember,
    LastAdministrator,
    SecondFactorNotFound,
    TeamNotFound,
    MemberNotFound,
    InvitationNotFound,
    SessionNotFound,
    TokenNotFound,
    ErrorNotFound,
    ErrorGroupNotFound,
    ErrorGroupResolved,
    RunNotFound,
    RunFinished,
    RunNotFinished,
    EvidenceNotFound,
    EvidenceUnavailable,
    NotificationNotFound,
    IncidentNotFound,
    IncidentResolved,
    IncidentNotResolved,
    IncidentMerged,
    IncidentNotMerged,
    ActionItemNotFound,
    ChecklistSigned,
    MaintenanceTaskNotFound,
    WindowNotFound,
    SilenceNotFound,
    ChannelNotFound,
    DeliveryNotFound,
    DeliveryNotDead,
    RunbookNotFound,
    RunbookShipped,
    ExecutionNotFound,
    ExecutionOver,
    ExecutionNotDone,
    StepNotDue,
    StepNotFound,
    AnotherPersonNeeded,
    ContactNotFound,
    ScheduleNotFound,
    EscalationPolicyNotFound,
    ChannelOfContact,
    InUse,
    NoLevelLeft,
    AcknowledgeLinkInvalid,
    DatabaseUnavailable,
    DiskFull,
    CredentialUnreadable,
    Overloaded,
    Internal,
}

/// The codes that the browser tells apart. All others are one to it, whose words come with it: their names would be a kilobyte of every page.
#[cfg(any(test, not(feature = "server")))]
const TOLD_APART: [(&str, ErrorCode); 6] = [
    ("sign_in_required", ErrorCode::SignInRequired),
    ("name_taken", ErrorCode::NameTaken),
    ("credential_required", ErrorCode::CredentialRequired),
    ("validation_failed", ErrorCode::ValidationFailed),
    ("overloaded", ErrorCode::Overloaded),
    ("version_stale", ErrorCode::VersionStale),
];

#[cfg(not(feature = "server"))]
mod in_the_browser {
    use std::borrow::Cow;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{ErrorCode, TOLD_APART};

    impl<'de> Deserialize<'de> for ErrorCode {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let name = Cow::<str>::deserialize(deserializer)?;
            Ok(TOLD_APART.iter().find(|(known, _)| *known == name).map_or(Self::Internal, |(_, code)| *code))
        }
    }

    impl Serialize for ErrorCode {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let known = TOLD_APART.iter().find(|(_, code)| code == self).map_or("internal", |(name, _)| name);
            serializer.serialize_str(known)
        }
    }
}

/// What is wrong with one input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The input's name in the form or body: `name`, `settings.host`, `credential.password` …
    pub field: String,
    pub message: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// All that leaves the console about an error: safe to show, log and send. A problem of the API is read as one too, since what refuses a request before it is
/// known whose it is answers so.
///
/// Its words are those of a code, or stand in the source as they are: no text of another error, which may hold anything, can become them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserError {
    pub code: ErrorCode,
    #[serde(alias = "detail")]
    message: Box<str>,
    remediation: Box<str>,
    pub retryable: bool,
    /// Absent when the console was not reached: an ID is never invented.
    pub correlation_id: Option<CorrelationId>,
    #[serde(alias = "errors")]
    pub fields: Vec<FieldError>,
    /// Seconds after which the same request may succeed, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Who can help, where what to do next may not be enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact: Option<Box<str>>,
}

impl UserError {
    pub fn new(code: ErrorCode, correlation_id: Option<CorrelationId>) -> Self {
        let text = code.text();
        Self {
            code,
            message: text.message.into(),
            remediation: text.remediation.into(),
            retryable: text.retryable,
            correlation_id,
            fields: Vec::new(),
            retry_after: None,
            #[cfg(feature = "server")]
            contact: code.contact().words().map(Into::into),
            #[cfg(not(feature = "server"))]
            contact: None,
        }
    }

    /// In other words than those of the code, and worth trying again.
    pub fn worded(code: ErrorCode, correlation_id: Option<CorrelationId>, message: &'static str, remediation: &'static str) -> Self {
        let (message, remediation) = (message.into(), remediation.into());
        Self { code, message, remediation, retryable: true, correlation_id, fields: Vec::new(), retry_after: None, contact: None }
    }

    #[must_use]
    pub fn with_fields(self, fields: Vec<FieldError>) -> Self {
        Self { fields, ..self }
    }

    /// One plain sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do next.
    pub fn remediation(&self) -> &str {
        &self.remediation
    }

    /// Who can help, if anyone need be asked.
    pub fn contact(&self) -> Option<&str> {
        self.contact.as_deref()
    }

    /// Sentence and next step in one.
    pub fn in_full(&self) -> String {
        format!("{} {}", self.message, self.remediation)
    }

    /// The message for the input called `name`, if it has one.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|error| error.field == name).map(|error| error.message.as_str())
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::{ErrorCode, TOLD_APART};

    #[test]
    fn the_browser_knows_codes_by_their_names() {
        for (name, code) in TOLD_APART {
            assert_eq!(code.to_string(), name);
        }
    }

    #[test]
    fn every_code_has_a_plain_sentence_and_a_next_step() {
        for code in ErrorCode::iter() {
            let text = code.text();
            for sentence in [text.message, text.remediation] {
                assert!(sentence.ends_with('.') && sentence.len() > 10, "{code}: {sentence:?}");
                assert!(!sentence.contains('!') && !sentence.contains("Oops"), "{code}: {sentence:?}");
            }
        }
    }
}
