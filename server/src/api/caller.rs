//! Who calls the API: refused for want of a permission before anything else of the request is read.

use std::{marker::PhantomData, time::Duration};

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{error::ErrorCode, permission::Permission};
use engine::{
    OpsError, Scope,
    request::{Needs, RequestContext},
};

use crate::{problem::Problem, state::AppState, streams::Stream};

/// When it is worth while to ask for a stream again.
const FULL: Duration = Duration::from_secs(60);

/// A permission as a type, so that it stands in a handler's signature.
pub trait Needed {
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($name:ident)*) => {$(
        #[doc = concat!("Needs [`Permission::", stringify!($name), "`].")]
        pub struct $name;

        impl Needed for $name {
            const PERMISSION: Permission = Permission::$name;
        }
    )*};
}

permissions! {
    ReadConnections ReadHealth ReadIncidents ReadDiagnostics ReadNotifications
    ConfigureConnections VerifyConnections SweepHeartbeats PlanMaintenance HandleIncidents RunDiagnostics MarkNotifications ReadErrors ResolveErrors ReportErrors
    ReadAudit ReadTeam ManageTokens ManageOperators ReadChannels UseChannels ManageChannels
    ReadRunbooks RunRunbooks ManageRunbooks ReadOnCall ManageOnCall
}

/// Someone with the permission `N`. Stands first among a handler's arguments, so that others learn nothing of the rest.
pub struct Caller<N> {
    state: AppState,
    context: RequestContext,
    scope: Scope,
    needs: PhantomData<N>,
}

impl<N: Needed> FromRequestParts<AppState> for Caller<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Some(context) = parts.extensions.get::<RequestContext>() else {
            return Err(state.refuse_request(&parts.extensions, ErrorCode::SignInRequired).await);
        };
        match context.authorize(&state.console, Needs::Permission(N::PERMISSION)) {
            Ok(scope) => Ok(Self { state: state.clone(), context: context.clone(), scope, needs: PhantomData }),
            Err(error) => Err(state.refuse(context, error).await),
        }
    }
}

impl<N: Needed> Caller<N> {
    /// Runs verbs of the engine to their end, even if the client goes away meanwhile.
    ///
    /// # Errors
    /// The problem to answer with; the causes are logged and recorded.
    pub async fn call<T, Action, Running>(&self, action: Action) -> Result<T, Problem>
    where
        Action: FnOnce(Scope) -> Running,
        Running: Future<Output = Result<T, OpsError>> + Send + 'static,
        T: Send + 'static,
    {
        match self.run(action).await {
            Ok(value) => Ok(value),
            Err(error) => Err(self.refuse(error).await),
        }
    }

    /// As [`Caller::call`], for what goes on when the answer has begun.
    ///
    /// # Errors
    /// As the verbs.
    pub async fn run<T, Action, Running>(&self, action: Action) -> Result<T, OpsError>
    where
        Action: FnOnce(Scope) -> Running,
        Running: Future<Output = Result<T, OpsError>> + Send + 'static,
        T: Send + 'static,
    {
        self.context.run(action(self.scope.clone())).await
    }

    /// Method and path.
    pub fn operation(&self) -> String {
        self.context.operation.clone()
    }

    /// Of the request's `traceparent`.
    pub fn trace_id(&self) -> Option<String> {
        self.context.trace_id.clone()
    }

    /// One more event stream.
    ///
    /// # Errors
    /// `too_many_requests` when the reader or the address has as many as it may.
    pub async fn open_stream(&self) -> Result<Stream, Problem> {
        match self.state.streams.open(self.scope.actor().who, self.context.address) {
            Some(stream) => Ok(stream),
            None => Err(self.refuse(OpsError::TooMany { retry_after: FULL }).await),
        }
    }

    /// The problem to answer with.
    pub async fn refuse(&self, error: impl Into<OpsError>) -> Problem {
        self.state.refuse(&self.context, error).await
    }
}
