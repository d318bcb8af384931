//! One actor in one team: what every verb works on, and the one place where permissions are checked.

use std::net::IpAddr;

use tracing::Instrument;

use crate::{Console, OpsError};
use domain::{correlation::CorrelationId, error::ErrorCode, ids::TeamId, operator::Actor, permission::Permission};
use store::{StoreResult, TeamDb, TeamTx};

/// The console as one actor may use it. Its verbs see and change rows of the actor's team alone.
#[derive(Clone)]
pub struct Scope {
    pub(crate) console: Console,
    pub(crate) actor: Actor,
    pub(crate) correlation_id: CorrelationId,
    /// The client's address; absent for whoever has a shell on the server.
    pub(crate) from: Option<IpAddr>,
}

/// From where somebody asks who has not said yet who they are.
#[derive(Clone, Debug)]
pub struct Client {
    pub address: IpAddr,
    pub correlation_id: CorrelationId,
}

/// Under a thread of its own.
impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        Self { address, correlation_id: CorrelationId::mint() }
    }
}

impl Console {
    /// The console for `actor`, under a thread of its own.
    pub fn for_team(&self, actor: Actor) -> Scope {
        Scope { console: self.clone(), actor, correlation_id: CorrelationId::mint(), from: None }
    }
}

impl Scope {
    /// Whatever is begun goes under the thread of the request that asked for it.
    #[must_use]
    pub fn under(self, correlation_id: CorrelationId) -> Self {
        Self { correlation_id, ..self }
    }

    /// The act comes from a client at `address`.
    #[must_use]
    pub fn from(self, address: IpAddr) -> Self {
        Self { from: Some(address), ..self }
    }

    pub const fn console(&self) -> &Console {
        &self.console
    }

    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    pub(crate) const fn team(&self) -> TeamId {
        self.actor.team
    }

    /// The rows of the actor's team.
    pub(crate) fn db(&self) -> TeamDb {
        self.console.db.for_team(self.team())
    }

    /// Begins a unit of work of the actor's team.
    ///
    /// # Errors
    /// A database that does not answer in time.
    pub(crate) async fn begin(&self) -> StoreResult<TeamTx> {
        self.db().begin().await
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.actor.may(permission)
    }

    /// The first line of every verb.
    ///
    /// # Errors
    /// `forbidden` when the actor's role is too low.
    pub fn authorize(&self, permission: Permission) -> Result<(), OpsError> {
        if self.may(permission) { Ok(()) } else { Err(ErrorCode::Forbidden.into()) }
    }
}

/// Runs a unit of work on a task of its own, so that it ends though whoever asked for it leaves: a transaction that is dropped
/// while it begins would stay open in the pool.
///
/// # Errors
/// The work panicked.
pub async fn run_to_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, OpsError> {
    Ok(tokio::spawn(work.in_current_span()).await?)
}
