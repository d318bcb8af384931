//! One's own password and sessions.

use std::net::IpAddr;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::SecretString;
use serde::Deserialize;

use super::{SignedIn, end_every_session, person};
use crate::{OpsError, Scope, password};
use domain::{audit::AuditAct, error::ErrorCode, ids::TeamId, operator::Proof, permission::Permission, time::Timestamp};
use store::{hash_token, operators, sessions, teams};

/// A session as its person knows it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonSession {
    /// Names it; nobody can sign in with this.
    pub key: String,
    pub team: String,
    pub begun_at: Timestamp,
    /// To half an hour.
    pub seen_at: Option<Timestamp>,
    pub address: Option<String>,
    /// `Firefox on Linux`
    pub browser: Option<String>,
    /// The one that asks.
    pub is_current: bool,
}

/// What a session's row remembers; the server writes it.
#[derive(Deserialize)]
struct SessionRecord {
    team_id: TeamId,
    signed_in_at: Timestamp,
    entered_at: Option<Timestamp>,
    #[serde(default)]
    proof: Proof,
    /// Seconds since 1970.
    seen_at: Option<i64>,
    address: Option<String>,
    browser: Option<String>,
}

/// Changes the password. Every session of the person ends; whoever asked goes on with what is answered.
///
/// # Errors
/// A wrong old password, or one that was changed meanwhile; a new one that is too short or too long; `too_many_requests`.
pub async fn change_password(scope: &Scope, old: SecretString, new: SecretString, address: IpAddr) -> Result<SignedIn, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let operator = person(scope)?;
    let console = &scope.console;
    if let Some(fault) = password::fault(&new) {
        return Err(fault.into());
    }
    let old = check_password(scope, "current_password", old, address).await?;
    let hash = console.passwords.hash(new).await?;
    let mut tx = scope.console.db.begin().await?;
    let now = console.clock.now();
    if !operators::change_password(&mut tx, operator, &old, &hash, now).await? {
        return Err(ErrorCode::SignInRequired.into());
    }
    sessions::end_all(&mut tx, operator).await?;
    scope.audit(&mut tx, AuditAct::PasswordChanged, operator).await?;
    tx.commit().await?;
    console.access_changes.tell();
    Ok(SignedIn::again(scope, operator, now))
}

/// Asks the person for their password once more; a wrong one is told at `field`. Answers its hash.
pub(super) async fn check_password(scope: &Scope, field: &str, password: SecretString, address: IpAddr) -> Result<String, OpsError> {
    let console = &scope.console;
    let operator = person(scope)?;
    console.sign_in_limits.check(address, &scope.actor.name).map_err(OpsError::too_many)?;
    let _attempt = console.sign_in_limits.begin(address, &scope.actor.name).map_err(OpsError::too_many)?;
    let hash = operators::password(&console.db, operator).await?.map(|row| row.password_hash);
    let is_right = console.passwords.verify(password, hash.clone()).await?;
    if let Some(hash) = hash.filter(|_| is_right) {
        return Ok(hash);
    }
    if console.audit_limits.takes_refusal(address, AuditAct::SignInRefused, Some(operator.to_string())) {
        scope.audit_reading(AuditAct::SignInRefused, operator).await;
    }
    Err(OpsError::invalid(field, "This is not your password."))
}

/// The person's sessions that may go on, the newest first; `current` is the id of the one that asks.
///
/// # Errors
/// The database failed.
pub async fn sessions(scope: &Scope, current: Option<&str>) -> Result<Vec<PersonSession>, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let (operator, db) = (person(scope)?, &scope.console.db);
    let current = current.map(hash_token);
    let names = teams::of_operator(db, operator).await?;
    let mut found = Vec::new();
    for row in sessions::of_operator(db, operator, scope.console.clock.now()).await? {
        let Ok(kept) = serde_json::from_value::<SessionRecord>(row.data) else { continue };
        let (at, entered_at) = (kept.signed_in_at, kept.entered_at.unwrap_or(kept.signed_in_at));
        let signed_in = SignedIn { operator, team: kept.team_id, at, entered_at, proof: kept.proof };
        let (Some(team), Some(_)) = (names.iter().find(|team| team.id == kept.team_id), super::actor_of_session(&scope.console, signed_in).await?) else {
            continue;
        };
        found.push(PersonSession {
            is_current: current.as_ref() == Some(&row.id),
            key: BASE64_URL_SAFE_NO_PAD.encode(&row.id),
            team: team.name.clone(),
            begun_at: kept.signed_in_at,
            seen_at: kept.seen_at.map(|seconds| Timestamp::from_millis(seconds * 1_000)),
            address: kept.address,
            browser: kept.browser,
        });
    }
    found.sort_by_key(|session| (!session.is_current, std::cmp::Reverse(session.begun_at)));
    Ok(found)
}

/// Ends one session of the person.
///
/// # Errors
/// They have no such session.
pub async fn end_session(scope: &Scope, key: &str) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let operator = person(scope)?;
    let id = BASE64_URL_SAFE_NO_PAD.decode(key).map_err(|_| ErrorCode::SessionNotFound)?;
    let mut tx = scope.console.db.begin().await?;
    if !sessions::end(&mut tx, operator, &id).await? {
        return Err(ErrorCode::SessionNotFound.into());
    }
    scope.audit(&mut tx, AuditAct::SessionEnded, operator).await?;
    tx.commit().await?;
    scope.console.access_changes.tell();
    Ok(())
}

/// Ends all sessions of the person, this one too.
///
/// # Errors
/// The database failed.
pub async fn sign_out_everywhere(scope: &Scope) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let operator = person(scope)?;
    let mut tx = scope.console.db.begin().await?;
    end_every_session(&mut tx, operator, scope.console.clock.now()).await?;
    scope.audit(&mut tx, AuditAct::SignedOutEverywhere, operator).await?;
    tx.commit().await?;
    scope.console.access_changes.tell();
    Ok(())
}
