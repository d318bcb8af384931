//! Coming in by way of the identity provider. An account is found by who someone is there, never by its address alone; groups decide who may come in,
//! and as what.

use std::{net::IpAddr, time::Duration};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{SignedIn, email_fault, members, one_spelling, person, random_text};
use crate::{
    Console, OpsError, Scope,
    audit::{self, Act},
    identity_provider::{Identity, IdentityProvider, Pending, ProviderError},
    scope::Client,
};
use domain::{
    audit::{AuditAct, Subject},
    error::{ErrorCode, FieldError},
    ids::{Id, OperatorId, TeamId},
    operator::Role,
    permission::Permission,
    time::Timestamp,
};
use store::{
    Tx,
    identities::{self, Account},
    operators, teams,
};

/// From being sent to the provider until being back, and until what came of it is confirmed.
const LASTS: Duration = Duration::from_secs(10 * 60);
/// Who gives and takes places by groups, as the audit log shows them.
const ACTOR: &str = "single sign-on";

/// What a session remembers of someone who was sent to the provider.
#[derive(Clone, Serialize, Deserialize)]
pub struct Journey {
    pending: Pending,
    begun_at: Timestamp,
    /// Where they were going.
    pub next: String,
    /// The person who wants to link their account, rather than to sign in.
    pub links: Option<OperatorId>,
}

/// What the provider sent someone back with.
#[derive(Clone, Default, Deserialize)]
pub struct Returned {
    pub state: Option<String>,
    pub code: Option<String>,
    pub error: Option<String>,
    /// The issuer, where the provider says so (RFC 9207).
    pub iss: Option<String>,
}

/// An identity that waits for its person to say that it is theirs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Offer {
    issuer: String,
    subject: String,
    operator: OperatorId,
    offered_at: Timestamp,
    /// What they are called there.
    pub email: String,
}

/// Where to send somebody who wants to sign in, or to link the account of `links`, and what to remember until they are back at `return_to`.
///
/// # Errors
/// There is no provider; it is away; `too_many_requests`.
pub async fn begin(console: &Console, return_to: String, next: String, links: Option<OperatorId>, client: &Client) -> Result<(Url, Journey), OpsError> {
    let provider = provider(console)?;
    console.sign_in_limits.check_address(client.address).map_err(|retry_after| OpsError::TooMany { retry_after })?;
    let begun_at = console.clock.now();
    match provider.begin(return_to, begun_at, &client.correlation_id).await {
        Ok((address, pending)) => Ok((address, Journey { pending, begun_at, next, links })),
        Err(error) => Err(refused(console, client, None, failed(&error, client)).await),
    }
}

/// Signs in whoever comes back: into the account of that identity, or into a new one.
///
/// # Errors
/// It was not begun here, or too long ago; the provider refused, or cannot be trusted, or is away; no group of theirs may come in; their address is not
/// verified, or belongs to an account that is not linked; they are disabled.
pub async fn sign_in(console: &Console, journey: Option<Journey>, returned: Returned, client: &Client) -> Result<SignedIn, OpsError> {
    let identity = match identify(console, journey, returned, client).await {
        Ok(identity) => identity,
        Err(error) => return Err(refused(console, client, None, error).await),
    };
    let account = identities::account(&console.db, &identity.issuer, &identity.subject).await?;
    match admit(console, &identity, account.clone(), client).await {
        Ok((signed_in, email)) => {
            let actor_id = Some(Id::from_uuid(signed_in.operator.as_uuid()));
            audit::note(console, Act { actor_id, ..Act::at(client, signed_in.team, &email, AuditAct::SignedIn, signed_in.operator) }).await;
            Ok(signed_in)
        }
        Err(error) => Err(refused(console, client, account, error).await),
    }
}

/// The identity with which somebody comes back who wants to link it.
///
/// # Errors
/// As [`sign_in`], as far as the provider is concerned.
pub async fn offer(console: &Console, journey: Journey, returned: Returned, client: &Client) -> Result<Offer, OpsError> {
    let operator = journey.links.ok_or(ErrorCode::SignOnUnknown)?;
    match identify(console, Some(journey), returned, client).await {
        Ok(Identity { issuer, subject, email, .. }) => {
            let email = email.unwrap_or_else(|| subject.clone());
            Ok(Offer { issuer, subject, operator, offered_at: console.clock.now(), email })
        }
        Err(error) => Err(refused(console, client, None, error).await),
    }
}

/// Whether the person has an identity at the provider.
///
/// # Errors
/// There is no provider; the database failed.
pub async fn is_linked(scope: &Scope) -> Result<bool, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let operator = person(scope)?;
    Ok(identities::is_linked(&scope.console.db, operator, &provider(&scope.console)?.settings().issuer).await?)
}

