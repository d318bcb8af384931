//! Invitations into a team: a link of one use to one address, for a week.

use std::{net::IpAddr, time::Duration};

use secrecy::SecretString;

use super::{SignedIn, begin_in_place, by_password, check_unlimited, email_fault, made_by, one_spelling, person, random_text, refused, second_factor};
use crate::{
    Console, OpsError, Scope,
    audit::{self, AuditRecord},
    password,
    scope::Client,
};
use domain::{
    audit::{AuditAct, Subject},
    error::ErrorCode,
    ids::{InvitationId, OperatorId},
    operator::{Invitation, Role},
    permission::Permission,
    time::Timestamp,
};
use store::{
    TeamTx, Tx,
    invitations::{self, InvitationRow},
    operators,
};

pub mod mail;
/// Of a team, at once.
const MOST_INVITATIONS: i64 = 200;
/// People of a team, and those who are invited into it.
const MOST_PEOPLE: i64 = 1_000;

const LIVES: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What whoever has a link may know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvitation {
    pub team: String,
    pub email: String,
    pub role: Role,
}

/// Those of the actor's team that can still be used, without their links.
///
/// # Errors
/// The database failed.
pub async fn list(scope: &Scope) -> Result<Vec<Invitation>, OpsError> {
    scope.authorize(Permission::ManageOperators)?;
    Ok(invitations::of_team(&scope.db(), scope.console.clock.now()).await?)
}

/// Invites someone, in place of an earlier invitation of theirs. The token of the link is answered here and never again.
///
/// # Errors
/// No e-mail address; someone who belongs to the team; a team that has as many as it may; `out_of_reach` for a limited token.
pub async fn invite(scope: &Scope, email: &str, role: Role) -> Result<(Invitation, SecretString), OpsError> {
    scope.authorize(Permission::ManageOperators)?;
    check_unlimited(scope)?;
    let email = one_spelling(email);
    if let Some(fault) = email_fault(&email) {
        return Err(fault.into());
    }
    if operators::of_team(&scope.console.db, scope.team()).await?.iter().any(|member| member.email == email) {
        return Err(ErrorCode::AlreadyMember.into());
    }
    let now = scope.console.clock.now();
    let invitation = Invitation { id: InvitationId::new(), email, role, created_by: scope.actor.name.clone(), created_at: now, expires_at: now + LIVES };
    let token = random_text();
    let made_by = made_by(scope).await?;
    let mut tx = begin_in_place(scope).await?;
    invitations::insert(&mut tx, &invitation, made_by, &token).await?;
    check_room(&mut tx).await?;
    scope.audit(&mut tx, AuditAct::PersonInvited, Subject::from(invitation.id).named(&invitation.email).role(role)).await?;
    tx.commit().await?;
    Ok((invitation, token.into()))
}

/// # Errors
/// One more than there may be, as the unit of work has written it.
async fn check_room(tx: &mut TeamTx) -> Result<(), OpsError> {
    let team = tx.team();
    let invited = invitations::count(tx).await?;
    let most = if invited > MOST_INVITATIONS {
        format!("At most {MOST_INVITATIONS} invitations are open at once; withdraw one first.")
    } else if invited + operators::count(tx, team).await? > MOST_PEOPLE {
        format!("A team has at most {MOST_PEOPLE} people, with those who are invited; remove someone first.")
    } else {
        return Ok(());
    };
    Err(OpsError::invalid("email", most))
}

/// Takes an invitation back.
///
/// # Errors
/// There is no such invitation in the actor's team.
pub async fn withdraw(scope: &Scope, id: InvitationId) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageOperators)?;
    let mut tx = scope.begin().await?;
    if !invitations::delete(&mut tx, id).await? {
        return Err(ErrorCode::InvitationNotFound.into());
    }
    scope.audit(&mut tx, AuditAct::InvitationWithdrawn, id).await?;
    Ok(tx.commit().await?)
}

/// What a link leads to, for whoever has it.
///
/// # Errors
/// `invitation_invalid` for one that is unknown, used, withdrawn or too old: which of them is not told.
pub async fn open(console: &Console, token: &str) -> Result<OpenInvitation, OpsError> {
    let InvitationRow { team_name, email, role, .. } = find(console, token).await?;
    Ok(OpenInvitation { team: team_name, email, role })
}

