//! Why a scenario failed, in words for the person: what it means and what to do.

use crate::engine::egress::DialError;

/// A scenario's failure: the cause gives `why` and `remediation`, `found` says what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub cause: Cause,
    pub found: String,
}

impl Failure {
    pub fn new(cause: Cause, found: impl Into<String>) -> Self {
        Self { cause, found: found.into() }
    }
}

/// The classified reason; one row of words each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    NameNotFound,
    TimedOut,
}

/// Why a cause matters and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CauseText {
    pub why: &'static str,
    pub remediation: &'static str,
}

impl Cause {
    /// The one place of words for failed scenarios.
    pub const fn text(self) -> CauseText {
        let (why, remediation) = match self {
            Self::NameNotFound => ("Nothing can connect to a name that has no address.", "Check the host for typing errors, and that its DNS record exists."),
            Self::TimedOut => ("Requests to this service would hang.", "Check that the service runs and that no firewall drops the packets."),
        };
        CauseText { why, remediation }
    }
}

impl From<DialError> for Failure {
    fn from(error: DialError) -> Self {
        Self::new(Cause::TimedOut, error.to_string())
    }
}
