//! Keys of rows that were written before there were keys: SQL folds only what is ASCII alike everywhere.

use sqlx::types::Json;

use super::{Db, StoreResult, error_events, profiles};
use crate::{on_db, on_tx};
use domain::{
    correlation_id::CorrelationId,
    environment::Environment,
    error_event::ErrorEvent,
    folding::fold,
    ids::{ApiTokenId, Id, ProfileId, TeamId},
};

/// Errors folded in one unit of work.
const BATCH: i64 = 500;

const PROFILES: &str = "select id, team_id, name, environment, state = 'archived' as is_archived, owner, tags from service_connection_profiles
    where search_key is null order by created_at, id";
const NAME_TAKEN: &str = "select count(*) from service_connection_profiles
    where team_id = $1 and environment = $2 and name_key = $3 and id <> $4 and state <> 'archived' and search_key is not null";
/// Out of the way of one that is older, until its own turn comes.
const PUT_ASIDE: &str = "update service_connection_profiles set name_key = $5
    where team_id = $1 and environment = $2 and name_key = $3 and id <> $4 and state <> 'archived' and search_key is null";
const FOLD_PROFILE: &str = "update service_connection_profiles set name = $2, name_key = $3, search_key = $4 where id = $1";
const TOKENS: &str = "select id, team_id, name, name_key from api_tokens where octet_length(name) <> length(name) order by created_at, id";
const TOKEN_TAKEN: &str = "select count(*) from api_tokens where team_id = $1 and name_key = $2 and id <> $3";
const FOLD_TOKEN: &str = "update api_tokens set name = $2, name_key = $3 where id = $1";
const EVENTS: &str = "select id, correlation_id, user_message, message from error_events where coalesce(search_key, '') = '' limit $1";
const FOLD_EVENT: &str = "update error_events set search_key = $2 where id = $1";

#[derive(sqlx::FromRow)]
struct Profile {
    id: ProfileId,
    team_id: TeamId,
    name: String,
    environment: Environment,
    is_archived: bool,
    owner: Option<String>,
    tags: Json<Vec<String>>,
}

/// Folds whatever has no key yet; may be stopped and begun again anywhere. Of two that turn out to have one name, the
/// younger is called by it and a number.
///
/// # Errors
/// The database failed.
pub async fn fold_what_is_not(db: &Db) -> StoreResult<()> {
    fold_profiles(db).await?;
    fold_tokens(db).await?;
    while fold_events(db).await? {}
    Ok(())
}

async fn fold_profiles(db: &Db) -> StoreResult<()> {
    let unfolded: Vec<Profile> = on_db!(db, |pool| sqlx::query_as(PROFILES).fetch_all(pool).await)?;
    for profile in unfolded {
        let mut tx = db.begin().await?;
        let mut name = profile.name.clone();
        for number in 2.. {
            let key = fold(&name);
            let taken: i64 = on_tx!(&mut tx, |connection| sqlx::query_scalar(NAME_TAKEN)
                .bind(profile.team_id)
                .bind(profile.environment)
                .bind(&key)
                .bind(profile.id)
                .fetch_one(connection)
                .await)?;
            if taken == 0 || profile.is_archived {
                break;
            }
            name = numbered(&profile.name, number);
        }
        if !profile.is_archived {
            on_tx!(&mut tx, |connection| sqlx::query(PUT_ASIDE)
                .bind(profile.team_id)
                .bind(profile.environment)
                .bind(fold(&name))
                .bind(profile.id)
                .bind(profile.id.to_string())
                .execute(connection)
                .await
                .map(drop))?;
        }
        let search = profiles::search_key(&name, profile.owner.as_deref(), &profile.tags);
        on_tx!(&mut tx, |connection| sqlx::query(FOLD_PROFILE)
            .bind(profile.id)
            .bind(&name)
            .bind(fold(&name))
            .bind(&search)
            .execute(connection)
            .await
            .map(drop))?;
        tx.commit().await?;
    }
    Ok(())
}

async fn fold_tokens(db: &Db) -> StoreResult<()> {
    let unfolded: Vec<(ApiTokenId, TeamId, String, String)> = on_db!(db, |pool| sqlx::query_as(TOKENS).fetch_all(pool).await)?;
    for (id, team, name, key) in unfolded {
        if key == fold(&name) {
            continue;
        }
        let mut tx = db.begin().await?;
        let mut unique = name.clone();
        for number in 2.. {
            let key = fold(&unique);
            let taken: i64 = on_tx!(&mut tx, |connection| sqlx::query_scalar(TOKEN_TAKEN).bind(team).bind(&key).bind(id).fetch_one(connection).await)?;
            if taken == 0 {
                break;
            }
            unique = numbered(&name, number);
        }
        on_tx!(&mut tx, |connection| sqlx::query(FOLD_TOKEN).bind(id).bind(&unique).bind(fold(&unique)).execute(connection).await.map(drop))?;
        tx.commit().await?;
    }
    Ok(())
}

/// Whether there may be more.
async fn fold_events(db: &Db) -> StoreResult<bool> {
    let unfolded: Vec<(Id<ErrorEvent>, CorrelationId, String, String)> = on_db!(db, |pool| sqlx::query_as(EVENTS).bind(BATCH).fetch_all(pool).await)?;
    if unfolded.is_empty() {
        return Ok(false);
    }
    let mut tx = db.begin().await?;
    for (id, correlation_id, user_message, message) in unfolded {
        let key = error_events::search_key(&correlation_id, &user_message, &message);
        on_tx!(&mut tx, |connection| sqlx::query(FOLD_EVENT).bind(id).bind(&key).execute(connection).await.map(drop))?;
    }
    tx.commit().await?;
    Ok(true)
}

/// The name with a number, no longer than a name may be.
fn numbered(name: &str, number: u32) -> String {
    format!("{} ({number})", name.chars().take(90).collect::<String>())
}
