//! Which connections and scenarios a run goes through.

use std::sync::Arc;

use crate::{OpsError, Scope, connections};
use domain::{
    bidi,
    environment::Environment,
    error::ErrorCode,
    ids::ProfileId,
    kind::Depth,
    listing::{Filter, Sort},
    profile::{ServiceConnectionProfile, State},
};
use probes::kinds::ConnectionKind;
use store::profiles::list::{self, From, Key};

/// Most connections of one run.
pub const MOST_CONNECTIONS: usize = 2_000;

/// Which connections are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    Connections(Vec<ProfileId>),
    /// As [`Selection::All`], of this environment.
    Environment(Environment),
    /// Every connection that is not archived. Where some have been verified, drafts that never were are left out: nothing relies on
    /// those, so that they must not hold up a release.
    All,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRequest {
    pub selection: Selection,
    /// Only these scenarios; absent means all.
    pub scenarios: Option<Vec<String>>,
    /// The release it is run for: 1 to 100 characters on one line.
    pub release: Option<String>,
}

/// One connection of a plan.
pub struct Planned {
    pub profile: ServiceConnectionProfile,
    pub kind: Arc<dyn ConnectionKind>,
    /// How many scenarios it goes through.
    pub scenarios: usize,
}

pub struct Plan {
    pub connections: Vec<Planned>,
}

impl Plan {
    /// How many scenarios in all.
    pub fn scenarios(&self) -> usize {
        self.connections.iter().map(|planned| planned.scenarios).sum()
    }

    /// The one environment that all connections are in.
    pub fn environment(&self) -> Option<Environment> {
        let first = self.connections.first()?.profile.environment;
        self.connections.iter().all(|planned| planned.profile.environment == first).then_some(first)
    }
}

/// Whether a run narrowed to `chosen` goes through a scenario.
pub fn is_chosen(chosen: Option<&[String]>, scenario: &str) -> bool {
    chosen.is_none_or(|chosen| chosen.iter().any(|id| id == scenario))
}

/// # Errors
/// Nothing to run; a connection that is not there or archived; a scenario that none of the connections knows.
pub(super) async fn of(scope: &Scope, request: &RunRequest) -> Result<Plan, OpsError> {
    if request.release.as_ref().is_some_and(|release| !(1..=100).contains(&release.chars().count()) || release.chars().any(char::is_control)) {
        return Err(OpsError::invalid("release", "1 to 100 characters on one line."));
    }
    if let Some(wrong) = request.release.as_ref().and_then(|release| bidi::field_error("release", release)) {
        return Err(wrong.into());
    }
    let chosen = request.scenarios.as_deref();
    let mut connections = Vec::new();
    for profile in selected(scope, &request.selection).await? {
        let kind = scope.console.kinds.get(&profile.kind).ok_or_else(|| OpsError::Settings(format!("this program has no kind '{}'", profile.kind)))?;
        let scenarios = kind.descriptor().scenarios_to(Depth::Diagnose).filter(|scenario| is_chosen(chosen, scenario.id)).count();
        connections.push(Planned { profile, kind, scenarios });
    }
    let known = |id: &String| connections.iter().any(|planned| planned.kind.descriptor().scenarios.iter().any(|scenario| scenario.id == id));
    if let Some(unknown) = chosen.unwrap_or_default().iter().find(|id| !known(id)) {
        let shown: String = unknown.chars().filter(|c| !c.is_control()).take(60).collect();
        return Err(OpsError::invalid("scenarios", format!("None of these connections has a scenario “{shown}”; see /api/kinds.")));
    }
    connections.retain(|planned| planned.scenarios > 0);
    if connections.is_empty() {
        return Err(OpsError::invalid("connection_ids", "There is no connection to diagnose."));
    }
    Ok(Plan { connections })
}

async fn selected(scope: &Scope, selection: &Selection) -> Result<Vec<ServiceConnectionProfile>, OpsError> {
    let environment = match selection {
        Selection::Connections(ids) => return named(scope, ids).await,
        Selection::Environment(environment) => {
            scope.enter(*environment)?;
            Some(*environment)
        }
        Selection::All => None,
    };
    in_use(scope, &Filter { environment, ..Filter::default() }).await
}

/// Those that are meant where nobody named any: drafts that were never tested are left out, unless there is nothing else.
async fn in_use(scope: &Scope, filter: &Filter) -> Result<Vec<ServiceConnectionProfile>, OpsError> {
    let limit = i64::try_from(MOST_CONNECTIONS).unwrap_or(i64::MAX);
    let (mut tried, mut untried) = (Vec::new(), Vec::new());
    let mut from = From::Offset(0);
    loop {
        let page = list::page(&scope.db(), &scope.actor.limits, filter, Sort::Name, from, limit).await?;
        let Some(last) = page.last().filter(|_| tried.len() <= MOST_CONNECTIONS) else { break };
        from = From::After(Key::Name(last.name.clone()), last.id);
        let (drafts, others): (Vec<_>, Vec<_>) = page.into_iter().partition(|profile| profile.state == State::Draft && profile.last_verified_at.is_none());
        tried.extend(others);
        untried.extend(drafts);
        // More cannot be meant, and are only counted as too many.
        untried.truncate(MOST_CONNECTIONS + 1);
    }
    let meant = if tried.is_empty() { untried } else { tried };
    if meant.len() > MOST_CONNECTIONS { Err(too_many("environment")) } else { Ok(meant) }
}

async fn named(scope: &Scope, ids: &[ProfileId]) -> Result<Vec<ServiceConnectionProfile>, OpsError> {
    if ids.len() > MOST_CONNECTIONS {
        return Err(too_many("connection_ids"));
    }
    let mut profiles: Vec<ServiceConnectionProfile> = Vec::with_capacity(ids.len());
    for id in ids {
        if profiles.iter().any(|profile| profile.id == *id) {
            continue;
        }
        let profile = connections::get(scope, *id).await?;
        if profile.state == State::Archived {
            return Err(ErrorCode::ConnectionArchived.into());
        }
        profiles.push(profile);
    }
    Ok(profiles)
}

fn too_many(field: &str) -> OpsError {
    OpsError::invalid(field, format!("At most {MOST_CONNECTIONS} connections in one run."))
}
