//! The one place where what is wrong meets the input it is wrong with.

use switchboard::domain::error::{ErrorCode, UserError};

/// What `error` says of the input called `input`, if anything.
pub fn told_of(error: &UserError, input: &str) -> Option<String> {
    if let Some(field) = error.fields.iter().find(|field| input_name(&field.field) == input) {
        return Some(field.message.clone());
    }
    let whole = || format!("{} {}", error.message, error.remediation);
    match error.code {
        ErrorCode::NameTaken if input == "name" => Some(whole()),
        ErrorCode::CredentialRequired if input.starts_with("credential[") => Some(whole()),
        _ => None,
    }
}

/// `settings.host` → `settings[host]`; a name without a dot stays as it is.
fn input_name(field: &str) -> String {
    match field.split_once('.') {
        Some((group, name)) => format!("{group}[{name}]"),
        None => field.to_owned(),
    }
}

/// `settings[host]` → `settings-host`, for ids.
#[cfg(feature = "ssr")]
pub fn input_id(name: &str) -> String {
    name.replace('[', "-").replace(']', "")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use switchboard::domain::error::{ErrorCode, FieldError, UserError};

    use super::{input_id, told_of};

    #[test]
    fn fields_inputs_and_ids_go_together() {
        let error = UserError::new(ErrorCode::ValidationFailed, None).with_fields(vec![FieldError::new("settings.host", "Host is required.")]);
        assert_eq!(told_of(&error, "settings[host]").as_deref(), Some("Host is required."));
        assert_eq!(told_of(&error, "name"), None);
        assert_eq!(input_id("settings[host]"), "settings-host");
    }

    #[test]
    fn an_error_about_one_input_stands_under_it() {
        let taken = UserError::new(ErrorCode::NameTaken, None);
        assert!(told_of(&taken, "name").is_some() && told_of(&taken, "owner").is_none());
        let moved = UserError::new(ErrorCode::CredentialRequired, None);
        assert!(told_of(&moved, "credential[password]").is_some() && told_of(&moved, "settings[host]").is_none());
    }
}
