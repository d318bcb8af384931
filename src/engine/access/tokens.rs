//! API tokens: keys for programs, which go no further than whoever makes them.

use std::{collections::BTreeSet, time::Duration};

use secrecy::SecretString;
use serde::Deserialize;

use super::{begin_in_place, made_by, random_text};
use crate::{
    OpsError, Scope,
    patch_field::{given, never_null},
};
use domain::{
    audit::{AuditAct, Subject},
    bidi,
    blank::is_blank,
    environment::Environment,
    error::{ErrorCode, FieldError},
    ids::ApiTokenId,
    operator::{ApiToken, Role},
    permission::Permission,
    time::Timestamp,
    token_limits::TokenLimits,
};
use store::{Taken, TeamTx, api_tokens, invitations};

/// How long the secret before a rotation goes on by itself.
pub const USUAL_GRACE: Duration = Duration::from_secs(60 * 60);
const LONGEST_GRACE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// In characters.
const LONGEST_NAME: usize = 60;
/// Of a team.
const MOST_TOKENS: i64 = 500;

#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    #[schema(max_length = 60, pattern = r"\S")]
    pub name: String,
    pub role: Role,
    /// Absent or `null`: all, and what belongs to none.
    #[serde(default)]
    #[schema(min_items = 1)]
    pub environments: Option<BTreeSet<Environment>>,
    /// Absent or `null`: all that the role has.
    #[serde(default)]
    #[schema(min_items = 1)]
    pub permissions: Option<BTreeSet<Permission>>,
    /// Absent or `null`: it does not end by itself.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

impl NewToken {
    /// All that `role` may do, for good.
    pub fn of(name: impl Into<String>, role: Role) -> Self {
        Self { name: name.into(), role, environments: None, permissions: None, expires_at: None }
    }
}

/// Absent members stay as they are; `null` takes a limit away.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TokenEdit {
    #[serde(deserialize_with = "never_null")]
    #[schema(max_length = 60, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    #[serde(deserialize_with = "never_null")]
    #[schema(nullable = false)]
    pub role: Option<Role>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<BTreeSet<Environment>>)]
    pub environments: Option<Option<BTreeSet<Environment>>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<BTreeSet<Permission>>)]
    pub permissions: Option<Option<BTreeSet<Permission>>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Timestamp>)]
    pub expires_at: Option<Option<Timestamp>>,
}

/// The tokens of the actor's team that go no further than the actor, without their secrets.
///
/// # Errors
/// The database failed.
pub async fn list(scope: &Scope) -> Result<Vec<ApiToken>, OpsError> {
    scope.authorize(Permission::ManageTokens)?;
    let mut tokens = api_tokens::of_team(&scope.db()).await?;
    tokens.retain(|token| reaches(scope, token.role, &token.limits));
    Ok(tokens)
}

/// # Errors
/// There is no such token in the actor's team.
pub async fn get(scope: &Scope, id: ApiTokenId) -> Result<ApiToken, OpsError> {
    scope.authorize(Permission::ManageTokens)?;
    within_reach(scope, api_tokens::get(&scope.db(), id).await?)
}

fn within_reach(scope: &Scope, token: Option<ApiToken>) -> Result<ApiToken, OpsError> {
    token.filter(|token| reaches(scope, token.role, &token.limits)).ok_or_else(|| ErrorCode::TokenNotFound.into())
}

/// A new token; its secret is answered here and never again.
///
/// # Errors
/// `out_of_reach` for one that would go further than the actor; a name that is missing, too long or taken; limits that make no sense.
pub async fn issue(scope: &Scope, new: NewToken) -> Result<(ApiToken, SecretString), OpsError> {
    scope.authorize(Permission::ManageTokens)?;
    let now = scope.console.clock.now();
    let (secret, prefix) = fresh_secret();
    let token = ApiToken {
        id: ApiTokenId::new(),
        name: new.name.trim().to_owned(),
        prefix,
        role: new.role,
        limits: TokenLimits { environments: new.environments, permissions: new.permissions, expires_at: new.expires_at },
        created_by: scope.actor.name.clone(),
        created_at: now,
        last_used_at: None,
        previous_until: None,
    };
    check(scope, &token, now)?;
    let made_by = made_by(scope).await?;
    let mut tx = begin_in_place(scope).await?;
    if api_tokens::count(&mut tx).await? >= MOST_TOKENS {
        return Err(OpsError::invalid("name", format!("A team has at most {MOST_TOKENS} tokens; revoke one first.")));
    }
    if !api_tokens::insert(&mut tx, &token, made_by, &secret).await? {
        return Err(name_taken());
    }
    scope.audit(&mut tx, AuditAct::TokenIssued, Subject::from(token.id).named(&token.name).role(token.role)).await?;
    tx.commit().await?;
    Ok((token, secret.into()))
}

/// Changes what a token is called and how far it goes. What it has begun and may no longer do ends at once, and so does what was made with it and now goes further.
///
/// # Errors
/// As [`get`] and [`issue`].
pub async fn edit(scope: &Scope, id: ApiTokenId, edit: TokenEdit) -> Result<ApiToken, OpsError> {
    scope.authorize(Permission::ManageTokens)?;
    let now = scope.console.clock.now();
    let mut tx = begin_in_place(scope).await?;
    let mut token = within_reach(scope, api_tokens::get_in(&mut tx, id).await?)?;
    let had_ended = token.limits.has_ended(now) && edit.expires_at.is_none();
    token.name = edit.name.map_or(token.name, |name| name.trim().to_owned());
    token.role = edit.role.unwrap_or(token.role);
    token.limits = TokenLimits {
        environments: edit.environments.unwrap_or(token.limits.environments),
        permissions: edit.permissions.unwrap_or(token.limits.permissions),
        expires_at: edit.expires_at.unwrap_or(token.limits.expires_at),
    };
    // One that is over may be renamed.
    let since = if had_ended { Timestamp::from_millis(0) } else { now };
    check(scope, &token, since)?;
    let updated = api_tokens::update(&mut tx, &token).await.map_err(|error| if error.taken() == Some(Taken::Name) { name_taken() } else { error.into() })?;
    if !updated {
        return Err(ErrorCode::TokenNotFound.into());
    }
    scope.audit(&mut tx, AuditAct::TokenEdited, Subject::from(id).named(&token.name).role(token.role)).await?;
    end_what_goes_further(scope, &mut tx, &token).await?;
    tx.commit().await?;
    scope.console.access_changes.tell();
    Ok(token)
}

