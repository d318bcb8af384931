//! How far an actor may go within their role.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{environment::Environment, permission::Permission, time::Timestamp};

/// The limits of an API token. People and the command line have none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct TokenLimits {
    /// Absent: all of them, and what belongs to none.
    #[cfg_attr(feature = "server", sqlx(json(nullable)))]
    pub environments: Option<BTreeSet<Environment>>,
    /// Absent: all that the role has.
    #[cfg_attr(feature = "server", sqlx(json(nullable)))]
    pub permissions: Option<BTreeSet<Permission>>,
    /// Absent: it does not end by itself.
    pub expires_at: Option<Timestamp>,
}

impl TokenLimits {
    pub fn covers(&self, environment: Environment) -> bool {
        self.environments.as_ref().is_none_or(|some| some.contains(&environment))
    }

    pub fn allows(&self, permission: Permission) -> bool {
        self.permissions.as_ref().is_none_or(|some| some.contains(&permission)) && (self.environments.is_none() || permission.is_of_an_environment())
    }

    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether `other` goes no further than this.
    pub fn contains(&self, other: &Self) -> bool {
        is_within(self.environments.as_ref(), other.environments.as_ref())
            && is_within(self.permissions.as_ref(), other.permissions.as_ref())
            && self.expires_at.is_none_or(|end| other.expires_at.is_some_and(|other| other <= end))
    }

    /// The environments as one text, in which lists look for that of a row between two commas: `,development,staging,`.
    pub fn environment_names(&self) -> Option<String> {
        let some = self.environments.as_ref()?;
        Some(some.iter().fold(",".to_owned(), |names, environment| names + environment.into() + ","))
    }
}

/// Absent is everything.
fn is_within<T: Ord>(all: Option<&BTreeSet<T>>, some: Option<&BTreeSet<T>>) -> bool {
    all.is_none_or(|all| some.is_some_and(|some| some.is_subset(all)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(environments: &[Environment]) -> TokenLimits {
        TokenLimits { environments: Some(environments.iter().copied().collect()), ..TokenLimits::default() }
    }

    #[test]
    fn nothing_goes_further_than_what_it_comes_from() {
        let (all, staging) = (TokenLimits::default(), of(&[Environment::Staging]));
        let both = of(&[Environment::Development, Environment::Staging]);
        assert!(all.contains(&staging) && both.contains(&staging) && staging.contains(&staging));
        assert!(!staging.contains(&all) && !staging.contains(&both));
        let until = |seconds: i64| TokenLimits { expires_at: Some(Timestamp::from_millis(seconds * 1_000)), ..TokenLimits::default() };
        assert!(all.contains(&until(1)) && until(2).contains(&until(1)));
        assert!(!until(1).contains(&until(2)) && !until(1).contains(&all));
        let reads = TokenLimits { permissions: Some([Permission::ReadHealth].into()), ..TokenLimits::default() };
        assert!(all.contains(&reads) && !reads.contains(&all));
    }

    #[test]
    fn what_belongs_to_no_environment_is_beyond_one_that_is_limited_to_some() {
        let staging = of(&[Environment::Staging]);
        assert!(staging.covers(Environment::Staging) && !staging.covers(Environment::Production));
        assert!(staging.allows(Permission::ReadHealth) && !staging.allows(Permission::ReadErrors) && !staging.allows(Permission::ManageOperators));
        assert_eq!(of(&[Environment::Staging, Environment::Development]).environment_names().as_deref(), Some(",development,staging,"));
    }
}
