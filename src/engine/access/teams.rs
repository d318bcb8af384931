//! The teams of a person, and which of them they are in.

use serde::Deserialize;

use super::{SignedIn, check_unlimited, hold_place, made_by, person};
use crate::{Console, OpsError, Scope, patch_field::never_null};
use domain::{
    audit::{AuditAct, Subject},
    bidi,
    blank::is_blank,
    error::{ErrorCode, FieldError},
    ids::TeamId,
    operator::{Role, Team, Who},
    permission::Permission,
};
use store::{Taken, operators, teams};

/// Longest name and slug, in characters.
const LONGEST_NAME: usize = 60;
const LONGEST_SLUG: usize = 40;
/// Teams that one person leads.
const MOST_TEAMS: usize = 100;
/// Teams of the same name that are told apart by a number.
const MOST_ALIKE: usize = 100;

#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTeam {
    #[schema(max_length = 60, pattern = r"\S")]
    pub name: String,
    /// Lower-case letters, digits and hyphens; made of the name when it is absent.
    #[serde(default)]
    #[schema(max_length = 40, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub slug: Option<String>,
}

/// Absent members stay as they are.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TeamEdit {
    #[serde(deserialize_with = "never_null")]
    #[schema(max_length = 60, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    #[serde(deserialize_with = "never_null")]
    #[schema(max_length = 40, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", nullable = false)]
    pub slug: Option<String>,
    /// Whether people without a second factor may do nothing in the team but set one up. API tokens are not affected.
    #[serde(deserialize_with = "never_null")]
    #[schema(nullable = false)]
    pub requires_second_factor: Option<bool>,
}

/// Those that the actor belongs to: of a token, its own.
///
/// # Errors
/// The database failed.
pub async fn mine(scope: &Scope) -> Result<Vec<Team>, OpsError> {
    scope.authorize(Permission::ReadTeam)?;
    Ok(match scope.actor.who {
        Who::Operator(id) => teams::of_operator(&scope.console.db, id).await?,
        Who::Token(_) | Who::CommandLine => teams::get(&scope.console.db, scope.team()).await?.into_iter().collect(),
    })
}

/// Those that the person may switch to, whatever the one they are in demands of them.
///
/// # Errors
/// The actor is no person; the database failed.
pub async fn others(scope: &Scope) -> Result<Vec<Team>, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let mut others = teams::of_operator(&scope.console.db, person(scope)?).await?;
    others.retain(|team| team.id != scope.team());
    Ok(others)
}

/// The team that the actor is in, if it is the one named.
///
/// # Errors
/// It is another one.
pub async fn get(scope: &Scope, id: TeamId) -> Result<Team, OpsError> {
    scope.authorize(Permission::ReadTeam)?;
    let named = if id == scope.team() { teams::get(&scope.console.db, id).await? } else { None };
    named.ok_or_else(|| ErrorCode::TeamNotFound.into())
}

/// The slugs of all teams, for whoever has a shell on the server.
///
/// # Errors
/// The database failed.
pub async fn slugs(console: &Console) -> Result<Vec<String>, OpsError> {
    Ok(teams::slugs(&console.db).await?)
}

/// A new team, led by the person who makes it, or by those who lead the team of a token that goes back to nobody. The actor stays where they are.
///
/// # Errors
/// A name that is missing or too long, a slug that is taken or is none; someone who would lead more than they may.
pub async fn create(scope: &Scope, new: NewTeam) -> Result<Team, OpsError> {
    scope.authorize(Permission::ManageOperators)?;
    check_unlimited(scope)?;
    let is_chosen = new.slug.is_some();
    let slug = new.slug.unwrap_or_else(|| slug_of(&new.name));
    let mut team = checked(Team { id: TeamId::new(), slug, name: new.name.trim().to_owned(), requires_second_factor: false })?;
    let maker = made_by(scope).await?.person;
    let now = scope.console.clock.now();
    let mut tx = scope.console.db.begin().await?;
    hold_place(scope, &mut tx).await?;
    let base = team.slug.clone();
    let mut number = 1;
    while !teams::insert(&mut tx, &team, now).await? {
        if is_chosen || number == MOST_ALIKE {
            return Err(Taken::Slug.into());
        }
        number += 1;
        team.slug = format!("{base}-{number}");
    }
    let leaders = match (maker, scope.actor.who) {
        (Some(maker), _) => vec![maker],
        // Who has a shell adds its people with the next command.
        (None, Who::CommandLine) => Vec::new(),
        (None, _) => operators::admins(&mut tx, scope.team()).await?,
    };
    for leader in leaders {
        let led = operators::teams_of(&mut tx, leader).await?.iter().filter(|(_, role)| *role == Role::Admin).count();
        if led >= MOST_TEAMS {
            return Err(OpsError::invalid("name", format!("A person leads at most {MOST_TEAMS} teams.")));
        }
        operators::join(&mut tx, team.id, leader, Role::Admin, now).await?;
    }
    let created = Subject::from(team.id).named(&team.name);
    scope.audit(&mut tx, AuditAct::TeamCreated, created.clone()).await?;
    scope.audit_in(&mut tx, team.id, AuditAct::TeamCreated, created).await?;
    tx.commit().await?;
    Ok(team)
}

