//! Who did what to which thing, from where: entries of the audit log.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{correlation_id::CorrelationId, error::ErrorCode, ids::Id, operator::Role, time::Timestamp};

/// What someone did. Reading stands here where what is read is sensitive. Stable: outside code matches on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum AuditAct {
    ConnectionCreated,
    ConnectionEdited,
    ConnectionTested,
    ConnectionActivated,
    ConnectionSuspended,
    ConnectionResumed,
    ConnectionArchived,
    ConnectionRestored,
    HeartbeatsSwept,
    RunStarted,
    RunRepeated,
    RunCancelled,
    EvidenceRead,
    EvidencePackRead,
    IncidentDeclared,
    IncidentAcknowledged,
    IncidentAssessed,
    IncidentMitigated,
    IncidentNoted,
    IncidentEdited,
    IncidentMerged,
    IncidentSplit,
    IncidentResolved,
    PostMortemWritten,
    PostMortemCompleted,
    PostMortemExported,
    ActionItemAdded,
    ActionItemEdited,
    ActionItemRemoved,
    IncidentEscalated,
    MaintenanceDeclared,
    MaintenanceEnded,
    SilenceMade,
    SilenceEnded,
    MaintenanceTaskDone,
    ChecklistSigned,
    NotificationRead,
    NotificationsRead,
    ErrorRead,
    ErrorsListed,
    ErrorsResolved,
    TokenIssued,
    TokenEdited,
    TokenRotated,
    TokenRevoked,
    TeamCreated,
    TeamEdited,
    TeamEntered,
    PersonInvited,
    InvitationMailed,
    InvitationWithdrawn,
    InvitationAccepted,
    RoleChanged,
    PersonRemoved,
    PersonLeft,
    PasswordChanged,
    PasswordReset,
    PersonDisabled,
    PersonEnabled,
    PersonForgotten,
    SessionEnded,
    SignedOutEverywhere,
    IdentityLinked,
    IdentityUnlinked,
    IdentitiesForgotten,
    OperatorCreated,
    ConsoleSetUp,
    SignedIn,
    SignInRefused,
    SignedOut,
    SecondFactorSetUp,
    SecondFactorRemoved,
    SecondFactorAsked,
    SecondFactorRefused,
    RecoveryCodeUsed,
    RecoveryCodesRenewed,
    SecondFactorReset,
    PasskeyAdded,
    PasskeyRemoved,
    PasskeyRefused,
    PasskeyCopied,
    PasskeysForgotten,
    SecondFactorDemanded,
    SecondFactorWaived,
    ChannelCreated,
    ChannelEdited,
    ChannelRemoved,
    ChannelTested,
    DeliveryResent,
    RunbookCreated,
    RunbookEdited,
    RunbookRemoved,
    ExecutionStarted,
    ExecutionResumed,
    StepReported,
    ExecutionSignedOff,
    ExecutionCancelled,
    ExecutionPackRead,
    ContactCreated,
    ContactEdited,
    ContactRemoved,
    ScheduleCreated,
    ScheduleEdited,
    ScheduleRemoved,
    CalendarIssued,
    CalendarRevoked,
    EscalationPolicyCreated,
    EscalationPolicyEdited,
    EscalationPolicyRemoved,
    SeverityPolicyChanged,
    AuditExported,
    KeysRotated,
    KeyAbandoned,
    BackupMade,
    BackupRestored,
}

/// What an act is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum AuditedThing {
    Connection,
    Run,
    Evidence,
    Incident,
    ActionItem,
    Maintenance,
    Silence,
    Checklist,
    Notification,
    Error,
    Token,
    Team,
    Operator,
    Channel,
    Delivery,
    Runbook,
    Execution,
    Contact,
    Schedule,
    EscalationPolicy,
    SeverityPolicy,
    Audit,
    Keys,
    Backup,
}

