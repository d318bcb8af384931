//! A form that was posted without script when its session had ended: what was typed waits until the same person has signed in.

use domain::{ids::OperatorId, operator::Who};
use engine::{
    Actor, Client, Console,
    access::drafts::{mark, open, seal},
};
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Error};

use crate::form_outcome::{ActionFailure, without_secrets};

/// The member of a session that keeps it.
pub const DRAFT: &str = "draft";
/// Names the hidden input that says whom the form is shown to.
pub const SHOWN_TO: &str = "shown_to";

/// What each form of a page says of whom it is shown to. In the page's context, since a page may have a form a row.
#[derive(Clone)]
pub struct Mark(pub String);

impl Mark {
    /// Nothing for programs, whose forms have no session to end.
    pub fn of(console: &Console, actor: &Actor) -> Option<Self> {
        let Who::Operator(person) = actor.who else { return None };
        mark(console, person).map(Self)
    }
}

#[derive(Serialize, Deserialize)]
struct Draft {
    /// Path and query.
    page: String,
    action: String,
    values: Vec<(String, String)>,
}

/// Keeps what was `posted` on `page`, without secrets and in place of an earlier draft, if it is a form of ours in which anything stands.
///
/// # Errors
/// The session store failed.
pub async fn keep(console: &Console, client: &Client, session: &Session, page: &str, action: &str, posted: Vec<(String, String)>) -> Result<(), Error> {
    let Some(mark) = posted.iter().find(|(name, _)| name == SHOWN_TO).map(|(_, mark)| mark.clone()) else { return Ok(()) };
    let draft = Draft { page: page.to_owned(), action: action.to_owned(), values: without_secrets(posted.into_iter().filter(|(name, _)| name != SHOWN_TO)) };
    if draft.values.is_empty() {
        return Ok(());
    }
    match seal(console, client, &mark, &draft) {
        Some(sealed) => session.insert(DRAFT, sealed).await,
        None => Ok(()),
    }
}

/// What `person` typed on `page` before they signed in again. It waits until it is [forgotten](forget).
///
/// # Errors
/// The session store failed.
pub async fn of_page(console: &Console, session: &Session, person: OperatorId, page: &str) -> Result<Option<ActionFailure>, Error> {
    let sealed: Option<String> = session.get(DRAFT).await?;
    let draft = sealed.and_then(|sealed| open::<Draft>(console, person, &sealed)).filter(|draft| draft.page == page);
    Ok(draft.map(|draft| ActionFailure::unsent(draft.action, draft.values)))
}

/// # Errors
/// The session store failed.
pub async fn forget(session: &Session) -> Result<(), Error> {
    session.remove_value(DRAFT).await.map(drop)
}
