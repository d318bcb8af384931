//! Passkeys (WebAuthn): what signs a person in instead of a password. A passkey is something they have, and asks them who they are; so it takes the place of
//! the second factor, too.
//!
//! A challenge lives for five minutes in the session that asked for it, and counts once: the row of the passkey remembers when it was last used, and
//! takes no challenge from before, whichever node is asked.

use std::{net::IpAddr, time::Duration};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use self::relying_party::{Answer, RelyingParty, VerificationError};
use super::{SignedIn, audit_sign_in, check_still_signed_in, end_every_session, person, profile::check_password, refused, second_factor::spend_where_on};
use crate::{Console, OpsError, Scope, audit, audit::AuditRecord, scope::Client};
use domain::{
    audit::{AuditAct, Subject},
    bidi,
    blank::is_blank,
    error::ErrorCode,
    ids::{OperatorId, PasskeyId},
    operator::{Proof, Who},
    passkey::Passkey,
    permission::Permission,
    time::Timestamp,
};
use store::{
    operators::{self, MembershipRow},
    passkeys::{self, NewPasskey, PasskeyRow},
};

mod relying_party;

/// From the question to its answer. Browsers are told the same.
const LIVES: Duration = Duration::from_secs(5 * 60);
/// Of a person.
const MOST: i64 = 20;
/// In characters.
const LONGEST_NAME: usize = 60;

/// A passkey that the person may make now. It is kept in their session.
#[derive(Serialize, Deserialize)]
pub struct PendingRegistration {
    operator: OperatorId,
    began: Timestamp,
    pub name: String,
    /// What their browser is asked, as JSON.
    pub options: String,
    state: Vec<u8>,
}

impl PendingRegistration {
    /// Whether it can still be made, by whoever began it.
    pub fn is_open(&self, who: Who, now: Timestamp) -> bool {
        who == Who::Operator(self.operator) && now < self.began + LIVES
    }
}

/// What somebody has to sign who has not said who they are. It is kept in their session.
#[derive(Serialize, Deserialize)]
pub struct Challenge {
    began: Timestamp,
    state: Vec<u8>,
}

/// Whether people can sign in with passkeys here: passwords are taken, and the console is reached where browsers have passkeys.
pub fn are_taken(console: &Console) -> bool {
    relying_party(console).is_some()
}

fn relying_party(console: &Console) -> Option<RelyingParty> {
    RelyingParty::at(&console.sending.address).filter(|_| console.takes_passwords())
}

/// The person's own, the oldest first.
///
/// # Errors
/// The actor is no person; the database failed.
pub async fn list(scope: &Scope) -> Result<Vec<Passkey>, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    Ok(passkeys::of_operator(&scope.console.db, person(scope)?).await?)
}

/// Lets the person make one, for their password and, where they have a second factor, a code.
///
/// # Errors
/// A name that will not do (`passkey_name`), a wrong password (`passkey_password`) or code (`passkey_code`); passkeys are not taken here; `too_many_requests`.
pub async fn begin(scope: &Scope, name: &str, password: SecretString, code: &str, address: IpAddr) -> Result<PendingRegistration, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let (operator, console) = (person(scope)?, &scope.console);
    let party = relying_party(console).ok_or_else(|| OpsError::invalid("passkey_name", "This console is not reached where browsers have passkeys."))?;
    let name = checked(name)?;
    let began = console.clock.now();
    check_password(scope, "passkey_password", password, address).await?;
    let known = passkeys::credentials(&console.db, operator).await?;
    if i64::try_from(known.len()).unwrap_or(i64::MAX) >= MOST {
        return Err(too_many_passkeys("passkey_name"));
    }
    let ceremony = party.creation(operator, &scope.actor.name, known)?;
    spend_where_on(scope, "passkey_code", code, address).await?.commit().await?;
    Ok(PendingRegistration { operator, began, name, options: ceremony.options, state: ceremony.state })
}

/// Keeps what the person's browser made. They go on as someone who has shown two factors, with what is answered.
///
/// # Errors
/// An answer that will not do, or that came too late (`answer`); their session was ended meanwhile.
pub async fn add(scope: &Scope, begun: Option<PendingRegistration>, answer: &str) -> Result<SignedIn, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let (operator, console) = (person(scope)?, &scope.console);
    let now = console.clock.now();
    let begun = begun.filter(|begun| begun.is_open(scope.actor.who, now)).zip(relying_party(console));
    let (begun, party) = begun.ok_or_else(|| OpsError::invalid("answer", "That took too long. Load this page again and begin anew."))?;
    let made = party.made(&begun.state, answer).map_err(|reason| {
        tracing::info!(%reason, "a passkey was not added");
        OpsError::invalid("answer", "This passkey cannot be used here. Load this page again and try another one.")
    })?;
    let id = PasskeyId::new();
    let new = NewPasskey { id, credential_id: &made.credential_id, public_key: &made.public_key, state: &made.state, name: &begun.name };
    let mut tx = console.db.begin().await?;
    if !passkeys::insert(&mut tx, operator, &new, now).await? {
        return Err(OpsError::invalid("answer", "This passkey is here already."));
    }
    if passkeys::count(&mut tx, operator).await? > MOST {
        return Err(too_many_passkeys("answer"));
    }
    check_still_signed_in(scope, begun.began).await?;
    scope.audit(&mut tx, AuditAct::PasskeyAdded, Subject::from(operator).named(&begun.name)).await?;
    tx.commit().await?;
    let proof = if scope.actor.proof.is_enough() { scope.actor.proof } else { Proof::Passkey };
    Ok(SignedIn { proof, ..SignedIn::again(scope, operator, now) })
}

