//! How a server function fails: as JSON that an island, the form's script or the server's form fallback can read.

#[cfg(feature = "ssr")]
pub use on_server::{run_action, run_anonymous_action};

use domain::error::{ErrorCode, UserError};
use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActionError(UserError);

impl From<ActionError> for UserError {
    fn from(error: ActionError) -> Self {
        error.0
    }
}

impl From<UserError> for ActionError {
    /// On the server this also gives the response the status that goes with the code.
    fn from(error: UserError) -> Self {
        #[cfg(feature = "ssr")]
        on_server::set_status(&error);
        Self(error)
    }
}

impl FromServerFnError for ActionError {
    type Encoder = JsonEncoding;

    #[cfg(feature = "ssr")]
    fn from_server_fn_error(fault: ServerFnErrorErr) -> Self {
        on_server::not_understood(&fault)
    }

    #[cfg(not(feature = "ssr"))]
    fn from_server_fn_error(_fault: ServerFnErrorErr) -> Self {
        Self(not_reached())
    }
}

/// The server did not answer, or not in its own words: there is no correlation ID then, and none is made up.
#[cfg_attr(feature = "ssr", expect(dead_code, reason = "said by the browser"))]
pub fn not_reached() -> UserError {
    let next = "Check your connection and that the console is running, then retry.";
    UserError::worded(ErrorCode::Overloaded, None, "The console cannot be reached.", next)
}

#[cfg(feature = "ssr")]
mod on_server {
    use axum::http::header::RETRY_AFTER;
    use domain::error::{ErrorCode, UserError};
    use engine::{Client, Console, OpsError, Scope};
    use leptos::{prelude::use_context, server_fn::error::ServerFnErrorErr};
    use leptos_axum::ResponseOptions;

    use super::ActionError;
    use crate::{
        authorize::{RequestContext, anonymously, in_scope},
        status::status_of,
    };

    pub fn set_status(error: &UserError) {
        if let Some(response) = use_context::<ResponseOptions>() {
            response.set_status(status_of(error.code));
            if let Some(seconds) = error.retry_after {
                response.insert_header(RETRY_AFTER, seconds.into());
            }
        }
    }

    pub fn not_understood(fault: &ServerFnErrorErr) -> ActionError {
        let code = match fault {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => ErrorCode::MalformedRequest,
            _ => ErrorCode::Internal,
        };
        tracing::warn!(error = %fault, %code, "a server function could not be run");
        UserError::new(code, use_context::<RequestContext>().map(|context| context.correlation_id)).into()
    }

    /// [`in_scope`] for server functions.
    ///
    /// # Errors
    /// What the person reads.
    pub async fn run_action<T, F, Fut>(act: F) -> Result<T, ActionError>
    where
        F: FnOnce(Scope) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, OpsError>> + Send + 'static,
        T: Send + 'static,
    {
        Ok(in_scope(act).await?)
    }

    /// [`anonymously`] for server functions.
    ///
    /// # Errors
    /// What the person reads.
    pub async fn run_anonymous_action<T, F, Fut>(act: F) -> Result<T, ActionError>
    where
        F: FnOnce(Console, Client) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, OpsError>> + Send + 'static,
        T: Send + 'static,
    {
        Ok(anonymously(act).await?)
    }
}
