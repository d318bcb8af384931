//! Who may come in: set-up, people, sessions and API tokens.

use std::{net::IpAddr, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::RngCore;
use secrecy::{ExposeSecret, SecretString};

use super::{
    Console, OpsError, Scope,
    audit::{self, Act},
    scope::Client,
};
use domain::{
    audit::{AuditAct, Subject},
    bidi,
    error::{ErrorCode, FieldError},
    ids::{ApiTokenId, OperatorId, TeamId},
    operator::{Actor, ApiToken, Operator, Role, Who},
    permission::Permission,
    time::Timestamp,
};
use store::{StoreResult, api_tokens, operators, setup_links, teams};

pub mod limits;

/// A set-up link lives one hour (`api.md`, command line).
const SETUP_LINK_LIVES: Duration = Duration::from_secs(60 * 60);
/// `last_used_at` of a token is written at most this often.
const TOUCH_EVERY_SECONDS: i64 = 60;
const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 10..=256;

/// Someone who just proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub operator: OperatorId,
    pub team: TeamId,
    pub at: Timestamp,
}

/// Whether anyone can sign in.
///
/// # Errors
/// The database failed.
pub async fn is_set_up(console: &Console) -> Result<bool, OpsError> {
    Ok(operators::any(&console.db).await?)
}

