//! How an incident stands and how urgent it is, in icon, word and colour.

use domain::{incident::IncidentStage, severity::IncidentSeverity};
use leptos::prelude::*;

use crate::ui::{
    badge::{Badge, BadgeStyle},
    icon::{CHECK, CIRCLE_CHECK, CIRCLE_CROSS},
};

/// How far it has come.
const fn badge_style(stage: IncidentStage) -> BadgeStyle {
    match stage {
        IncidentStage::Open => ("Open", CIRCLE_CROSS, "bad"),
        IncidentStage::Acknowledged => ("Acknowledged", CHECK, "warn"),
        IncidentStage::Assessed => ("Assessed", CHECK, "warn"),
        IncidentStage::Mitigated => ("Mitigated", CHECK, "note"),
        IncidentStage::Resolved | IncidentStage::PostMortem => ("Resolved", CIRCLE_CHECK, "good"),
    }
}

#[component]
pub fn IncidentBadge(stage: IncidentStage) -> impl IntoView {
    view! { <Badge badge_style=badge_style(stage)/> }
}

#[component]
pub fn SeverityTag(severity: IncidentSeverity) -> impl IntoView {
    let told = match severity {
        IncidentSeverity::P1 => "P1, most urgent",
        IncidentSeverity::P2 => "P2, urgent",
        IncidentSeverity::P3 => "P3, soon",
        IncidentSeverity::P4 => "P4, when there is time",
    };
    view! { <span class="tag" title=told>{severity.label()}</span> }
}
