//! How grave an error is, as icon, word and colour.

use domain::severity::Severity;
use leptos::prelude::*;

use crate::ui::{
    badge::{Badge, BadgeStyle},
    icon::{ALERT, CROSS, DASH, EXCLAMATION},
};

/// The gravest first.
pub const ALL: [Severity; 4] = [Severity::Critical, Severity::Error, Severity::Warning, Severity::Info];

pub const fn badge_style(severity: Severity) -> BadgeStyle {
    match severity {
        Severity::Info => ("Refusal", DASH, "idle"),
        Severity::Warning => ("Warning", EXCLAMATION, "warn"),
        Severity::Error => ("Error", CROSS, "bad"),
        Severity::Critical => ("Critical", ALERT, "bad"),
    }
}

#[component]
pub fn SeverityBadge(severity: Severity) -> impl IntoView {
    view! { <Badge badge_style=badge_style(severity)/> }
}
