//! How a connection is, in icon, word and colour.

use domain::health::HealthStatus;
use leptos::prelude::*;

use crate::ui::{
    badge::{Badge, BadgeStyle},
    icon::{ALERT, BOX, CIRCLE_CHECK, CIRCLE_CROSS, CIRCLE_DASHED, PAUSE},
};

/// Every status, the most pressing first.
pub const STATUSES: [HealthStatus; 6] =
    [HealthStatus::Incident, HealthStatus::Degraded, HealthStatus::Healthy, HealthStatus::Unknown, HealthStatus::Maintenance, HealthStatus::Suspended];

pub const fn badge_style(status: HealthStatus) -> BadgeStyle {
    match status {
        HealthStatus::Incident => ("Incident", CIRCLE_CROSS, "bad"),
        HealthStatus::Degraded => ("Degraded", ALERT, "warn"),
        HealthStatus::Healthy => ("Healthy", CIRCLE_CHECK, "good"),
        HealthStatus::Unknown => ("Unknown", CIRCLE_DASHED, "idle"),
        HealthStatus::Maintenance => ("Maintenance", BOX, "note"),
        HealthStatus::Suspended => ("Suspended", PAUSE, "idle"),
    }
}

#[component]
pub fn HealthBadge(status: HealthStatus) -> impl IntoView {
    view! { <Badge badge_style=badge_style(status)/> }
}
