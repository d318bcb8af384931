//! A written procedure: what it applies to, and its steps, some of which the console carries out itself.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{
    environment::Environment,
    ids::RunbookId,
    kind::KindId,
    severity::IncidentSeverity,
    time::{Timestamp, span_in_words},
};

pub mod execution;
pub mod offer;
pub mod placeholder;

/// Largest document, in bytes.
pub const LARGEST: usize = 64 * 1024;
/// Most steps of one.
pub const MOST_STEPS: usize = 100;
/// Runbooks that one team may have of its own.
pub const MOST_RUNBOOKS: i64 = 500;

/// A document as it was read. As JSON it has the members that it has as YAML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Runbook {
    pub name: String,
    /// Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(default)]
    pub applies_to: AppliesTo,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    pub steps: Vec<RunbookStep>,
}

/// What it is offered for. An empty list leaves that open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AppliesTo {
    pub kinds: Vec<KindId>,
    /// Why something fails: `too_many_connections`, `timed_out` …
    pub causes: Vec<String>,
    pub tags: Vec<String>,
    pub environments: Vec<Environment>,
}

/// When it is carried out, where that is not for an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Trigger {
    Preflight,
    PostDeploy,
    Cutover,
    Daily,
    Rotation,
    Incident,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RunbookStep {
    pub title: String,
    /// Markdown; may be a command to copy.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    #[serde(rename = "do")]
    pub action: StepAction,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum StepAction {
    /// A person does it, and says so.
    Manual,
    /// Someone other than who began it agrees.
    Approve,
    /// The scenarios of a verification, on the connection.
    Verify,
    Diagnose(Diagnose),
    Check(Check),
    Dns(DnsLookup),
    Http(HttpRequest),
    Wait(Wait),
    Notify(Notice),
}

/// Scenarios of diagnostics, on the connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Diagnose {
    pub scenarios: Vec<String>,
}

/// A condition on a number that the console measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema), schema(as = RunbookCheck))]
pub struct Check {
    pub signal: String,
    #[serde(flatten)]
    pub bound: Bound,
    /// For how long it is looked at until it holds; absent means once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Bound {
    Below(f64),
    Above(f64),
    Equals(f64),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DnsLookup {
    pub name: String,
    pub record_type: String,
    /// Empty: any record will do.
    #[serde(default)]
    pub expected: Vec<String>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_at_most: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct HttpRequest {
    pub url: String,
    pub method: String,
    pub expected_status: String,
    #[serde(default)]
    pub conditions: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Wait {
    #[serde(rename = "for")]
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Notice {
    #[serde(flatten)]
    pub to: Audience,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Audience {
    /// By its name.
    Channel(String),
    /// Every channel that hears of incidents of it.
    Severity(IncidentSeverity),
}

/// A whole number of seconds, written `90s`, `5m`, `24h` or `7d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(u32);

/// Longest wait: a week.
const LONGEST_SPAN: u32 = 7 * 24 * 60 * 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", InvalidSpan::WORDS)]
pub struct InvalidSpan;

impl InvalidSpan {
    /// For whoever wrote it.
    pub const WORDS: &'static str = "Must be a time from 1s to 7d, such as 90s, 5m or 24h.";
}

impl Span {
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unit = text.chars().last().ok_or(InvalidSpan)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 60 * 60,
            'd' => 24 * 60 * 60,
            _ => return Err(InvalidSpan),
        };
        let number = text.strip_suffix(unit).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit())).ok_or(InvalidSpan)?;
        let span = number.parse::<u32>().ok().and_then(|number| number.checked_mul(seconds)).ok_or(InvalidSpan)?;
        if (1..=LONGEST_SPAN).contains(&span) { Ok(Self(span)) } else { Err(InvalidSpan) }
    }
}

/// In the largest unit that needs no fraction.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, name) = [(24 * 60 * 60, 'd'), (60 * 60, 'h'), (60, 'm')].into_iter().find(|(unit, _)| self.0.is_multiple_of(*unit)).unwrap_or((1, 's'));
        write!(f, "{}{name}", self.0 / unit)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "server")]
mod schema {
    use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

    impl utoipa::__dev::ComposeSchema for super::Span {
        fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
            ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9]+[smhd]$")).into()
        }
    }

    impl utoipa::ToSchema for super::Span {}
}

impl Bound {
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::Below(bound) => value < bound,
            Self::Above(bound) => value > bound,
            Self::Equals(bound) => (value - bound).abs() < f64::EPSILON,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Below(bound) => write!(f, "below {bound}"),
            Self::Above(bound) => write!(f, "above {bound}"),
            Self::Equals(bound) => write!(f, "equal to {bound}"),
        }
    }
}

