//! Connections that read a SQLite file, kept open and handed out in turn.

use std::{
    num::NonZero,
    ops::{Deref, DerefMut},
    thread::available_parallelism,
    time::Duration,
};

use deadpool::{
    Runtime,
    managed::{self, Metrics, Object, PoolError, RecycleResult, Timeouts},
};
use sqlx::{ConnectOptions, Connection};
use sqlx_sqlite::{SqliteConnectOptions, SqliteConnection};

use super::{StoreError, StoreResult};

/// A connection that nobody used for so long is tried before it is used again.
const TRIED_AFTER: Duration = Duration::from_secs(10);

/// Cheap to clone; clones share the connections.
#[derive(Clone, Debug)]
pub struct Readers(managed::Pool<File>);

/// How a connection is opened.
#[derive(Debug)]
struct File(SqliteConnectOptions);

impl managed::Manager for File {
    type Type = SqliteConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<SqliteConnection, sqlx::Error> {
        self.0.connect().await
    }

    async fn recycle(&self, connection: &mut SqliteConnection, usage: &Metrics) -> RecycleResult<sqlx::Error> {
        if usage.last_used() > TRIED_AFTER {
            connection.ping().await?;
        }
        Ok(())
    }
}

/// A connection that is lent out.
pub struct Reading(Object<File>);

impl Reading {
    /// Hands on what was read. A connection that failed for a reason of its own, rather than the statement's, is not lent out again.
    ///
    /// # Errors
    /// What the reading came to.
    pub fn keep_unless_failed<T>(self, read: StoreResult<T>) -> StoreResult<T> {
        if read.as_ref().is_err_and(StoreError::is_unavailable) {
            drop(Object::take(self.0));
        }
        read
    }
}

impl Deref for Reading {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.0
    }
}

impl DerefMut for Reading {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.0
    }
}

impl Readers {
    /// How many are open, how many of these are idle, and how many there may be.
    pub fn figures(&self) -> (usize, usize, usize) {
        let status = self.0.status();
        (status.size, status.available, status.max_size)
    }

    /// Opens the first one; as many as twice the processors follow when they are needed.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub async fn open(options: SqliteConnectOptions, patience: Duration) -> StoreResult<Self> {
        let most = available_parallelism().map_or(2, NonZero::get) * 2;
        let timeouts = Timeouts { wait: Some(patience), create: Some(patience), recycle: Some(patience) };
        let builder = managed::Pool::builder(File(options.read_only(true))).max_size(most).timeouts(timeouts).runtime(Runtime::Tokio1);
        let readers = Self(builder.build().map_err(|error| sqlx::Error::Configuration(error.into()))?);
        drop(readers.get().await?);
        Ok(readers)
    }

    /// The next free connection.
    ///
    /// # Errors
    /// None is free in time; the file cannot be read.
    pub async fn get(&self) -> StoreResult<Reading> {
        let connection = self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Closed => sqlx::Error::PoolClosed,
            PoolError::Timeout(_) => sqlx::Error::PoolTimedOut,
            PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => sqlx::Error::WorkerCrashed,
        })?;
        Ok(Reading(connection))
    }

    /// Closes every connection that is not in use.
    pub async fn close(&self) {
        while self.0.status().available > 0 {
            let Ok(connection) = self.0.get().await else { break };
            // What it says on leaving helps nobody.
            let _ = Object::take(connection).close().await;
        }
        self.0.close();
    }
}
