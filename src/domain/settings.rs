//! Checks what a person or program entered against the fields of a kind.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    bidi,
    error::FieldError,
    kind::{Field, FieldType, ShownWhen},
    policy::{AlertPolicy, HeartbeatPolicy, LONGEST_WINDOW},
    profile::Settings,
    web_address,
};

/// Longest single-line value, in characters.
pub const MAX_TEXT: usize = 2_000;
/// Longest multiline value or secret, in characters: a chain of certificates fits.
pub const MAX_MULTILINE: usize = 20_000;
/// Most items of a list.
pub const MAX_ITEMS: usize = 50;

/// The field called `name`.
pub fn field<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
    fields.iter().find(|field| field.name == name)
}

/// A text setting, or the empty text.
pub fn text<'a>(settings: &'a Settings, name: &str) -> &'a str {
    settings.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What a form posts: every value a text. Turns each into the type its field has, and leaves out those that it does not ask for
/// with these choices: nobody sees them, so nobody could mend them.
pub fn from_form(fields: &[Field], form: &BTreeMap<String, String>) -> Settings {
    let typed = |field: &Field, text: &str| match field.kind {
        FieldType::Boolean => Some(Value::Bool(matches!(text, "on" | "true"))),
        FieldType::Number => match text.trim() {
            "" => Some(Value::Null),
            digits => Some(digits.parse::<i64>().map_or_else(|_| Value::from(digits), Value::from)),
        },
        FieldType::Multiline if field.list => Some(Value::from(lines(text))),
        FieldType::Multiline => Some(Value::from(text.replace('\r', ""))),
        _ => Some(Value::from(text)),
    };
    let mut entered = Settings::new();
    for field in fields.iter().filter(|field| !field.is_secret()) {
        let absent = if field.kind == FieldType::Boolean { Some("") } else { None };
        let text = form.get(&*field.name).map(String::as_str).or(absent);
        if let Some(value) = text.and_then(|text| typed(field, text)) {
            entered.insert(field.name.to_string(), value);
        }
    }
    let unasked: Vec<_> = fields.iter().filter(|field| !is_shown(fields, field, &entered)).collect();
    let mut asked = Settings::new();
    for (name, value) in entered {
        if unasked.iter().all(|field| field.name != name) {
            asked.insert(name, value);
        }
    }
    for (name, text) in form {
        if field(fields, name).is_none() {
            asked.insert(name.clone(), Value::from(text.as_str()));
        }
    }
    asked
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Settings with every default filled in, or all that is wrong with them, each under `settings.NAME`.
///
/// # Errors
/// Unknown fields, missing ones, wrong types, values out of bounds.
pub fn check(fields: &[Field], given: &Settings) -> Result<Settings, Vec<FieldError>> {
    let mut errors = Vec::new();
    for name in given.keys() {
        if field(fields, name).is_none_or(Field::is_secret) {
            errors.push(FieldError::new(format!("settings.{name}"), "This kind has no such setting."));
        }
    }
    let mut complete = Settings::new();
    for field in fields.iter().filter(|field| !field.is_secret()) {
        match value_of(field, given.get(&*field.name)) {
            Ok(Some(value)) => {
                complete.insert(field.name.to_string(), value);
            }
            Ok(None) => {}
            Err(message) => errors.push(FieldError::new(field.place(), message)),
        }
    }
    for field in fields.iter().filter(|field| field.required && !field.is_secret()) {
        let place = field.place();
        let told = errors.iter().any(|error| error.field == place);
        if !told && !complete.contains_key(&*field.name) && is_shown(fields, field, &complete) {
            errors.push(FieldError::new(place, format!("{} is required.", field.label)));
        }
    }
    if errors.is_empty() { Ok(complete) } else { Err(errors) }
}

/// What is wrong with secrets as entered, each under `credential.NAME`: unknown names and overlong values. That a required one is
/// missing is the caller's concern: it may be stored.
pub fn check_credential<'a>(fields: &[Field], given: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (name, secret) in given {
        if field(fields, name).is_none_or(|field| !field.is_secret()) {
            errors.push(FieldError::new(format!("credential.{name}"), "This kind has no such secret."));
        } else if secret.chars().count() > MAX_MULTILINE {
            errors.push(FieldError::new(format!("credential.{name}"), format!("At most {MAX_MULTILINE} characters.")));
        }
    }
    errors
}

/// Secrets that the settings call for and that are not there, each under `credential.NAME`.
pub fn missing_secrets(fields: &[Field], settings: &Settings, is_there: impl Fn(&str) -> bool) -> Vec<FieldError> {
    let is_required = |field: &Field| field.required || (field.only_with.is_some() && has_its_field(field, settings));
    let missing = fields.iter().filter(|field| field.is_secret() && is_required(field) && is_shown(fields, field, settings) && !is_there(&field.name));
    missing.map(|field| FieldError::new(field.place(), format!("{} is required.", field.label))).collect()
}

