//! How the table of health is narrowed, ordered and paged: the shape of its address.

use strum::{Display, EnumString};

use super::{
    environment::Environment,
    health::{ConnectionHealth, HealthStatus},
};

/// Keys by which connections may be ordered; `-` means descending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Display, EnumString)]
pub enum HealthSort {
    /// What needs a person first.
    #[default]
    #[strum(serialize = "status")]
    Status,
    #[strum(serialize = "name")]
    Name,
    #[strum(serialize = "-name")]
    NameDescending,
    #[strum(serialize = "uptime")]
    Uptime,
    #[strum(serialize = "-uptime")]
    UptimeDescending,
    #[strum(serialize = "latency")]
    Latency,
    #[strum(serialize = "-latency")]
    LatencyDescending,
}

/// Which connections are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthFilter {
    pub environment: Option<Environment>,
    pub status: Option<HealthStatus>,
    /// Part of a name, without regard to case.
    pub q: Option<String>,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedHealth {
    pub health: ConnectionHealth,
    /// How the last slots that were tried ended, the oldest first; true passed. At most 32.
    pub beats: Vec<bool>,
    /// Whether someone has taken the open incident on.
    pub is_acknowledged: bool,
}

/// How many connections are how, where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct HealthCount {
    pub environment: Environment,
    pub status: HealthStatus,
    pub count: i64,
}
