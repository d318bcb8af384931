//! Who may come in: set-up, sign-in, and who a session or a token stands for. What is decided about people, teams and tokens lies below.

use std::{net::IpAddr, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::RngCore;
use secrecy::{ExposeSecret, SecretString};
use tracing::Instrument;

use self::second_factor::PendingSecondFactor;
use super::{
    Console, OpsError, Scope,
    audit::{self, AuditRecord},
    password,
    scope::{Client, run_to_end},
    sessions::has_time_left,
};
use domain::{
    audit::{AuditAct, Subject},
    blank::is_ignorable,
    error::{ErrorCode, FieldError},
    ids::{ApiTokenId, Id, OperatorId, TeamId},
    operator::{Actor, Operator, Proof, Role, Who},
    permission::Permission,
    time::Timestamp,
    token_limits::TokenLimits,
};
use store::{
    StoreResult, TeamTx, Tx,
    api_tokens::{self, MadeBy},
    identities, operators, sessions, setup_links, teams as team_rows,
};

pub mod accounts;
pub mod changes;
pub mod drafts;
pub mod invitations;
pub mod limits;
pub mod members;
pub mod passkeys;
pub mod profile;
pub mod second_factor;
pub mod single_sign_on;
pub mod teams;
pub mod tokens;

/// A set-up link lives one hour.
const SETUP_LINK_LIVES: Duration = Duration::from_secs(60 * 60);
/// `last_used_at` of a token is written at most this often.
const TOUCH_EVERY_SECONDS: i64 = 60;
/// Octets of an e-mail address, by RFC 5321.
const LONGEST_EMAIL: usize = 254;

/// Someone who proved who they are, in one of their teams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub operator: OperatorId,
    pub team: TeamId,
    /// When they proved it.
    pub at: Timestamp,
    /// When they came into the team: then, or when they switched to it.
    pub entered_at: Timestamp,
    pub proof: Proof,
}

/// How far a right password leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstStep {
    SignedIn(SignedIn),
    /// A code is wanted still.
    PendingSecondFactor(PendingSecondFactor),
}

impl FirstStep {
    /// Of whoever has no second factor.
    pub const fn completed(self) -> Option<SignedIn> {
        match self {
            Self::SignedIn(signed_in) => Some(signed_in),
            Self::PendingSecondFactor(_) => None,
        }
    }
}

impl SignedIn {
    /// `at` is before what they know was looked at.
    const fn now(operator: OperatorId, team: TeamId, at: Timestamp) -> Self {
        Self { operator, team, at, entered_at: at, proof: Proof::Password }
    }

