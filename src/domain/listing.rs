//! How a list of connections is narrowed, ordered and paged: the shape of its URL.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use super::{
    environment::Environment,
    kind::KindId,
    profile::{ServiceConnectionProfile, State},
};

/// Keys by which connections may be ordered; `-` means descending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Sort {
    #[default]
    #[serde(rename = "name")]
    #[strum(serialize = "name")]
    Name,
    #[serde(rename = "-name")]
    #[strum(serialize = "-name")]
    NameDescending,
    #[serde(rename = "updated_at")]
    #[strum(serialize = "updated_at")]
    Updated,
    #[serde(rename = "-updated_at")]
    #[strum(serialize = "-updated_at")]
    UpdatedDescending,
}

/// Which connections are meant. Archived ones only when asked for by state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub environment: Option<Environment>,
    pub kind: Option<KindId>,
    pub state: Option<State>,
    /// Part of a name, an owner or a tag, without regard to case.
    pub q: Option<String>,
}

/// One page of connections.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    pub items: Vec<ServiceConnectionProfile>,
    /// How many the filter matches in all.
    pub total: i64,
}

/// How many connections stand where: the figures of the overview.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct StateCount {
    pub environment: Environment,
    pub state: State,
    pub count: i64,
}
