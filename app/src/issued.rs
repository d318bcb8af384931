//! A secret that was just made, on its way from the form to the page that shows it once.
//!
//! A form is answered with a redirect, so that reading the page again posts nothing. Until the page is read, the secret lies in the
//! person's session, sealed, because sessions are rows of the database.

use domain::ids::Id;
use engine::{
    Console, OpsError,
    keys::{ISSUED, issued_purpose},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::{
    session::data::unavailable,
    ui::icon::{CIRCLE_CHECK, Icon},
};

/// Names the thing whose secret is meant, in the query.
const QUERY: &str = "issued";

/// A secret at the one moment it can be seen.
pub struct Issued {
    /// Whom or what it is for.
    pub name: String,
    pub secret: SecretString,
    /// What else is said of it; empty where nothing is.
    pub note: String,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    id: String,
    name: String,
    secret: Vec<u8>,
    #[serde(default)]
    note: String,
}

/// Keeps the secret of the thing `id` for [`take`], in place of one that nobody came for.
///
/// # Errors
/// The session could not be saved.
pub async fn keep<T>(console: &Console, session: &Session, id: Id<T>, name: String, secret: &SecretString) -> Result<(), OpsError> {
    keep_noted(console, session, id, name, secret, String::new()).await
}

/// The same, with a word about it.
///
/// # Errors
/// As [`keep`].
pub async fn keep_noted<T>(console: &Console, session: &Session, id: Id<T>, name: String, secret: &SecretString, note: String) -> Result<(), OpsError> {
    let id = id.to_string();
    let secret = console.vault.seal_text(&issued_purpose(&id), secret)?;
    session.insert(ISSUED, Sealed { id, name, secret, note }).await.map_err(unavailable)?;
    session.save().await.map_err(unavailable)
}

/// The page `page`, showing what was kept of the thing `id`.
pub fn path_of<T>(page: &str, id: Id<T>) -> String {
    format!("{page}?{QUERY}={id}")
}

/// The thing that the page's address names.
pub fn asked_for() -> Option<String> {
    use_query_map().read_untracked().get(QUERY)
}

/// What was kept of the thing `id`; it is gone from the session before it is shown.
///
/// # Errors
/// The session could not be read or saved; the master key is another one.
pub async fn take(console: &Console, session: &Session, id: &str) -> Result<Option<Issued>, OpsError> {
    let kept: Option<Sealed> = session.get(ISSUED).await.map_err(unavailable)?;
    let Some(Sealed { name, secret, note, .. }) = kept.filter(|kept| kept.id == id) else { return Ok(None) };
    session.remove_value(ISSUED).await.map_err(unavailable)?;
    session.save().await.map_err(unavailable)?;
    Ok(Some(Issued { name, note, secret: console.vault.open_text(&issued_purpose(id), &secret)? }))
}

/// The secret, to be copied.
pub fn shown_once(title: String, text: String, secret: &SecretString) -> impl IntoView + use<> {
    let secret = secret.expose_secret().to_owned();
    view! {
        <section class="card" aria-labelledby="issued">
            <header>
                <h2 id="issued">
                    <Icon path=CIRCLE_CHECK/>
                    {title}
                </h2>
            </header>
            <div class="body stack">
                <p>{text}</p>
                <p class="secret-once">
                    <code>{secret.clone()}</code>
                    <button type="button" class="button small needs-script" data-copy=secret>
                        "Copy"
                    </button>
                </p>
            </div>
        </section>
    }
}