/// Nothing goes further than what made it.
async fn end_what_goes_further(scope: &Scope, tx: &mut TeamTx, token: &ApiToken) -> Result<(), OpsError> {
    for (id, name) in api_tokens::made_with(tx, token.id).await? {
        let made = api_tokens::get_in(tx, id).await?;
        if made.is_some_and(|made| made.role > token.role || !token.limits.contains(&made.limits)) && api_tokens::delete(tx, id).await? {
            scope.audit(tx, AuditAct::TokenRevoked, Subject::from(id).named(name)).await?;
        }
    }
    let may_invite = token.limits.allows(Permission::ManageOperators) && token.role >= Permission::ManageOperators.least_role();
    if !may_invite {
        invitations::delete_made_with(tx, token.id).await?;
    }
    Ok(())
}

/// Gives a token another secret, which is answered here and never again. The one it has goes on for `grace`, so that programs can change over
/// without a gap; the one before that is dead. What was made with the token goes on: after a leak, revoke it instead.
///
/// # Errors
/// As [`get`]; a grace of more than a week.
pub async fn rotate(scope: &Scope, id: ApiTokenId, grace: Duration) -> Result<(ApiToken, SecretString), OpsError> {
    scope.authorize(Permission::ManageTokens)?;
    if grace > LONGEST_GRACE {
        return Err(OpsError::invalid("grace_seconds", "At most a week."));
    }
    let (secret, prefix) = fresh_secret();
    let mut tx = begin_in_place(scope).await?;
    let token = within_reach(scope, api_tokens::get_in(&mut tx, id).await?)?;
    if !api_tokens::rotate(&mut tx, id, &secret, &prefix, scope.console.clock.now() + grace).await? {
        return Err(ErrorCode::TokenNotFound.into());
    }
    scope.audit(&mut tx, AuditAct::TokenRotated, Subject::from(id).named(token.name)).await?;
    tx.commit().await?;
    scope.console.access_changes.tell();
    Ok((get(scope, id).await?, secret.into()))
}

/// Ends a token, whatever goes on with it, and what was made with it: tokens and invitations, and theirs.
///
/// # Errors
/// As [`get`].
pub async fn revoke(scope: &Scope, id: ApiTokenId) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageTokens)?;
    let token = get(scope, id).await?;
    let mut tx = scope.begin().await?;
    let made_with_it = api_tokens::made_with(&mut tx, id).await?;
    if !api_tokens::delete(&mut tx, id).await? {
        return Err(ErrorCode::TokenNotFound.into());
    }
    for (id, name) in [(id, token.name)].into_iter().chain(made_with_it) {
        scope.audit(&mut tx, AuditAct::TokenRevoked, Subject::from(id).named(name)).await?;
    }
    tx.commit().await?;
    scope.console.access_changes.tell();
    Ok(())
}

/// Whether a token of this role and these limits goes no further than the actor.
fn reaches(scope: &Scope, role: Role, limits: &TokenLimits) -> bool {
    role <= scope.actor.role && scope.actor.limits.contains(limits)
}

fn fresh_secret() -> (String, String) {
    let secret = format!("sbt_{}", random_text());
    let prefix = secret.chars().take(10).collect();
    (secret, prefix)
}

/// `now` is the moment after which it must end.
fn check(scope: &Scope, token: &ApiToken, now: Timestamp) -> Result<(), OpsError> {
    let mut errors = Vec::new();
    if is_blank(&token.name) {
        errors.push(FieldError::new("name", "Give it a name."));
    } else if token.name.chars().count() > LONGEST_NAME || token.name.chars().any(char::is_control) {
        errors.push(FieldError::new("name", format!("At most {LONGEST_NAME} characters on one line.")));
    }
    errors.extend(bidi::field_error("name", &token.name));
    if token.limits.environments.as_ref().is_some_and(BTreeSet::is_empty) {
        errors.push(FieldError::new("environments", "Name at least one, or leave it out for all."));
    }
    let permissions = token.limits.permissions.as_ref();
    if permissions.is_some_and(BTreeSet::is_empty) {
        errors.push(FieldError::new("permissions", "Name at least one, or leave it out for all of the role."));
    }
    if let Some(beyond) = permissions.into_iter().flatten().find(|permission| permission.least_role() > token.role) {
        errors.push(FieldError::new("permissions", format!("The role {} does not have {beyond}.", token.role)));
    }
    if token.limits.has_ended(now) {
        errors.push(FieldError::new("expires_at", "Must lie in the future."));
    }
    if !errors.is_empty() {
        return Err(OpsError::Invalid(errors));
    }
    if reaches(scope, token.role, &token.limits) { Ok(()) } else { Err(ErrorCode::OutOfReach.into()) }
}

fn name_taken() -> OpsError {
    OpsError::invalid("name", "A token of this name exists already.")
}
