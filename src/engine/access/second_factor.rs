//! What people prove beside their password who they are with: a code of their app, or a recovery code.
//!
//! A seed is sealed for its person, recovery codes are kept as hashes, and each code counts once, whichever node it reaches.

use std::{net::IpAddr, time::Duration};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use self::{
    entered_code::{EnteredCode, in_groups, recovery_codes},
    seed::Seed,
};
use super::{SignedIn, audit_sign_in, check_still_signed_in, end_every_session, person, profile::check_password};
use crate::{
    Console, OpsError, Scope,
    audit::{self, AuditRecord},
    scope::Client,
};
use domain::{
    audit::{AuditAct, Subject},
    error::ErrorCode,
    ids::{Id, OperatorId},
    permission::Permission,
    time::Timestamp,
};
use store::{
    StoreResult, Tx, operators,
    second_factors::{self, SecondFactorRow},
};

mod entered_code;
mod seed;

/// Between the password and the code.
const HALF_WAY_LIVES: Duration = Duration::from_secs(5 * 60);
/// Until a code has shown that the app has the seed.
const BEGUN_LIVES: Duration = Duration::from_secs(15 * 60);

const NOT_RIGHT: &str = "This code is not right, or was used already. Take the one that your app shows now.";

/// Someone who gave their password, and still has to give a code. It opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingSecondFactor {
    operator: OperatorId,
    since: Timestamp,
}

/// How it stands with a person's second factor.
pub enum SecondFactor {
    Off,
    /// It does not count before a code of the app has confirmed it.
    Begun {
        /// The seed as text, and as the address that apps read from a QR code.
        seed: SecretString,
        address: SecretString,
    },
    On {
        since: Timestamp,
        /// Recovery codes.
        codes_left: i64,
    },
}

/// What seeds of the person are sealed for.
pub fn seed_purpose(operator: OperatorId) -> String {
    format!("second factor {operator}")
}

/// What a right password leads to, for whoever has a second factor.
///
/// `since` is before the password was looked at.
pub(super) async fn half_way(console: &Console, operator: OperatorId, since: Timestamp) -> StoreResult<Option<PendingSecondFactor>> {
    Ok(is_on(console, operator).await?.then_some(PendingSecondFactor { operator, since }))
}

async fn is_on(console: &Console, operator: OperatorId) -> StoreResult<bool> {
    Ok(second_factors::get(&console.db, operator).await?.is_some_and(|row| row.confirmed_at.is_some()))
}

/// The way from the password on: with a code of the app, or a recovery code, which is used up. Attempts are limited as those with passwords are, and
/// for each person from wherever they come.
///
/// # Errors
/// `second_factor_refused`; `second_step_expired` when the password was given too long ago or was changed meanwhile; `too_many_requests`.
pub async fn finish(console: &Console, half_way: PendingSecondFactor, code: &str, client: impl Into<Client>) -> Result<SignedIn, OpsError> {
    let (client, now) = (client.into(), console.clock.now());
    let place = operators::membership(&console.db, half_way.operator, None).await?;
    let is_good = now < half_way.since + HALF_WAY_LIVES;
    let place = place.filter(|place| is_good && half_way.since >= place.sessions_valid_from).ok_or(ErrorCode::SecondStepExpired)?;
    let Some((mut tx, spent)) = spend(console, half_way.operator, &place.email, code, client.address).await? else {
        audit_sign_in(console, &place.email, &client, AuditAct::SecondFactorRefused).await?;
        return Err(ErrorCode::SecondFactorRefused.into());
    };
    if let Spent::RecoveryCode { left } = spent {
        let subject = Subject::from(half_way.operator).count(left);
        let actor_id = Some(Id::from_uuid(half_way.operator.as_uuid()));
        let act = AuditRecord { actor_id, ..AuditRecord::at(&client, place.team_id, &place.email, AuditAct::RecoveryCodeUsed, subject) };
        audit::append(console, &mut tx, act).await?;
    }
    tx.commit().await?;
    audit_sign_in(console, &place.email, &client, AuditAct::SignedIn).await?;
    Ok(SignedIn::now(half_way.operator, place.team_id, now))
}

