//! What a kind of service says of itself; forms, checks and documentation follow from it.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Names a kind: `postgres`, `http` … Nothing matches on it but the list of kinds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(feature = "server", derive(sqlx::Type, utoipa::ToSchema), sqlx(transparent), schema(pattern = "^[a-z0-9_]{1,32}$"))]
pub struct KindId(String);

#[derive(Debug, thiserror::Error)]
#[error("a kind is 1 to 32 lower-case letters, digits or '_'")]
pub struct InvalidKindId;

impl KindId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KindId {
    type Error = InvalidKindId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let safe = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if (1..=32).contains(&text.len()) && text.bytes().all(safe) { Ok(Self(text)) } else { Err(InvalidKindId) }
    }
}

impl FromStr for KindId {
    type Err = InvalidKindId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for KindId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far a run goes: each depth includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Depth {
    Heartbeat,
    Verify,
    Diagnose,
}

/// How a field is typed, entered and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum FieldType {
    Text,
    Url,
    Number,
    Boolean,
    Choice,
    /// Goes into the credential; write-only.
    Secret,
    Multiline,
}

impl FieldType {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "url" => Self::Url,
            "number" => Self::Number,
            "boolean" => Self::Boolean,
            "choice" => Self::Choice,
            "secret" => Self::Secret,
            "multiline" => Self::Multiline,
            _ => return None,
        })
    }
}

/// One input of a kind's form. Its words are constants of the kind on the server, and texts that came with the page in the browser.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Field {
    pub name: Cow<'static, str>,
    pub label: Cow<'static, str>,
    #[serde(rename = "type")]
    pub kind: FieldType,
    pub required: bool,
    #[cfg_attr(feature = "server", schema(value_type = Value))]
    pub default: Option<Value>,
    pub choices: Option<Vec<Cow<'static, str>>>,
    pub hint: Cow<'static, str>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    /// Whether a change takes the verification away.
    pub invalidates_verification: bool,
    /// A multiline field whose value is a list, one item a line; or a secret of several lines.
    pub list: bool,
    /// The field is asked for only while another field has one of these values.
    pub shown_when: Option<ShownWhen>,
    /// A secret that belongs to this other field: required while that is filled in, and of no use without it.
    pub only_with: Option<Cow<'static, str>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ShownWhen {
    pub field: Cow<'static, str>,
    pub is: Vec<Cow<'static, str>>,
}

fn words(list: &'static [&'static str]) -> Vec<Cow<'static, str>> {
    list.iter().copied().map(Cow::Borrowed).collect()
}

impl Field {
    fn new(name: &'static str, label: &'static str, kind: FieldType) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            kind,
            required: false,
            default: None,
            choices: None,
            hint: "".into(),
            min: None,
            max: None,
            invalidates_verification: true,
            list: false,
            shown_when: None,
            only_with: None,
        }
    }

    pub fn text(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, FieldType::Text)
    }

    pub fn url(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, FieldType::Url)
    }

    pub fn secret(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, FieldType::Secret)
    }

    /// A secret of several lines.
    pub fn secret_lines(name: &'static str, label: &'static str) -> Self {
        Self { list: true, ..Self::secret(name, label) }
    }

    pub fn multiline(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, FieldType::Multiline)
    }

    /// A list of texts, entered one a line.
    pub fn list(name: &'static str, label: &'static str) -> Self {
        Self { list: true, ..Self::new(name, label, FieldType::Multiline) }
    }

    pub fn number(name: &'static str, label: &'static str, min: i64, max: i64) -> Self {
        Self { min: Some(min), max: Some(max), ..Self::new(name, label, FieldType::Number) }
    }

    /// A TCP port with the protocol's usual one filled in.
    pub fn port(default: u16) -> Self {
        Self::number("port", "Port", 1, 65_535).default_to(default)
    }

    pub fn boolean(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, FieldType::Boolean).default_to(false)
    }

    /// One of `choices`; the first is the default.
    pub fn choice(name: &'static str, label: &'static str, choices: &'static [&'static str]) -> Self {
        Self { choices: Some(words(choices)), ..Self::new(name, label, FieldType::Choice) }.default_to(choices.first().copied())
    }

    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    #[must_use]
    pub fn hint(self, hint: &'static str) -> Self {
        Self { hint: hint.into(), ..self }
    }

    #[must_use]
    pub fn default_to(self, value: impl Into<Value>) -> Self {
        Self { default: Some(value.into()), ..self }
    }

    #[must_use]
    pub fn shown_when(self, field: &'static str, is: &'static [&'static str]) -> Self {
        Self { shown_when: Some(ShownWhen { field: field.into(), is: words(is) }), ..self }
    }

    #[must_use]
    pub fn only_with(self, field: &'static str) -> Self {
        Self { only_with: Some(field.into()), ..self }
    }

    pub fn is_secret(&self) -> bool {
        self.kind == FieldType::Secret
    }

    /// Where its value stands among all that a person enters of a connection: `settings.host`, `credential.password`.
    pub fn place(&self) -> String {
        format!("{}.{}", if self.is_secret() { "credential" } else { "settings" }, self.name)
    }
}

