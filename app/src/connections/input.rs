//! What a person enters of a connection, as browsers post it: every value a text.

use std::collections::BTreeMap;

#[cfg(feature = "ssr")]
use domain::kind::KindId;
use domain::{
    environment::Environment,
    error::FieldError,
    identity::{check_identity, tidy},
    kind::Field,
    policy::{AlertPolicy, HeartbeatEdit, HeartbeatPolicy},
    profile::Settings,
    settings::{check, check_credential, check_heartbeat, from_form, invalidates, missing_secrets},
};
#[cfg(feature = "ssr")]
use engine::{
    Console,
    connections::{ConnectionEdit, NewConnection},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{secret_input::SecretInput, ui::input_name::input_name};

/// Names of inputs, and the texts that stand in them.
pub type Values = Vec<(String, String)>;

/// What stands in the input of that name, if the form has it.
#[inline(never)]
fn given<'a>(values: &'a Values, name: &str) -> Option<&'a str> {
    values.iter().find(|(input, _)| input == name).map(|(_, text)| text.as_str())
}

#[inline(never)]
fn text(values: &Values, name: &str) -> String {
    given(values, name).unwrap_or_default().to_owned()
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConnectionInput {
    pub name: String,
    pub environment: Environment,
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    #[serde(default)]
    pub credential: BTreeMap<String, SecretInput>,
    #[serde(default)]
    pub heartbeat: HeartbeatInput,
    /// Separated by commas.
    #[serde(default)]
    pub tags: String,
    #[serde(default)]
    pub owner: String,
    #[serde(default)]
    pub runbook_url: String,
}

/// What happens once a connection is saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterSave {
    #[default]
    Nothing,
    /// It is tested, and the answer waits for the end of that.
    Test,
    /// A test begins, which whoever asks will follow.
    Begin,
}

impl ConnectionInput {
    /// What stands in a form of a kind with these fields; nothing before the form has been read.
    pub fn read(fields: &[Field], values: &Values) -> Option<Self> {
        let mut settings = BTreeMap::new();
        let mut credential = BTreeMap::new();
        for field in fields {
            match given(values, &input_name(&field.place())) {
                Some(secret) if field.is_secret() => drop(credential.insert(field.name.to_string(), secret.to_owned().into())),
                Some(text) => drop(settings.insert(field.name.to_string(), text.to_owned())),
                None => {}
            }
        }
        Some(Self {
            environment: given(values, "environment")?.parse().ok()?,
            name: text(values, "name"),
            settings,
            credential,
            heartbeat: HeartbeatInput::read(values),
            tags: text(values, "tags"),
            owner: text(values, "owner"),
            runbook_url: text(values, "runbook_url"),
        })
    }

    /// What is wrong by the rules that need nothing but what was typed. The kind's own, and those of the stored connections, come later.
    #[cfg_attr(not(any(feature = "hydrate", test)), expect(dead_code, reason = "the browser asks; the server checks what it stores"))]
    pub fn check(&self, fields: &[Field], has_credential: bool) -> Vec<FieldError> {
        let (owner, runbook_url) = (tidy(Some(self.owner.clone())), tidy(Some(self.runbook_url.clone())));
        // The server alone asks which of them are one tag: letters of all scripts would make the form half as large again.
        let mut errors = check_identity(self.name.trim(), &self.tags(), owner.as_deref(), runbook_url.as_deref());
        errors.extend(check_heartbeat(&self.heartbeat.edit().over(HeartbeatPolicy::default())));
        let settings = from_form(fields, &self.settings);
        errors.extend(check(fields, &settings).err().unwrap_or_default());
        errors.extend(check_credential(fields, self.secrets()));
        if !has_credential {
            errors.extend(missing_secrets(fields, &settings, |name| self.secrets().any(|(entered, secret)| entered == name && !secret.is_empty())));
        }
        errors
    }

    /// Whether saving this takes away the verification of what stands.
    pub fn invalidates(&self, fields: &[Field], stands: &Verified) -> bool {
        let mut settings = stands.settings.clone();
        settings.extend(from_form(fields, &self.settings));
        let settings = check(fields, &settings).unwrap_or(settings);
        let entered = self.secrets().any(|(_, secret)| !secret.is_empty());
        entered || self.environment != stands.environment || invalidates(fields, &stands.settings, &settings)
    }

    fn tags(&self) -> Vec<String> {
        self.tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
    }

    fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.credential.iter().map(|(name, secret)| (name.as_str(), secret.as_str()))
    }
}

/// What a verification vouches for, secrets aside.
#[derive(Clone, Serialize)]
pub struct Verified {
    pub environment: Environment,
    pub settings: Settings,
}

impl Verified {
    pub fn of_json(json: &Value) -> Option<Self> {
        let mut settings = Settings::new();
        for (name, value) in json.get("settings")?.as_object()? {
            settings.insert(name.clone(), value.clone());
        }
        Some(Self { environment: json.get("environment")?.as_str()?.parse().ok()?, settings })
    }
}

#[cfg(feature = "ssr")]
impl ConnectionInput {
    fn settings(&self, console: &Console, kind: &KindId) -> Settings {
        console.kinds.get(kind).map(|kind| from_form(&kind.descriptor().fields, &self.settings)).unwrap_or_default()
    }

    fn credential(&self) -> BTreeMap<String, String> {
        self.secrets().map(|(name, secret)| (name.to_owned(), secret.to_owned())).collect()
    }

