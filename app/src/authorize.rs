//! The boundary between a page or server function and the engine: who asks, what they may do there, and what they read when it fails.

use domain::{
    environment::Environment,
    error::{ErrorCode, UserError},
    operator::Team,
    permission::Permission,
};
/// What the server knows of a request; it provides this to the page or server function.
pub use engine::request::RequestContext;
use engine::{Actor, Client, Console, OpsError, Scope, report, request::Needs};
use leptos::prelude::use_context;

/// Which environment this console itself is, for the header.
#[derive(Clone, Copy, Debug)]
pub struct ConsoleEnvironment(pub Environment);

/// Where people reach the console, for links.
#[derive(Clone, Debug)]
pub struct ConsoleAddress(pub String);

/// The teams that the person belongs to.
#[derive(Clone, Debug, Default)]
pub struct Teams(pub Vec<Team>);

/// Lets someone who is signed in act, to the end even if they go away. The verbs of the engine say what they may do.
///
/// # Errors
/// What the person reads; the causes are logged and recorded.
pub async fn in_scope<T, F, Fut>(act: F) -> Result<T, UserError>
where
    F: FnOnce(Scope) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, OpsError>> + Send + 'static,
    T: Send + 'static,
{
    let (console, context) = boundary()?;
    // Pages count, draw and search over all of the team, so a token that is limited to some environments has the API alone.
    let outcome = match context.authorize(&console, Needs::WholeTeam) {
        Ok(scope) => context.run(act(scope)).await,
        Err(error) => Err(error),
    };
    report_result(&console, &context, outcome).await
}

/// Lets anyone act: set-up and sign-in.
///
/// # Errors
/// What the person reads; the causes are logged and recorded.
pub async fn anonymously<T, F, Fut>(act: F) -> Result<T, UserError>
where
    F: FnOnce(Console, Client) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, OpsError>> + Send + 'static,
    T: Send + 'static,
{
    let (console, context) = boundary()?;
    let outcome = context.run(act(console.clone(), context.client())).await;
    report_result(&console, &context, outcome).await
}

/// Who is signed in, if anyone.
pub fn actor() -> Option<Actor> {
    use_context::<RequestContext>()?.actor
}

/// Whether the person signed in has a permission, so that nothing is offered that would be refused.
pub fn may(permission: Permission) -> bool {
    actor().is_some_and(|actor| actor.may(permission))
}

/// What a rule of the boundary refuses, under the ID of the request.
pub fn refused(code: ErrorCode) -> UserError {
    UserError::new(code, use_context::<RequestContext>().map(|context| context.correlation_id))
}

fn boundary() -> Result<(Console, RequestContext), UserError> {
    use_context::<Console>().zip(use_context::<RequestContext>()).ok_or_else(|| UserError::new(ErrorCode::Internal, None))
}

async fn report_result<T>(console: &Console, context: &RequestContext, outcome: Result<T, OpsError>) -> Result<T, UserError> {
    match outcome {
        Ok(value) => Ok(value),
        Err(error) => Err(report::report(console, context, error).await),
    }
}
