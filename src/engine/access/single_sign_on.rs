//! Coming in by way of the identity provider. An account is found by who someone is there, never by its address alone; groups decide who may come in,
//! and as what.

use std::{net::IpAddr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use url::Url;

use super::{
    SignedIn, check_still_signed_in, email_fault, end_every_session, one_spelling, person, profile::check_password, random_text, second_factor::spend_where_on,
};
use crate::{
    Console, OpsError, Scope,
    audit::{self, AuditRecord},
    identity_provider::{Identity, IdentityProvider, Pending, ProviderError, ProviderSettings},
    scope::Client,
};
use domain::{
    audit::{AuditAct, Subject},
    blank::is_ignorable,
    error::ErrorCode,
    ids::{Id, OperatorId, TeamId},
    operator::{LinkedIdentity, Proof, Role, Who},
    permission::Permission,
    time::Timestamp,
};
use store::{
    Db,
    identities::{self, Account},
    operators, teams,
};

mod places;

use places::{follow, has_group, places};

/// From being sent to the provider until being back, and until what came of it is confirmed.
const LASTS: Duration = Duration::from_secs(10 * 60);
/// Who gives and takes places by groups, as the audit log shows them.
const ACTOR: &str = "single sign-on";
/// Of what the provider calls somebody, in characters.
const LONGEST_NAME: usize = 254;

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

impl Offer {
    /// Whether `who` may take it up still.
    pub fn is_open(&self, who: Who, now: Timestamp) -> bool {
        who == Who::Operator(self.operator) && now < self.offered_at + LASTS
    }
}

/// Where to send somebody who wants to sign in, or to link the account of `links`, and what to remember until they are back at `return_to`.
///
/// # Errors
/// There is no provider; it is away; `too_many_requests`.
pub async fn begin(console: &Console, return_to: String, next: String, links: Option<OperatorId>, client: &Client) -> Result<(Url, Journey), OpsError> {
    let provider = provider(console)?;
    console.sign_in_limits.check_address(client.address).map_err(OpsError::too_many)?;
    let begun_at = console.clock.now();
    match provider.begin(return_to, begun_at, &client.correlation_id).await {
        Ok((address, pending)) => Ok((address, Journey { pending, begun_at, next, links })),
        Err(error) => Err(refused(console, client, None, None, failed(&error, client)).await),
    }
}

/// Signs in whoever comes back: into the account of that identity, or into a new one.
///
/// # Errors
/// It was not begun here, or too long ago; the provider refused, or cannot be trusted, or is away; no group of theirs may come in; their address is not
/// verified, or belongs to an account that is not linked; they are disabled; nobody leads the console yet.
pub async fn sign_in(console: &Console, journey: Option<Journey>, returned: Returned, client: &Client) -> Result<SignedIn, OpsError> {
    provider(console)?;
    let identity = match identify(console, journey, returned, client).await {
        Ok(identity) => identity,
        Err(error) => return Err(refused(console, client, None, None, error).await),
    };
    let began = console.clock.now();
    let account = identities::account(&console.db, &identity.issuer, &identity.subject).await?;
    match admit(console, &identity, account.clone(), client, began).await {
        Ok((signed_in, email)) => {
            let actor_id = Some(Id::from_uuid(signed_in.operator.as_uuid()));
            audit::note(console, AuditRecord { actor_id, ..AuditRecord::at(client, signed_in.team, &email, AuditAct::SignedIn, signed_in.operator) }).await;
            Ok(signed_in)
        }
        Err(error) => Err(refused(console, client, Some(&identity), account, error).await),
    }
}

/// The identity with which somebody comes back who wants to link it.
///
/// # Errors
/// As [`sign_in`], as far as the provider is concerned.
pub async fn offer(console: &Console, journey: Journey, returned: Returned, client: &Client) -> Result<Offer, OpsError> {
    let operator = journey.links.ok_or(ErrorCode::SignOnUnknown)?;
    match identify(console, Some(journey), returned, client).await {
        Ok(identity) => {
            let email = known_as(&identity);
            Ok(Offer { issuer: identity.issuer, subject: identity.subject, operator, offered_at: console.clock.now(), email })
        }
        Err(error) => Err(refused(console, client, None, None, error).await),
    }
}

/// Seals what a session remembers of a way to the provider, for the `place` that names it and the session: sessions are rows of the database.
///
/// # Errors
/// None that can happen.
pub fn seal(console: &Console, place: &str, kept: &impl Serialize) -> Result<Vec<u8>, OpsError> {
    let text = serde_json::to_string(kept).map_err(|error| OpsError::Settings(format!("what single sign-on remembers cannot be written: {error}")))?;
    Ok(console.vault.seal_text(place, &text.into())?)
}

/// What [`seal`] was given for that place; nothing where it does not open. Then the person begins again.
pub fn unseal<T: DeserializeOwned>(console: &Console, place: &str, sealed: &[u8]) -> Option<T> {
    let text = console.vault.open_text(place, sealed).ok()?;
    serde_json::from_str(text.expose_secret()).ok()
}

/// Who the person is at the provider, if they are linked.
///
/// # Errors
/// There is no provider; the database failed.
pub async fn linked(scope: &Scope) -> Result<Option<LinkedIdentity>, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let operator = person(scope)?;
    Ok(identities::of_operator(&scope.console.db, operator, &provider(&scope.console)?.settings().issuer).await?)
}

