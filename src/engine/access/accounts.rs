//! What is done to a person in all of their teams at once, which only someone with a shell on the server may do.

use secrecy::SecretString;

use super::{end_every_session, one_spelling};
use crate::{Console, OpsError, audit, password};
use domain::{
    audit::{AuditAct, Subject},
    error::ErrorCode,
    ids::{OperatorId, TeamId},
    operator::Role,
};
use store::{Tx, api_tokens, identities, invitations, operators, passkeys, second_factors, sessions, teams};

/// What else somebody who had the account may have left behind, and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetScope {
    /// The password was forgotten: tokens and invitations go on.
    Password,
    /// The account was in other hands: the tokens and invitations that go back to it end.
    Account,
}

/// Gives someone another password; their sessions end, and so do their passkeys and the link to the identity provider, which somebody else may have made.
/// Answers how many tokens and open invitations go back to them still.
///
/// # Errors
/// Nobody has the address; a password that is too short or too long.
pub async fn reset_password(console: &Console, email: &str, password: SecretString, reset_scope: ResetScope) -> Result<usize, OpsError> {
    let operator = find(console, email).await?;
    if let Some(fault) = password::fault(&password) {
        return Err(fault.into());
    }
    let hash = console.passwords.hash(password).await?;
    let mut tx = console.db.begin().await?;
    operators::set_password(&mut tx, operator, &hash, console.clock.now()).await?;
    sessions::end_all(&mut tx, operator).await?;
    let teams = teams_of(&mut tx, operator).await?;
    tell(console, &mut tx, &teams, AuditAct::PasswordReset, operator, email).await?;
    if identities::delete_of(&mut tx, operator).await? {
        tell(console, &mut tx, &teams, AuditAct::IdentitiesForgotten, operator, email).await?;
    }
    if passkeys::delete_of(&mut tx, operator).await? {
        tell(console, &mut tx, &teams, AuditAct::PasskeysForgotten, operator, email).await?;
    }
    if reset_scope == ResetScope::Account {
        for (team, id, name) in api_tokens::of_person(&mut tx, operator).await? {
            audit::by_command(console, &mut tx, team, AuditAct::TokenRevoked, Subject::from(id).named(name)).await?;
        }
        api_tokens::delete_of(&mut tx, operator, None).await?;
        for (team, id, invited) in invitations::of_person(&mut tx, operator).await? {
            audit::by_command(console, &mut tx, team, AuditAct::InvitationWithdrawn, Subject::from(id).named(invited)).await?;
        }
        invitations::delete_of(&mut tx, operator, None).await?;
    }
    let left = api_tokens::of_person(&mut tx, operator).await?.len() + invitations::of_person(&mut tx, operator).await?.len();
    tx.commit().await?;
    console.access_changes.tell();
    Ok(left)
}

/// Keeps someone from signing in; their sessions, their passkeys and the tokens that go back to them end.
///
/// # Errors
/// Nobody has the address; they are the last administrator of a team.
pub async fn disable(console: &Console, email: &str) -> Result<(), OpsError> {
    let operator = find(console, email).await?;
    let mut tx = console.db.begin().await?;
    let teams = end_access(&mut tx, operator).await?;
    operators::disable(&mut tx, operator, console.clock.now()).await?;
    tell(console, &mut tx, &teams, AuditAct::PersonDisabled, operator, email).await?;
    if passkeys::delete_of(&mut tx, operator).await? {
        tell(console, &mut tx, &teams, AuditAct::PasskeysForgotten, operator, email).await?;
    }
    tx.commit().await?;
    console.access_changes.tell();
    Ok(())
}

/// Lets someone sign in again. Their tokens stay revoked, and their passkeys removed.
///
/// # Errors
/// Nobody has the address.
pub async fn enable(console: &Console, email: &str) -> Result<(), OpsError> {
    let operator = find(console, email).await?;
    let mut tx = console.db.begin().await?;
    operators::enable(&mut tx, operator).await?;
    let teams = teams_of(&mut tx, operator).await?;
    tell(console, &mut tx, &teams, AuditAct::PersonEnabled, operator, email).await?;
    Ok(tx.commit().await?)
}

/// Forgets someone. What they did keeps their name.
///
/// # Errors
/// As [`disable`].
pub async fn remove(console: &Console, email: &str) -> Result<(), OpsError> {
    let operator = find(console, email).await?;
    let mut tx = console.db.begin().await?;
    let teams = end_access(&mut tx, operator).await?;
    second_factors::delete(&mut tx, operator).await?;
    passkeys::delete_of(&mut tx, operator).await?;
    operators::delete(&mut tx, operator).await?;
    tell(console, &mut tx, &teams, AuditAct::PersonForgotten, operator, email).await?;
    tx.commit().await?;
    console.access_changes.tell();
    Ok(())
}

/// Takes someone's second factor away, with their recovery codes and passkeys, for whoever has lost them; their sessions end.
///
/// # Errors
/// Nobody has the address; they have none.
pub async fn reset_second_factor(console: &Console, email: &str) -> Result<(), OpsError> {
    let operator = find(console, email).await?;
    let mut tx = console.db.begin().await?;
    let (had_codes, had_passkeys) = (second_factors::delete(&mut tx, operator).await?, passkeys::delete_of(&mut tx, operator).await?);
    if !had_codes && !had_passkeys {
        return Err(ErrorCode::SecondFactorNotFound.into());
    }
    end_every_session(&mut tx, operator, console.clock.now()).await?;
    let teams = teams_of(&mut tx, operator).await?;
    for act in [had_codes.then_some(AuditAct::SecondFactorReset), had_passkeys.then_some(AuditAct::PasskeysForgotten)].into_iter().flatten() {
        tell(console, &mut tx, &teams, act, operator, email).await?;
    }
    tx.commit().await?;
    console.access_changes.tell();
    Ok(())
}

async fn find(console: &Console, email: &str) -> Result<OperatorId, OpsError> {
    operators::by_email(&console.db, &one_spelling(email)).await?.ok_or_else(|| ErrorCode::OperatorNotFound.into())
}

pub(crate) async fn teams_of(tx: &mut Tx, operator: OperatorId) -> Result<Vec<TeamId>, OpsError> {
    Ok(operators::teams_of(tx, operator).await?.into_iter().map(|(team, _)| team).collect())
}

/// Writes it down in the log of each of their teams.
pub(crate) async fn tell(console: &Console, tx: &mut Tx, teams: &[TeamId], act: AuditAct, operator: OperatorId, email: &str) -> Result<(), OpsError> {
    for team in teams {
        audit::by_command(console, tx, *team, act, Subject::from(operator).named(one_spelling(email))).await?;
    }
    Ok(())
}

/// Answers the teams that they belonged to.
async fn end_access(tx: &mut Tx, operator: OperatorId) -> Result<Vec<TeamId>, OpsError> {
    let mut left = Vec::new();
    for team in teams_of(tx, operator).await? {
        teams::hold(tx, team).await?;
        let role = operators::member(tx, team, operator).await?.map(|member| member.role);
        if role == Some(Role::Admin) && !operators::has_another_admin(tx, team, operator).await? {
            return Err(ErrorCode::LastAdministrator.into());
        }
        left.push(team);
    }
    api_tokens::delete_of(tx, operator, None).await?;
    invitations::delete_of(tx, operator, None).await?;
    sessions::end_all(tx, operator).await?;
    Ok(left)
}
