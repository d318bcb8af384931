//! Which connections a silence or a maintenance window is about.

use serde::{Deserialize, Serialize};

use super::{environment::Environment, identity::has_tag, ids::ProfileId};

/// What is given must all hold. Where nothing is given, every connection of the team is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct Matchers {
    #[cfg_attr(feature = "server", schema(value_type = Option<uuid::Uuid>))]
    pub connection_id: Option<ProfileId>,
    /// One of the connection's, without regard to case.
    #[cfg_attr(feature = "server", schema(max_length = 40))]
    pub tag: Option<String>,
    pub environment: Option<Environment>,
}

/// What of a connection they look at.
#[derive(Clone, Copy, Debug)]
pub struct Matched<'a> {
    pub id: ProfileId,
    pub environment: Environment,
    pub tags: &'a [String],
}

impl Matchers {
    pub fn hold_for(&self, connection: Matched<'_>) -> bool {
        self.connection_id.is_none_or(|id| id == connection.id)
            && self.environment.is_none_or(|environment| environment == connection.environment)
            && self.tag.as_ref().is_none_or(|tag| has_tag(connection.tags, tag))
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    #[test]
    fn what_is_given_must_all_hold() {
        let id = Id::from_uuid(uuid::Uuid::from_u128(1));
        let tags = ["payments".to_owned()];
        let connection = Matched { id, environment: Environment::Production, tags: &tags };
        let holds = |connection_id: Option<ProfileId>, tag: Option<&str>, environment| {
            Matchers { connection_id, tag: tag.map(str::to_owned), environment }.hold_for(connection)
        };
        assert!(holds(None, None, None) && holds(Some(id), Some("payments"), Some(Environment::Production)));
        assert!(!holds(Some(Id::from_uuid(uuid::Uuid::from_u128(2))), Some("payments"), None));
        assert!(!holds(None, Some("pay"), None) && !holds(None, Some("payments"), Some(Environment::Staging)));
    }
}
