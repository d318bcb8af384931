//! A transaction, and what becomes of its connection.
//!
//! sqlx's own `Transaction` puts a connection back of which the commit or the rollback failed. A full disk makes SQLite end a transaction by
//! itself; the rollback then fails, and every later `begin` with it. Here such a connection is closed, and the pool opens another one.

use sqlx::{Database, Executor, SqlSafeStr, pool::PoolConnection};

/// A connection with an open transaction. Dropped before it is committed, it is rolled back.
pub struct Transaction<DB: Database>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// Absent once it has ended.
    connection: Option<PoolConnection<DB>>,
}

impl<DB: Database> Transaction<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// Not cancel-safe: see [`super::Db::begin`].
    pub(super) async fn begin(connection: PoolConnection<DB>, statement: impl SqlSafeStr + Send) -> Result<Self, sqlx::Error> {
        let mut transaction = Self { connection: Some(connection) };
        run::<DB>(transaction.connection()?, statement).await?;
        Ok(transaction)
    }

    /// # Errors
    /// It has ended.
    pub fn connection(&mut self) -> Result<&mut DB::Connection, sqlx::Error> {
        self.connection.as_deref_mut().ok_or(sqlx::Error::WorkerCrashed)
    }

    /// # Errors
    /// The database refused, and nothing happened. Only where the answer was lost may it have.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        // Still held, so that a commit nobody waits for any more is followed by a rollback.
        let committed = run::<DB>(self.connection()?, "commit").await;
        let Some(mut connection) = self.connection.take() else { return committed };
        if committed.is_err() {
            connection.close_on_drop();
        }
        committed
    }

    /// Ends what only read, without anybody waiting for it.
    pub fn let_go(mut self) {
        self.end("commit");
    }

    fn end(&mut self, statement: &'static str) {
        let Some(mut connection) = self.connection.take() else { return };
        tokio::spawn(async move {
            if run::<DB>(&mut connection, statement).await.is_err() {
                connection.close_on_drop();
            }
        });
    }
}

impl<DB: Database> Drop for Transaction<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    fn drop(&mut self) {
        self.end("rollback");
    }
}

async fn run<DB: Database>(connection: &mut DB::Connection, statement: impl SqlSafeStr + Send) -> Result<(), sqlx::Error>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    sqlx::raw_sql(statement).execute(connection).await.map(drop)
}
