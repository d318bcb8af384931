//! What a session remembers of the person: enough to look them up again at each request, and no more.

use serde::{Deserialize, Serialize};
use switchboard::{
    domain::{
        operator::{OperatorId, TeamId},
        time::Timestamp,
    },
    engine::access::SignedIn,
};
use tower_sessions::{Session, session::Error};

const KEY: &str = "operator";

#[derive(Serialize, Deserialize)]
struct Kept {
    operator: OperatorId,
    team: TeamId,
    at: Timestamp,
}

/// Gives the session a new id, so that one planted before sign-in is worth nothing, and remembers the person.
///
/// # Errors
/// The session store failed.
pub async fn remember(session: &Session, person: SignedIn) -> Result<(), Error> {
    session.cycle_id().await?;
    session.insert(KEY, Kept { operator: person.operator, team: person.team, at: person.at }).await
}

/// Who the session stands for, if anyone.
///
/// # Errors
/// The session store failed.
pub async fn recall(session: &Session) -> Result<Option<SignedIn>, Error> {
    let kept: Option<Kept> = session.get(KEY).await?;
    Ok(kept.map(|Kept { operator, team, at }| SignedIn { operator, team, at }))
}