/// From now on the person comes in with that identity, too.
///
/// # Errors
/// A wrong password; it was offered to somebody else, or too long ago; it belongs to an account already; `too_many_requests`.
pub async fn link(scope: &Scope, offer: Option<Offer>, password: SecretString, address: IpAddr) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let operator = person(scope)?;
    let (console, now) = (&scope.console, scope.console.clock.now());
    let offer = offer.filter(|offer| offer.operator == operator).ok_or(ErrorCode::SignOnUnknown)?;
    if now >= offer.offered_at + LASTS {
        return Err(ErrorCode::SignOnExpired.into());
    }
    console.sign_in_limits.check(address, &scope.actor.name).map_err(|retry_after| OpsError::TooMany { retry_after })?;
    let hash = operators::password(&console.db, operator).await?.map(|row| row.password_hash);
    if !console.passwords.verify(password, hash).await? {
        return Err(OpsError::Invalid(vec![FieldError::new("account_password", "This is not your password.")]));
    }
    let mut tx = console.db.begin().await?;
    if !identities::insert(&mut tx, &offer.issuer, &offer.subject, operator, now).await? {
        return Err(ErrorCode::IdentityTaken.into());
    }
    scope.audit(&mut tx, AuditAct::IdentityLinked, Subject::from(operator).named(offer.email)).await?;
    Ok(tx.commit().await?)
}

/// Where to send somebody who has signed out here, to be signed out at the provider too; none where it offers no such thing.
///
/// # Errors
/// There is no provider, or it is away.
pub async fn sign_out(console: &Console, return_to: String, client: &Client) -> Result<Option<Url>, OpsError> {
    provider(console)?.sign_out(return_to, console.clock.now(), &client.correlation_id).await.map_err(|error| failed(&error, client))
}

fn provider(console: &Console) -> Result<&IdentityProvider, OpsError> {
    console.identity_provider.as_ref().ok_or_else(|| ErrorCode::RouteNotFound.into())
}

/// Whom the provider vouches for, if it is the journey's end.
async fn identify(console: &Console, journey: Option<Journey>, returned: Returned, client: &Client) -> Result<Identity, OpsError> {
    let provider = provider(console)?;
    let Journey { pending, begun_at, .. } = journey.ok_or(ErrorCode::SignOnUnknown)?;
    if returned.state.as_ref() != Some(&pending.state) {
        return Err(ErrorCode::SignOnUnknown.into());
    }
    let now = console.clock.now();
    if now >= begun_at + LASTS {
        return Err(ErrorCode::SignOnExpired.into());
    }
    if returned.iss.is_some_and(|issuer| issuer != provider.settings().issuer) {
        return Err(failed(&ProviderError::Untrusted("the answer came from another issuer".into()), client));
    }
    let code = match (returned.code, returned.error) {
        (Some(code), None) => code,
        (_, error) => return Err(failed(&ProviderError::Refused(error.unwrap_or_else(|| "without a reason".into())), client)),
    };
    provider.finish(pending, code, now, &client.correlation_id).await.map_err(|error| failed(&error, client))
}

/// What a person reads; the cause is for whoever runs the server.
fn failed(error: &ProviderError, client: &Client) -> OpsError {
    tracing::warn!(correlation_id = %client.correlation_id, %error, "single sign-on failed");
    OpsError::Refused(match error {
        ProviderError::Away(_) => ErrorCode::ProviderUnavailable,
        ProviderError::Untrusted(_) => ErrorCode::ProviderUntrusted,
        ProviderError::Refused(_) => ErrorCode::ProviderRefused,
    })
}

/// Writes down that somebody was refused, and why.
async fn refused(console: &Console, client: &Client, account: Option<Account>, error: OpsError) -> OpsError {
    let OpsError::Refused(reason) = error else { return error };
    if !console.audit_limits.takes_refusal(client.address, account.as_ref().map(|account| account.id)) {
        return error;
    }
    let written = async {
        let (actor, subject, place) = match &account {
            Some(Account { id, email, .. }) => (email.as_str(), Subject::from(*id), operators::membership(&console.db, *id, None).await?),
            None => (ACTOR, Subject::default(), None),
        };
        let team = match place {
            Some(place) => place.team_id,
            None => teams::by_slug(&console.db, teams::DEFAULT_SLUG).await?.ok_or(ErrorCode::Internal)?.id,
        };
        audit::note(console, Act::at(client, team, actor, AuditAct::SignInRefused, subject.reason(reason))).await;
        Ok::<_, OpsError>(())
    };
    written.await.err().unwrap_or(error)
}

