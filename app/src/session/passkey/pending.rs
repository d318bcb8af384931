//! What a session remembers until the browser has answered: the passkey that is being made, or what has to be signed.

use engine::{
    Console, OpsError,
    access::passkeys::{Challenge, PendingRegistration},
};
use tower_sessions::Session;

use crate::session::sealed::{keep, read, take};

const BEGUN: &str = "passkey_begun";
const CHALLENGE: &str = "passkey_challenge";

/// In place of one that was begun before.
///
/// # Errors
/// The session store failed.
pub async fn keep_begun(console: &Console, session: &Session, begun: &PendingRegistration) -> Result<(), OpsError> {
    keep(console, session, BEGUN, begun).await
}

/// The passkey that is being made, for its page.
///
/// # Errors
/// The session store failed.
pub async fn begun(console: &Console, session: &Session) -> Result<Option<PendingRegistration>, OpsError> {
    read(console, session, BEGUN).await
}

/// The passkey that was begun, which can be made once.
///
/// # Errors
/// The session store failed.
pub async fn take_begun(console: &Console, session: &Session) -> Result<Option<PendingRegistration>, OpsError> {
    take(console, session, BEGUN).await
}

/// In place of one that nobody signed.
///
/// # Errors
/// The session store failed.
pub async fn keep_challenge(console: &Console, session: &Session, challenge: &Challenge) -> Result<(), OpsError> {
    keep(console, session, CHALLENGE, challenge).await
}

/// What had to be signed, which it can be once.
///
/// # Errors
/// The session store failed.
pub async fn take_challenge(console: &Console, session: &Session) -> Result<Option<Challenge>, OpsError> {
    take(console, session, CHALLENGE).await
}