/// A fresh token for the set-up link, as long as nobody can sign in.
///
/// # Errors
/// The database failed.
pub async fn setup_link_token(console: &Console) -> Result<Option<String>, OpsError> {
    if operators::any(&console.db).await? {
        return Ok(None);
    }
    let token = random_text();
    let mut tx = console.db.begin().await?;
    setup_links::replace(&mut tx, &token, console.clock.now() + SETUP_LINK_LIVES).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Creates the first administrator with the one-time link.
///
/// # Errors
/// A link that is not valid any more; an address or password that will not do.
pub async fn set_up(console: &Console, token: &str, email: &str, password: SecretString, client: impl Into<Client>) -> Result<SignedIn, OpsError> {
    let team = teams::by_slug(&console.db, teams::DEFAULT_SLUG).await?.ok_or(ErrorCode::Internal)?;
    let email = checked(email, &password)?;
    if operators::any(&console.db).await? {
        return Err(ErrorCode::SetupLinkInvalid.into());
    }
    let hash = console.passwords.hash(password).await?;
    let (operator, now) = (OperatorId::new(), console.clock.now());
    let mut tx = console.db.begin().await?;
    if !setup_links::take(&mut tx, token, now).await? {
        return Err(ErrorCode::SetupLinkInvalid.into());
    }
    if !operators::insert(&mut tx, operator, &email, &hash, now).await? {
        return Err(ErrorCode::OperatorExists.into());
    }
    operators::join(&mut tx, team.id, operator, Role::Admin).await?;
    audit::append(console, &mut tx, Act::at(&client.into(), team.id, &email, AuditAct::ConsoleSetUp, operator)).await?;
    tx.commit().await?;
    Ok(SignedIn { operator, team: team.id, at: now })
}

/// Adds a person to the actor's team.
///
/// # Errors
/// An address that is taken; an address or password that will not do.
pub async fn create_operator(scope: &Scope, email: &str, password: SecretString, role: Role) -> Result<Operator, OpsError> {
    scope.authorize(Permission::ManageOperators)?;
    let email = checked(email, &password)?;
    let hash = scope.console.passwords.hash(password).await?;
    let operator = Operator { id: OperatorId::new(), email, role, created_at: scope.console.clock.now() };
    // An operator belongs to no team by themselves.
    let mut tx = scope.console.db.begin().await?;
    if !operators::insert(&mut tx, operator.id, &operator.email, &hash, operator.created_at).await? {
        return Err(ErrorCode::OperatorExists.into());
    }
    operators::join(&mut tx, scope.team(), operator.id, role).await?;
    scope.audit(&mut tx, AuditAct::OperatorCreated, Subject::from(operator.id).named(&operator.email).role(role)).await?;
    tx.commit().await?;
    Ok(operator)
}

/// The people of the actor's team.
///
/// # Errors
/// The database failed.
pub async fn operators(scope: &Scope) -> Result<Vec<Operator>, OpsError> {
    scope.authorize(Permission::ManageOperators)?;
    Ok(operators::of_team(&scope.console.db, scope.team()).await?)
}

/// Checks an address and password. Attempts are limited per address, and per account *from* an address,
/// so that nobody can lock somebody else out.
///
/// # Errors
/// `sign_in_refused`, the same whether the account or the password is wrong; `too_many_requests`.
pub async fn sign_in(console: &Console, email: &str, password: SecretString, client: impl Into<Client>) -> Result<SignedIn, OpsError> {
    let (email, client) = (email.trim().to_lowercase(), client.into());
    let outcome = prove(console, &email, password, client.address).await;
    match &outcome {
        Ok(_) => audit_sign_in(console, &email, &client, AuditAct::SignedIn).await?,
        Err(OpsError::Refused(_)) => audit_sign_in(console, &email, &client, AuditAct::SignInRefused).await?,
        Err(_) => {}
    }
    outcome
}

/// Writes down who came in, or tried to. It takes as long whether there is such an account or not. What was typed for a name that nobody has may
/// be a password, and is not kept.
async fn audit_sign_in(console: &Console, email: &str, client: &Client, act: AuditAct) -> Result<(), OpsError> {
    let account = match operators::for_sign_in(&console.db, email).await? {
        Some(row) => operators::membership(&console.db, row.id, None).await?.map(|place| (place.team_id, row.id)),
        None => None,
    };
    match account {
        Some((team, id)) => audit::note(console, Act::at(client, team, email, act, id)).await,
        None => {
            let team = teams::by_slug(&console.db, teams::DEFAULT_SLUG).await?.ok_or(ErrorCode::Internal)?;
            audit::note(console, Act::at(client, team.id, "unknown account", act, Subject::default())).await;
        }
    }
    Ok(())
}

async fn prove(console: &Console, email: &str, password: SecretString, address: IpAddr) -> Result<SignedIn, OpsError> {
    console.sign_in_limits.check(address, email).map_err(|retry_after| OpsError::TooMany { retry_after })?;
    if password.expose_secret().len() > 4 * PASSWORD_LENGTH.end() {
        return Err(ErrorCode::SignInRefused.into());
    }
    let known = operators::for_sign_in(&console.db, email).await?;
    let (operator, hash) = known.map(|row| (row.id, row.password_hash)).unzip();
    if !console.passwords.verify(password, hash).await? {
        return Err(ErrorCode::SignInRefused.into());
    }
    let operator = operator.ok_or(ErrorCode::SignInRefused)?;
    let membership = operators::membership(&console.db, operator, None).await?.ok_or(ErrorCode::SignInRefused)?;
    Ok(SignedIn { operator, team: membership.team_id, at: console.clock.now() })
}

/// Who a session stands for, as long as it is younger than the last change of password or role.
///
/// # Errors
/// The database failed.
pub async fn actor_of_session(console: &Console, session: SignedIn) -> Result<Option<Actor>, OpsError> {
    let membership = operators::membership(&console.db, session.operator, Some(session.team)).await?;
    Ok(membership.filter(|row| session.at >= row.sessions_valid_from).map(|row| Actor {
        team: row.team_id,
        role: row.role,
        name: row.email,
        who: Who::Operator(session.operator),
    }))
}

/// Whether the actor of something that began at `since` may go on with it: nobody revoked the token, or changed the person's password or role.
///
/// # Errors
/// The database failed.
pub async fn is_still(console: &Console, actor: &Actor, since: Timestamp) -> Result<bool, OpsError> {
    Ok(match actor.who {
        Who::CommandLine => true,
        Who::Token(id) => api_tokens::role(&console.db, actor.team, id).await? == Some(actor.role),
        Who::Operator(id) => {
            let membership = operators::membership(&console.db, id, Some(actor.team)).await?;
            membership.is_some_and(|row| row.role == actor.role && row.sessions_valid_from <= since)
        }
    })
}

/// Who a bearer token stands for.
///
/// # Errors
/// The database failed.
pub async fn actor_of_token(console: &Console, secret: &str) -> Result<Option<Actor>, OpsError> {
    let Some(row) = api_tokens::by_secret(&console.db, secret).await? else { return Ok(None) };
    let now = console.clock.now();
    if row.last_used_at.is_none_or(|at| now.seconds_since(at) >= TOUCH_EVERY_SECONDS) {
        // Who only reads is let in though the disk is full.
        if let Err(error) = touch(console, row.id, now).await {
            tracing::warn!(%error, "the use of a token could not be noted");
        }
    }
    Ok(Some(Actor { team: row.team_id, role: row.role, name: format!("token {}", row.name), who: Who::Token(row.id) }))
}

async fn touch(console: &Console, token: ApiTokenId, now: Timestamp) -> StoreResult<()> {
    let mut tx = console.db.begin().await?;
    api_tokens::touch(&mut tx, token, now).await?;
    tx.commit().await
}

/// Someone with a shell on the server, acting for the team called `slug` (the default one without).
///
/// # Errors
/// There is no such team.
pub async fn command_line(console: &Console, slug: Option<&str>) -> Result<Scope, OpsError> {
    let slug = slug.unwrap_or(teams::DEFAULT_SLUG);
    let team = teams::by_slug(&console.db, slug).await?.ok_or_else(|| OpsError::Settings(format!("there is no team called '{slug}'")))?;
    Ok(console.for_team(Actor { team: team.id, role: Role::Admin, name: "command line".into(), who: Who::CommandLine }))
}

/// The tokens of the actor's team, without their secrets.
///
/// # Errors
/// The database failed.
pub async fn tokens(scope: &Scope) -> Result<Vec<ApiToken>, OpsError> {
    scope.authorize(Permission::ManageTokens)?;
    Ok(api_tokens::of_team(&scope.console.db, scope.team()).await?)
}

/// A new token; its secret is answered here and never again.
///
/// # Errors
/// A name that is missing, too long or taken.
pub async fn issue_token(scope: &Scope, name: &str, role: Role) -> Result<(ApiToken, SecretString), OpsError> {
    scope.authorize(Permission::ManageTokens)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
        let message = if name.is_empty() { "Give it a name." } else { "At most 60 characters on one line." };
        return Err(OpsError::Invalid(vec![FieldError::new("name", message)]));
    }
    if let Some(wrong) = bidi::field_error("name", name) {
        return Err(OpsError::Invalid(vec![wrong]));
    }
    let secret = format!("sbt_{}", random_text());
    let prefix = secret.chars().take(10).collect();
    let token = ApiToken { id: ApiTokenId::new(), name: name.into(), prefix, role, created_at: scope.console.clock.now(), last_used_at: None };
    let mut tx = scope.begin().await?;
    if !api_tokens::insert(&mut tx, scope.team(), &token, &secret).await? {
        return Err(OpsError::Invalid(vec![FieldError::new("name", "A token of this name exists already.")]));
    }
    scope.audit(&mut tx, AuditAct::TokenIssued, Subject::from(token.id).named(&token.name).role(role)).await?;
    tx.commit().await?;
    Ok((token, secret.into()))
}

