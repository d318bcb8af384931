//! The boundary between whoever sends a request and the verbs: who they are, whether they may act at all, and a task on which what they began ends.

use std::net::IpAddr;

use tracing::Span;

use super::{Client, Console, OpsError, Scope, scope::run_to_end_in};
use domain::{correlation_id::CorrelationId, error::ErrorCode, ids::ProfileId, operator::Actor, permission::Permission};

/// Who asked for what, and under which thread.
#[derive(Clone, Debug)]
pub struct RequestContext {
    pub correlation_id: CorrelationId,
    pub actor: Option<Actor>,
    /// Method and path, or the name of a server function.
    pub operation: String,
    /// The connection that the request names, or the page that it comes from.
    pub connection: Option<ProfileId>,
    pub address: IpAddr,
    /// Of the client's `traceparent`.
    pub trace_id: Option<String>,
    /// Names the correlation ID in every line of the log.
    pub span: Span,
}

/// What somebody needs before they act at all; what each act needs, its verb says besides.
#[derive(Clone, Copy, Debug)]
pub enum Needs {
    Permission(Permission),
    /// To reach all of the team, for what counts, draws and searches over all of it.
    WholeTeam,
}

impl RequestContext {
    /// Whoever has not signed in.
    pub fn client(&self) -> Client {
        Client { address: self.address, correlation_id: self.correlation_id.clone() }
    }

    /// What the actor may work on, if there is one.
    pub fn scope(&self, console: &Console) -> Option<Scope> {
        Some(console.for_team(self.actor.clone()?).under(self.correlation_id.clone()).from(self.address))
    }

    /// Lets in whoever is signed in and has what it `needs`.
    ///
    /// # Errors
    /// `sign_in_required`; as [`Scope::authorize`] and [`Scope::enter_all`].
    pub fn authorize(&self, console: &Console, needs: Needs) -> Result<Scope, OpsError> {
        let scope = self.scope(console).ok_or(ErrorCode::SignInRequired)?;
        match needs {
            Needs::Permission(permission) => scope.authorize(permission)?,
            Needs::WholeTeam => scope.enter_all()?,
        }
        Ok(scope)
    }

    /// Runs verbs to their end in the request's span, on whatever thread, and though the client goes away meanwhile.
    ///
    /// # Errors
    /// As the work; it panicked.
    pub async fn run<T, E>(&self, work: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<OpsError> + Send + 'static,
    {
        run_to_end_in(self.span.clone(), work).await.unwrap_or_else(|error| Err(error.into()))
    }
}