impl AuditAct {
    #[expect(clippy::too_many_lines, reason = "a table, with a row for each act")]
    pub const fn thing(self) -> AuditedThing {
        match self {
            Self::ConnectionCreated
            | Self::ConnectionEdited
            | Self::ConnectionTested
            | Self::ConnectionActivated
            | Self::ConnectionSuspended
            | Self::ConnectionResumed
            | Self::ConnectionArchived
            | Self::ConnectionRestored
            | Self::HeartbeatsSwept => AuditedThing::Connection,
            Self::RunStarted | Self::RunRepeated | Self::RunCancelled | Self::EvidencePackRead => AuditedThing::Run,
            Self::EvidenceRead => AuditedThing::Evidence,
            Self::IncidentDeclared
            | Self::IncidentAcknowledged
            | Self::IncidentAssessed
            | Self::IncidentMitigated
            | Self::IncidentNoted
            | Self::IncidentEdited
            | Self::IncidentMerged
            | Self::IncidentSplit
            | Self::IncidentResolved
            | Self::IncidentEscalated
            | Self::PostMortemWritten
            | Self::PostMortemCompleted
            | Self::PostMortemExported => AuditedThing::Incident,
            Self::ActionItemAdded | Self::ActionItemEdited | Self::ActionItemRemoved => AuditedThing::ActionItem,
            Self::MaintenanceDeclared | Self::MaintenanceEnded | Self::MaintenanceTaskDone => AuditedThing::Maintenance,
            Self::SilenceMade | Self::SilenceEnded => AuditedThing::Silence,
            Self::ChecklistSigned => AuditedThing::Checklist,
            Self::NotificationRead | Self::NotificationsRead => AuditedThing::Notification,
            Self::ErrorRead | Self::ErrorsListed | Self::ErrorsResolved => AuditedThing::Error,
            Self::TokenIssued | Self::TokenEdited | Self::TokenRotated | Self::TokenRevoked => AuditedThing::Token,
            Self::TeamCreated | Self::TeamEdited | Self::TeamEntered | Self::SecondFactorDemanded | Self::SecondFactorWaived => AuditedThing::Team,
            Self::PersonInvited
            | Self::InvitationMailed
            | Self::InvitationWithdrawn
            | Self::InvitationAccepted
            | Self::RoleChanged
            | Self::PersonRemoved
            | Self::PersonLeft
            | Self::PasswordChanged
            | Self::PasswordReset
            | Self::PersonDisabled
            | Self::PersonEnabled
            | Self::PersonForgotten
            | Self::SessionEnded
            | Self::SignedOutEverywhere
            | Self::IdentityLinked
            | Self::IdentityUnlinked
            | Self::IdentitiesForgotten
            | Self::OperatorCreated
            | Self::ConsoleSetUp
            | Self::SignedIn
            | Self::SignInRefused
            | Self::SignedOut
            | Self::SecondFactorSetUp
            | Self::SecondFactorRemoved
            | Self::SecondFactorAsked
            | Self::SecondFactorRefused
            | Self::RecoveryCodeUsed
            | Self::RecoveryCodesRenewed
            | Self::SecondFactorReset
            | Self::PasskeyAdded
            | Self::PasskeyRemoved
            | Self::PasskeyRefused
            | Self::PasskeyCopied
            | Self::PasskeysForgotten => AuditedThing::Operator,
            Self::ChannelCreated | Self::ChannelEdited | Self::ChannelRemoved | Self::ChannelTested => AuditedThing::Channel,
            Self::DeliveryResent => AuditedThing::Delivery,
            Self::RunbookCreated | Self::RunbookEdited | Self::RunbookRemoved => AuditedThing::Runbook,
            Self::ExecutionStarted
            | Self::ExecutionResumed
            | Self::StepReported
            | Self::ExecutionSignedOff
            | Self::ExecutionCancelled
            | Self::ExecutionPackRead => AuditedThing::Execution,
            Self::ContactCreated | Self::ContactEdited | Self::ContactRemoved => AuditedThing::Contact,
            Self::ScheduleCreated | Self::ScheduleEdited | Self::ScheduleRemoved | Self::CalendarIssued | Self::CalendarRevoked => AuditedThing::Schedule,
            Self::EscalationPolicyCreated | Self::EscalationPolicyEdited | Self::EscalationPolicyRemoved => AuditedThing::EscalationPolicy,
            Self::SeverityPolicyChanged => AuditedThing::SeverityPolicy,
            Self::AuditExported => AuditedThing::Audit,
            Self::KeysRotated | Self::KeyAbandoned => AuditedThing::Keys,
            Self::BackupMade | Self::BackupRestored => AuditedThing::Backup,
        }
    }

