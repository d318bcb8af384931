//! How often what was tried succeeded.

use serde::{Deserialize, Serialize};

use super::{ids::ProfileId, kind::KindId};

/// Tries of one sort, of one kind or of one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Rate {
    pub kind: KindId,
    /// Absent where it is of all connections of the kind.
    pub connection_id: Option<ProfileId>,
    pub connection_name: Option<String>,
    /// Tests before an activation that ended, and of these those that failed.
    pub verifications: i64,
    pub verifications_failed: i64,
    /// Scenarios of diagnostic runs that were tried, and of these those that failed.
    pub scenarios: i64,
    pub scenarios_failed: i64,
}

impl Rate {
    /// Percent of all that succeeded, to a tenth and rounded down: 100 % means that nothing failed.
    pub fn success(&self) -> Option<f64> {
        let (tried, failed) = (self.verifications + self.scenarios, self.verifications_failed + self.scenarios_failed);
        let tenths = (tried - failed).checked_mul(1_000)?.checked_div(tried)?;
        #[expect(clippy::cast_precision_loss, reason = "at most 1,000")]
        let tenths = tenths as f64;
        Some(tenths / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(verifications: i64, failed: i64) -> Rate {
        Rate {
            kind: "tcp".parse().expect("a kind"),
            connection_id: None,
            connection_name: None,
            verifications,
            verifications_failed: failed,
            scenarios: verifications,
            scenarios_failed: 0,
        }
    }

    #[test]
    fn a_hundred_percent_means_that_nothing_failed() {
        assert_eq!(rate(0, 0).success(), None);
        assert_eq!([rate(4, 0), rate(4, 4), rate(5_000, 1)].map(|rate| rate.success()), [Some(100.0), Some(50.0), Some(99.9)]);
    }
}