/// Whether the field that this one belongs to is filled in; a field of its own always has.
pub fn has_its_field(field: &Field, settings: &Settings) -> bool {
    field.only_with.as_ref().is_none_or(|name| settings.get(&**name).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty()))
}

/// Whether these settings differ in what a verification vouches for.
pub fn invalidates(fields: &[Field], before: &Settings, after: &Settings) -> bool {
    fields.iter().filter(|field| field.invalidates_verification).any(|field| before.get(&*field.name) != after.get(&*field.name))
}

/// Limits of a heartbeat: interval 5 s to a day, timeout 1 to 60 s and not above the interval, at most 5 retries.
pub fn check_heartbeat(policy: &HeartbeatPolicy) -> Vec<FieldError> {
    let HeartbeatPolicy { interval_seconds, timeout_seconds, retries, alert } = *policy;
    let mut errors = Vec::new();
    if !(5..=86_400).contains(&interval_seconds) {
        errors.push(FieldError::new("heartbeat.interval_seconds", "Between 5 and 86400 seconds."));
    }
    if !(1..=60).contains(&timeout_seconds) || timeout_seconds > interval_seconds {
        errors.push(FieldError::new("heartbeat.timeout_seconds", "Between 1 and 60 seconds, and not longer than the interval."));
    }
    if retries > 5 {
        errors.push(FieldError::new("heartbeat.retries", "A whole number from 0 to 5."));
    }
    errors.extend(check_alert(alert));
    errors
}

/// Limits of an alert policy: 1 to 32 failures among at most 32 slots, 1 to 32 passes to recover.
fn check_alert(policy: AlertPolicy) -> impl Iterator<Item = FieldError> {
    let rules = [
        ((1..=LONGEST_WINDOW).contains(&policy.failures), "failures", "Between 1 and 32."),
        (policy.of_last == 0 || (policy.failures..=LONGEST_WINDOW).contains(&policy.of_last), "of_last", "0, or from the number of failures to 32."),
        ((1..=LONGEST_WINDOW).contains(&policy.recovery_passes), "recovery_passes", "Between 1 and 32."),
        (policy.slow_ms.is_none_or(|limit| (1..=60_000).contains(&limit)), "slow_ms", "Between 1 and 60000 milliseconds."),
    ];
    rules.into_iter().filter(|(holds, ..)| !holds).map(|(_, member, message)| FieldError::new(format!("heartbeat.alert.{member}"), message))
}

/// Whether the form asks for a field, given the other values; one that is not given has its default.
pub fn is_shown(fields: &[Field], asked: &Field, settings: &Settings) -> bool {
    asked.shown_when.as_ref().is_none_or(|ShownWhen { field: other, is }| {
        let value = settings.get(&**other).or_else(|| field(fields, other)?.default.as_ref());
        value.and_then(Value::as_str).is_some_and(|value| is.iter().any(|choice| choice == value))
    })
}

fn value_of(field: &Field, given: Option<&Value>) -> Result<Option<Value>, String> {
    let given = match given {
        None | Some(Value::Null) => return Ok(field.default.clone()),
        Some(Value::String(text)) if text.trim().is_empty() && !field.list => return Ok(field.default.clone()),
        Some(value) => value,
    };
    match (field.kind, given) {
        (FieldType::Number, value) => number(field, value).map(Some),
        (FieldType::Boolean, Value::Bool(_)) => Ok(Some(given.clone())),
        (FieldType::Boolean, _) => Err("Must be true or false.".into()),
        (FieldType::Choice, Value::String(text)) if field.choices.iter().flatten().any(|choice| choice == text) => Ok(Some(given.clone())),
        (FieldType::Choice, _) => Err(format!("Must be one of: {}.", field.choices.as_deref().unwrap_or_default().join(", "))),
        // An empty list is none, whether a form posts it or a program leaves it out: a re-save must not look like a change.
        (FieldType::Multiline, value) if field.list => list(value).map(|items| if items.is_empty() { field.default.clone() } else { Some(items.into()) }),
        (FieldType::Multiline, Value::String(text)) => bounded(text, MAX_MULTILINE).map(Some),
        (FieldType::Url, Value::String(text)) => web_address::check(text.trim()).map_err(str::to_owned).and_then(|()| bounded(text.trim(), MAX_TEXT).map(Some)),
        (FieldType::Text, Value::String(text)) if text.chars().any(char::is_control) => Err("Must be a single line without control characters.".into()),
        (FieldType::Text, Value::String(text)) => bounded(text.trim(), MAX_TEXT).map(Some),
        _ => Err("Must be a text.".into()),
    }
}

fn number(field: &Field, value: &Value) -> Result<Value, String> {
    let (min, max) = (field.min.unwrap_or(i64::MIN), field.max.unwrap_or(i64::MAX));
    match value.as_i64() {
        Some(number) if (min..=max).contains(&number) => Ok(value.clone()),
        _ => Err(format!("Must be a whole number from {min} to {max}.")),
    }
}

