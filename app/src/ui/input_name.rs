//! The one place where the names that errors give to fields meet the names that inputs have.

/// `settings.host` → `settings[host]`; a name without a dot stays as it is.
pub fn input_name(field: &str) -> String {
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
    use super::{input_id, input_name};

    #[test]
    fn fields_inputs_and_ids_go_together() {
        assert_eq!(input_name("settings.host"), "settings[host]");
        assert_eq!(input_name("name"), "name");
        assert_eq!(input_id("settings[host]"), "settings-host");
    }
}