/// Removes one, for the person's password and, where they have a second factor, a code. Every session of theirs ends, for one of them may have come in with
/// it; whoever asked goes on with what is answered.
///
/// # Errors
/// A wrong password (`removal_password`) or code (`removal_code`); they have no such passkey (`removed`); `too_many_requests`.
pub async fn remove(scope: &Scope, id: PasskeyId, password: SecretString, code: &str, address: IpAddr) -> Result<SignedIn, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let (operator, console) = (person(scope)?, &scope.console);
    let began = console.clock.now();
    check_password(scope, "removal_password", password, address).await?;
    let mut tx = spend_where_on(scope, "removal_code", code, address).await?;
    let Some(name) = passkeys::delete(&mut tx, operator, id).await? else { return Err(OpsError::invalid("removed", "It is removed already.")) };
    let now = console.clock.now();
    end_every_session(&mut tx, operator, now).await?;
    check_still_signed_in(scope, began).await?;
    scope.audit(&mut tx, AuditAct::PasskeyRemoved, Subject::from(operator).named(name)).await?;
    tx.commit().await?;
    console.access_changes.tell();
    Ok(SignedIn::again(scope, operator, now))
}

/// What a browser is asked to sign in with a passkey, as JSON: the same for everybody, so that it tells nothing of accounts.
///
/// # Errors
/// `passkey_refused` where none are taken; `too_many_requests`.
pub fn challenge(console: &Console, client: &Client) -> Result<(Challenge, String), OpsError> {
    console.sign_in_limits.check_address(client.address).map_err(OpsError::too_many)?;
    let began = console.clock.now();
    let ceremony = relying_party(console).ok_or(ErrorCode::PasskeyRefused)?.request()?;
    Ok((Challenge { began, state: ceremony.state }, ceremony.options))
}

/// Signs in whoever's passkey has signed the challenge. Attempts are limited as those with passwords are.
///
/// # Errors
/// `passkey_refused`, whatever is wrong; `too_many_requests`.
pub async fn sign_in(console: &Console, challenge: Option<Challenge>, answer: &str, client: impl Into<Client>) -> Result<SignedIn, OpsError> {
    let client = client.into();
    // Before anything is looked at, so that a passkey that is removed meanwhile ends what comes of it.
    let now = console.clock.now();
    let party = relying_party(console).ok_or(ErrorCode::PasskeyRefused)?;
    let challenge = challenge.filter(|challenge| now < challenge.began + LIVES).ok_or(ErrorCode::PasskeyRefused)?;
    let answer = Answer::read(answer).ok_or(ErrorCode::PasskeyRefused)?;
    let Some((passkey, place)) = known(console, &answer).await? else {
        console.sign_in_limits.check_address(client.address).map_err(OpsError::too_many)?;
        refused(console, "", &client);
        return Err(ErrorCode::PasskeyRefused.into());
    };
    console.sign_in_limits.check_code(client.address, passkey.operator_id).map_err(OpsError::too_many)?;
    let signed = match party.signed(&challenge.state, &answer, &passkey) {
        Ok(state) => note_use(console, &passkey, &state, challenge.began, now).await?,
        Err(reason) => Err(reason),
    };
    match signed {
        Ok(()) => {
            audit_sign_in(console, &place.email, &client, AuditAct::SignedIn).await?;
            Ok(SignedIn { proof: Proof::Passkey, ..SignedIn::now(passkey.operator_id, place.team_id, now) })
        }
        Err(reason) => {
            tracing::info!(%reason, "a passkey was refused");
            let act = if matches!(reason, VerificationError::CounterWentBack) { AuditAct::PasskeyCopied } else { AuditAct::PasskeyRefused };
            if console.audit_limits.takes_refusal(client.address, act, Some(passkey.operator_id.to_string())) {
                audit::note(console, AuditRecord::at(&client, place.team_id, &place.email, act, passkey.operator_id)).await;
            }
            Err(ErrorCode::PasskeyRefused.into())
        }
    }
}

/// The passkey that an answer names, and the first team of whoever it belongs to; nothing of someone who is disabled.
async fn known(console: &Console, answer: &Answer) -> Result<Option<(PasskeyRow, MembershipRow)>, OpsError> {
    let Some(passkey) = passkeys::by_credential(&console.db, &answer.credential_id()).await? else { return Ok(None) };
    let place = operators::membership(&console.db, passkey.operator_id, None).await?;
    Ok(place.map(|place| (passkey, place)))
}

async fn note_use(console: &Console, passkey: &PasskeyRow, state: &[u8], began: Timestamp, now: Timestamp) -> Result<Result<(), VerificationError>, OpsError> {
    let mut tx = console.db.begin().await?;
    if !passkeys::note_use(&mut tx, passkey, state, began, now).await? {
        return Ok(Err(VerificationError::Other("the challenge is older than the last sign-in with it".into())));
    }
    tx.commit().await?;
    Ok(Ok(()))
}

fn checked(name: &str) -> Result<String, OpsError> {
    let name = name.trim();
    if let Some(fault) = bidi::field_error("passkey_name", name) {
        return Err(fault.into());
    }
    match name.chars().count() {
        _ if is_blank(name) => Err(OpsError::invalid("passkey_name", "Give it a name, such as that of the device.")),
        ..=LONGEST_NAME if !name.chars().any(char::is_control) => Ok(name.to_owned()),
        _ => Err(OpsError::invalid("passkey_name", "At most 60 characters on one line.")),
    }
}

fn too_many_passkeys(field: &str) -> OpsError {
    OpsError::invalid(field, format!("You have {MOST} passkeys, which is as many as there may be. Remove one first."))
}
