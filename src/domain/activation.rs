//! When a connection may be activated.

use std::time::Duration;

use super::{
    error::ErrorCode,
    profile::{ServiceConnectionProfile, Transition},
    time::Timestamp,
};

/// How long a passed verification allows activation, unless a setting says otherwise.
pub const VERIFICATION_LIVES_SECONDS: u32 = 24 * 60 * 60;

impl ServiceConnectionProfile {
    /// Why this connection may not be activated at `now`, if it may not.
    pub fn activation_refusal(&self, now: Timestamp, time_to_live: Duration) -> Option<ErrorCode> {
        if let Err(code) = Transition::Activate.allowed_from(self.state) {
            return Some(code);
        }
        match (self.verified_version, self.last_verified_at) {
            (Some(version), _) if version != self.version => Some(ErrorCode::VerificationOutdated),
            (Some(_), Some(at)) if at + time_to_live < now => Some(ErrorCode::VerificationExpired),
            (Some(_), Some(_)) => None,
            _ => Some(ErrorCode::VerificationRequired),
        }
    }
}
