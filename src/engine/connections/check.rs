//! Everything that can be wrong with a connection before it is stored.

use super::{exposed, input::EnteredCredential};
use crate::{OpsError, vault::Credential};
use domain::{
    error::FieldError,
    identity::check_identity,
    kind::KindDescriptor,
    profile::{ServiceConnectionProfile, Settings},
    settings::{self, check_credential, check_heartbeat, has_its_field, is_shown, missing_secrets},
};
use probes::kinds::ConnectionKind;

/// A connection fit to be stored, with the secrets to seal.
pub struct Checked {
    pub profile: ServiceConnectionProfile,
    pub credential: Credential,
}

/// Completes the settings with their defaults and joins entered and kept secrets.
///
/// # Errors
/// [`OpsError::Invalid`] with everything that is wrong.
pub fn profile(kind: &dyn ConnectionKind, mut profile: ServiceConnectionProfile, entered: EnteredCredential, kept: &Credential) -> Result<Checked, OpsError> {
    let fields = &kind.descriptor().fields;
    let mut errors = check_heartbeat(&profile.heartbeat);
    errors.extend(check_identity(&profile.name, &profile.tags, profile.owner.as_deref(), profile.runbook_url.as_deref()));
    errors.extend(profile.runbook_url.as_deref().and_then(exposed::runbook));
    match settings::check(fields, &profile.settings) {
        Ok(complete) => {
            errors.extend(kind.check(&complete));
            profile.settings = complete;
        }
        Err(wrong) => errors.extend(wrong),
    }
    errors.extend(check_credential(fields, entered.iter().map(|(name, secret)| (name.as_str(), secret.as_str()))));
    let entered: Vec<_> = entered.into_iter().filter(|(_, secret)| !secret.is_empty()).collect();
    let asked_for = |name: &String| {
        settings::field(fields, name).is_some_and(|field| is_shown(fields, field, &profile.settings) && has_its_field(field, &profile.settings))
    };
    // Without the other half, a secret is of no use.
    let needed = |name: &String| {
        let field = settings::field(fields, name).filter(|field| !has_its_field(field, &profile.settings))?;
        field.only_with.as_ref().and_then(|other| settings::field(fields, other)).map(|other| other.label.to_lowercase())
    };
    for (name, needs) in entered.iter().filter_map(|(name, _)| Some((name, needed(name)?))) {
        errors.push(FieldError::new(format!("credential.{name}"), format!("Enter the {needs} that it belongs to as well.")));
    }
    let mut credential: Credential = kept.iter().map(|(name, secret)| (name.clone(), secret.clone())).collect();
    credential.extend(entered.into_iter().map(|(name, secret)| (name, secret.into())));
    credential.retain(|name, _| asked_for(name));
    errors.extend(kind.check_credential(&profile.settings, &credential));
    errors.extend(missing_secrets(fields, &profile.settings, |name| credential.contains_key(name)));
    if errors.is_empty() { Ok(Checked { profile, credential }) } else { Err(OpsError::Invalid(errors)) }
}

/// What the kind itself says of settings that are still being typed, each under its field. Where they do not have the right types yet,
/// it looks at them as they are.
pub fn settings(kind: &dyn ConnectionKind, typed: &Settings) -> Vec<FieldError> {
    let fields = &kind.descriptor().fields;
    let as_they_are = || {
        let defaults = fields.iter().filter_map(|field| Some((field.name.to_string(), field.default.clone()?)));
        defaults.chain(typed.clone()).collect()
    };
    kind.check(&settings::check(fields, typed).unwrap_or_else(|_| as_they_are()))
}

/// Whether the edit touches something that a verification vouched for.
pub fn invalidates(descriptor: &KindDescriptor, before: &ServiceConnectionProfile, after: &ServiceConnectionProfile) -> bool {
    before.environment != after.environment || settings::invalidates(&descriptor.fields, &before.settings, &after.settings)
}

#[cfg(test)]
mod tests {
    use probes::kinds::Kinds;
    use serde_json::{Value, json};

    use super::settings;

    #[test]
    fn settings_that_are_half_typed_are_told_of_by_their_kind() {
        let kind = Kinds::all().get(&"postgres".parse().expect("a kind")).expect("a kind that there is");
        let told = |typed: Value| -> Vec<_> {
            let errors = settings(kind.as_ref(), &serde_json::from_value(typed).expect("settings"));
            errors.into_iter().map(|error| error.field).collect()
        };
        // The database is not typed yet, and the port is wrong in a way that the kind does not look at.
        assert_eq!(told(json!({"host": "db:5432", "port": "x"})), ["settings.host"]);
        assert_eq!(told(json!({"host": "db", "ca_pem": "hello"})), ["settings.ca_pem"]);
        assert_eq!(told(json!({"host": "db"})), Vec::<String>::new());
    }
}
