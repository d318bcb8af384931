//! Who belongs to the team, and as what. A change takes effect at once: the person's sessions in the team end.

use super::{check_unlimited, hold_place, person};
use crate::{OpsError, Scope};
use domain::{
    audit::{AuditAct, Subject},
    error::ErrorCode,
    ids::{OperatorId, TeamId},
    operator::{Operator, Role},
    permission::Permission,
    time::Timestamp,
};
use store::{Tx, api_tokens, invitations, operators};

/// The people of the actor's team.
///
/// # Errors
/// The database failed.
pub async fn list(scope: &Scope) -> Result<Vec<Operator>, OpsError> {
    scope.authorize(Permission::ReadTeam)?;
    scope.enter_all()?;
    Ok(operators::of_team(&scope.console.db, scope.team()).await?)
}

/// How many of the team's tokens would end with a person.
///
/// # Errors
/// The database failed.
pub async fn token_count(scope: &Scope, id: OperatorId) -> Result<i64, OpsError> {
    scope.authorize(Permission::ManageOperators)?;
    Ok(api_tokens::count_of(&scope.db(), id).await?)
}

/// Gives someone another role. Tokens that go back to them and may do more end, and so do their invitations when they lead no longer.
///
/// # Errors
/// They do not belong to the team; they are its last administrator.
pub async fn set_role(scope: &Scope, id: OperatorId, role: Role) -> Result<Operator, OpsError> {
    scope.authorize(Permission::ManageOperators)?;
    check_unlimited(scope)?;
    let mut tx = scope.console.db.begin().await?;
    let member = found(scope, &mut tx, id).await?;
    if member.role == role {
        return Ok(member);
    }
    give_role(&mut tx, scope.team(), &member, role, scope.console.clock.now()).await?;
    scope.audit(&mut tx, AuditAct::RoleChanged, Subject::from(id).named(&member.email).role(role)).await?;
    tx.commit().await?;
    scope.console.access_changes.tell();
    Ok(Operator { role, ..member })
}

/// Takes someone out of the team, with the tokens and invitations that go back to them.
///
/// # Errors
/// They do not belong to the team; they are its last administrator.
pub async fn remove(scope: &Scope, id: OperatorId) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageOperators)?;
    take_out(scope, id, AuditAct::PersonRemoved).await
}

/// [`remove`] of oneself, whatever the role.
///
/// # Errors
/// The actor is no person, or the last administrator.
pub async fn leave(scope: &Scope) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    take_out(scope, person(scope)?, AuditAct::PersonLeft).await
}

async fn take_out(scope: &Scope, id: OperatorId, act: AuditAct) -> Result<(), OpsError> {
    let mut tx = scope.console.db.begin().await?;
    let member = found(scope, &mut tx, id).await?;
    end_place(&mut tx, scope.team(), &member).await?;
    scope.audit(&mut tx, act, Subject::from(id).named(&member.email)).await?;
    tx.commit().await?;
    scope.console.access_changes.tell();
    Ok(())
}

/// Nobody else changes who belongs to the team until the unit of work ends.
async fn found(scope: &Scope, tx: &mut Tx, id: OperatorId) -> Result<Operator, OpsError> {
    hold_place(scope, tx).await?;
    operators::member(tx, scope.team(), id).await?.ok_or_else(|| ErrorCode::MemberNotFound.into())
}

/// Ask while [`teams::hold`](store::teams::hold) keeps the team from changing.
///
/// # Errors
/// They are the last administrator, and would be none.
pub(super) async fn give_role(tx: &mut Tx, team: TeamId, member: &Operator, role: Role, now: Timestamp) -> Result<(), OpsError> {
    if role < Role::Admin {
        keep_an_admin(tx, team, member).await?;
        api_tokens::delete_above(tx, team, member.id, role).await?;
        invitations::delete_of(tx, member.id, Some(team)).await?;
    }
    Ok(operators::set_role(tx, team, member.id, role, now).await?)
}

/// Ask while [`teams::hold`](store::teams::hold) keeps the team from changing.
///
/// # Errors
/// They are the last administrator.
pub(super) async fn end_place(tx: &mut Tx, team: TeamId, member: &Operator) -> Result<(), OpsError> {
    keep_an_admin(tx, team, member).await?;
    api_tokens::delete_of(tx, member.id, Some(team)).await?;
    invitations::delete_of(tx, member.id, Some(team)).await?;
    Ok(operators::leave(tx, team, member.id).await?)
}

/// A team whose last administrator goes could never be led again.
async fn keep_an_admin(tx: &mut Tx, team: TeamId, member: &Operator) -> Result<(), OpsError> {
    if member.role == Role::Admin && !operators::has_another_admin(tx, team, member.id).await? {
        return Err(ErrorCode::LastAdministrator.into());
    }
    Ok(())
}
