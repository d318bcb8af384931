//! The boundary between a page or act and the engine: who asks, may they, and what they read when it fails.

use std::net::IpAddr;

use domain::{
    correlation::CorrelationId,
    environment::Environment,
    error::{ErrorCode, UserError},
    operator::Role,
};
/// What the server knows of a request; it provides this to the page or act.
pub use engine::report::RequestContext;
use engine::{Actor, Console, OpsError, report};
use leptos::prelude::use_context;

/// Which environment this console itself is, for the header.
#[derive(Clone, Copy, Debug)]
pub struct ConsoleEnvironment(pub Environment);

/// Lets someone of at least `role` act. The act runs to its end even if the caller goes away,
/// because a transaction that is dropped while it begins stays open in the pool.
///
/// # Errors
/// What the person reads; the causes are logged and recorded.
pub async fn authorize<T, Act, Acting>(role: Role, act: Act) -> Result<T, UserError>
where
    Act: FnOnce(Console, Actor, CorrelationId) -> Acting + Send + 'static,
    Acting: Future<Output = Result<T, OpsError>> + Send + 'static,
    T: Send + 'static,
{
    let (console, context) = boundary()?;
    let outcome = match context.actor.clone() {
        None => Err(ErrorCode::SignInRequired.into()),
        Some(actor) if actor.role < role => Err(ErrorCode::Forbidden.into()),
        Some(actor) => run(act(console.clone(), actor, context.correlation_id.clone())).await,
    };
    report_result(&console, &context, outcome).await
}

/// Lets anyone act: set-up and sign-in.
///
/// # Errors
/// What the person reads; the causes are logged and recorded.
pub async fn authorize_anonymous<T, Act, Acting>(act: Act) -> Result<T, UserError>
where
    Act: FnOnce(Console, IpAddr) -> Acting + Send + 'static,
    Acting: Future<Output = Result<T, OpsError>> + Send + 'static,
    T: Send + 'static,
{
    let (console, context) = boundary()?;
    let outcome = run(act(console.clone(), context.address)).await;
    report_result(&console, &context, outcome).await
}

/// Who is signed in, if anyone.
pub fn actor() -> Option<Actor> {
    use_context::<RequestContext>()?.actor
}

/// Whether the person signed in has at least `role`.
pub fn may(role: Role) -> bool {
    actor().is_some_and(|actor| actor.role >= role)
}

fn boundary() -> Result<(Console, RequestContext), UserError> {
    use_context::<Console>().zip(use_context::<RequestContext>()).ok_or_else(|| UserError::new(ErrorCode::Internal, None))
}

async fn run<T: Send + 'static>(acting: impl Future<Output = Result<T, OpsError>> + Send + 'static) -> Result<T, OpsError> {
    tokio::spawn(acting).await?
}

async fn report_result<T>(console: &Console, context: &RequestContext, outcome: Result<T, OpsError>) -> Result<T, UserError> {
    match outcome {
        Ok(value) => Ok(value),
        Err(error) => Err(report::report(console, context, error).await),
    }
}