/// Renames the team that the actor is in, or demands a second factor of everyone in it.
///
/// # Errors
/// As [`get`] and [`create`]; another slug for the default team.
pub async fn edit(scope: &Scope, id: TeamId, edit: TeamEdit) -> Result<Team, OpsError> {
    scope.authorize(Permission::ManageOperators)?;
    if id != scope.team() {
        return Err(ErrorCode::TeamNotFound.into());
    }
    let mut tx = scope.begin().await?;
    // All of it is written: what somebody else has decided meanwhile must stand.
    teams::hold(&mut tx, id).await?;
    let team = teams::get_in(&mut tx, id).await?.ok_or(ErrorCode::TeamNotFound)?;
    let is_renamed = edit.name.is_some() || edit.slug.is_some();
    let requires_second_factor = edit.requires_second_factor.unwrap_or(team.requires_second_factor);
    let changed_demand = (requires_second_factor != team.requires_second_factor).then_some(if requires_second_factor {
        AuditAct::SecondFactorDemanded
    } else {
        AuditAct::SecondFactorWaived
    });
    if team.slug == teams::DEFAULT_SLUG && edit.slug.as_ref().is_some_and(|slug| *slug != team.slug) {
        return Err(OpsError::invalid("slug", "It stays: commands that name no team mean this one."));
    }
    let name = edit.name.map_or(team.name, |name| name.trim().to_owned());
    let team = checked(Team { name, slug: edit.slug.unwrap_or(team.slug), requires_second_factor, ..team })?;
    // In this order: the head of the log refers to the team, so that whoever holds it waits for a team whose slug is being changed.
    for act in is_renamed.then_some(AuditAct::TeamEdited).into_iter().chain(changed_demand) {
        scope.audit(&mut tx, act, Subject::from(id).named(&team.name)).await?;
    }
    teams::update(&mut tx, &team).await?;
    tx.commit().await?;
    if changed_demand.is_some() {
        scope.console.access_changes.tell();
    }
    Ok(team)
}

/// The same person in another of their teams.
///
/// # Errors
/// They do not belong to it.
pub async fn switch(scope: &Scope, to: TeamId, signed_in: SignedIn) -> Result<SignedIn, OpsError> {
    scope.authorize(Permission::ManageProfile)?;
    let operator = person(scope)?;
    operators::membership(&scope.console.db, operator, Some(to)).await?.ok_or(ErrorCode::TeamNotFound)?;
    scope.audit_entering(to).await;
    Ok(SignedIn { operator, team: to, entered_at: scope.console.clock.now(), ..signed_in })
}

fn slug_of(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase);
    let slug = words.collect::<Vec<_>>().join("-").chars().take(LONGEST_SLUG - 4).collect::<String>().trim_end_matches('-').to_owned();
    if slug.is_empty() { "team".to_owned() } else { slug }
}

fn checked(team: Team) -> Result<Team, OpsError> {
    let mut errors = Vec::new();
    if is_blank(&team.name) || team.name.chars().count() > LONGEST_NAME || team.name.chars().any(char::is_control) {
        errors.push(FieldError::new("name", format!("1 to {LONGEST_NAME} characters on one line.")));
    }
    errors.extend(bidi::field_error("name", &team.name));
    let is_slug = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if team.slug.len() > LONGEST_SLUG || !team.slug.split('-').all(is_slug) {
        errors.push(FieldError::new("slug", format!("At most {LONGEST_SLUG} lower-case letters, digits and single hyphens, such as team-a.")));
    }
    if errors.is_empty() { Ok(team) } else { Err(OpsError::Invalid(errors)) }
}
