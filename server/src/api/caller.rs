//! The one place where the API checks roles, and the boundary to the engine: the twin of `authorize` in the pages.

use std::{marker::PhantomData, time::Duration};

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{error::ErrorCode, operator::Role};
use engine::{Actor, Console, OpsError, report::RequestContext};
use tracing::Instrument;

use crate::{problem::Problem, state::AppState, streams::Stream};

/// When it is worth while to ask for a stream again.
const FULL: Duration = Duration::from_secs(60);

/// The least role that a handler asks for.
pub trait Least {
    const ROLE: Role;
}

/// Anyone of the team.
pub struct Viewer;
/// Whoever may change connections.
pub struct Operator;

impl Least for Viewer {
    const ROLE: Role = Role::Viewer;
}
impl Least for Operator {
    const ROLE: Role = Role::Operator;
}

/// Someone of at least the role `L`. Stands first among a handler's arguments, so that strangers learn nothing of the rest.
pub struct Caller<L> {
    state: AppState,
    context: RequestContext,
    actor: Actor,
    least: PhantomData<L>,
}

impl<L: Least> FromRequestParts<AppState> for Caller<L> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let context = parts.extensions.get::<RequestContext>().cloned();
        match context.and_then(|context| Some((context.actor.clone()?, context))) {
            None => Err(state.refuse_request(&parts.extensions, ErrorCode::SignInRequired).await),
            Some((actor, _)) if actor.role < L::ROLE => Err(state.refuse_request(&parts.extensions, ErrorCode::Forbidden).await),
            Some((actor, context)) => Ok(Self { state: state.clone(), context, actor, least: PhantomData }),
        }
    }
}

impl<L: Least> Caller<L> {
    /// Runs an act of the engine to its end, even if the client goes away meanwhile.
    ///
    /// # Errors
    /// The problem to answer with; the causes are logged and recorded.
    pub async fn call<T, Act, Acting>(&self, act: Act) -> Result<T, Problem>
    where
        Act: FnOnce(Console, Actor, RequestContext) -> Acting,
        Acting: Future<Output = Result<T, OpsError>> + Send + 'static,
        T: Send + 'static,
    {
        let acting = act(self.state.console.clone(), self.actor.clone(), self.context.clone());
        let outcome = tokio::spawn(acting.in_current_span()).await.unwrap_or_else(|error| Err(error.into()));
        match outcome {
            Ok(value) => Ok(value),
            Err(error) => Err(self.refuse(error).await),
        }
    }

    /// One more event stream.
    ///
    /// # Errors
    /// `too_many_requests` when the reader or the address has as many as it may.
    pub async fn open_stream(&self) -> Result<Stream, Problem> {
        match self.state.streams.open(self.actor.who, self.context.address) {
            Some(stream) => Ok(stream),
            None => Err(self.refuse(OpsError::TooMany { retry_after: FULL }).await),
        }
    }

    /// The problem to answer with.
    pub async fn refuse(&self, error: impl Into<OpsError>) -> Problem {
        self.state.refuse(&self.context, error).await
    }
}