    /// What was done, as it is read after the name of who did it.
    #[expect(clippy::too_many_lines, reason = "a table, with a row for each act")]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ConnectionCreated => "Created a connection",
            Self::ConnectionEdited => "Edited a connection",
            Self::ConnectionTested => "Tested a connection",
            Self::ConnectionActivated => "Activated a connection",
            Self::ConnectionSuspended => "Suspended a connection",
            Self::ConnectionResumed => "Resumed a connection",
            Self::ConnectionArchived => "Archived a connection",
            Self::ConnectionRestored => "Restored a connection",
            Self::HeartbeatsSwept => "Tried connections by hand",
            Self::RunStarted => "Started diagnostics",
            Self::RunRepeated => "Repeated diagnostics",
            Self::RunCancelled => "Cancelled diagnostics",
            Self::EvidenceRead => "Read evidence",
            Self::EvidencePackRead => "Downloaded an evidence pack",
            Self::IncidentAcknowledged => "Acknowledged an incident",
            Self::IncidentDeclared => "Declared an incident",
            Self::IncidentAssessed => "Assessed an incident",
            Self::IncidentMitigated => "Mitigated an incident",
            Self::IncidentNoted => "Noted on an incident",
            Self::IncidentEdited => "Changed an incident",
            Self::IncidentMerged => "Merged an incident into another one",
            Self::IncidentSplit => "Split an incident from another one",
            Self::IncidentResolved => "Resolved an incident",
            Self::PostMortemWritten => "Wrote a post-mortem",
            Self::PostMortemCompleted => "Completed a post-mortem",
            Self::PostMortemExported => "Exported a post-mortem",
            Self::ActionItemAdded => "Added an action item",
            Self::ActionItemEdited => "Changed an action item",
            Self::ActionItemRemoved => "Removed an action item",
            Self::IncidentEscalated => "Escalated an incident",
            Self::MaintenanceDeclared => "Declared maintenance",
            Self::MaintenanceEnded => "Ended maintenance",
            Self::SilenceMade => "Silenced",
            Self::SilenceEnded => "Ended a silence",
            Self::MaintenanceTaskDone => "Did a maintenance task",
            Self::ChecklistSigned => "Signed the daily checklist",
            Self::NotificationRead => "Marked a notification as read",
            Self::NotificationsRead => "Marked all notifications as read",
            Self::ErrorRead => "Read what was behind an error",
            Self::ErrorsListed => "Read the list of errors",
            Self::ErrorsResolved => "Marked errors of a kind as resolved",
            Self::TokenIssued => "Made an API token",
            Self::TokenEdited => "Changed an API token",
            Self::TokenRotated => "Gave an API token another secret",
            Self::TokenRevoked => "Revoked an API token",
            Self::TeamCreated => "Made a team",
            Self::TeamEdited => "Renamed the team",
            Self::TeamEntered => "Switched to this team",
            Self::PersonInvited => "Invited a person",
            Self::InvitationMailed => "Sent an invitation by mail",
            Self::InvitationWithdrawn => "Took an invitation back",
            Self::InvitationAccepted => "Joined the team",
            Self::RoleChanged => "Gave a person another role",
            Self::PersonRemoved => "Removed a person from the team",
            Self::PersonLeft => "Left the team",
            Self::PasswordChanged => "Changed their password",
            Self::PasswordReset => "Gave a person another password",
            Self::PersonDisabled => "Kept a person from signing in",
            Self::PersonEnabled => "Let a person sign in again",
            Self::PersonForgotten => "Removed a person from the console",
            Self::SessionEnded => "Ended one of their sessions",
            Self::SignedOutEverywhere => "Signed out everywhere",
            Self::IdentityLinked => "Linked their account to the identity provider",
            Self::IdentityUnlinked => "Unlinked their account from the identity provider",
            Self::IdentitiesForgotten => "Unlinked a person’s account from the identity provider",
            Self::OperatorCreated => "Added a person",
            Self::ConsoleSetUp => "Set up the console",
            Self::SignedIn => "Signed in",
            Self::SignInRefused => "Was refused at sign-in",
            Self::SignedOut => "Signed out",
            Self::SecondFactorSetUp => "Set up a second factor",
            Self::SecondFactorRemoved => "Switched their second factor off",
            Self::SecondFactorAsked => "Gave the right password, and was asked for a code",
            Self::SecondFactorRefused => "Gave a wrong code as second factor",
            Self::RecoveryCodeUsed => "Used a recovery code",
            Self::RecoveryCodesRenewed => "Made new recovery codes",
            Self::SecondFactorReset => "Took a person’s second factor away",
            Self::PasskeyAdded => "Added a passkey",
            Self::PasskeyRemoved => "Removed a passkey",
            Self::PasskeyRefused => "Was refused with a passkey",
            Self::PasskeyCopied => "Was refused with a passkey whose counter went back: there may be a copy of it",
            Self::PasskeysForgotten => "Took a person’s passkeys away",
            Self::SecondFactorDemanded => "Demanded a second factor of everyone in the team",
            Self::SecondFactorWaived => "Stopped demanding a second factor",
            Self::ChannelCreated => "Added a notification channel",
            Self::ChannelEdited => "Changed a notification channel",
            Self::ChannelRemoved => "Removed a notification channel",
            Self::ChannelTested => "Sent a test to a notification channel",
            Self::DeliveryResent => "Sent a message again that was given up",
            Self::RunbookCreated => "Wrote a runbook",
            Self::RunbookEdited => "Changed a runbook",
            Self::RunbookRemoved => "Removed a runbook",
            Self::ExecutionStarted => "Began to carry out a runbook",
            Self::ExecutionResumed => "Went on with a runbook",
            Self::StepReported => "Said what came of a step of a runbook",
            Self::ExecutionSignedOff => "Signed off a runbook",
            Self::ExecutionCancelled => "Broke off a runbook",
            Self::ExecutionPackRead => "Downloaded the record of a runbook",
            Self::ContactCreated => "Added a contact",
            Self::ContactEdited => "Changed a contact",
            Self::ContactRemoved => "Removed a contact",
            Self::ScheduleCreated => "Added an on-call schedule",
            Self::ScheduleEdited => "Changed an on-call schedule",
            Self::ScheduleRemoved => "Removed an on-call schedule",
            Self::CalendarIssued => "Gave an on-call schedule a calendar address",
            Self::CalendarRevoked => "Took an on-call schedule’s calendar address back",
            Self::EscalationPolicyCreated => "Added an escalation policy",
            Self::EscalationPolicyEdited => "Changed an escalation policy",
            Self::EscalationPolicyRemoved => "Removed an escalation policy",
            Self::SeverityPolicyChanged => "Changed what severities mean",
            Self::AuditExported => "Exported the audit log",
            Self::KeysRotated => "Rotated the master key",
            Self::KeyAbandoned => "Gave up a master key that was lost",
            Self::BackupMade => "Made a backup of everything",
            Self::BackupRestored => "Restored everything from a backup",
        }
    }
}

