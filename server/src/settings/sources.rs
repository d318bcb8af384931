//! Gathers raw settings from flags, environment and file, and remembers where each came from.

use std::{collections::BTreeMap, fs, path::Path};

use toml::de::{DeTable, DeValue};

use super::{
    SettingError,
    table::{CONFIG_VARIABLE, Entry, TABLE},
};

/// Flags as given, by key; the environment, by variable.
#[derive(Debug, Default)]
pub struct Input {
    pub flags: BTreeMap<&'static str, String>,
    pub environment: BTreeMap<String, String>,
    /// Path of the settings file, if a flag names one.
    pub file: Option<String>,
}

/// A setting as text, before it is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    pub text: String,
    /// `--listen`, `SWITCHBOARD_LISTEN`, `listen in switchboard.toml` …
    pub origin: String,
}

/// Flags over environment over file. What cannot be read is told; the rest is answered all the same.
pub fn gather(input: &Input) -> (BTreeMap<&'static str, Raw>, Vec<SettingError>) {
    let (mut raw, mut wrong) = (BTreeMap::new(), Vec::new());
    let file = input.file.as_ref().map(|path| (path, "--config"));
    let file = file.or_else(|| input.environment.get(CONFIG_VARIABLE).map(|path| (path, CONFIG_VARIABLE)));
    if let Some((path, named_by)) = file {
        match from_file(path, named_by) {
            Ok((values, unknown)) => {
                raw.extend(values);
                wrong.extend(unknown);
            }
            Err(error) => wrong.push(error),
        }
    }
    for entry in TABLE {
        match from_environment(entry, &input.environment) {
            Ok(found) => raw.extend(found.map(|found| (entry.key, found))),
            Err(error) => wrong.push(error),
        }
    }
    for (key, text) in &input.flags {
        raw.insert(key, Raw { text: text.clone(), origin: format!("--{}", key.replace('_', "-")) });
    }
    (raw, wrong)
}

/// Variables that look like ours and are not: most likely a slip.
pub fn unknown_variables(environment: &BTreeMap<String, String>) -> Vec<&str> {
    let known = |name: &str| {
        let plain = name.strip_suffix("_FILE");
        name == CONFIG_VARIABLE
            || TABLE.iter().any(|entry| entry.variables.iter().any(|known| *known == name || entry.secret && plain.is_some_and(|plain| plain == *known)))
    };
    environment.keys().map(String::as_str).filter(|name| name.starts_with("SWITCHBOARD_") && !known(name)).collect()
}

fn from_environment(entry: &'static Entry, environment: &BTreeMap<String, String>) -> Result<Option<Raw>, SettingError> {
    for variable in entry.variables {
        let set = |name: &str| environment.get(name).filter(|text| !text.trim().is_empty());
        let named = format!("{variable}_FILE");
        match (set(variable), set(&named).filter(|_| entry.secret)) {
            (Some(_), Some(_)) => return Err(SettingError::new(named, format!("is set, and {variable} is set too"), "only one of the two")),
            (Some(text), None) => return Ok(Some(Raw { text: text.clone(), origin: (*variable).into() })),
            (None, Some(path)) => return secret_file(path, &named).map(Some),
            (None, None) => {}
        }
    }
    Ok(None)
}

fn secret_file(path: &str, named_by: &str) -> Result<Raw, SettingError> {
    let text = fs::read_to_string(path).map_err(|error| {
        SettingError::new(named_by, format!("names {path}, which cannot be read: {error}"), "the path of a readable file that holds the secret alone")
    })?;
    Ok(Raw { text: text.trim().to_owned(), origin: format!("{path}, named by {named_by}") })
}

/// The values of a settings file by their keys, and its keys that mean nothing.
fn from_file(path: &str, named_by: &str) -> Result<(BTreeMap<&'static str, Raw>, Vec<SettingError>), SettingError> {
    if !Path::new(path).is_file() {
        return Err(SettingError::new(named_by, format!("names {path}, which is no readable file"), "the path of a TOML file"));
    }
    let unreadable = |why: String| SettingError::new(path, format!("cannot be read: {why}"), "TOML: one `name = \"value\"` a line");
    let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let table = DeTable::parse(&text).map_err(|error| unreadable(in_words(&error, &text)))?;
    let (mut values, mut wrong) = (BTreeMap::new(), Vec::new());
    for (key, value) in table.into_inner() {
        let key: &str = key.get_ref();
        let origin = format!("{key} in {path}");
        let entry = TABLE.iter().find(|entry| entry.key == key || entry.secret && key.strip_suffix("_file") == Some(entry.key));
        match (entry, as_text(value.get_ref())) {
            (None, _) => wrong.push(SettingError::new(origin, "is no setting", known_keys())),
            (Some(entry), None) => wrong.push(SettingError::new(origin, "has the wrong type", entry.write)),
            (Some(entry), Some(text)) if entry.key == key => {
                values.insert(entry.key, Raw { text, origin });
            }
            (Some(entry), Some(text)) => match secret_file(&text, &origin) {
                Ok(raw) => {
                    values.insert(entry.key, raw);
                }
                Err(error) => wrong.push(error),
            },
        }
    }
    Ok((values, wrong))
}

/// Where and what, without the line itself, which may hold a secret.
fn in_words(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {}: {}", before.matches('\n').count() + 1, error.message())
}

fn known_keys() -> String {
    format!("one of {}", TABLE.map(|entry| entry.key).join(", "))
}

fn as_text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok().map(|number| number.to_string()),
        DeValue::Array(items) => items.iter().map(|item| item.get_ref().as_str()).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        _ => None,
    }
}
