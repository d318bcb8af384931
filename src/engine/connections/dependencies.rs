//! What a connection may depend on.

use std::collections::{BTreeSet, HashMap};

use crate::{OpsError, Scope};
use domain::{
    dependency::{MOST_DEPENDENCIES, makes_a_circle},
    ids::ProfileId,
    profile::ServiceConnectionProfile,
};
use store::{TeamTx, profiles};

/// Each once.
pub fn tidy(mut depends_on: Vec<ProfileId>) -> Vec<ProfileId> {
    let mut seen = BTreeSet::new();
    depends_on.retain(|id| seen.insert(id.as_uuid()));
    depends_on
}

/// The connection, of which an actor who is limited to some environments is told nothing of the others.
///
/// # Errors
/// The database failed.
pub(crate) async fn as_seen(scope: &Scope, mut profile: ServiceConnectionProfile) -> Result<ServiceConnectionProfile, OpsError> {
    let mut seen = Vec::with_capacity(profile.depends_on.len());
    for id in profile.depends_on {
        if scope.sees_connection(id).await? {
            seen.push(id);
        }
    }
    profile.depends_on = seen;
    Ok(profile)
}

/// # Errors
/// Too many, or one that is not there.
pub(super) async fn check(scope: &Scope, depends_on: &[ProfileId]) -> Result<(), OpsError> {
    if depends_on.len() > MOST_DEPENDENCIES {
        return Err(wrong(format!("At most {MOST_DEPENDENCIES}.")));
    }
    for id in depends_on {
        let found = profiles::get(&scope.db(), *id).await?;
        if found.is_none_or(|profile| !scope.sees(profile.environment)) {
            return Err(wrong("There is no such connection."));
        }
    }
    Ok(())
}

/// What it depends on already and an actor does not see, they have not taken away.
///
/// # Errors
/// The database failed.
pub(super) async fn keep_unseen(scope: &Scope, wanted: &mut Vec<ProfileId>, current: &[ProfileId]) -> Result<(), OpsError> {
    for id in current {
        if !wanted.contains(id) && !scope.sees_connection(*id).await? {
            wanted.push(*id);
        }
    }
    Ok(())
}

/// Called once the audit log of the team is held, so that two edits at once cannot make a circle together.
///
/// # Errors
/// The connection would depend on itself.
pub async fn refuse_circle(tx: &mut TeamTx, profile: &ServiceConnectionProfile) -> Result<(), OpsError> {
    let dependencies: HashMap<_, _> = profiles::dependencies(tx).await?.into_iter().collect();
    if makes_a_circle(profile.id, &profile.depends_on, &dependencies) {
        return Err(wrong("It would depend on itself, by whatever way round."));
    }
    Ok(())
}

fn wrong(message: impl Into<String>) -> OpsError {
    OpsError::invalid("depends_on", message)
}