/// How it stands with the person's own.
///
/// # Errors
/// The actor is no person; the database failed.
pub async fn state(scope: &Scope) -> Result<SecondFactor, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let (operator, console) = (person(scope)?, &scope.console);
    let row = second_factors::get(&console.db, operator).await?;
    Ok(match row {
        Some(SecondFactorRow { confirmed_at: Some(since), .. }) => {
            SecondFactor::On { since, codes_left: second_factors::count_codes(&console.db, operator).await? }
        }
        Some(row) if is_open(console, &row) => {
            let seed = open(console, operator, &scope.actor.name, &row)?;
            SecondFactor::Begun { seed: seed.text(), address: seed.address()? }
        }
        _ => SecondFactor::Off,
    })
}

/// Makes a seed for the person's app, in place of one that was never confirmed.
///
/// # Errors
/// A wrong password; they have a second factor; `too_many_requests`.
pub async fn begin(scope: &Scope, password: SecretString, address: IpAddr) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let (operator, console) = (person(scope)?, &scope.console);
    check_password(scope, "password", password, address).await?;
    let seed = console.vault.seal_text(&seed_purpose(operator), &Seed::random(&scope.actor.name)?.text())?;
    let mut tx = console.db.begin().await?;
    if !second_factors::begin(&mut tx, operator, &seed, console.clock.now()).await? {
        return Err(OpsError::invalid("password", "Your second factor is on. Switch it off first."));
    }
    Ok(tx.commit().await?)
}

/// From now on it counts. Every session of the person ends, for one of them may be somebody else's; whoever asked goes on with what is answered, and with
/// the recovery codes, which nobody can read again.
///
/// # Errors
/// A wrong code, or one for what was begun too long ago; `too_many_requests`.
pub async fn confirm(scope: &Scope, code: &str, address: IpAddr) -> Result<(SignedIn, Vec<String>), OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let (operator, console) = (person(scope)?, &scope.console);
    console.sign_in_limits.check_code(address, operator).map_err(OpsError::too_many)?;
    let begun = second_factors::get(&console.db, operator).await?.filter(|row| row.confirmed_at.is_none() && is_open(console, row));
    let row = begun.ok_or_else(|| OpsError::invalid("code", "That took too long. Load this page again and begin anew."))?;
    let seed = open(console, operator, &scope.actor.name, &row)?;
    let now = console.clock.now();
    let EnteredCode::OfApp(code) = EnteredCode::read(code) else { return Err(OpsError::invalid("code", "Six digits.")) };
    let Some(step) = seed.step_of(&code, now) else { return Err(OpsError::invalid("code", NOT_RIGHT)) };
    let codes = recovery_codes();
    let mut tx = console.db.begin().await?;
    if !second_factors::confirm(&mut tx, operator, row.created_at, now, step).await? {
        return Err(OpsError::invalid("code", "It was begun anew meanwhile. Load this page again."));
    }
    second_factors::replace_codes(&mut tx, operator, &codes).await?;
    end_every_session(&mut tx, operator, now).await?;
    check_still_signed_in(scope, now).await?;
    scope.audit(&mut tx, AuditAct::SecondFactorSetUp, operator).await?;
    tx.commit().await?;
    console.access_changes.tell();
    Ok((SignedIn::again(scope, operator, now), codes.iter().map(|code| in_groups(code)).collect()))
}

/// Other recovery codes in place of those that are left, for a code of the app: one recovery code in wrong hands must not become ten.
///
/// # Errors
/// A wrong code, or one that is not of the app; `too_many_requests`.
pub async fn renew_codes(scope: &Scope, code: &str, address: IpAddr) -> Result<Vec<String>, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let operator = person(scope)?;
    if matches!(EnteredCode::read(code), EnteredCode::Recovery(_)) {
        return Err(OpsError::invalid("code", "Six digits, which your app shows."));
    }
    let codes = recovery_codes();
    let mut tx = spend_own(scope, operator, "code", code, address).await?;
    second_factors::replace_codes(&mut tx, operator, &codes).await?;
    scope.audit(&mut tx, AuditAct::RecoveryCodesRenewed, operator).await?;
    tx.commit().await?;
    Ok(codes.iter().map(|code| in_groups(code)).collect())
}

