//! What a person or program may say of a connection.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::openapi::{
    Array, ArrayBuilder, ObjectBuilder,
    schema::{SchemaType, Type},
};

use super::dependencies;
use crate::patch_field::{given, never_null};
use domain::{
    environment::Environment,
    identity::{tidy, tidy_tags},
    ids::ProfileId,
    kind::KindId,
    policy::{HeartbeatEdit, HeartbeatPolicy},
    profile::{ServiceConnectionProfile, Settings},
};

/// Secrets as entered, by field name.
pub type EnteredCredential = BTreeMap<String, String>;
/// The same of an edit, where `null` clears one.
pub type CredentialEdit = BTreeMap<String, Option<String>>;

#[derive(Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConnection {
    #[schema(max_length = 100, pattern = r"\S")]
    pub name: String,
    pub kind: KindId,
    pub environment: Environment,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: Settings,
    /// Write-only.
    #[serde(default)]
    pub credential: EnteredCredential,
    #[serde(default)]
    pub heartbeat: Option<HeartbeatEdit>,
    #[serde(default)]
    #[schema(schema_with = tags)]
    pub tags: Vec<String>,
    #[serde(default)]
    #[schema(max_length = 100)]
    pub owner: Option<String>,
    #[serde(default)]
    #[schema(max_length = 500, pattern = "^https?://[^ ]+$")]
    pub runbook_url: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>, max_items = 20)]
    pub depends_on: Vec<ProfileId>,
}

fn tags() -> Array {
    tags_as(Type::Array)
}

fn tags_or_null() -> Array {
    tags_as(SchemaType::from_iter([Type::Array, Type::Null]))
}

/// As `domain::identity` checks them.
fn tags_as(schema_type: impl Into<SchemaType>) -> Array {
    let tag = ObjectBuilder::new().schema_type(Type::String).max_length(Some(40)).pattern(Some("^[^,]*$"));
    ArrayBuilder::new().schema_type(schema_type).items(tag).max_items(Some(20)).build()
}

/// Absent members stay as they are; `null` clears what need not be there.
#[derive(Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectionEdit {
    #[serde(deserialize_with = "never_null")]
    #[schema(nullable = false, max_length = 100, pattern = r"\S")]
    pub name: Option<String>,
    #[serde(deserialize_with = "never_null")]
    #[schema(nullable = false)]
    pub environment: Option<Environment>,
    /// Merged over the stored settings; `null` puts one back to its default.
    #[serde(deserialize_with = "never_null")]
    #[schema(value_type = Option<Object>, nullable = false)]
    pub settings: Option<Settings>,
    /// Merged over the stored secrets; `null` clears one, or them all.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<BTreeMap<String, Option<String>>>)]
    pub credential: Option<Option<CredentialEdit>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<HeartbeatEdit>)]
    pub heartbeat: Option<Option<HeartbeatEdit>>,
    #[serde(deserialize_with = "given")]
    #[schema(schema_with = tags_or_null)]
    pub tags: Option<Option<Vec<String>>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub owner: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 500, pattern = "^https?://[^ ]+$")]
    pub runbook_url: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Vec<uuid::Uuid>>, max_items = 20)]
    pub depends_on: Option<Option<Vec<ProfileId>>>,
}

impl ConnectionEdit {
    /// The connection as the person wants it, not checked yet.
    pub fn over(self, current: ServiceConnectionProfile) -> ServiceConnectionProfile {
        let mut settings = current.settings;
        settings.extend(self.settings.unwrap_or_default());
        ServiceConnectionProfile {
            name: self.name.map_or(current.name, |name| name.trim().to_owned()),
            environment: self.environment.unwrap_or(current.environment),
            settings,
            heartbeat: match self.heartbeat {
                None => current.heartbeat,
                Some(None) => HeartbeatPolicy::default(),
                Some(Some(edit)) => edit.over(current.heartbeat),
            },
            tags: self.tags.map_or(current.tags, |tags| tidy_tags(tags.unwrap_or_default())),
            owner: self.owner.map_or(current.owner, tidy),
            runbook_url: self.runbook_url.map_or(current.runbook_url, tidy),
            depends_on: self.depends_on.map_or(current.depends_on, |ids| dependencies::tidy(ids.unwrap_or_default())),
            ..current
        }
    }
}
