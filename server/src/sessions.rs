//! Sessions of people: the cookie, and the store behind it.

use std::fmt;

use async_trait::async_trait;
use domain::time::Timestamp;
use engine::Console;
use serde_json::Value;
use store::{StoreResult, sessions};
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::{
        SameSite,
        time::{Duration, OffsetDateTime},
    },
    session::{Id, Record},
    session_store::{Error, Result},
};

/// A session ends after this long without a visit.
const IDLE: Duration = Duration::days(7);

/// The layer that loads the session of a cookie. `is_secure` says that browsers use TLS, so that the cookie may insist on it.
pub fn layer(console: Console, is_secure: bool) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(Store(console))
        .with_name(if is_secure { "__Host-switchboard" } else { "switchboard" })
        .with_secure(is_secure)
        .with_http_only(true)
        // Not strict: a link from an alert must find its reader signed in.
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(IDLE))
}

/// Sessions in the console's database. Each act runs on a task of its own, so that a visitor who leaves interrupts none.
#[derive(Clone)]
pub struct Store(Console);

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    async fn work<T, Work, Working>(&self, work: Work) -> Result<T>
    where
        Work: FnOnce(Console) -> Working,
        Working: Future<Output = StoreResult<T>> + Send + 'static,
        T: Send + 'static,
    {
        let worked = tokio::spawn(work(self.0.clone())).await;
        worked.map_err(|error| Error::Backend(error.to_string()))?.map_err(|error| Error::Backend(error.to_string()))
    }
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            let (id, data, expires) = columns(record)?;
            if self.work(move |console| async move { sessions::insert(&console.db, &id, &data, expires).await }).await? {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    /// Leaves a session alone that has ended in the meantime: a request still under way must not bring it back.
    async fn save(&self, record: &Record) -> Result<()> {
        let (id, data, expires) = columns(record)?;
        self.work(move |console| async move {
            match sessions::load(&console.db, &id, console.clock.now()).await? {
                Some(_) => sessions::save(&console.db, &id, &data, expires).await,
                None => Ok(()),
            }
        })
        .await
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let key = id.to_string();
        let row = self.work(move |console| async move { sessions::load(&console.db, &key, console.clock.now()).await }).await?;
        let Some(row) = row else { return Ok(None) };
        let data = serde_json::from_value(row.data).map_err(|error| Error::Decode(error.to_string()))?;
        let nanos = i128::from(row.expires_at.as_millis()) * 1_000_000;
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let id = id.to_string();
        self.work(move |console| async move { sessions::delete(&console.db, &id).await }).await
    }
}

fn columns(record: &Record) -> Result<(String, Value, Timestamp)> {
    let data = serde_json::to_value(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
    let millis = i64::try_from(record.expiry_date.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX);
    let expires = chrono::DateTime::from_timestamp_millis(millis).ok_or_else(|| Error::Encode("an expiry out of bounds".into()))?;
    Ok((record.id.to_string(), data, expires.into()))
}
