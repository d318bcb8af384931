//! Where a team is told of its incidents beside the console's own pages: a mailbox, a chat, a pager.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::{
    environment::Environment,
    error::FieldError,
    identity::check_identity,
    ids::{ChannelId, ContactId},
    kind::{Field, KindId},
    profile::Settings,
    severity::IncidentSeverity,
    time::Timestamp,
};

/// Names a type of channel: `email`, `webhook` … Nothing matches on it but the list of types.
pub type ChannelType = KindId;

/// Channels that one team may have.
pub const MOST_CHANNELS: i64 = 100;

/// What a channel would rather hear of together than at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Digest {
    #[default]
    None,
    Daily,
    Weekly,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow, utoipa::ToSchema))]
pub struct NotificationChannel {
    pub id: ChannelId,
    pub name: String,
    #[serde(rename = "type")]
    #[cfg_attr(feature = "server", sqlx(rename = "type"))]
    pub kind: ChannelType,
    /// Rises with every edit.
    pub version: i64,
    /// Empty for whoever may not manage channels: the address of a chat is all that it takes to write to it.
    #[cfg_attr(feature = "server", sqlx(json), schema(value_type = Object))]
    pub settings: Settings,
    pub has_credential: bool,
    /// It is told of incidents of these.
    #[cfg_attr(feature = "server", sqlx(json))]
    pub severities: BTreeSet<IncidentSeverity>,
    /// Absent: all of them. What concerns the console itself is told to every channel.
    #[cfg_attr(feature = "server", sqlx(json(nullable)))]
    pub environments: Option<BTreeSet<Environment>>,
    pub digest: Digest,
    /// Since when nothing is sent to it.
    pub disabled_at: Option<Timestamp>,
    /// One sentence.
    pub disabled_reason: Option<String>,
    /// It is the mailbox of a contact, and hears of what comes to that one alone.
    pub contact_id: Option<ContactId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// All that the rest of the product knows of a type of channel.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ChannelDescriptor {
    pub id: &'static str,
    pub title: &'static str,
    /// One line under the title where a person chooses a type.
    pub summary: &'static str,
    pub fields: Vec<Field>,
}

/// What is wrong with what every channel has.
pub fn check(name: &str, severities: &BTreeSet<IncidentSeverity>, environments: Option<&BTreeSet<Environment>>) -> Vec<FieldError> {
    let mut errors = check_identity(name, &[], None, None);
    if severities.is_empty() {
        errors.push(FieldError::new("severities", "Choose at least one."));
    }
    if environments.is_some_and(BTreeSet::is_empty) {
        errors.push(FieldError::new("environments", "Choose at least one, or leave it out for all of them."));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_that_would_hear_of_nothing_is_told_of() {
        let fields = |name: &str, severities: &[IncidentSeverity], environments: Option<&[Environment]>| -> Vec<String> {
            let environments = environments.map(|some| some.iter().copied().collect());
            let wrong = check(name, &severities.iter().copied().collect(), environments.as_ref());
            wrong.into_iter().map(|error| error.field).collect()
        };
        assert_eq!(fields("Desk", &[IncidentSeverity::P1], None), Vec::<String>::new());
        assert_eq!(fields("", &[], Some(&[])), ["name", "severities", "environments"]);
    }
}
