//! A form that was posted without script and came to nothing: the page it came from is shown again with this in its context.
//! One that succeeded is answered with a redirect, so that reading the page again posts nothing.

use domain::error::{ErrorCode, UserError};
use leptos::{prelude::use_context, server_fn::ServerFn};

use crate::{
    action::{address_of, name_of},
    connections::server_fns::ApplyTransition,
    ui::url::here,
};

/// A form that was refused, or whose session had ended, with everything typed but the secrets.
#[derive(Clone, Debug)]
pub struct ActionFailure {
    /// The server function's name, so that only its own form is filled again.
    action: String,
    /// Why it was refused; absent where it was not even tried.
    pub error: Option<UserError>,
    /// Posted inputs by name, in order.
    pub values: Vec<(String, String)>,
    /// Whether nothing was left out of them.
    is_whole: bool,
}

/// An error that keeps a request from its page: that is shown instead.
#[derive(Clone, Debug)]
pub struct Refusal(pub UserError);

impl ActionFailure {
    /// What this request brought for `F`.
    pub fn of<F: ServerFn>() -> Option<Self> {
        use_context::<Self>().filter(|failure| failure.action == name_of::<F>())
    }

    pub fn new(action: impl Into<String>, error: UserError, posted: impl IntoIterator<Item = (String, String)>) -> Self {
        let posted: Vec<_> = posted.into_iter().collect();
        let is_whole = posted.iter().all(|(name, value)| value.is_empty() || !is_secret(name));
        Self { action: action.into(), error: Some(error), values: without_secrets(posted), is_whole }
    }

    /// Where the form posts to.
    pub fn address(&self) -> String {
        address_of(&here(), &self.action)
    }

    /// Whether it may be sent again as it was, and that may help.
    pub fn may_be_sent_again(&self) -> bool {
        self.is_whole && self.error.as_ref().is_some_and(|error| error.retryable)
    }

    /// Whether the form says beside its fields what is wrong with them.
    pub fn is_told_at_fields(&self) -> bool {
        // A step of the life cycle has buttons alone.
        let has_fields = self.action != name_of::<ApplyTransition>();
        let is_of_field = |code| matches!(code, ErrorCode::NameTaken | ErrorCode::CredentialRequired);
        self.error.as_ref().is_some_and(|error| !error.fields.is_empty() || (has_fields && is_of_field(error.code)))
    }

    /// Of somebody who had to sign in first.
    pub const fn unsent(action: String, values: Vec<(String, String)>) -> Self {
        Self { action, error: None, values, is_whole: false }
    }
}

/// What may be shown again of what was posted.
pub fn without_secrets(posted: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    posted.into_iter().filter(|(name, _)| !is_secret(name)).collect()
}

/// Inputs that no page may show again.
fn is_secret(input: &str) -> bool {
    matches!(input, "credential" | "secret" | "token") || ["password", "code"].iter().any(|end| input.ends_with(end)) || input.starts_with("credential[")
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use domain::error::{ErrorCode, UserError};

    use super::{ActionFailure, is_secret};

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
        assert!(!refused.may_be_sent_again(), "without its secrets it is another request");
        let (away, posted) = (UserError::new(ErrorCode::DatabaseUnavailable, None), [("note", "n"), ("password", "")]);
        let posted = posted.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert!(ActionFailure::new("add_note", away, posted.clone()).may_be_sent_again());
        assert!(!ActionFailure::new("add_note", UserError::new(ErrorCode::NameTaken, None), posted).may_be_sent_again(), "it would not help");
    }

    #[test]
    fn whatever_is_read_as_a_secret_is_known_for_one() {
        let of_type = |line: &str| Some(line.split_once(": SecretInput")?.0.rsplit(|c: char| c != '_' && !c.is_alphanumeric()).next()?.to_owned());
        let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        let inputs: Vec<_> = sources
            .iter()
            .filter(|text| text.contains("#[server"))
            .flat_map(|text| text.split_inclusive([',', ')']).filter_map(of_type))
            .filter(|input| !input.is_empty())
            .collect();
        assert!(inputs.len() >= 15, "{inputs:?}");
        for input in inputs {
            assert!(is_secret(&input), "{input} would be shown again");
        }
    }

    fn sources(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![fs::read_to_string(path).expect("text")] }).collect()
    }
}