/// From now on the person comes in with that identity, too.
///
/// # Errors
/// A wrong password (`account_password`) or, where they have a second factor, code (`account_code`); it was offered to somebody else, or too long ago; it
/// belongs to an account already; `too_many_requests`.
pub async fn link(scope: &Scope, offer: Option<Offer>, password: SecretString, code: &str, address: IpAddr) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let operator = person(scope)?;
    let now = scope.console.clock.now();
    let offer = offer.filter(|offer| offer.operator == operator).ok_or(ErrorCode::SignOnUnknown)?;
    if now >= offer.offered_at + LASTS {
        return Err(ErrorCode::SignOnExpired.into());
    }
    check_password(scope, "account_password", password, address).await?;
    // Whoever comes in by the provider is asked for no code here.
    let mut tx = spend_where_on(scope, "account_code", code, address).await?;
    if !identities::insert(&mut tx, &offer.issuer, &offer.subject, operator, now).await? {
        return Err(ErrorCode::IdentityTaken.into());
    }
    check_still_signed_in(scope, now).await?;
    scope.audit(&mut tx, AuditAct::IdentityLinked, Subject::from(operator).named(offer.email)).await?;
    Ok(tx.commit().await?)
}

/// From now on the person comes in with their password alone. Every session of theirs ends; whoever asked goes on with what is answered.
///
/// # Errors
/// A wrong password (`unlink_password`), which those have, too, whom the provider brought: nobody knows theirs; `passwords_off`; `too_many_requests`.
pub async fn unlink(scope: &Scope, password: SecretString, address: IpAddr) -> Result<SignedIn, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let operator = person(scope)?;
    let (console, now) = (&scope.console, scope.console.clock.now());
    if !console.takes_passwords() {
        return Err(ErrorCode::PasswordsOff.into());
    }
    check_password(scope, "unlink_password", password, address).await?;
    let mut tx = console.db.begin().await?;
    if identities::delete_of(&mut tx, operator).await? {
        scope.audit(&mut tx, AuditAct::IdentityUnlinked, operator).await?;
    }
    end_every_session(&mut tx, operator, now).await?;
    check_still_signed_in(scope, now).await?;
    tx.commit().await?;
    console.access_changes.tell();
    Ok(SignedIn::now(operator, scope.team(), now))
}

/// Teams, by their slugs, whose administrators could not come in any more: passwords are off, and none of them is linked.
///
/// # Errors
/// The database failed.
pub async fn locked_out(db: &Db, provider: &ProviderSettings) -> Result<Vec<String>, OpsError> {
    Ok(if provider.only { identities::teams_without(db, &provider.issuer).await? } else { Vec::new() })
}

