//! Activate, suspend, resume, archive, restore. Check and change are one statement in the database.

use super::{OpsError, Scope, connections, events::PendingEvents, heartbeat::schedule, incidents};
use domain::{
    audit::{AuditAct, Subject},
    error::ErrorCode,
    ids::ProfileId,
    permission::Permission,
    profile::{ConnectionAct, ServiceConnectionProfile, State, Transition},
};
use store::{changes, profiles};

/// Takes the step, or says why not. A connection that is there already stays as it is.
///
/// # Errors
/// No such connection; a state that does not allow the step; a verification that is missing, outdated or too old.
pub async fn apply(scope: &Scope, id: ProfileId, step: Transition) -> Result<ServiceConnectionProfile, OpsError> {
    scope.authorize(Permission::ConfigureConnections)?;
    let now = scope.console.clock.now();
    let verified_since = now - scope.console.verification_time_to_live;
    let mut tx = scope.begin().await?;
    let changed = profiles::transition(&mut tx, id, step, now, verified_since).await?;
    let found = profiles::get_in(&mut tx, id).await?;
    let profile = found.filter(|profile| scope.sees(profile.environment)).ok_or(ErrorCode::ConnectionNotFound)?;
    if changed {
        changes::insert(&mut tx, &scope.actor, id, now, act_of(step), profile.version).await?;
        match step {
            Transition::Activate | Transition::Resume => schedule::begin(&mut tx, &profile, now).await?,
            Transition::Suspend | Transition::Archive => schedule::end(&mut tx, id, now).await?,
            Transition::Restore => {}
        }
        // A suspension may end, and its incident with it.
        let pending = match step {
            Transition::Archive => incidents::end::with_watching(&mut tx, &scope.actor, id, "The connection was archived.", now).await?,
            _ => PendingEvents::default(),
        };
        scope.audit(&mut tx, audited(step), Subject::from(id).named(&profile.name).version(profile.version)).await?;
        tx.commit().await?;
        scope.console.events.publish(pending);
        return connections::as_seen(scope, profile).await;
    }
    step.allowed_from(profile.state)?;
    if profile.state == goal_of(step) || step == Transition::Restore {
        return connections::as_seen(scope, profile).await;
    }
    Err(profile.activation_refusal(now, scope.console.verification_time_to_live).unwrap_or(ErrorCode::VerificationRequired).into())
}

const fn act_of(step: Transition) -> ConnectionAct {
    match step {
        Transition::Activate => ConnectionAct::Activated,
        Transition::Suspend => ConnectionAct::Suspended,
        Transition::Resume => ConnectionAct::Resumed,
        Transition::Archive => ConnectionAct::Archived,
        Transition::Restore => ConnectionAct::Restored,
    }
}

const fn audited(step: Transition) -> AuditAct {
    match step {
        Transition::Activate => AuditAct::ConnectionActivated,
        Transition::Suspend => AuditAct::ConnectionSuspended,
        Transition::Resume => AuditAct::ConnectionResumed,
        Transition::Archive => AuditAct::ConnectionArchived,
        Transition::Restore => AuditAct::ConnectionRestored,
    }
}

const fn goal_of(step: Transition) -> State {
    match step {
        Transition::Activate | Transition::Resume => State::Active,
        Transition::Suspend => State::Suspended,
        Transition::Archive => State::Archived,
        Transition::Restore => State::Draft,
    }
}