impl Field {
    /// Reads what a field is written as. By hand: derived, it would be a tenth of what the browser loads with a form.
    pub fn of_json(json: &Value) -> Option<Self> {
        let text = |json: &Value, name: &str| json.get(name)?.as_str().map(|text| Cow::Owned(text.to_owned()));
        let texts = |json: &Value, name: &str| {
            let items = json.get(name)?.as_array()?;
            Some(items.iter().filter_map(|item| Some(Cow::Owned(item.as_str()?.to_owned()))).collect())
        };
        let is = |name: &str| json.get(name).and_then(Value::as_bool).unwrap_or_default();
        let number = |name: &str| json.get(name).and_then(Value::as_i64);
        let shown_when = json.get("shown_when").and_then(|when| Some(ShownWhen { field: text(when, "field")?, is: texts(when, "is")? }));
        Some(Self {
            name: text(json, "name")?,
            label: text(json, "label")?,
            kind: FieldType::named(json.get("type")?.as_str()?)?,
            required: is("required"),
            default: json.get("default").filter(|value| !value.is_null()).cloned(),
            choices: texts(json, "choices"),
            hint: text(json, "hint").unwrap_or_default(),
            min: number("min"),
            max: number("max"),
            invalidates_verification: is("invalidates_verification"),
            list: is("list"),
            shown_when,
            only_with: text(json, "only_with"),
        })
    }
}

/// One named check of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Scenario {
    pub id: &'static str,
    pub title: &'static str,
    pub depth: Depth,
    /// A failing blocking scenario refuses activation; an advisory one warns.
    pub blocking: bool,
    /// The signals whose numbers it takes.
    pub measures: &'static [&'static str],
}

impl Scenario {
    pub const fn blocking(id: &'static str, title: &'static str, depth: Depth) -> Self {
        Self { id, title, depth, blocking: true, measures: &[] }
    }

    pub const fn advisory(id: &'static str, title: &'static str, depth: Depth) -> Self {
        Self { blocking: false, ..Self::blocking(id, title, depth) }
    }
}

/// All that the rest of the product knows of a kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct KindDescriptor {
    pub id: &'static str,
    pub title: &'static str,
    /// One line under the title where a person chooses a kind.
    pub summary: &'static str,
    pub fields: Vec<Field>,
    /// In the order they run.
    pub scenarios: Vec<Scenario>,
}

impl KindDescriptor {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The scenarios that a run to `depth` goes through, in order.
    pub fn scenarios_to(&self, depth: Depth) -> impl Iterator<Item = &Scenario> {
        self.scenarios.iter().filter(move |scenario| scenario.depth <= depth)
    }
}

#[cfg(test)]
mod tests {
    use super::Field;

    #[test]
    fn a_field_goes_to_the_browser_and_back() {
        let fields = [
            Field::text("host", "Host").required().hint("A name."),
            Field::port(5432),
            Field::choice("auth", "Authentication", &["none", "basic"]),
            Field::secret("password", "Password").shown_when("auth", &["basic"]),
            Field::list("tables", "Tables"),
            Field::boolean("tls", "TLS"),
            Field::url("url", "URL"),
            Field { invalidates_verification: false, ..Field::multiline("note", "Note") },
        ];
        for field in fields {
            let json = serde_json::to_value(&field).expect("JSON");
            assert_eq!(Field::of_json(&json), Some(field));
        }
    }
}
