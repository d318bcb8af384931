//! A form that was posted without script and refused: the page it came from is shown again with this in its context.
//! One that succeeded is answered with a redirect, so that reading the page again posts nothing.

use domain::error::UserError;
use leptos::{prelude::use_context, server_fn::ServerFn};

use crate::action::name_of;

/// A form that was refused, with everything typed but the secrets.
#[derive(Clone, Debug)]
pub struct ActionFailure {
    /// The server function's name, so that only its own form is filled again.
    action: String,
    pub error: UserError,
    /// Posted inputs by name, in order.
    pub values: Vec<(String, String)>,
}

impl ActionFailure {
    /// What this request brought for `F`.
    pub fn of<F: ServerFn>() -> Option<Self> {
        use_context::<Self>().filter(|failure| failure.action == name_of::<F>())
    }

    pub fn new(action: impl Into<String>, error: UserError, posted: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { action: action.into(), error, values: posted.into_iter().filter(|(name, _)| !is_secret(name)).collect() }
    }
}

/// Inputs that no page may show again.
fn is_secret(input: &str) -> bool {
    let fixed = matches!(input, "credential" | "password" | "current_password" | "account_password" | "code" | "last_code" | "token");
    fixed || input.starts_with("credential[")
}

#[cfg(test)]
mod tests {
    use domain::error::{ErrorCode, UserError};

    use super::ActionFailure;

    #[test]
    fn a_refused_form_keeps_everything_but_secrets() {
        let posted = [
            ("name", "db"),
            ("settings[host]", "h"),
            ("credential[password]", "s"),
            ("password", "s"),
            ("account_password", "s"),
            ("code", "s"),
            ("token", "s"),
        ];
        let posted = posted.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let refused = ActionFailure::new("save_connection", UserError::new(ErrorCode::NameTaken, None), posted);
        assert_eq!(refused.values, [("name".into(), "db".into()), ("settings[host]".into(), "h".into())]);
    }
}
