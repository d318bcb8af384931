//! What stands beside the words of an error: how much it matters, and who can help.

use strum::IntoEnumIterator;

use super::ErrorCode;
use crate::severity::Severity;

/// Whom someone turns to who cannot get on by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact {
    /// What to do next is enough.
    Nobody,
    /// Of the team: they give roles, tokens and invitations.
    TeamAdministrator,
    /// Of the server: they have its log, its database and its keys.
    ServerAdministrator,
    /// Whoever runs the identity provider.
    IdentityProvider,
}

impl Contact {
    /// Absent where nobody need be asked.
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Self::Nobody => None,
            Self::TeamAdministrator => Some("An administrator of the team"),
            Self::ServerAdministrator => Some("Whoever runs the server, with the correlation ID"),
            Self::IdentityProvider => Some("Whoever runs the identity provider"),
        }
    }
}

impl ErrorCode {
    /// The name in plain writing, such as “Name taken”.
    pub fn title(self) -> String {
        let mut words = self.to_string().replace('_', " ");
        if let Some(first) = words.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        words
    }

    /// `info` where a rule refused something and nothing failed.
    pub const fn severity(self) -> Severity {
        match self {
            Self::DatabaseUnavailable | Self::DiskFull => Severity::Critical,
            Self::CredentialUnreadable | Self::EvidenceUnavailable | Self::Internal => Severity::Error,
            Self::Overloaded | Self::RequestTimeout | Self::ProviderUnavailable | Self::ProviderUntrusted => Severity::Warning,
            _ => Severity::Info,
        }
    }

    pub const fn contact(self) -> Contact {
        match self {
            Self::Forbidden | Self::OutOfReach | Self::TokenExpired | Self::InvitationInvalid => Contact::TeamAdministrator,
            Self::DatabaseUnavailable
            | Self::DiskFull
            | Self::CredentialUnreadable
            | Self::EvidenceUnavailable
            | Self::Internal
            | Self::ProviderUnavailable
            | Self::ProviderUntrusted
            | Self::AccountDisabled
            | Self::AccountUnreachable
            | Self::IdentityTaken
            | Self::NotSetUp
            | Self::SetupLinkInvalid => Contact::ServerAdministrator,
            Self::ProviderRefused | Self::EmailUnverified | Self::NoGroup | Self::GroupsMissing => Contact::IdentityProvider,
            _ => Contact::Nobody,
        }
    }

    /// All of them, by name.
    pub fn catalogue() -> Vec<Self> {
        let mut codes: Vec<_> = Self::iter().collect();
        codes.sort_by_key(ToString::to_string);
        codes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_told_to_ask_somebody_is_told_whom() {
        for code in ErrorCode::iter() {
            let asks = ["sk an administrator", "sk whoever", "to an administrator"].iter().any(|words| code.text().remediation.contains(words));
            assert!(!asks || code.contact() != Contact::Nobody, "{code}: {}", code.text().remediation);
        }
    }

    #[test]
    fn what_failed_is_no_mere_refusal_and_can_be_tried_again_or_asked_about() {
        for code in ErrorCode::iter().filter(|code| code.severity() != Severity::Info) {
            assert!(code.text().retryable || code.contact() != Contact::Nobody, "{code}");
        }
        assert_eq!(ErrorCode::NameTaken.title(), "Name taken");
    }
}
