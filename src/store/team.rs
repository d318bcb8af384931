//! A team's own handles: what takes one of these sees and changes rows of that team alone.
//!
//! What spans teams (claims, the recording of heartbeats, retention, sign-in) takes a [`Db`] or a [`Tx`].

use std::ops::{Deref, DerefMut};

use super::{Db, StoreResult, Tx, db::Reading, row_level_security::Rights};
use domain::ids::TeamId;

/// A database as one team may use it. Cheap to clone.
#[derive(Clone)]
pub struct TeamDb {
    db: Db,
    team: TeamId,
}

/// A unit of work of one team. Dropped without [`TeamTx::commit`], it never happened.
pub struct TeamTx {
    tx: Tx,
    team: TeamId,
}

impl Db {
    pub fn for_team(&self, team: TeamId) -> TeamDb {
        TeamDb { db: self.clone(), team }
    }
}

impl Tx {
    /// Goes on with the rights of one team, of which it cannot get out again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn narrow(mut self, team: TeamId) -> StoreResult<TeamTx> {
        if let Self::Postgres(transaction) = &mut self {
            sqlx::raw_sql(Rights::Team(team).narrow()).execute(transaction.connection()?).await?;
        }
        Ok(TeamTx { tx: self, team })
    }
}

impl TeamDb {
    pub const fn team(&self) -> TeamId {
        self.team
    }

    /// Whether no other machine can share this database.
    pub const fn is_embedded(&self) -> bool {
        self.db.is_embedded()
    }

    pub(super) async fn begin_reading(&self) -> StoreResult<Reading> {
        self.db.begin_reading_with(Rights::Team(self.team)).await
    }

    /// Begins a unit of work, as [`Db::begin`] does.
    ///
    /// # Errors
    /// A database that does not answer in time.
    pub async fn begin(&self) -> StoreResult<TeamTx> {
        Ok(TeamTx { tx: self.db.begin_with(Rights::Team(self.team)).await?, team: self.team })
    }
}

impl TeamTx {
    pub const fn team(&self) -> TeamId {
        self.team
    }

    /// # Errors
    /// The database refused, and nothing happened.
    pub async fn commit(self) -> StoreResult<()> {
        self.tx.commit().await
    }
}

/// For what names its rows by keys that the team's own rows gave.
impl Deref for TeamTx {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl DerefMut for TeamTx {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}
