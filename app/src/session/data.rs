//! What a session remembers of the person: enough to look them up again at each request, and for them to know it again in a list.

use std::net::IpAddr;

use axum::http::{HeaderMap, header::USER_AGENT};
use domain::error::ErrorCode;
use engine::{
    OpsError,
    access::{SignedIn, second_factor::PendingSecondFactor},
};
use tower_sessions::{Session, session::Error};

use super::browser::in_words;
use crate::draft::DRAFT;

pub const OPERATOR: &str = "operator_id";
const TEAM: &str = "team_id";
const SIGNED_IN_AT: &str = "signed_in_at";
const ENTERED_AT: &str = "entered_at";
/// When the session was last prolonged, in seconds since 1970.
pub const SEEN_AT: &str = "seen_at";
const PROOF: &str = "proof";
/// Of someone who has given their password, and still has to give a code.
const HALF_WAY: &str = "half_way";
const ADDRESS: &str = "address";
const BROWSER: &str = "browser";

/// From where someone comes.
pub struct Visitor {
    address: String,
    /// In words.
    browser: Option<String>,
}

impl Visitor {
    pub fn of(address: IpAddr, headers: &HeaderMap) -> Self {
        let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self { address: address.to_string(), browser: in_words(user_agent) }
    }
}

/// Gives the session a new id, so that one planted before sign-in is worth nothing, and remembers the person. What it knew of anybody else is gone.
///
/// # Errors
/// The session store failed.
pub async fn remember(session: &Session, person: SignedIn, visitor: Visitor) -> Result<(), Error> {
    if session.get(OPERATOR).await? != Some(person.operator) {
        forget_all(session).await?;
    }
    session.cycle_id().await?;
    session.insert(OPERATOR, person.operator).await?;
    session.insert(TEAM, person.team).await?;
    session.insert(SIGNED_IN_AT, person.at).await?;
    session.insert(ENTERED_AT, person.entered_at).await?;
    session.insert(PROOF, person.proof).await?;
    session.insert(ADDRESS, visitor.address).await?;
    session.insert(BROWSER, visitor.browser).await
}

/// Makes of the session one that knows nothing but who is half-way through the sign-in, under a new id.
///
/// # Errors
/// The session store failed.
pub async fn remember_half_way(session: &Session, half_way: PendingSecondFactor) -> Result<(), Error> {
    forget_all(session).await?;
    session.cycle_id().await?;
    session.insert(HALF_WAY, half_way).await
}

/// All but a draft, which opens for nobody else.
async fn forget_all(session: &Session) -> Result<(), Error> {
    let draft = session.get_value(DRAFT).await?;
    session.clear().await;
    if let Some(draft) = draft {
        session.insert_value(DRAFT, draft).await?;
    }
    Ok(())
}

/// Who is half-way through the sign-in.
///
/// # Errors
/// The session store failed.
pub async fn half_way(session: &Session) -> Result<Option<PendingSecondFactor>, Error> {
    session.get(HALF_WAY).await
}

/// The session could not be read or kept.
pub fn unavailable(error: Error) -> OpsError {
    tracing::error!(%error, "the session could not be kept");
    ErrorCode::DatabaseUnavailable.into()
}

/// Whom it remembers.
///
/// # Errors
/// The session store failed.
pub async fn signed_in(session: &Session) -> Result<Option<SignedIn>, Error> {
    let (operator, team) = (session.get(OPERATOR).await?, session.get(TEAM).await?);
    let at = session.get(SIGNED_IN_AT).await?;
    let entered_at = session.get(ENTERED_AT).await?;
    let proof = session.get(PROOF).await?.unwrap_or_default();
    Ok(match (operator, team, at) {
        (Some(operator), Some(team), Some(at)) => Some(SignedIn { operator, team, at, entered_at: entered_at.unwrap_or(at), proof }),
        _ => None,
    })
}