fn list(value: &Value) -> Result<Vec<String>, String> {
    let mut items = match value {
        Value::String(text) => lines(text),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned).ok_or("Must be a list of texts.")).collect::<Result<_, _>>()?,
        _ => return Err("Must be a list of texts.".into()),
    };
    items.retain(|item| !item.trim().is_empty());
    if items.len() > MAX_ITEMS {
        return Err(format!("At most {MAX_ITEMS} items."));
    }
    if items.iter().any(|item| item.chars().count() > MAX_TEXT || item.chars().any(|c| c.is_control() && c != '\t')) {
        return Err(format!("Each item must be a single line of at most {MAX_TEXT} characters."));
    }
    if let Some(refusal) = items.iter().find_map(|item| bidi::refusal(item)) {
        return Err(refusal);
    }
    Ok(items)
}

fn bounded(text: &str, most: usize) -> Result<Value, String> {
    match bidi::refusal(text) {
        Some(refusal) => Err(refusal),
        None if text.chars().count() > most => Err(format!("At most {most} characters.")),
        None => Ok(Value::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields() -> Vec<Field> {
        vec![
            Field::text("host", "Host").required(),
            Field::port(80),
            Field::boolean("tls", "TLS"),
            Field::choice("auth", "Authentication", &["none", "basic"]),
            Field::text("username", "User name").required().shown_when("auth", &["basic"]),
            Field::list("conditions", "Conditions"),
            Field::secret("password", "Password").required().shown_when("auth", &["basic"]),
        ]
    }

    fn settings(value: Value) -> Settings {
        serde_json::from_value(value).unwrap_or_default()
    }

    #[test]
    fn defaults_are_filled_in() {
        let complete = check(&fields(), &settings(json!({"host": " db "})));
        assert_eq!(complete, Ok(settings(json!({"host": "db", "port": 80, "tls": false, "auth": "none"}))));
    }

    #[test]
    fn an_empty_list_is_none() {
        for empty in [json!([]), json!(""), json!("\n"), Value::Null] {
            let complete = check(&fields(), &settings(json!({"host": "db", "conditions": empty}))).expect("fits");
            assert!(!complete.contains_key("conditions"), "{empty}");
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let wrong = settings(json!({"port": 70_000, "tls": "yes", "auth": "magic", "colour": "red", "conditions": [1]}));
        let errors = check(&fields(), &wrong).expect_err("refused");
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["settings.colour", "settings.port", "settings.tls", "settings.auth", "settings.conditions", "settings.host"]);
    }

    #[test]
    fn a_field_that_is_not_asked_for_is_not_required() {
        assert!(check(&fields(), &settings(json!({"host": "db"}))).is_ok());
        let errors = check(&fields(), &settings(json!({"host": "db", "auth": "basic"}))).expect_err("refused");
        assert_eq!(errors, [FieldError::new("settings.username", "User name is required.")]);
    }

    #[test]
    fn a_form_becomes_typed_settings() {
        let form = [("host", "db"), ("port", "5432"), ("tls", "on"), ("conditions", "a\r\n\r\n b ")];
        let form = form.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let typed = from_form(&fields(), &form);
        assert_eq!(typed, settings(json!({"host": "db", "port": 5432, "tls": true, "conditions": ["a", "b"]})));
    }

    #[test]
    fn a_form_says_nothing_of_what_it_does_not_ask_for() {
        let form = |auth: &str| {
            let texts = [("host", "db"), ("auth", auth), ("username", "a\u{7}b")].map(|(name, text)| (name.to_owned(), text.to_owned()));
            check(&fields(), &from_form(&fields(), &texts.into()))
        };
        assert!(form("none").is_ok_and(|complete| !complete.contains_key("username")));
        assert_eq!(form("basic").map_err(|errors| errors.len()), Err(1));
    }

    #[test]
    fn missing_secrets_are_those_that_the_choice_asks_for() {
        let missing = |auth: &str, has: bool| missing_secrets(&fields(), &settings(json!({"auth": auth})), |_| has).len();
        assert_eq!((missing("none", false), missing("basic", false), missing("basic", true)), (0, 1, 0));
    }

    #[test]
    fn a_verification_vouches_for_what_its_fields_say() {
        let mut fields = fields();
        fields[1].invalidates_verification = false;
        let before = settings(json!({"host": "db", "port": 80}));
        assert!(!invalidates(&fields, &before, &settings(json!({"host": "db", "port": 81}))));
        assert!(invalidates(&fields, &before, &settings(json!({"host": "other", "port": 80}))));
    }

    #[test]
    fn a_secret_is_never_a_setting() {
        assert!(check(&fields(), &settings(json!({"host": "db", "password": "x"}))).is_err());
    }
}