/// What else is worth knowing of an act. Never a secret, and never more than a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct AuditDetail {
    /// What the thing was called then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The version of the connection that came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// How many things it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// A stored credential was opened for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_credential: Option<bool>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ErrorCode>,
}

/// Which thing an act was about, and what else is worth knowing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    pub id: Option<String>,
    pub detail: AuditDetail,
}

impl Subject {
    /// About many things, or none that has an id.
    pub fn many(count: usize) -> Self {
        Self::default().count(count)
    }

    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.detail.name = Some(name.into());
        self
    }

    #[must_use]
    pub const fn version(mut self, version: i64) -> Self {
        self.detail.version = Some(version);
        self
    }

    #[must_use]
    pub const fn role(mut self, role: Role) -> Self {
        self.detail.role = Some(role);
        self
    }

    #[must_use]
    pub fn count(mut self, count: usize) -> Self {
        self.detail.count = Some(count.try_into().unwrap_or(u64::MAX));
        self
    }

    #[must_use]
    pub const fn used_credential(mut self, used: bool) -> Self {
        self.detail.used_credential = Some(used);
        self
    }

    #[must_use]
    pub const fn reason(mut self, reason: ErrorCode) -> Self {
        self.detail.reason = Some(reason);
        self
    }
}

impl<T> From<Id<T>> for Subject {
    fn from(id: Id<T>) -> Self {
        Self { id: Some(id.to_string()), ..Self::default() }
    }
}

impl From<&CorrelationId> for Subject {
    fn from(id: &CorrelationId) -> Self {
        Self { id: Some(id.to_string()), ..Self::default() }
    }
}

/// One line of the log, as it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Its place in the team's log, the first being 1.
    pub sequence: i64,
    pub at: Timestamp,
    pub actor: String,
    /// An [`AuditAct`], as long as it is one that this program knows.
    pub act: String,
    pub thing: String,
    pub thing_id: Option<String>,
    /// The client's address, or `command line`.
    pub from: String,
    pub correlation_id: String,
    pub detail: AuditDetail,
}

impl AuditEntry {
    /// What was done, in words.
    pub fn sentence(&self) -> String {
        self.act.parse().map_or_else(|_| self.act.replace('_', " "), |act: AuditAct| act.sentence().to_owned())
    }
}

/// Which entries are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Whole, as the log shows it.
    pub actor: Option<String>,
    pub act: Option<AuditAct>,
    /// The name of an [`AuditedThing`], or the id of one.
    pub thing: Option<String>,
    pub from: Option<Timestamp>,
    /// Exclusive.
    pub to: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_act_has_a_sentence_of_its_own() {
        let sentences: std::collections::BTreeSet<_> = AuditAct::iter().map(AuditAct::sentence).collect();
        assert_eq!(sentences.len(), AuditAct::iter().count());
    }

    #[test]
    fn a_detail_says_only_what_there_is() {
        let subject = Subject::from(Id::<()>::from_uuid(uuid::Uuid::nil())).named("Orders").version(3);
        assert_eq!(serde_json::to_string(&subject.detail).expect("JSON"), r#"{"name":"Orders","version":3}"#);
        assert_eq!(serde_json::from_str::<AuditDetail>("{}").expect("read"), AuditDetail::default());
    }
}
