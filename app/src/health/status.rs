//! How a connection is, in icon, word and colour.

use leptos::prelude::*;
use switchboard::domain::health::HealthStatus;

use crate::ui::icon::{ALERT, BOX, CIRCLE_CHECK, CIRCLE_CROSS, CIRCLE_DASHED, Icon, PAUSE};

/// Every status, the most pressing first.
pub const STATUSES: [HealthStatus; 6] =
    [HealthStatus::Incident, HealthStatus::Degraded, HealthStatus::Healthy, HealthStatus::Unknown, HealthStatus::Maintenance, HealthStatus::Suspended];

/// Word, icon and tone of a status.
pub const fn face(status: HealthStatus) -> (&'static str, Icon, &'static str) {
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
    let (word, icon, tone) = face(status);
    view! {
        <span class=format!("badge {tone}")>
            <Icon path=icon/>
            {word}
        </span>
    }
}
