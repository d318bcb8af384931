//! The sentence and the next step of every error: the one place of words for them.

use super::ErrorCode;

/// What a person reads for an [`ErrorCode`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorText {
    /// One plain sentence.
    pub message: &'static str,
    /// What to do next.
    pub remediation: &'static str,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

impl ErrorCode {
    #[expect(clippy::too_many_lines, reason = "a table, with a row for each code")]
    pub const fn text(self) -> ErrorText {
        let (message, remediation, retryable) = match self {
            Self::ValidationFailed => ("Some fields need attention.", "Correct the fields named and send again.", false),
            Self::MalformedRequest => ("The request could not be read.", "Check its syntax against the API description at /api/openapi.json.", false),
            Self::UnsupportedMediaType => ("The request has the wrong content type.", "Send JSON with the header Content-Type: application/json.", false),
            Self::PayloadTooLarge => ("The request is too large.", "Send at most 256 KB.", false),
            Self::RouteNotFound => ("There is nothing at this address.", "Check the address, or start from the overview.", false),
            Self::MethodNotAllowed => {
                ("This address does not accept that method.", "Check the method against the API description at /api/openapi.json.", false)
            }
            Self::RequestTimeout => ("The request took too long.", "Try again in a moment.", true),
            Self::SignInRequired => ("You are not signed in.", "Sign in, or send a valid API token.", false),
            Self::SignInRefused => ("The e-mail address or password is not right.", "Check both and try again.", false),
            Self::SecondFactorRefused => ("The code is not right, or was used already.", "Wait for the next one of your app, or take a recovery code.", false),
            Self::SecondStepExpired => ("This sign-in took too long, or has ended.", "Sign in again with your password.", false),
            Self::SecondFactorRequired => ("Your team demands a second factor.", "Set it up in your profile, then go on.", false),
            Self::PasskeyRefused => ("This passkey did not sign you in.", "Try it once more; if it happens again, sign in with your password.", false),
            Self::PasswordsOff => ("Nobody signs in with a password here.", "Sign in with the identity provider instead.", false),
            Self::SignOnUnknown => ("This sign-in was not begun here, or is over already.", "Begin again, and go on in the same window.", false),
            Self::SignOnExpired => ("This sign-in took longer than ten minutes.", "Begin again.", false),
            Self::ProviderUnavailable => {
                ("The identity provider does not answer.", "Try again in a moment; if it lasts, ask an administrator to look into the server's log.", true)
            }
            Self::ProviderUntrusted => (
                "The identity provider's answer cannot be trusted.",
                "Try again; if it happens again, ask an administrator to look into the server's log.",
                false,
            ),
            Self::ProviderRefused => ("The identity provider did not let you in.", "Begin again and agree to what it asks, or ask whoever runs it.", false),
            Self::EmailUnverified => ("The identity provider has not verified your e-mail address.", "Verify it there, then sign in again.", false),
            Self::NoGroup => ("None of your groups may use this console.", "Ask whoever manages your groups for one that may, then sign in again.", false),
            Self::GroupsMissing => (
                "The identity provider does not say which groups you are in.",
                "Ask whoever runs it to put the list into the ID token, then sign in again.",
                false,
            ),
            Self::NotSetUp => {
                ("The console is not set up yet.", "An administrator signs in before you do, or opens the set-up link; then sign in again.", false)
            }
            Self::AccountUnlinked => {
                ("There is an account with your e-mail address, and it is not linked.", "Sign in to it with its password and link it on your profile.", false)
            }
            Self::AccountUnreachable => (
                "There is an account with your e-mail address, and it is not linked.",
                "Ask whoever runs the server: it can be linked only while passwords are taken here.",
                false,
            ),
            Self::AccountDisabled => ("Your account is disabled.", "Ask an administrator of the console.", false),
            Self::IdentityTaken => {
                ("This identity belongs to another account, or your account has one already.", "Ask an administrator of the console.", false)
            }
            Self::SetupLinkInvalid => {
                ("This set-up link is not valid any more.", "Restart the server to print a fresh link; each works once, for one hour.", false)
            }
            Self::InvitationInvalid => {
                ("This invitation is not valid any more.", "It was used or withdrawn, or its time is over; ask whoever invited you for a fresh one.", false)
            }
            Self::TokenExpired => ("This API token has expired.", "Ask an administrator of your team for another, or for a later end.", false),
            Self::OutOfReach => {
                ("This API token does not reach that far.", "Use one with the permission and the environment, or ask an administrator of your team.", false)
            }
            Self::Forbidden => ("Your role does not allow this.", "Ask an administrator of your team.", false),
            Self::CrossSiteRefused => ("The request came from another site.", "Open the console itself and repeat the step there.", false),
            Self::TooManyRequests => ("There were too many attempts.", "Wait a minute and try again.", true),
            Self::ConnectionNotFound => ("There is no such connection.", "It may have been removed; look for it in the list of connections.", false),
            Self::ConnectionArchived => ("This connection is archived.", "Create a new connection in its place.", false),
            Self::ConnectionSuspended => ("This connection is suspended.", "Resume it instead.", false),
            Self::ConnectionNotActive => ("This connection is not active.", "Activate it first.", false),
            Self::NameTaken => ("That name is taken.", "Choose a different name.", false),
            Self::CredentialRequired => {
                ("The address or its proof changed, so the stored credential was not kept for it.", "Enter the credential again.", false)
            }
            Self::PreconditionRequired => ("The request does not say which version it changes.", "Read it, and send its ETag in the If-Match header.", false),
            Self::VersionStale => {
                ("Someone changed this in the meantime.", "Load it again and repeat your change; what you typed into the form stays there.", false)
            }
            Self::VerificationRequired => {
                ("This connection has not been verified.", "Test the connection first; it may be activated once every blocking step passes.", false)
            }
            Self::VerificationExpired => ("The last verification is too old.", "Test the connection again, then activate it.", false),
            Self::VerificationOutdated => ("The connection changed after it was verified.", "Test the connection as it is now, then activate it.", false),
            Self::VerificationRunning => ("This connection is being tested already.", "Wait for that test to finish.", true),
            Self::VerificationNotFound => ("There is no such verification.", "Test the connection again.", false),
            Self::IdempotencyConflict => ("That Idempotency-Key was used for a different request.", "Use a new key for a new request.", false),
            Self::IdempotencyInProgress => ("The first request with that Idempotency-Key is still being answered.", "Send it again in a moment.", true),
            Self::OperatorExists => ("Someone with that e-mail address exists already.", "Use a different address.", false),
            Self::OperatorNotFound => ("There is nobody with that e-mail address.", "Check its spelling against the list of operators.", false),
            Self::AlreadyMember => ("That person belongs to the team already.", "Change their role in the list of members instead.", false),
            Self::LastAdministrator => ("This is the last administrator of the team.", "Make someone else an administrator first.", false),
            Self::SecondFactorNotFound => ("That person has no second factor.", "There is nothing to take away; they sign in with their password.", false),
            Self::TeamNotFound => ("There is no such team, or you are in another one.", "Switch to the team first, if you belong to it.", false),
            Self::MemberNotFound => ("Nobody of that id belongs to the team.", "Load the list of members again.", false),
            Self::InvitationNotFound => ("There is no such invitation.", "It may have been used or withdrawn already.", false),
            Self::SessionNotFound => ("There is no such session.", "It may have ended already.", false),
            Self::TokenNotFound => ("There is no such token.", "It may have been revoked already.", false),
            Self::ErrorNotFound => ("Nothing is recorded under that correlation ID.", "Check the ID; records are kept for a limited time.", false),
            Self::ErrorGroupNotFound => {
                ("There is no such group of errors.", "It may be past its time, or belong to nobody in particular; load the list again.", false)
            }
            Self::ErrorGroupResolved => ("These errors are marked as resolved already.", "They are open again by themselves once one comes back.", false),
            Self::RunNotFound => ("There is no such diagnostic run.", "Look for it in the list of runs, or start another.", false),
            Self::RunFinished => ("This run has ended already.", "Look at its result, or run it again.", false),
            Self::RunNotFinished => ("This run has not ended yet.", "Wait until it has; evidence is packed at its end.", true),
            Self::EvidenceNotFound => ("There is no such evidence.", "It may have been removed at the end of its retention; run the diagnostics again.", false),
            Self::EvidenceUnavailable => {
                ("The console cannot reach its evidence.", "Try again in a moment; if it lasts, ask an administrator to check the evidence store.", true)
            }
            Self::NotificationNotFound => ("There is no such notification.", "Load the list again.", false),
            Self::IncidentNotFound => ("There is no such incident.", "Load the list of incidents again.", false),
            Self::IncidentResolved => ("This incident is resolved already.", "Add a note to it, or wait for the next one.", false),
            Self::IncidentNotResolved => ("This incident is not resolved yet.", "Resolve it first; its post-mortem may be drafted meanwhile.", false),
            Self::IncidentMerged => ("This incident is merged into another one.", "Split it first, or go on with the other one.", false),
            Self::IncidentNotMerged => ("This incident is merged into none.", "Load it again; somebody may have split it already.", false),
            Self::ActionItemNotFound => ("There is no such action item.", "It may have been removed; load the list again.", false),
            Self::ChecklistSigned => ("Today's checklist is signed already.", "Look at what was found; the next one is tomorrow's.", false),
            Self::MaintenanceTaskNotFound => ("There is no such maintenance task.", "Load the list of tasks again.", false),
            Self::WindowNotFound => ("There is no such maintenance window, or it is over.", "Load the list of windows again.", false),
            Self::SilenceNotFound => ("There is no such silence, or it is over.", "Load the list of silences again.", false),
            Self::ChannelNotFound => ("There is no such channel.", "It may have been removed; look for it in the list of channels.", false),
            Self::DeliveryNotFound => ("There is no such delivery.", "It may have been removed at the end of its retention; load the list again.", false),
            Self::DeliveryNotDead => ("This message was not given up.", "Only what was given up can be sent again; load the list again.", false),
            Self::RunbookNotFound => ("There is no such runbook.", "It may have been removed; look for it in the list of runbooks.", false),
            Self::RunbookShipped => ("This runbook comes with the console and stays as it is.", "Make a runbook of your own from its text.", false),
            Self::ExecutionNotFound => ("There is no such execution of a runbook.", "Look for it on the page of its runbook.", false),
            Self::ExecutionOver => ("This execution is over.", "Begin the runbook anew.", false),
            Self::ExecutionNotDone => ("This execution is not at its end.", "Carry out or skip each step first, then try again.", false),
            Self::StepNotDue => ("It is not this step’s turn, or the console is at it.", "Load the page again to see which step is next.", false),
            Self::StepNotFound => ("This execution has no such step.", "Load the execution again to see its steps.", false),
            Self::AnotherPersonNeeded => ("Someone other than who began this has to approve it.", "Ask another member of the team to open this page.", false),
            Self::ContactNotFound => ("There is no such contact.", "It may have been removed; look for it on the page of who is on call.", false),
            Self::ScheduleNotFound => ("There is no such schedule.", "It may have been removed; look for it on the page of who is on call.", false),
            Self::EscalationPolicyNotFound => {
                ("There is no such escalation policy.", "It may have been removed; look for it on the page of who is on call.", false)
            }
            Self::ChannelOfContact => ("This channel is the mailbox of a contact.", "Change or remove the contact instead.", false),
            Self::InUse => ("Something else names it.", "Take it out of the schedules and policies that name it first.", false),
            Self::NoLevelLeft => ("Every level has been reached.", "Call whoever can help, or add a level to the escalation policy for the next time.", false),
            Self::AcknowledgeLinkInvalid => ("This link is not good any more.", "Use the link of a later message, or sign in and open the incident.", false),
            Self::DatabaseUnavailable => {
                ("The console cannot reach its database.", "Try again in a moment; if it lasts, ask an administrator to check the database.", true)
            }
            Self::DiskFull => ("The disk is full, so nothing can be saved.", "Free some space on it; the console then goes on by itself.", true),
            Self::CredentialUnreadable => {
                ("The stored credential cannot be opened.", "Enter it again, or ask an administrator whether the master key changed.", false)
            }
            Self::Overloaded => ("The console is busy.", "Try again in a moment.", true),
            Self::Internal => ("Something went wrong in the console.", "Try again; if it happens again, give the correlation ID to an administrator.", true),
        };
        ErrorText { message, remediation, retryable }
    }
}
