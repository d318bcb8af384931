//! The one place where what is wrong meets the input it is wrong with.

use domain::error::{ErrorCode, UserError};

/// What `error` says of the input called `input`, if anything.
pub fn field_error(error: &UserError, input: &str) -> Option<String> {
    if let Some(field) = error.fields.iter().find(|field| input_name(&field.field) == input) {
        return Some(field.message.clone());
    }
    match error.code {
        ErrorCode::NameTaken if input == "name" => Some(error.in_full()),
        ErrorCode::CredentialRequired if input.starts_with("credential[") => Some(error.in_full()),
        _ => None,
    }
}

/// `settings.host` → `settings[host]`, `heartbeat.alert.failures` → `heartbeat[alert][failures]`.
pub fn input_name(field: &str) -> String {
    let mut parts = field.split('.');
    let first = parts.next().unwrap_or_default();
    parts.fold(first.to_owned(), |name, part| format!("{name}[{part}]"))
}

/// `settings[host]` → `settings-host`, for ids.
pub fn input_id(name: &str) -> String {
    name.replace('[', "-").replace(']', "")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use domain::error::{ErrorCode, FieldError, UserError};

    use super::{field_error, input_id, input_name};

    #[test]
    fn fields_inputs_and_ids_go_together() {
        let error = UserError::new(ErrorCode::ValidationFailed, None).with_fields(vec![FieldError::new("settings.host", "Host is required.")]);
        assert_eq!(field_error(&error, "settings[host]").as_deref(), Some("Host is required."));
        assert_eq!(field_error(&error, "name"), None);
        assert_eq!(input_id("settings[host]"), "settings-host");
        assert_eq!(input_id(&input_name("heartbeat.alert.failures")), "heartbeat-alert-failures");
    }

    #[test]
    fn an_error_about_one_input_stands_under_it() {
        let taken = UserError::new(ErrorCode::NameTaken, None);
        assert!(field_error(&taken, "name").is_some() && field_error(&taken, "owner").is_none());
        let moved = UserError::new(ErrorCode::CredentialRequired, None);
        assert!(field_error(&moved, "credential[password]").is_some() && field_error(&moved, "settings[host]").is_none());
    }
}
