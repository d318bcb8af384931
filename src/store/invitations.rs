//! Table `invitations`: one use, kept as a hash. One that was used or withdrawn is gone.

use super::{Db, StoreResult, TeamDb, TeamTx, Tx, affected_one, api_tokens::MadeBy, hash_token};
use crate::{on_db, on_tx};
use domain::{
    ids::{ApiTokenId, InvitationId, OperatorId, TeamId},
    operator::{Invitation, Role},
    time::Timestamp,
};

const OF_TEAM: &str = "select id, email, role, created_by, created_at, expires_at from invitations where team_id = $1 and expires_at > $2 order by email";
const BY_TOKEN: &str = "select i.id, i.team_id, t.name as team_name, i.email, i.role from invitations i join teams t on t.id = i.team_id
    where i.token_hash = $1 and i.expires_at > $2";
const CLEAR: &str = "delete from invitations where team_id = $1 and (email = $2 or expires_at <= $3)";
const INSERT: &str = "insert into invitations (id, team_id, email, role, token_hash, created_by, creator_id, made_with, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const DELETE_OF: &str = "delete from invitations where creator_id = $1 and ($2 is null or team_id = $2)";
const DELETE_MADE_WITH: &str = "delete from invitations where team_id = $1 and made_with = $2";
const OF_PERSON: &str = "select team_id, id, email from invitations where creator_id = $1 order by team_id, id";
const COUNT: &str = "select count(*) from invitations where team_id = $1";
const TAKE: &str = "delete from invitations where token_hash = $1 and expires_at > $2";
const DELETE: &str = "delete from invitations where team_id = $1 and id = $2";

/// What a link leads to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct InvitationRow {
    pub id: InvitationId,
    pub team_id: TeamId,
    pub team_name: String,
    pub email: String,
    pub role: Role,
}

/// Those that can still be used.
pub async fn of_team(db: &TeamDb, now: Timestamp) -> StoreResult<Vec<Invitation>> {
    on_db!(db, |pool| sqlx::query_as(OF_TEAM).bind(db.team()).bind(now).fetch_all(pool).await)
}

/// Into whichever team: that is known only by the row.
pub async fn by_token(db: &Db, token: &str, now: Timestamp) -> StoreResult<Option<InvitationRow>> {
    on_db!(db, |pool| sqlx::query_as(BY_TOKEN).bind(hash_token(token)).bind(now).fetch_optional(pool).await)
}

/// Replaces an earlier one to the same address, and removes those that are over. Ask while [`teams::hold`](super::teams::hold) keeps others from it.
pub async fn insert(tx: &mut TeamTx, invitation: &Invitation, made_by: MadeBy, token: &str) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| {
        sqlx::query(CLEAR).bind(team).bind(&invitation.email).bind(invitation.created_at).execute(&mut *connection).await?;
        sqlx::query(INSERT)
            .bind(invitation.id)
            .bind(team)
            .bind(&invitation.email)
            .bind(invitation.role)
            .bind(hash_token(token))
            .bind(&invitation.created_by)
            .bind(made_by.person)
            .bind(made_by.token)
            .bind(invitation.created_at)
            .bind(invitation.expires_at)
            .execute(connection)
            .await
            .map(drop)
    })
}

/// Those of a team. Ask while [`teams::hold`](super::teams::hold) keeps others from adding one.
pub async fn count(tx: &mut TeamTx) -> StoreResult<i64> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query_scalar(COUNT).bind(team).fetch_one(connection).await)
}

/// Those into any team that go back to a person.
pub async fn of_person(tx: &mut Tx, creator: OperatorId) -> StoreResult<Vec<(TeamId, InvitationId, String)>> {
    on_tx!(tx, |connection| sqlx::query_as(OF_PERSON).bind(creator).fetch_all(connection).await)
}

/// Takes back those that go back to a person, in one team or in all of them.
pub async fn delete_of(tx: &mut Tx, creator: OperatorId, team: Option<TeamId>) -> StoreResult<()> {
    on_tx!(tx, |connection| sqlx::query(DELETE_OF).bind(creator).bind(team).execute(connection).await.map(drop))
}

/// Takes back those that were made with a token.
pub async fn delete_made_with(tx: &mut TeamTx, token: ApiTokenId) -> StoreResult<()> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(DELETE_MADE_WITH).bind(team).bind(token).execute(connection).await.map(drop))
}

/// Uses the link up; false when it is unknown, used or too old.
pub async fn take(tx: &mut Tx, token: &str, now: Timestamp) -> StoreResult<bool> {
    on_tx!(tx, |connection| sqlx::query(TAKE).bind(hash_token(token)).bind(now).execute(connection).await.map(affected_one))
}

/// False when there is no such invitation.
pub async fn delete(tx: &mut TeamTx, id: InvitationId) -> StoreResult<bool> {
    let team = tx.team();
    on_tx!(tx, |connection| sqlx::query(DELETE).bind(team).bind(id).execute(connection).await.map(affected_one))
}
