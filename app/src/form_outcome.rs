//! What became of a form that was posted without script: the page it came from is shown again with this in its context.

use domain::error::UserError;

/// A form that was refused, with everything typed but the secrets.
#[derive(Clone, Debug)]
pub struct ActionFailure {
    /// The act's name, so that only its own form is filled again.
    pub act: String,
    pub error: UserError,
    /// Posted inputs by name, in order.
    pub values: Vec<(String, String)>,
}

impl ActionFailure {
    pub fn new(act: impl Into<String>, error: UserError, posted: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { act: act.into(), error, values: posted.into_iter().filter(|(name, _)| !is_secret(name)).collect() }
    }
}

/// Inputs that no page may show again.
fn is_secret(input: &str) -> bool {
    input.starts_with("credential[") || matches!(input, "credential" | "password" | "token")
}

/// An act that succeeded with something to show once, such as a new token: the page is shown again, without a redirect.
#[derive(Clone, Debug)]
pub struct ActionSuccess {
    pub act: String,
    /// The act's result as JSON.
    pub answer: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use domain::error::{ErrorCode, UserError};

    use super::ActionFailure;

    #[test]
    fn a_refused_form_keeps_everything_but_secrets() {
        let posted = [("name", "db"), ("settings[host]", "h"), ("credential[password]", "s"), ("password", "s"), ("token", "s")];
        let posted = posted.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let refused = ActionFailure::new("save_connection", UserError::new(ErrorCode::NameTaken, None), posted);
        assert_eq!(refused.values, [("name".into(), "db".into()), ("settings[host]".into(), "h".into())]);
    }
}