/// # Errors
/// There is no such token in the actor's team.
pub async fn revoke_token(scope: &Scope, id: ApiTokenId) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageTokens)?;
    let mut tx = scope.begin().await?;
    if !api_tokens::delete(&mut tx, scope.team(), id).await? {
        return Err(ErrorCode::TokenNotFound.into());
    }
    scope.audit(&mut tx, AuditAct::TokenRevoked, id).await?;
    tx.commit().await?;
    Ok(())
}

/// The address in its one spelling, or what is wrong with it or the password.
fn checked(email: &str, password: &SecretString) -> Result<String, OpsError> {
    let email = email.trim().to_lowercase();
    let mut errors = Vec::new();
    let well_formed = email.split_once('@').is_some_and(|(person, host)| !person.is_empty() && !host.is_empty() && !host.contains('@'));
    if !well_formed || email.len() > 254 || email.chars().any(|c| c.is_control() || c.is_whitespace() || bidi::is_control(c)) {
        errors.push(FieldError::new("email", "An e-mail address such as name@example.org."));
    }
    if !PASSWORD_LENGTH.contains(&password.expose_secret().chars().count()) {
        let (least, most) = PASSWORD_LENGTH.into_inner();
        errors.push(FieldError::new("password", format!("{least} to {most} characters.")));
    }
    if errors.is_empty() { Ok(email) } else { Err(OpsError::Invalid(errors)) }
}

/// 256 random bits, safe in links and headers.
fn random_text() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
