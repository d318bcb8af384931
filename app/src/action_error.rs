//! How an act (a server function) fails: as JSON that the form's script or the server's form fallback can read.

use std::net::IpAddr;

use domain::{
    correlation::CorrelationId,
    error::{ErrorCode, UserError},
    operator::Role,
};
use engine::{Actor, Console, OpsError};
use leptos::{
    prelude::use_context,
    server_fn::{
        codec::JsonEncoding,
        error::{FromServerFnError, ServerFnErrorErr},
    },
};
use leptos_axum::ResponseOptions;
use serde::{Deserialize, Serialize};

use crate::{
    authorize::{RequestContext, authorize, authorize_anonymous},
    status::status_of,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionError(UserError);

impl From<UserError> for ActionError {
    /// Also gives the response the status that goes with the code.
    fn from(error: UserError) -> Self {
        if let Some(response) = use_context::<ResponseOptions>() {
            response.set_status(status_of(error.code));
        }
        Self(error)
    }
}

impl FromServerFnError for ActionError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(fault: ServerFnErrorErr) -> Self {
        let code = match fault {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => ErrorCode::MalformedRequest,
            _ => ErrorCode::Internal,
        };
        tracing::warn!(error = %fault, %code, "an act was not understood");
        UserError::new(code, use_context::<RequestContext>().map(|context| context.correlation_id)).into()
    }
}

/// [`authorize`] for acts.
///
/// # Errors
/// What the person reads.
pub async fn run_action<T, Act, Acting>(role: Role, act: Act) -> Result<T, ActionError>
where
    Act: FnOnce(Console, Actor, CorrelationId) -> Acting + Send + 'static,
    Acting: Future<Output = Result<T, OpsError>> + Send + 'static,
    T: Send + 'static,
{
    Ok(authorize(role, act).await?)
}

/// [`authorize_anonymous`] for acts.
///
/// # Errors
/// What the person reads.
pub async fn run_anonymous_action<T, Act, Acting>(act: Act) -> Result<T, ActionError>
where
    Act: FnOnce(Console, IpAddr) -> Acting + Send + 'static,
    Acting: Future<Output = Result<T, OpsError>> + Send + 'static,
    T: Send + 'static,
{
    Ok(authorize_anonymous(act).await?)
}