    pub fn into_new(self, console: &Console, kind: KindId) -> NewConnection {
        NewConnection {
            settings: self.settings(console, &kind),
            heartbeat: Some(self.heartbeat.edit()),
            tags: self.tags(),
            credential: self.credential(),
            name: self.name,
            kind,
            environment: self.environment,
            owner: Some(self.owner),
            runbook_url: Some(self.runbook_url),
            depends_on: Vec::new(),
        }
    }

    pub fn into_edit(self, console: &Console, kind: &KindId) -> ConnectionEdit {
        ConnectionEdit {
            settings: Some(self.settings(console, kind)),
            heartbeat: Some(Some(self.heartbeat.edit())),
            tags: Some(Some(self.tags())),
            credential: Some(Some(self.credential().into_iter().map(|(name, secret)| (name, Some(secret))).collect())),
            name: Some(self.name),
            environment: Some(self.environment),
            owner: Some(Some(self.owner)),
            runbook_url: Some(Some(self.runbook_url)),
            // Has a form of its own.
            depends_on: None,
        }
    }
}

/// What is left out or empty takes its default.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HeartbeatInput {
    interval_seconds: String,
    timeout_seconds: String,
    retries: String,
    alert: AlertInput,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct AlertInput {
    failures: String,
    of_last: String,
    recovery_passes: String,
    slow_ms: String,
    severity: String,
}

impl HeartbeatInput {
    fn read(values: &Values) -> Self {
        let text = |name: &str| text(values, name);
        Self {
            interval_seconds: text("heartbeat[interval_seconds]"),
            timeout_seconds: text("heartbeat[timeout_seconds]"),
            retries: text("heartbeat[retries]"),
            alert: AlertInput {
                failures: text("heartbeat[alert][failures]"),
                of_last: text("heartbeat[alert][of_last]"),
                recovery_passes: text("heartbeat[alert][recovery_passes]"),
                slow_ms: text("heartbeat[alert][slow_ms]"),
                severity: text("heartbeat[alert][severity]"),
            },
        }
    }

    fn edit(&self) -> HeartbeatEdit {
        HeartbeatEdit {
            interval_seconds: number(&self.interval_seconds),
            timeout_seconds: number(&self.timeout_seconds),
            retries: number(&self.retries),
            alert: Some(self.alert.policy()),
        }
    }
}

impl AlertInput {
    fn policy(&self) -> AlertPolicy {
        let usual = AlertPolicy::default();
        AlertPolicy {
            failures: number(&self.failures).unwrap_or(usual.failures),
            of_last: number(&self.of_last).unwrap_or(usual.of_last),
            recovery_passes: number(&self.recovery_passes).unwrap_or(usual.recovery_passes),
            slow_ms: number(&self.slow_ms),
            severity: self.severity.parse().ok(),
        }
    }
}

/// What is not a number becomes one that the limits refuse, so that it is told with everything else that is wrong.
fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use domain::{environment::Environment, kind::Field};
    use serde_json::json;

    use super::{ConnectionInput, Values, Verified};

    fn fields() -> Vec<Field> {
        let mut tables = Field::list("tables", "Tables");
        tables.invalidates_verification = false;
        vec![
            Field::text("host", "Host").required(),
            Field::port(5432),
            Field::choice("auth", "Authentication", &["none", "basic"]),
            Field::text("username", "User name").required().shown_when("auth", &["basic"]),
            Field::secret("password", "Password").required().shown_when("auth", &["basic"]),
            tables,
        ]
    }

    fn typed(changes: &[(&str, &str)]) -> ConnectionInput {
        let fresh = [("name", "Orders"), ("environment", "staging"), ("settings[host]", "db"), ("settings[port]", "5432"), ("settings[auth]", "none")];
        // What was changed stands first, where it is found first.
        let values: Values = changes.iter().chain(&fresh).map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        ConnectionInput::read(&fields(), &values).expect("an environment")
    }

    fn wrong(changes: &[(&str, &str)], has_credential: bool) -> Vec<String> {
        let errors = typed(changes).check(&fields(), has_credential);
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_form_is_checked_as_the_server_will() {
        assert_eq!(wrong(&[], false), Vec::<String>::new());
        assert_eq!(wrong(&[("name", " "), ("settings[port]", "70000"), ("heartbeat[retries]", "x")], false), ["name", "heartbeat.retries", "settings.port"]);
        assert_eq!(wrong(&[("settings[auth]", "basic")], false), ["settings.username", "credential.password"]);
        assert_eq!(wrong(&[("settings[auth]", "basic"), ("settings[username]", "ada")], true), Vec::<String>::new());
        assert_eq!(wrong(&[("settings[auth]", "basic"), ("settings[username]", "ada"), ("credential[password]", "x")], false), Vec::<String>::new());
    }

    #[test]
    fn only_what_was_verified_costs_the_verification() {
        let settings = serde_json::from_value(json!({"host": "db", "port": 5432, "auth": "none", "username": "kept"})).expect("settings");
        let stands = Verified { environment: Environment::Staging, settings };
        let lost = |changes: &[(&str, &str)]| typed(changes).invalidates(&fields(), &stands);
        assert!(!lost(&[]) && !lost(&[("name", "Other"), ("settings[tables]", "a.b"), ("settings[port]", " 5432 ")]));
        for change in [("settings[host]", "other"), ("settings[port]", "x"), ("environment", "production"), ("credential[password]", "new")] {
            assert!(lost(&[change]), "{change:?}");
        }
    }
}
