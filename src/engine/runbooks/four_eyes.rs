//! That two approve, and not one of two keys: a token counts as whoever made it, and as the tokens that it was made with.

use crate::{OpsError, Scope, audit::id_of};
use domain::{
    error::ErrorCode,
    ids::{ExecutionId, Id},
    operator::Who,
};
use store::{StoreResult, TeamTx, api_tokens, runbook_executions as rows};

/// Who answers for what the actor begins: the person whom a token goes back to, or the first of the tokens that it was made with. It is kept as long as the
/// execution, so that a token that is revoked meanwhile still counts as theirs. Absent for the command line.
pub(super) async fn starter(tx: &mut TeamTx, scope: &Scope) -> StoreResult<Option<Id<()>>> {
    let Who::Token(token) = scope.actor.who else { return Ok(id_of(scope.actor.who)) };
    let line = api_tokens::lineage(tx, token).await?;
    let person = line.iter().find_map(|made| made.creator_id).map(Who::Operator);
    let first = line.iter().find(|made| made.made_with.is_none()).map(|made| Who::Token(made.id));
    Ok(id_of(person.or(first).unwrap_or(scope.actor.who)))
}

/// # Errors
/// `another_person_needed` where the actor began the execution, or goes back to whoever did.
pub(super) async fn check(tx: &mut TeamTx, scope: &Scope, id: ExecutionId) -> Result<(), OpsError> {
    let mut own = vec![id_of(scope.actor.who)];
    if let Who::Token(token) = scope.actor.who {
        for made in api_tokens::lineage(tx, token).await? {
            own.push(id_of(Who::Token(made.id)));
            own.extend(made.creator_id.map(|person| id_of(Who::Operator(person))));
        }
    }
    let starter = rows::starter(tx, id).await?;
    if own.contains(&starter) { Err(ErrorCode::AnotherPersonNeeded.into()) } else { Ok(()) }
}
