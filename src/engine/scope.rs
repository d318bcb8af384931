//! One actor in one team: what every verb works on, and the one place where permissions are checked.

use std::net::IpAddr;

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tracing::{Instrument, Span, field::Empty};

use crate::{Console, OpsError};
use domain::{
    correlation_id::CorrelationId,
    diagnostic::DiagnosticTestRun,
    environment::Environment,
    error::ErrorCode,
    ids::{ProfileId, TeamId},
    operator::Actor,
    permission::Permission,
};
use store::{StoreResult, TeamDb, TeamTx, profiles};

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
    /// `forbidden` when the actor's role is too low, `second_factor_required` when their team demands one first, `out_of_reach` when its token is limited
    /// to less.
    pub fn authorize(&self, permission: Permission) -> Result<(), OpsError> {
        // So a trace names each verb that the work comes to.
        Span::current().record("permission", tracing::field::display(permission));
        if self.actor.role < permission.least_role() {
            return Err(ErrorCode::Forbidden.into());
        }
        if self.actor.is_held_up(permission) {
            return Err(ErrorCode::SecondFactorRequired.into());
        }
        if self.may(permission) { Ok(()) } else { Err(ErrorCode::OutOfReach.into()) }
    }

    /// Whether what is in `environment` is there for the actor.
    pub(crate) fn sees(&self, environment: Environment) -> bool {
        self.actor.limits.covers(environment)
    }

    /// Whether what belongs to a connection is there for the actor. Lists ask the database the same by the reach itself.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn sees_connection(&self, id: ProfileId) -> StoreResult<bool> {
        if self.actor.limits.environments.is_none() {
            return Ok(true);
        }
        Ok(profiles::get(&self.db(), id).await?.is_some_and(|profile| self.sees(profile.environment)))
    }

    pub(crate) fn sees_run(&self, run: &DiagnosticTestRun) -> bool {
        self.sees_run_in(run.environment)
    }

    /// A run over several environments, which names none, is there only for whoever sees all of them.
    pub(crate) fn sees_run_in(&self, environment: Option<Environment>) -> bool {
        self.actor.limits.environments.is_none() || environment.is_some_and(|environment| self.sees(environment))
    }

    /// Before something is put into `environment`, or done all over it.
    ///
    /// # Errors
    /// `out_of_reach`.
    pub(crate) fn enter(&self, environment: Environment) -> Result<(), OpsError> {
        if self.sees(environment) { Ok(()) } else { Err(ErrorCode::OutOfReach.into()) }
    }

    /// Before something is done that concerns the whole team, or is drawn over all of it.
    ///
    /// # Errors
    /// `out_of_reach` when the actor is limited to some environments.
    pub fn enter_all(&self) -> Result<(), OpsError> {
        if self.actor.limits.environments.is_none() { Ok(()) } else { Err(ErrorCode::OutOfReach.into()) }
    }
}

/// Runs a unit of work on a task of its own, so that it ends though whoever asked for it leaves: a transaction that is dropped
/// while it begins would stay open in the pool.
///
/// # Errors
/// The work panicked.
pub(crate) async fn run_to_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<T, OpsError> {
    run_to_end_in(Span::none(), work).await
}

/// [`run_to_end`], with `span` round the work.
///
/// # Errors
/// The work panicked.
pub(crate) async fn run_to_end_in<T: Send + 'static>(span: Span, work: impl Future<Output = T> + Send + 'static) -> Result<T, OpsError> {
    let (done, outcome) = oneshot::channel();
    on_a_task(span, Box::pin(async move { drop(done.send(work.await)) })).await?;
    outcome.await.map_err(|_lost| ErrorCode::Internal.into())
}

/// Compiled once, whatever the work.
async fn on_a_task(span: Span, work: BoxFuture<'static, ()>) -> Result<(), OpsError> {
    let around = tracing::trace_span!("work", permission = Empty);
    // A span that nobody wants is none, and the log still names the request.
    Ok(tokio::spawn(work.instrument(span).instrument(around).in_current_span()).await?)
}
