//! Gathers raw settings from flags, environment and file, and remembers where each came from.

use std::{collections::BTreeMap, fs, path::Path};

use figment::{
    Error, Figment, Metadata, Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};

use super::{
    Wrong,
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

/// One value from one place, so that figment can tell whence the winning one came.
struct Single<'a> {
    origin: String,
    key: &'a str,
    text: String,
}

impl Provider for Single<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.origin.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok([(Profile::Default, [(self.key.to_owned(), Value::from(self.text.as_str()))].into())].into())
    }
}

/// Flags over environment over file. What cannot be read is told; the rest is answered all the same.
pub fn gather(input: &Input) -> (BTreeMap<&'static str, Raw>, Vec<Wrong>) {
    let mut wrong = Vec::new();
    let mut figment = Figment::new();
    let file = input.file.clone().map(|path| (path, "--config".to_owned()));
    let file = file.or_else(|| input.environment.get(CONFIG_VARIABLE).map(|path| (path.clone(), CONFIG_VARIABLE.to_owned())));
    if let Some((path, named_by)) = &file {
        match from_file(path, named_by) {
            Ok((values, unknown)) => {
                wrong.extend(unknown);
                figment = values.into_iter().fold(figment, Figment::merge);
            }
            Err(error) => wrong.push(error),
        }
    }
    for entry in TABLE {
        match from_environment(entry, &input.environment) {
            Ok(Some(single)) => figment = figment.merge(single),
            Ok(None) => {}
            Err(error) => wrong.push(error),
        }
    }
    for (key, text) in &input.flags {
        let origin = format!("--{}", key.replace('_', "-"));
        figment = figment.merge(Single { origin, key, text: text.clone() });
    }
    let raw = TABLE.iter().filter_map(|entry| Some((entry.key, found(&figment, entry.key)?))).collect();
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

fn found(figment: &Figment, key: &str) -> Option<Raw> {
    let value = figment.find_value(key).ok()?;
    let origin = figment.find_metadata(key).map(|metadata| metadata.name.to_string()).unwrap_or_default();
    value.into_string().map(|text| Raw { text, origin })
}

fn from_environment(entry: &'static Entry, environment: &BTreeMap<String, String>) -> Result<Option<Single<'static>>, Wrong> {
    for variable in entry.variables {
        let set = |name: &str| environment.get(name).filter(|text| !text.trim().is_empty());
        let named = format!("{variable}_FILE");
        match (set(variable), set(&named).filter(|_| entry.secret)) {
            (Some(_), Some(_)) => return Err(Wrong::new(named, format!("is set, and {variable} is set too"), "only one of the two")),
            (Some(text), None) => return Ok(Some(Single { origin: (*variable).into(), key: entry.key, text: text.clone() })),
            (None, Some(path)) => return secret_file(entry, path, &named).map(Some),
            (None, None) => {}
        }
    }
    Ok(None)
}

fn secret_file(entry: &'static Entry, path: &str, named_by: &str) -> Result<Single<'static>, Wrong> {
    let text = fs::read_to_string(path).map_err(|error| {
        Wrong::new(named_by, format!("names {path}, which cannot be read: {error}"), "the path of a readable file that holds the secret alone")
    })?;
    Ok(Single { origin: format!("{path}, named by {named_by}"), key: entry.key, text: text.trim().to_owned() })
}

/// The values of a settings file, and its keys that mean nothing.
fn from_file(path: &str, named_by: &str) -> Result<(Vec<Single<'static>>, Vec<Wrong>), Wrong> {
    if !Path::new(path).is_file() {
        return Err(Wrong::new(named_by, format!("names {path}, which is no readable file"), "the path of a TOML file"));
    }
    let figment = Figment::from(Toml::file_exact(path));
    let data = figment.data().map_err(|error| Wrong::new(path, format!("cannot be read: {error}"), "TOML: one `name = \"value\"` a line"))?;
    let mut values = Vec::new();
    let mut wrong = Vec::new();
    for (key, value) in data.into_values().flatten() {
        let origin = format!("{key} in {path}");
        let entry = TABLE.iter().find(|entry| entry.key == key || entry.secret && key.strip_suffix("_file") == Some(entry.key));
        match (entry, as_text(&value)) {
            (None, _) => wrong.push(Wrong::new(origin, "is no setting", known_keys())),
            (Some(entry), None) => wrong.push(Wrong::new(origin, "has the wrong type", entry.write)),
            (Some(entry), Some(text)) if entry.key == key => values.push(Single { origin, key: entry.key, text }),
            (Some(entry), Some(text)) => match secret_file(entry, &text, &origin) {
                Ok(single) => values.push(single),
                Err(error) => wrong.push(error),
            },
        }
    }
    Ok((values, wrong))
}

fn known_keys() -> String {
    format!("one of {}", TABLE.map(|entry| entry.key).join(", "))
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Num(..) => value.to_i128().map(|number| number.to_string()),
        Value::Array(_, items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        _ => None,
    }
}
