//! What a session remembers of the person: enough to look them up again at each request, and no more.

use engine::access::SignedIn;
use tower_sessions::{Session, session::Error};

pub const OPERATOR: &str = "operator_id";
pub const TEAM: &str = "team_id";
pub const SIGNED_IN_AT: &str = "signed_in_at";

/// Gives the session a new id, so that one planted before sign-in is worth nothing, and remembers the person.
///
/// # Errors
/// The session store failed.
pub async fn remember(session: &Session, person: SignedIn) -> Result<(), Error> {
    session.cycle_id().await?;
    session.insert(OPERATOR, person.operator).await?;
    session.insert(TEAM, person.team).await?;
    session.insert(SIGNED_IN_AT, person.at).await
}
