//! What a session remembers between two requests and nobody else may read: sealed, for this session alone.

use engine::{
    Console, OpsError,
    access::single_sign_on::{seal, unseal},
};
use serde::{Serialize, de::DeserializeOwned};
use tower_sessions::Session;

use super::data::unavailable;

/// Sealed for this session, which has an id once it is saved.
///
/// # Errors
/// The session store failed.
pub async fn keep(console: &Console, session: &Session, member: &str, kept: &impl Serialize) -> Result<(), OpsError> {
    session.save().await.map_err(unavailable)?;
    session.insert(member, seal(console, &place(session, member), kept)?).await.map_err(unavailable)?;
    session.save().await.map_err(unavailable)
}

/// What [`keep`] was given.
///
/// # Errors
/// The session store failed.
pub async fn read<T: DeserializeOwned>(console: &Console, session: &Session, member: &str) -> Result<Option<T>, OpsError> {
    let sealed: Option<Vec<u8>> = session.get(member).await.map_err(unavailable)?;
    Ok(sealed.and_then(|sealed| unseal(console, &place(session, member), &sealed)))
}

/// The same, which is gone from the session before anything comes of it.
///
/// # Errors
/// The session store failed.
pub async fn take<T: DeserializeOwned>(console: &Console, session: &Session, member: &str) -> Result<Option<T>, OpsError> {
    let sealed: Option<Vec<u8>> = session.remove(member).await.map_err(unavailable)?;
    if sealed.is_some() {
        session.save().await.map_err(unavailable)?;
    }
    Ok(sealed.and_then(|sealed| unseal(console, &place(session, member), &sealed)))
}

fn place(session: &Session, member: &str) -> String {
    let id = session.id().map(|id| id.to_string()).unwrap_or_default();
    format!("{member} of session {id}")
}