/// Switches the person's own off, with their recovery codes.
///
/// # Errors
/// A wrong password (`current_password`) or code (`last_code`); `too_many_requests`.
pub async fn switch_off(scope: &Scope, password: SecretString, code: &str, address: IpAddr) -> Result<(), OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let (operator, began) = (person(scope)?, scope.console.clock.now());
    check_password(scope, "current_password", password, address).await?;
    let mut tx = spend_own(scope, operator, "last_code", code, address).await?;
    second_factors::delete(&mut tx, operator).await?;
    check_still_signed_in(scope, began).await?;
    scope.audit(&mut tx, AuditAct::SecondFactorRemoved, operator).await?;
    tx.commit().await?;
    // Their team may demand one.
    scope.console.access_changes.tell();
    Ok(())
}

enum Spent {
    CodeOfApp,
    RecoveryCode { left: usize },
}

/// Uses the code up in a unit of work that the caller goes on with; nothing when it is not the person's, or was used before. Attempts are limited: with
/// codes of the app, of which there are only a million, also for each person from wherever.
async fn spend(console: &Console, operator: OperatorId, account: &str, code: &str, address: IpAddr) -> Result<Option<(Tx, Spent)>, OpsError> {
    console.sign_in_limits.check_code(address, operator).map_err(OpsError::too_many)?;
    match EnteredCode::read(code) {
        EnteredCode::OfApp(code) => {
            let Some(row) = second_factors::get(&console.db, operator).await?.filter(|row| row.confirmed_at.is_some()) else { return Ok(None) };
            let guess = console.sign_in_limits.guess(operator).map_err(OpsError::too_many)?;
            let Some(step) = open(console, operator, account, &row)?.step_of(&code, console.clock.now()) else { return Ok(None) };
            let mut tx = console.db.begin().await?;
            if !second_factors::take_step(&mut tx, operator, row.created_at, step).await? {
                return Ok(None);
            }
            guess.was_right();
            Ok(Some((tx, Spent::CodeOfApp)))
        }
        EnteredCode::Recovery(code) => {
            let mut tx = console.db.begin().await?;
            if !second_factors::take_code(&mut tx, operator, &code).await? {
                return Ok(None);
            }
            let left = second_factors::count_codes_in(&mut tx, operator).await?;
            Ok(Some((tx, Spent::RecoveryCode { left: usize::try_from(left).unwrap_or_default() })))
        }
    }
}

/// A unit of work in which a code is used up, where the actor has a second factor; a wrong one is told at `field`.
pub(super) async fn spend_where_on(scope: &Scope, field: &str, code: &str, address: IpAddr) -> Result<Tx, OpsError> {
    let operator = person(scope)?;
    if is_on(&scope.console, operator).await? {
        return spend_own(scope, operator, field, code, address).await;
    }
    Ok(scope.console.db.begin().await?)
}

/// A unit of work in which the actor's own code is used up; a wrong one is told at `field`.
async fn spend_own(scope: &Scope, operator: OperatorId, field: &str, code: &str, address: IpAddr) -> Result<Tx, OpsError> {
    let console = &scope.console;
    if let Some((mut tx, spent)) = spend(console, operator, &scope.actor.name, code, address).await? {
        if let Spent::RecoveryCode { left } = spent {
            scope.audit(&mut tx, AuditAct::RecoveryCodeUsed, Subject::from(operator).count(left)).await?;
        }
        return Ok(tx);
    }
    if console.audit_limits.takes_refusal(address, AuditAct::SecondFactorRefused, Some(operator.to_string())) {
        scope.audit_reading(AuditAct::SecondFactorRefused, operator).await;
    }
    Err(OpsError::invalid(field, NOT_RIGHT))
}

fn open(console: &Console, operator: OperatorId, account: &str, row: &SecondFactorRow) -> Result<Seed, OpsError> {
    Seed::read(&console.vault.open_text(&seed_purpose(operator), &row.seed)?, account)
}

/// Whether it can still be confirmed.
fn is_open(console: &Console, row: &SecondFactorRow) -> bool {
    console.clock.now() < row.created_at + BEGUN_LIVES
}