/// Where to send somebody who has signed out here, to be signed out at the provider too; none where it offers no such thing.
///
/// # Errors
/// There is no provider, or it is away; `too_many_requests`.
pub async fn sign_out(console: &Console, return_to: String, client: &Client) -> Result<Option<Url>, OpsError> {
    let provider = provider(console)?;
    console.sign_in_limits.check_address(client.address).map_err(OpsError::too_many)?;
    provider.sign_out(return_to, console.clock.now(), &client.correlation_id).await.map_err(|error| failed(&error, client))
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

/// The address that the provider has verified, if it is one.
fn address(identity: &Identity) -> Option<String> {
    identity.email.as_deref().map(one_spelling).filter(|email| email_fault(email).is_none())
}

/// What somebody is called at the provider: their address, or what names them there.
fn known_as(identity: &Identity) -> String {
    let name = address(identity).unwrap_or_else(|| identity.subject.clone());
    name.chars().filter(|c| !c.is_control() && !is_ignorable(*c)).take(LONGEST_NAME).collect()
}

/// Writes down that somebody was refused, and why; `identity` is who they are at the provider, where it vouched for them.
async fn refused(console: &Console, client: &Client, identity: Option<&Identity>, account: Option<Account>, error: OpsError) -> OpsError {
    let OpsError::Refused(reason) = error else { return error };
    let who = identity.map(|identity| format!("{} {}", identity.issuer, identity.subject));
    if !console.audit_limits.takes_refusal(client.address, AuditAct::SignInRefused, who) {
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
        let subject = match identity {
            Some(identity) => subject.named(known_as(identity)),
            None => subject,
        };
        audit::note(console, AuditRecord::at(client, team, actor, AuditAct::SignInRefused, subject.reason(reason))).await;
        Ok::<_, OpsError>(())
    };
    written.await.err().unwrap_or(error)
}

/// Lets an identity into its account, or into a new one, with the places that its groups give. Answers with the account's address.
///
/// `now` is before the account was looked at.
async fn admit(console: &Console, identity: &Identity, account: Option<Account>, client: &Client, now: Timestamp) -> Result<(SignedIn, String), OpsError> {
    if account.as_ref().is_some_and(|account| account.disabled_at.is_some()) {
        return Err(ErrorCode::AccountDisabled.into());
    }
    // Who is in no group loses places: what the provider has not said is never taken for that.
    let places = places(console, identity.groups.as_deref().ok_or(ErrorCode::GroupsMissing)?).await?;
    let account = match account {
        Some(Account { id, email, .. }) => VouchedPerson { id, email, is_new: false },
        None => newcomer(console, identity, &places).await?,
    };
    // So that an account of single sign-on is like any other: nobody knows its password.
    let hash = if account.is_new { console.passwords.hash(random_text().into()).await? } else { String::new() };
    let mut tx = console.db.begin().await?;
    if account.is_new {
        let is_free = operators::insert(&mut tx, account.id, &account.email, &hash, now).await?;
        if !is_free || !identities::insert(&mut tx, &identity.issuer, &identity.subject, account.id, now).await? {
            return Err(unlinked(console).into());
        }
    }
    let has_changed = follow(console, &mut tx, &account, &places, client, now).await?;
    tx.commit().await?;
    if has_changed {
        console.access_changes.tell();
    }
    if !has_group(&places) {
        return Err(ErrorCode::NoGroup.into());
    }
    let place = operators::membership(&console.db, account.id, None).await?.ok_or(ErrorCode::NoGroup)?;
    Ok((SignedIn { proof: Proof::Provider, ..SignedIn::now(account.id, place.team_id, now) }, account.email))
}

/// Somebody whom the provider vouches for.
struct VouchedPerson {
    id: OperatorId,
    email: String,
    is_new: bool,
}

/// The account to be made of someone whom nobody here knows yet.
async fn newcomer(console: &Console, identity: &Identity, places: &[(TeamId, Option<Role>)]) -> Result<VouchedPerson, OpsError> {
    let email = address(identity).ok_or(ErrorCode::EmailUnverified)?;
    if !has_group(places) {
        return Err(ErrorCode::NoGroup.into());
    }
    if operators::by_email(&console.db, &email).await?.is_some() {
        return Err(unlinked(console).into());
    }
    // Whoever comes first ends the set-up link, and would be alone with what they may do.
    if !operators::any(&console.db).await? && !places.iter().any(|(_, role)| *role == Some(Role::Admin)) {
        return Err(ErrorCode::NotSetUp.into());
    }
    Ok(VouchedPerson { id: OperatorId::new(), email, is_new: true })
}

/// Whoever has an account links it with its password, where there are passwords.
fn unlinked(console: &Console) -> ErrorCode {
    if console.takes_passwords() { ErrorCode::AccountUnlinked } else { ErrorCode::AccountUnreachable }
}
