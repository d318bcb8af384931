//! Why nothing is told of an incident for now, and when it is told after all.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use super::time::Timestamp;

/// The strongest reason first: where several hold, that one is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum SuppressionReason {
    /// Its connection is in maintenance.
    Maintenance,
    /// It follows from the incident of a connection that its own depends on.
    Dependency,
    /// Somebody knows of it.
    Silence,
}

impl SuppressionReason {
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Maintenance => "Nobody is told while its connection is in maintenance.",
            Self::Dependency => "Nobody is told: it follows from the incident of a connection that this one depends on.",
            Self::Silence => "Nobody is told while it is silenced.",
        }
    }
}

/// How the connection was tried last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastTry {
    pub at: Timestamp,
    pub failed: bool,
    /// A maintenance window covered its last slot.
    pub in_maintenance: bool,
}

/// Whether an incident is told now that what held it back is over, since `over_since` where that is known. After maintenance, and after what its
/// connection depends on has recovered, the connection is judged afresh: its next heartbeat may end the incident without a word.
pub fn is_told_now(held_back: SuppressionReason, over_since: Option<Timestamp>, last: Option<LastTry>) -> bool {
    match held_back {
        SuppressionReason::Silence => true,
        SuppressionReason::Maintenance => last.is_some_and(|last| last.failed && !last.in_maintenance),
        SuppressionReason::Dependency => last.is_some_and(|last| last.failed && over_since.is_none_or(|over| last.at > over)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_judged_afresh_before_its_incident_is_told() {
        let at = Timestamp::from_millis;
        let last = |seconds: i64, failed, in_maintenance| Some(LastTry { at: at(seconds * 1_000), failed, in_maintenance });
        assert!(is_told_now(SuppressionReason::Silence, None, None));
        assert!(!is_told_now(SuppressionReason::Maintenance, None, last(60, true, true)), "not tried since");
        assert!(is_told_now(SuppressionReason::Maintenance, None, last(60, true, false)));
        assert!(!is_told_now(SuppressionReason::Maintenance, None, last(60, false, false)), "it is recovering");
        let over = Some(at(60_000));
        assert!(!is_told_now(SuppressionReason::Dependency, over, last(60, true, false)) && !is_told_now(SuppressionReason::Dependency, over, None));
        assert!(
            !is_told_now(SuppressionReason::Dependency, over, last(61, false, false))
                && is_told_now(SuppressionReason::Dependency, over, last(61, true, false))
        );
        assert!(is_told_now(SuppressionReason::Dependency, None, last(1, true, false)), "the dependency was taken back");
    }
}
