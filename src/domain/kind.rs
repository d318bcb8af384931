//! What a kind of service says of itself; forms, checks and documentation follow from it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

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

/// One input of a kind's form.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    #[serde(rename = "type")]
    pub kind: FieldType,
    pub required: bool,
    #[cfg_attr(feature = "server", schema(value_type = serde_json::Value))]
    pub default: Option<serde_json::Value>,
    pub choices: Option<&'static [&'static str]>,
    pub hint: &'static str,
    pub min: Option<i64>,
    pub max: Option<i64>,
    /// Whether a change takes the verification away.
    pub invalidates_verification: bool,
    /// A multiline field whose value is a list, one item a line.
    pub list: bool,
    /// The field is asked for only while another field has one of these values.
    pub shown_when: Option<ShownWhen>,
    /// A secret that belongs to this other field: required while that is filled in, and of no use without it.
    pub only_with: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ShownWhen {
    pub field: &'static str,
    pub is: &'static [&'static str],
}

impl Field {
    fn new(name: &'static str, label: &'static str, kind: FieldType) -> Self {
        Self {
            name,
            label,
            kind,
            required: false,
            default: None,
            choices: None,
            hint: "",
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
        Self { choices: Some(choices), ..Self::new(name, label, FieldType::Choice) }.default_to(choices.first().copied())
    }

    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    #[must_use]
    pub fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    #[must_use]
    pub fn default_to(self, value: impl Into<serde_json::Value>) -> Self {
        Self { default: Some(value.into()), ..self }
    }

    #[must_use]
    pub fn shown_when(self, field: &'static str, is: &'static [&'static str]) -> Self {
        Self { shown_when: Some(ShownWhen { field, is }), ..self }
    }

    #[must_use]
    pub fn only_with(self, field: &'static str) -> Self {
        Self { only_with: Some(field), ..self }
    }

    pub fn is_secret(&self) -> bool {
        self.kind == FieldType::Secret
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
}

impl Scenario {
    pub const fn blocking(id: &'static str, title: &'static str, depth: Depth) -> Self {
        Self { id, title, depth, blocking: true }
    }

    pub const fn advisory(id: &'static str, title: &'static str, depth: Depth) -> Self {
        Self { id, title, depth, blocking: false }
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