    /// Of someone whose other sessions have just ended: at `now`, so that this one is no older than that.
    const fn again(scope: &Scope, operator: OperatorId, now: Timestamp) -> Self {
        Self { proof: scope.actor.proof, ..Self::now(operator, scope.team(), now) }
    }
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
/// A link that is not valid any more; an address or password that will not do; `too_many_requests`.
pub async fn set_up(console: &Console, token: &str, email: &str, password: SecretString, client: impl Into<Client>) -> Result<SignedIn, OpsError> {
    let client = client.into();
    console.sign_in_limits.check_address(client.address).map_err(OpsError::too_many)?;
    let team = team_rows::by_slug(&console.db, team_rows::DEFAULT_SLUG).await?.ok_or(ErrorCode::Internal)?;
    let email = checked(email, &password)?;
    let now = console.clock.now();
    // Before the password is hashed, which costs more than a look.
    if operators::any(&console.db).await? || !setup_links::is_good(&console.db, token, now).await? {
        return Err(ErrorCode::SetupLinkInvalid.into());
    }
    let hash = console.passwords.hash(password).await?;
    let operator = OperatorId::new();
    let mut tx = console.db.begin().await?;
    if !setup_links::take(&mut tx, token, now).await? {
        return Err(ErrorCode::SetupLinkInvalid.into());
    }
    if !operators::insert(&mut tx, operator, &email, &hash, now).await? {
        return Err(ErrorCode::OperatorExists.into());
    }
    operators::join(&mut tx, team.id, operator, Role::Admin, now).await?;
    let act = AuditRecord { actor_id: Some(Id::from_uuid(operator.as_uuid())), ..AuditRecord::at(&client, team.id, &email, AuditAct::ConsoleSetUp, operator) };
    audit::append(console, &mut tx, act).await?;
    tx.commit().await?;
    Ok(SignedIn::now(operator, team.id, now))
}

/// Adds a person to the actor's team.
///
/// # Errors
/// An address that is taken; an address or password that will not do.
pub async fn create_operator(scope: &Scope, email: &str, password: SecretString, role: Role) -> Result<Operator, OpsError> {
    scope.authorize(Permission::ManageOperators)?;
    let email = checked(email, &password)?;
    let hash = scope.console.passwords.hash(password).await?;
    let operator = Operator { id: OperatorId::new(), email, role, created_at: scope.console.clock.now(), disabled_at: None };
    // An operator belongs to no team by themselves.
    let mut tx = scope.console.db.begin().await?;
    if !operators::insert(&mut tx, operator.id, &operator.email, &hash, operator.created_at).await? {
        return Err(ErrorCode::OperatorExists.into());
    }
    operators::join(&mut tx, scope.team(), operator.id, role, operator.created_at).await?;
    scope.audit(&mut tx, AuditAct::OperatorCreated, Subject::from(operator.id).named(&operator.email).role(role)).await?;
    tx.commit().await?;
    Ok(operator)
}

/// Checks an address and password; whoever has a second factor goes on with [`second_factor::finish`]. Attempts are limited per address, and per account *from* an address,
/// so that nobody can lock somebody else out; and per account in how many are under way at once.
///
/// # Errors
/// `sign_in_refused`, the same whether the account or the password is wrong; `too_many_requests`; `passwords_off`.
pub async fn sign_in(console: &Console, email: &str, password: SecretString, client: impl Into<Client>) -> Result<FirstStep, OpsError> {
    if !console.takes_passwords() {
        return Err(ErrorCode::PasswordsOff.into());
    }
    // Nobody has a longer one, and none of them is remembered.
    let email = if email.len() > LONGEST_EMAIL { String::new() } else { one_spelling(email) };
    let client = client.into();
    let outcome = prove(console, &email, password, client.address).await;
    match &outcome {
        Ok(FirstStep::SignedIn(_)) => audit_sign_in(console, &email, &client, AuditAct::SignedIn).await?,
        Err(OpsError::Refused(_)) => refused(console, &email, &client),
        Ok(FirstStep::PendingSecondFactor(_)) => audit_sign_in(console, &email, &client, AuditAct::SecondFactorAsked).await?,
        Err(_) => {}
    }
    outcome
}

/// Writes down that a password was not right. Nobody waits for that: it takes longer where there is such an account.
fn refused(console: &Console, email: &str, client: &Client) {
    let (console, email, client) = (console.clone(), email.to_owned(), client.clone());
    let written = async move {
        if let Err(error) = audit_sign_in(&console, &email, &client, AuditAct::SignInRefused).await {
            tracing::warn!(%error, "a refused sign-in could not be written down");
        }
    };
    tokio::spawn(written.in_current_span());
}

/// Writes down who came in, or tried to. What was typed for a name that nobody has may be a password, and is not kept.
async fn audit_sign_in(console: &Console, email: &str, client: &Client, act: AuditAct) -> Result<(), OpsError> {
    let account = match operators::for_sign_in(&console.db, email).await? {
        Some(row) => operators::membership(&console.db, row.id, None).await?.map(|place| (place.team_id, row.id)),
        None => None,
    };
    if act != AuditAct::SignedIn && !console.audit_limits.takes_refusal(client.address, act, account.map(|(_, id)| id.to_string())) {
        return Ok(());
    }
    match account {
        Some((team, id)) => {
            // Whoever was refused may be somebody else.
            let actor_id = (act == AuditAct::SignedIn).then(|| Id::from_uuid(id.as_uuid()));
            audit::note(console, AuditRecord { actor_id, ..AuditRecord::at(client, team, email, act, id) }).await;
        }
        None => {
            let team = team_rows::by_slug(&console.db, team_rows::DEFAULT_SLUG).await?.ok_or(ErrorCode::Internal)?;
            audit::note(console, AuditRecord::at(client, team.id, "unknown account", act, Subject::default())).await;
        }
    }
    Ok(())
}

async fn prove(console: &Console, email: &str, password: SecretString, address: IpAddr) -> Result<FirstStep, OpsError> {
    console.sign_in_limits.check(address, email).map_err(OpsError::too_many)?;
    // From here on, so that a password that is changed while this one waits for its turn ends what comes of it.
    let began = console.clock.now();
    let _attempt = console.sign_in_limits.begin(address, email).map_err(OpsError::too_many)?;
    if password.expose_secret().len() > 4 * password::LENGTH.end() {
        return Err(ErrorCode::SignInRefused.into());
    }
    let operator = by_password(console, email, password).await?.ok_or(ErrorCode::SignInRefused)?;
    console.sign_in_limits.prove(address, email);
    let membership = operators::membership(&console.db, operator, None).await?.ok_or(ErrorCode::SignInRefused)?;
    Ok(match second_factor::half_way(console, operator, began).await? {
        Some(half_way) => FirstStep::PendingSecondFactor(half_way),
        None => FirstStep::SignedIn(SignedIn::now(operator, membership.team_id, began)),
    })
}

/// Who has the address, if the password is theirs. It takes as long where nobody has it.
async fn by_password(console: &Console, email: &str, password: SecretString) -> Result<Option<OperatorId>, OpsError> {
    let (operator, hash) = operators::for_sign_in(&console.db, email).await?.map(|row| (row.id, row.password_hash)).unzip();
    let is_right = console.passwords.verify(password, hash).await?;
    Ok(operator.filter(|_| is_right))
}

/// Who a session stands for, as long as it may go on: the person may sign in, its time is not over, and it is younger than the last change of their
/// password and of their role. Where passwords are off, none that a password began counts of whoever can sign in otherwise: it may be from before they were.
///
/// # Errors
/// The database failed.
pub async fn actor_of_session(console: &Console, session: SignedIn) -> Result<Option<Actor>, OpsError> {
    if !has_time_left(console, session.at) {
        return Ok(None);
    }
    if !console.takes_passwords() && session.proof == Proof::Password && identities::any_of(&console.db, session.operator).await? {
        return Ok(None);
    }
    let membership = operators::membership(&console.db, session.operator, Some(session.team)).await?;
    let is_young =
        |row: &operators::MembershipRow| session.at >= row.sessions_valid_from && row.role_valid_from.is_none_or(|changed| session.entered_at >= changed);
    Ok(membership.filter(is_young).map(|row| Actor {
        team: row.team_id,
        role: row.role,
        name: row.email,
        who: Who::Operator(session.operator),
        limits: TokenLimits::default(),
        owes_second_factor: row.owes_second_factor && !session.proof.is_enough(),
        proof: session.proof,
    }))
}

/// Whether the actor of something that began at `since` may go on with it: nobody revoked, limited or rotated the token, and it has not expired; or
/// nobody changed the person's password or role, demands a second factor that they lack, or disabled them. The look ends though whoever asks leaves.
///
/// # Errors
/// The database failed.
pub async fn is_still(console: &Console, actor: &Actor, since: Timestamp) -> Result<bool, OpsError> {
    let (console, actor) = (console.clone(), actor.clone());
    run_to_end(async move { may_go_on(&console, &actor, since).await }).await.flatten()
}

async fn may_go_on(console: &Console, actor: &Actor, since: Timestamp) -> Result<bool, OpsError> {
    Ok(match actor.who {
        Who::CommandLine => true,
        Who::Token(id) => {
            let now = console.clock.now();
            // Nobody knows with which of two secrets it began: what is older than the end of the first begins again.
            let outlived = |end: Timestamp| since < end && end <= now;
            let token = api_tokens::get(&console.db.for_team(actor.team), id).await?;
            token.is_some_and(|token| {
                token.role == actor.role && token.limits == actor.limits && !token.limits.has_ended(now) && !token.previous_until.is_some_and(outlived)
            })
        }
        Who::Operator(id) => {
            let membership = operators::membership(&console.db, id, Some(actor.team)).await?;
            membership.is_some_and(|row| {
                let began_before = row.sessions_valid_from.max(row.role_valid_from.unwrap_or(since)) > since;
                let owes = row.owes_second_factor && !actor.proof.is_enough();
                row.role == actor.role && owes == actor.owes_second_factor && !began_before
            })
        }
    })
}

/// Who a bearer token stands for.
///
/// # Errors
/// `token_expired`, which is told only to whoever has its secret; the database failed.
pub async fn actor_of_token(console: &Console, secret: &str) -> Result<Option<Actor>, OpsError> {
    let now = console.clock.now();
    let Some(row) = api_tokens::by_secret(&console.db, secret, now).await? else { return Ok(None) };
    if row.limits.has_ended(now) {
        return Err(ErrorCode::TokenExpired.into());
    }
    if row.last_used_at.is_none_or(|at| now.seconds_since(at) >= TOUCH_EVERY_SECONDS) {
        // Who only reads is let in though the disk is full.
        if let Err(error) = touch(console, row.id, now).await {
            tracing::warn!(%error, "the use of a token could not be noted");
        }
    }
    Ok(Some(Actor {
        team: row.team_id,
        role: row.role,
        name: format!("token {}", row.name),
        who: Who::Token(row.id),
        limits: row.limits,
        owes_second_factor: false,
        proof: Proof::default(),
    }))
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
    let slug = slug.unwrap_or(team_rows::DEFAULT_SLUG);
    let team = team_rows::by_slug(&console.db, slug).await?.ok_or_else(|| OpsError::Settings(format!("there is no team called '{slug}'")))?;
    Ok(console.for_team(Actor {
        team: team.id,
        role: Role::Admin,
        name: "command line".into(),
        who: Who::CommandLine,
        limits: TokenLimits::default(),
        owes_second_factor: false,
        proof: Proof::default(),
    }))
}

/// Programs have no profile.
fn person(scope: &Scope) -> Result<OperatorId, OpsError> {
    match scope.actor.who {
        Who::Operator(id) => Ok(id),
        Who::Token(_) | Who::CommandLine => Err(ErrorCode::Forbidden.into()),
    }
}

/// What tokens and invitations of the actor go back to.
async fn made_by(scope: &Scope) -> StoreResult<MadeBy> {
    Ok(match scope.actor.who {
        Who::Operator(id) => MadeBy { person: Some(id), token: None },
        Who::Token(id) => MadeBy { person: api_tokens::creator(&scope.db(), id).await?, token: Some(id) },
        Who::CommandLine => MadeBy::default(),
    })
}

/// That nobody has ended the actor's session since `began`. Asked where the unit of work has written already, so that of two people with one password, of whom
/// one ends the other's sessions, the other changes nothing any more.
///
/// # Errors
/// `sign_in_required` where somebody has.
async fn check_still_signed_in(scope: &Scope, began: Timestamp) -> Result<(), OpsError> {
    if is_still(&scope.console, &scope.actor, began).await? { Ok(()) } else { Err(ErrorCode::SignInRequired.into()) }
}

/// Ends every session of a person.
async fn end_every_session(tx: &mut Tx, operator: OperatorId, now: Timestamp) -> StoreResult<()> {
    operators::end_sessions(tx, operator, now).await?;
    sessions::end_all(tx, operator).await
}

/// Until the unit of work ends nobody else changes who belongs to the actor's team; the actor may have lost their place meanwhile.
///
/// # Errors
/// `forbidden` when they have; the database failed.
async fn hold_place(scope: &Scope, tx: &mut Tx) -> Result<(), OpsError> {
    team_rows::hold(tx, scope.team()).await?;
    let actor = &scope.actor;
    let is_there = match actor.who {
        Who::CommandLine => true,
        Who::Operator(id) => operators::member(tx, actor.team, id).await?.is_some_and(|member| member.role == actor.role && member.disabled_at.is_none()),
        Who::Token(id) => api_tokens::by_id(tx, id).await?.is_some_and(|token| token.role == actor.role && token.limits == actor.limits),
    };
    if is_there { Ok(()) } else { Err(ErrorCode::Forbidden.into()) }
}

/// A unit of work of the actor's team, in which they hold their place.
///
/// # Errors
/// As [`hold_place`].
async fn begin_in_place(scope: &Scope) -> Result<TeamTx, OpsError> {
    let mut tx = scope.console.db.begin().await?;
    hold_place(scope, &mut tx).await?;
    Ok(tx.narrow(scope.team()).await?)
}

/// People have no limits, so a token that has some makes none.
///
/// # Errors
/// `out_of_reach`.
fn check_unlimited(scope: &Scope) -> Result<(), OpsError> {
    if scope.actor.limits == TokenLimits::default() { Ok(()) } else { Err(ErrorCode::OutOfReach.into()) }
}

/// The address in its one spelling, or what is wrong with it or the password.
fn checked(email: &str, password: &SecretString) -> Result<String, OpsError> {
    let email = one_spelling(email);
    let errors: Vec<_> = [email_fault(&email), password::fault(password)].into_iter().flatten().collect();
    if errors.is_empty() { Ok(email) } else { Err(OpsError::Invalid(errors)) }
}

fn one_spelling(email: &str) -> String {
    email.trim().to_lowercase()
}

fn email_fault(email: &str) -> Option<FieldError> {
    let well_formed = email.split_once('@').is_some_and(|(person, host)| !person.is_empty() && !host.is_empty() && !host.contains('@'));
    let is_wrong = !well_formed || email.len() > LONGEST_EMAIL || email.chars().any(|c| c.is_control() || c.is_whitespace() || is_ignorable(c));
    is_wrong.then(|| FieldError::new("email", "An e-mail address such as name@example.org."))
}

/// 256 random bits, safe in links and headers.
pub(crate) fn random_text() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