/// Nobody guesses a token of 256 bits, so that guesses need no limit.
async fn find(console: &Console, token: &str) -> Result<InvitationRow, OpsError> {
    invitations::by_token(&console.db, token, console.clock.now()).await?.ok_or_else(|| ErrorCode::InvitationInvalid.into())
}

/// Joins the team: with the password they have, who has an account; with the one they choose here, who is new.
///
/// # Errors
/// As [`open`]; `sign_in_refused` for a password that is not theirs; one that is too short or too long; `passwords_off`; who has a second factor signs
/// in first and then [joins](join).
pub async fn accept(console: &Console, token: &str, password: SecretString, client: impl Into<Client>) -> Result<SignedIn, OpsError> {
    if !console.takes_passwords() {
        return Err(ErrorCode::PasswordsOff.into());
    }
    let client = client.into();
    let invitation = find(console, token).await?;
    limit(console, client.address, &invitation.email)?;
    if let Some(fault) = password::fault(&password) {
        return Err(fault.into());
    }
    let now = console.clock.now();
    let (operator, new_hash) = if operators::by_email(&console.db, &invitation.email).await?.is_some() {
        let _attempt = console.sign_in_limits.begin(client.address, &invitation.email).map_err(OpsError::too_many)?;
        let Some(operator) = by_password(console, &invitation.email, password).await? else {
            refused(console, &invitation.email, &client);
            return Err(wrong_password());
        };
        if second_factor::half_way(console, operator, now).await?.is_some() {
            return Err(OpsError::invalid("password", "You have a second factor: sign in first, then open this link again."));
        }
        (operator, None)
    } else {
        (OperatorId::new(), Some(console.passwords.hash(password).await?))
    };
    let mut tx = console.db.begin().await?;
    if let Some(hash) = new_hash
        && !operators::insert(&mut tx, operator, &invitation.email, &hash, now).await?
    {
        return Err(ErrorCode::SignInRefused.into());
    }
    join_team(&mut tx, token, &invitation, operator, now).await?;
    audit::append(console, &mut tx, joined(&client, &invitation, operator)).await?;
    tx.commit().await?;
    Ok(SignedIn::now(operator, invitation.team_id, now))
}

/// Joins the team as the person who is signed in, if it was they who were invited.
///
/// # Errors
/// As [`open`]; `invitation_invalid` for whoever was not invited.
pub async fn join(scope: &Scope, token: &str, signed_in: SignedIn) -> Result<SignedIn, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let operator = person(scope)?;
    let (console, now) = (&scope.console, scope.console.clock.now());
    let invitation = find(console, token).await?;
    if invitation.email != scope.actor.name || signed_in.operator != operator {
        return Err(ErrorCode::InvitationInvalid.into());
    }
    let mut tx = console.db.begin().await?;
    join_team(&mut tx, token, &invitation, operator, now).await?;
    scope.audit_in(&mut tx, invitation.team_id, AuditAct::InvitationAccepted, Subject::from(operator).role(invitation.role)).await?;
    tx.commit().await?;
    Ok(SignedIn { team: invitation.team_id, entered_at: now, ..signed_in })
}

/// Uses the link up. Whoever belongs to the team meanwhile stays what they are.
async fn join_team(tx: &mut Tx, token: &str, invitation: &InvitationRow, operator: OperatorId, now: Timestamp) -> Result<(), OpsError> {
    if !invitations::take(tx, token, now).await? {
        return Err(ErrorCode::InvitationInvalid.into());
    }
    operators::join(tx, invitation.team_id, operator, invitation.role, now).await?;
    Ok(())
}

fn joined<'a>(client: &'a Client, invitation: &'a InvitationRow, operator: OperatorId) -> AuditRecord<'a> {
    let subject = Subject::from(operator).named(&invitation.email).role(invitation.role);
    AuditRecord::at(client, invitation.team_id, &invitation.email, AuditAct::InvitationAccepted, subject)
}

fn limit(console: &Console, address: IpAddr, account: &str) -> Result<(), OpsError> {
    console.sign_in_limits.check(address, account).map_err(OpsError::too_many)
}

fn wrong_password() -> OpsError {
    OpsError::invalid("password", "This is not the password that you sign in with here.")
}
