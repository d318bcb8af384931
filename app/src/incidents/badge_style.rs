//! How an incident stands and how urgent it is, in icon, word and colour.

use domain::{incident::IncidentStatus, severity::IncidentSeverity};
use leptos::prelude::*;

use crate::ui::{
    badge::{Badge, BadgeStyle},
    icon::{CHECK, CIRCLE_CHECK, CIRCLE_CROSS},
};

/// Every status, the most pressing first.
pub const STATUSES: [IncidentStatus; 3] = [IncidentStatus::Open, IncidentStatus::Acknowledged, IncidentStatus::Resolved];

pub const fn badge_style(status: IncidentStatus) -> BadgeStyle {
    match status {
        IncidentStatus::Open => ("Open", CIRCLE_CROSS, "bad"),
        IncidentStatus::Acknowledged => ("Acknowledged", CHECK, "warn"),
        IncidentStatus::Resolved => ("Resolved", CIRCLE_CHECK, "good"),
    }
}

#[component]
pub fn IncidentBadge(status: IncidentStatus) -> impl IntoView {
    view! { <Badge badge_style=badge_style(status)/> }
}

#[component]
pub fn SeverityTag(severity: IncidentSeverity) -> impl IntoView {
    let told = match severity {
        IncidentSeverity::P1 => "P1, most urgent",
        IncidentSeverity::P2 => "P2, urgent",
        IncidentSeverity::P3 => "P3, soon",
        IncidentSeverity::P4 => "P4, when there is time",
    };
    view! { <span class="tag" title=told>{severity.to_string().to_uppercase()}</span> }
}
