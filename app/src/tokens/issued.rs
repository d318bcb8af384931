//! The secret of a new token on its way from the form to the page that shows it once.
//!
//! A form is answered with a redirect, so that reading the page again posts nothing. Until the page is read, the secret lies in the
//! person's session, sealed, because sessions are rows of the database.

use domain::{error::ErrorCode, ids::ApiTokenId, operator::ApiToken};
use engine::{
    Console, OpsError,
    keys::{ISSUED_TOKEN as KEY, issued_token_purpose as purpose},
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Error};

/// A token at the one moment its secret can be seen.
pub struct Issued {
    pub name: String,
    pub secret: SecretString,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    id: ApiTokenId,
    name: String,
    secret: Vec<u8>,
}

/// Keeps the secret of `token` for [`take`], in place of one that nobody came for.
///
/// # Errors
/// The session could not be saved.
pub async fn keep(console: &Console, session: &Session, token: ApiToken, secret: &SecretString) -> Result<(), OpsError> {
    let secret = console.vault.seal_text(&purpose(token.id), secret)?;
    session.insert(KEY, Sealed { id: token.id, name: token.name, secret }).await.map_err(unavailable)?;
    session.save().await.map_err(unavailable)
}

/// What was kept of the token `id`; it is gone from the session before it is shown.
///
/// # Errors
/// The session could not be read or saved; the master key is another one.
pub async fn take(console: &Console, session: &Session, id: ApiTokenId) -> Result<Option<Issued>, OpsError> {
    let kept: Option<Sealed> = session.get(KEY).await.map_err(unavailable)?;
    let Some(Sealed { name, secret, .. }) = kept.filter(|kept| kept.id == id) else { return Ok(None) };
    session.remove_value(KEY).await.map_err(unavailable)?;
    session.save().await.map_err(unavailable)?;
    Ok(Some(Issued { name, secret: console.vault.open_text(&purpose(id), &secret)? }))
}

fn unavailable(error: Error) -> OpsError {
    tracing::error!(%error, "the session could not be kept");
    ErrorCode::DatabaseUnavailable.into()
}
