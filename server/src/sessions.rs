//! Sessions of people: the cookie, and the store behind it.

use std::{collections::HashMap, fmt, sync::Arc};

use async_trait::async_trait;
use engine::{
    Console, OpsError,
    sessions::{self, Session},
};
use parking_lot::Mutex;
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::{
        SameSite,
        time::{Duration, OffsetDateTime},
    },
    session::{Id, Record},
    session_store::{Error, Result},
};

use switchboard_app::session_data::OPERATOR;

use crate::state::AppState;

/// What is remembered of somebody who has not signed in: on their way to the identity provider, or between password and code.
const STRANGERS_LIVE: std::time::Duration = std::time::Duration::from_secs(15 * 60);
/// Sessions kept in memory while the disk is full.
const MOST_UNSAVED: usize = 1_000;

/// The layer that loads the session of a cookie. Where browsers use TLS, the cookie insists on it.
pub fn layer(state: &AppState) -> SessionManagerLayer<Store> {
    let idle = state.session_idle;
    SessionManagerLayer::new(Store { console: state.console.clone(), idle, unsaved: Arc::default() })
        .with_name(if state.is_secure { "__Host-switchboard" } else { "switchboard" })
        .with_secure(state.is_secure)
        .with_http_only(true)
        // Not strict: a link from an alert must find its reader signed in.
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(Duration::seconds(i64::try_from(idle.as_secs()).unwrap_or(i64::MAX))))
}

/// Sessions in the console's database. A visitor who leaves interrupts no act.
///
/// While the disk is full, new ones are kept in memory, so that people can sign in to see what is the matter.
#[derive(Clone)]
pub struct Store {
    console: Console,
    /// By the console's clock, as whoever looks whether a session has ended goes by that.
    idle: std::time::Duration,
    unsaved: Arc<Mutex<HashMap<Id, Record>>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    fn to_keep(&self, record: &Record) -> Result<Session> {
        let data = serde_json::to_value(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let operator = record.data.get(OPERATOR).and_then(|id| serde_json::from_value(id.clone()).ok());
        let lives = if operator.is_some() { self.idle } else { self.idle.min(STRANGERS_LIVE) };
        Ok(Session { id: record.id.to_string(), operator, data, expires_at: self.console.clock.now() + lives })
    }

    /// Remembers what could not be written.
    fn keep_unsaved(&self, record: &Record) -> Result<()> {
        let now = OffsetDateTime::now_utc();
        let mut unsaved = self.unsaved.lock();
        unsaved.retain(|_, record| record.expiry_date > now);
        if unsaved.len() >= MOST_UNSAVED && !unsaved.contains_key(&record.id) {
            return Err(Error::Backend("nothing can be written, and the memory for sessions is full".into()));
        }
        unsaved.insert(record.id, record.clone());
        Ok(())
    }
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            match sessions::begin(&self.console, self.to_keep(record)?).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) if error.is_write_refused() => return self.keep_unsaved(record),
                Err(error) => return Err(failed(&error)),
            }
            record.id = Id::default();
        }
    }

    /// Leaves a session alone that has ended in the meantime: a request still under way must not bring it back.
    async fn save(&self, record: &Record) -> Result<()> {
        let session = self.to_keep(record)?;
        let is_unsaved = self.unsaved.lock().contains_key(&record.id);
        let saved = if is_unsaved { sessions::begin(&self.console, session).await.map(drop) } else { sessions::save(&self.console, session).await };
        match saved {
            Ok(()) => {
                self.unsaved.lock().remove(&record.id);
                Ok(())
            }
            Err(error) if error.is_write_refused() => self.keep_unsaved(record),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let unsaved = self.unsaved.lock().get(id).cloned();
        if unsaved.is_some() {
            return Ok(unsaved.filter(|record| record.expiry_date > OffsetDateTime::now_utc()));
        }
        let row = sessions::load(&self.console, id.to_string()).await.map_err(|error| failed(&error))?;
        let Some(row) = row else { return Ok(None) };
        let data = serde_json::from_value(row.data).map_err(|error| Error::Decode(error.to_string()))?;
        let nanos = i128::from(row.expires_at.as_millis()) * 1_000_000;
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let was_unsaved = self.unsaved.lock().remove(id).is_some();
        let was_saved = sessions::end(&self.console, id.to_string()).await.map_err(|error| failed(&error))?;
        // Each sign-in deletes what it replaces, which seldom was there.
        if was_saved || was_unsaved {
            self.console.access_changes.tell();
        }
        Ok(())
    }
}

fn failed(error: &OpsError) -> Error {
    Error::Backend(error.to_string())
}