/// Lets an identity into its account, or into a new one, with the places that its groups give. Answers with the account's address.
async fn admit(console: &Console, identity: &Identity, account: Option<Account>, client: &Client) -> Result<(SignedIn, String), OpsError> {
    let email = identity.email.as_deref().map(one_spelling).filter(|email| email_fault(email).is_none()).ok_or(ErrorCode::EmailUnverified)?;
    if account.as_ref().is_some_and(|account| account.disabled_at.is_some()) {
        return Err(ErrorCode::AccountDisabled.into());
    }
    let now = console.clock.now();
    let places = places(console, identity).await?;
    let has_group = places.iter().any(|(_, role)| role.is_some());
    let account = match account {
        Some(Account { id, email, .. }) => Comer { id, email, is_new: false },
        None if !has_group => return Err(ErrorCode::NoGroup.into()),
        None if operators::by_email(&console.db, &email).await?.is_some() => return Err(ErrorCode::AccountUnlinked.into()),
        None => Comer { id: OperatorId::new(), email, is_new: true },
    };
    // So that an account of single sign-on is like any other: nobody knows its password.
    let hash = if account.is_new { console.passwords.hash(random_text().into()).await? } else { String::new() };
    let mut tx = console.db.begin().await?;
    if account.is_new {
        let is_free = operators::insert(&mut tx, account.id, &account.email, &hash, now).await?;
        if !is_free || !identities::insert(&mut tx, &identity.issuer, &identity.subject, account.id, now).await? {
            return Err(ErrorCode::AccountUnlinked.into());
        }
    }
    let has_changed = follow(console, &mut tx, &account, &places, client, now).await?;
    tx.commit().await?;
    if has_changed {
        console.access_changes.tell();
    }
    if !has_group {
        return Err(ErrorCode::NoGroup.into());
    }
    let place = operators::membership(&console.db, account.id, None).await?.ok_or(ErrorCode::NoGroup)?;
    Ok((SignedIn::now(account.id, place.team_id, now), account.email))
}

/// Somebody whom the provider vouches for.
struct Comer {
    id: OperatorId,
    email: String,
    is_new: bool,
}

/// The teams that groups decide on, and what the identity's own make of it there.
async fn places(console: &Console, identity: &Identity) -> Result<Vec<(TeamId, Option<Role>)>, OpsError> {
    let mut places = Vec::new();
    for (slug, role) in provider(console)?.settings().groups.places(&identity.groups) {
        match teams::by_slug(&console.db, slug).await? {
            Some(team) => places.push((team.id, role)),
            None => tracing::warn!(team = slug, "SWITCHBOARD_OIDC_GROUPS names a team that does not exist"),
        }
    }
    Ok(places)
}

/// Gives the places that groups give, and takes those that they give no longer; whether any has changed. Teams that no group decides on stay as they are.
/// At `now`, when the session begins: one that is older than its place would be dead.
async fn follow(console: &Console, tx: &mut Tx, comer: &Comer, places: &[(TeamId, Option<Role>)], client: &Client, now: Timestamp) -> Result<bool, OpsError> {
    let mut acts = Vec::new();
    for (team, wanted) in places {
        if operators::member(tx, *team, comer.id).await?.map(|member| member.role) == *wanted {
            continue;
        }
        teams::hold(tx, *team).await?;
        let act = match (operators::member(tx, *team, comer.id).await?, *wanted) {
            (None, Some(role)) => {
                operators::join(tx, *team, comer.id, role, now).await?;
                Ok(AuditAct::OperatorCreated)
            }
            (Some(member), Some(role)) => members::give_role(tx, *team, &member, role, now).await.map(|()| AuditAct::RoleChanged),
            (Some(member), None) => members::end_place(tx, *team, &member).await.map(|()| AuditAct::PersonRemoved),
            (None, None) => continue,
        };
        let act = match act {
            Err(OpsError::Refused(ErrorCode::LastAdministrator)) => {
                tracing::warn!(%team, person = comer.email, "the last administrator of a team stays one, whatever their groups say");
                continue;
            }
            act => act?,
        };
        let subject = Subject::from(comer.id).named(&comer.email);
        let subject = if let Some(role) = wanted { subject.role(*role) } else { subject };
        acts.push(Act::at(client, *team, ACTOR, act, subject));
    }
    let has_changed = !acts.is_empty();
    for act in acts {
        audit::append(console, tx, act).await?;
    }
    Ok(has_changed)
}