impl StepAction {
    /// Whether a person does it.
    pub const fn is_by_a_person(&self) -> bool {
        matches!(self, Self::Manual | Self::Approve)
    }

    /// Whether it only looks, so that what it finds holds nothing up: the steps after it are what mends it.
    pub const fn only_informs(&self) -> bool {
        matches!(self, Self::Verify | Self::Diagnose(_))
    }

    /// Whether doing it a second time may be a second act: a request that changes something.
    pub fn must_not_be_repeated(&self) -> bool {
        matches!(self, Self::Http(request) if !matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS"))
    }

    /// Whether it takes a connection to do it.
    pub const fn needs_a_connection(&self) -> bool {
        matches!(self, Self::Verify | Self::Diagnose(_) | Self::Check(_))
    }

    /// What is done, in a few words.
    pub fn words(&self) -> String {
        match self {
            Self::Manual => "A person does it".to_owned(),
            Self::Approve => "Someone else approves".to_owned(),
            Self::Verify => "The console tests the connection".to_owned(),
            Self::Diagnose(diagnose) => format!("The console diagnoses: {}", diagnose.scenarios.join(", ")),
            Self::Check(check) => match check.within {
                Some(span) => format!("The console checks that {} is {} within {span}", check.signal, check.bound),
                None => format!("The console checks that {} is {}", check.signal, check.bound),
            },
            Self::Dns(lookup) => format!("The console looks up {} of {}", lookup.record_type, lookup.name),
            Self::Http(request) => format!("The console requests {} {}", request.method, request.url),
            Self::Wait(wait) => format!("The console waits for {}", span_in_words(wait.span.seconds().into())),
            Self::Notify(notice) => match &notice.to {
                Audience::Channel(name) => format!("The console tells the channel {name}"),
                Audience::Severity(severity) => format!("The console tells channels of {}", severity.label()),
            },
        }
    }
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema), schema(as = RunbookProblem))]
pub struct Problem {
    /// The first is 1.
    pub line: usize,
    /// One sentence.
    pub message: String,
}

/// A runbook as it is kept: one that the product ships, or a team's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct KeptRunbook {
    pub id: RunbookId,
    /// Of the document.
    pub name: String,
    /// Whether it comes with the console, and cannot be changed.
    pub shipped: bool,
    /// Rises with every edit.
    pub version: i64,
    pub yaml: String,
    pub document: Runbook,
    /// Absent for what is shipped, as are the two below.
    pub updated_by: Option<String>,
    pub created_at: Option<Timestamp>,
    pub updated_at: Option<Timestamp>,
}

/// One version of a team's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct RunbookVersion {
    pub version: i64,
    pub yaml: String,
    pub by: String,
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written_alike() {
        for text in ["90s", "5m", "24h", "1s"] {
            let written = text.parse::<Span>().map(|span| span.to_string());
            assert_eq!(written.as_deref(), Ok(if text == "24h" { "1d" } else { text }));
        }
        for wrong in ["", "s", "5", "-5m", "5 m", "0s", "8d", "99999999999s", "5M", "+5m", "٣m"] {
            assert_eq!(wrong.parse::<Span>(), Err(InvalidSpan), "{wrong}");
        }
    }

    #[test]
    fn a_document_is_the_same_as_json() {
        let json = serde_json::json!({
            "name": "Pool", "applies_to": {"kinds": ["postgres"], "causes": [], "tags": [], "environments": []},
            "steps": [
                {"title": "Look", "do": {"diagnose": {"scenarios": ["connections_used"]}}},
                {"title": "Mend", "text": "select 1", "do": "manual"},
                {"title": "Below", "do": {"check": {"signal": "connections_used", "below": 80.0, "within": "5m"}}},
                {"title": "Tell", "do": {"notify": {"severity": "p1", "text": "Mended"}}},
            ],
        });
        let runbook: Runbook = serde_json::from_value(json.clone()).expect("a runbook");
        assert_eq!(serde_json::to_value(&runbook).expect("JSON"), json);
    }

    #[test]
    fn only_a_request_that_changes_something_must_not_be_repeated() {
        let request = |method: &str| {
            StepAction::Http(HttpRequest { url: "https://a.example".into(), method: method.into(), expected_status: "200".into(), conditions: Vec::new() })
        };
        assert!(request("POST").must_not_be_repeated() && !request("GET").must_not_be_repeated() && !StepAction::Verify.must_not_be_repeated());
    }
}
