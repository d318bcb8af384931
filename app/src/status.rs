//! The HTTP status that goes with each error code.

use axum::http::StatusCode;
use domain::error::ErrorCode;

#[expect(clippy::too_many_lines, reason = "a table, with a row for each status")]
pub const fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::MalformedRequest => StatusCode::BAD_REQUEST,
        ErrorCode::SignInRequired | ErrorCode::SignInRefused | ErrorCode::SecondFactorRefused | ErrorCode::SecondStepExpired | ErrorCode::TokenExpired => {
            StatusCode::UNAUTHORIZED
        }
        ErrorCode::PasskeyRefused => StatusCode::UNAUTHORIZED,
        ErrorCode::PasswordsOff
        | ErrorCode::SignOnUnknown
        | ErrorCode::SignOnExpired
        | ErrorCode::ProviderUntrusted
        | ErrorCode::ProviderRefused
        | ErrorCode::EmailUnverified
        | ErrorCode::NoGroup
        | ErrorCode::GroupsMissing
        | ErrorCode::NotSetUp
        | ErrorCode::AccountUnlinked
        | ErrorCode::AccountUnreachable
        | ErrorCode::AccountDisabled => StatusCode::FORBIDDEN,
        ErrorCode::Forbidden | ErrorCode::OutOfReach | ErrorCode::CrossSiteRefused | ErrorCode::SetupLinkInvalid | ErrorCode::InvitationInvalid => {
            StatusCode::FORBIDDEN
        }
        ErrorCode::SecondFactorRequired => StatusCode::FORBIDDEN,
        ErrorCode::RouteNotFound | ErrorCode::ConnectionNotFound | ErrorCode::VerificationNotFound | ErrorCode::TokenNotFound | ErrorCode::ErrorNotFound => {
            StatusCode::NOT_FOUND
        }
        ErrorCode::RunNotFound | ErrorCode::EvidenceNotFound | ErrorCode::NotificationNotFound | ErrorCode::SecondFactorNotFound => StatusCode::NOT_FOUND,
        ErrorCode::IncidentNotFound | ErrorCode::WindowNotFound | ErrorCode::SilenceNotFound | ErrorCode::ChannelNotFound | ErrorCode::DeliveryNotFound => {
            StatusCode::NOT_FOUND
        }
        ErrorCode::ErrorGroupNotFound | ErrorCode::ActionItemNotFound | ErrorCode::MaintenanceTaskNotFound => StatusCode::NOT_FOUND,
        ErrorCode::RunbookNotFound | ErrorCode::ExecutionNotFound | ErrorCode::StepNotFound => StatusCode::NOT_FOUND,
        ErrorCode::ContactNotFound | ErrorCode::ScheduleNotFound | ErrorCode::EscalationPolicyNotFound | ErrorCode::AcknowledgeLinkInvalid => {
            StatusCode::NOT_FOUND
        }
        ErrorCode::OperatorNotFound | ErrorCode::TeamNotFound | ErrorCode::MemberNotFound | ErrorCode::InvitationNotFound | ErrorCode::SessionNotFound => {
            StatusCode::NOT_FOUND
        }
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
        ErrorCode::ConnectionArchived
        | ErrorCode::ConnectionSuspended
        | ErrorCode::ConnectionNotActive
        | ErrorCode::NameTaken
        | ErrorCode::VerificationRequired
        | ErrorCode::VerificationExpired
        | ErrorCode::VerificationOutdated
        | ErrorCode::VerificationRunning
        | ErrorCode::RunFinished
        | ErrorCode::IncidentResolved
        | ErrorCode::IncidentNotResolved
        | ErrorCode::IncidentMerged
        | ErrorCode::IncidentNotMerged
        | ErrorCode::ErrorGroupResolved
        | ErrorCode::ChecklistSigned
        | ErrorCode::RunNotFinished
        | ErrorCode::DeliveryNotDead
        | ErrorCode::RunbookShipped
        | ErrorCode::ExecutionOver
        | ErrorCode::ExecutionNotDone
        | ErrorCode::StepNotDue
        | ErrorCode::AnotherPersonNeeded
        | ErrorCode::ChannelOfContact
        | ErrorCode::InUse
        | ErrorCode::NoLevelLeft
        | ErrorCode::IdempotencyConflict
        | ErrorCode::IdempotencyInProgress
        | ErrorCode::OperatorExists
        | ErrorCode::AlreadyMember
        | ErrorCode::IdentityTaken
        | ErrorCode::LastAdministrator => StatusCode::CONFLICT,
        ErrorCode::VersionStale => StatusCode::PRECONDITION_FAILED,
        ErrorCode::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::ValidationFailed | ErrorCode::CredentialRequired => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        ErrorCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::CredentialUnreadable | ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        ErrorCode::DatabaseUnavailable | ErrorCode::EvidenceUnavailable | ErrorCode::ProviderUnavailable | ErrorCode::Overloaded => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
