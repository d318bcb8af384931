//! Everything that can be wrong with a connection before it is stored.

use std::collections::BTreeMap;

use url::Url;

use super::input::EnteredCredential;
use crate::{OpsError, vault::Credential};
use domain::{
    bidi,
    error::FieldError,
    kind::KindDescriptor,
    profile::ServiceConnectionProfile,
    settings::{check, check_credential, check_heartbeat, has_its_field, is_shown, required_secrets},
};
use probes::kinds::ConnectionKind;

pub const LONGEST_NAME: usize = 100;
const LONGEST_TAG: usize = 40;
const MOST_TAGS: usize = 20;
const LONGEST_URL: usize = 500;

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
    let descriptor = kind.descriptor();
    let mut errors = general(&profile);
    match check(descriptor, &profile.settings) {
        Ok(complete) => {
            errors.extend(kind.check(&complete));
            profile.settings = complete;
        }
        Err(wrong) => errors.extend(wrong),
    }
    let entered = check_credential(descriptor, entered).unwrap_or_else(|wrong| {
        errors.extend(wrong);
        BTreeMap::new()
    });
    let asked_for =
        |name: &String| descriptor.field(name).is_some_and(|field| is_shown(field.shown_when, &profile.settings) && has_its_field(field, &profile.settings));
    // Without the other half, a secret is of no use.
    let needed = |name: &String| {
        let field = descriptor.field(name).filter(|field| !has_its_field(field, &profile.settings))?;
        field.only_with.and_then(|name| descriptor.field(name)).map(|other| other.label.to_lowercase())
    };
    for (name, needs) in entered.keys().filter_map(|name| Some((name, needed(name)?))) {
        errors.push(FieldError::new(format!("credential.{name}"), format!("Enter the {needs} that it belongs to as well.")));
    }
    let mut credential: Credential = kept.iter().map(|(name, secret)| (name.clone(), secret.clone())).collect();
    credential.extend(entered.into_iter().map(|(name, secret)| (name, secret.into())));
    credential.retain(|name, _| asked_for(name));
    errors.extend(kind.check_credential(&profile.settings, &credential));
    for field in required_secrets(descriptor, &profile.settings) {
        if !credential.contains_key(field.name) {
            errors.push(FieldError::new(format!("credential.{}", field.name), format!("{} is required.", field.label)));
        }
    }
    if errors.is_empty() { Ok(Checked { profile, credential }) } else { Err(OpsError::Invalid(errors)) }
}

/// Whether the edit touches something that a verification vouched for.
pub fn invalidates(descriptor: &KindDescriptor, before: &ServiceConnectionProfile, after: &ServiceConnectionProfile) -> bool {
    before.environment != after.environment
        || descriptor
            .fields
            .iter()
            .filter(|field| field.invalidates_verification)
            .any(|field| before.settings.get(field.name) != after.settings.get(field.name))
}

fn general(profile: &ServiceConnectionProfile) -> Vec<FieldError> {
    let mut errors = check_heartbeat(&profile.heartbeat);
    let one_line = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
    let texts = [("name", Some(&profile.name)), ("owner", profile.owner.as_ref())].into_iter().filter_map(|(field, text)| Some((field, text?)));
    errors.extend(texts.chain(profile.tags.iter().map(|tag| ("tags", tag))).filter_map(|(field, text)| turned_around(field, text)));
    if profile.name.is_empty() {
        errors.push(FieldError::new("name", "Give it a name."));
    } else if !one_line(&profile.name, LONGEST_NAME) {
        errors.push(FieldError::new("name", format!("At most {LONGEST_NAME} characters on one line.")));
    }
    if profile.tags.len() > MOST_TAGS || !profile.tags.iter().all(|tag| one_line(tag, LONGEST_TAG)) {
        errors.push(FieldError::new("tags", format!("At most {MOST_TAGS} tags of at most {LONGEST_TAG} characters.")));
    }
    if profile.owner.as_deref().is_some_and(|owner| !one_line(owner, LONGEST_NAME)) {
        errors.push(FieldError::new("owner", format!("At most {LONGEST_NAME} characters on one line.")));
    }
    if profile.runbook_url.as_deref().is_some_and(|text| text.len() > LONGEST_URL || !is_web_address(text)) {
        errors.push(FieldError::new("runbook_url", format!("An address that begins with https:// or http://, at most {LONGEST_URL} characters.")));
    }
    errors
}

/// What is wrong with a text that reads as another one.
pub fn turned_around(field: &str, text: &str) -> Option<FieldError> {
    bidi::refusal(text).map(|message| FieldError::new(field, message))
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Trimmed; empty means none.
pub fn tidy(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Trimmed, without empty ones and repeats.
pub fn tidy_tags(tags: Vec<String>) -> Vec<String> {
    let mut tidied: Vec<String> = Vec::new();
    for tag in tags.into_iter().filter_map(|tag| tidy(Some(tag))) {
        if !tidied.contains(&tag) {
            tidied.push(tag);
        }
    }
    tidied
}
