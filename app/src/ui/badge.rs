//! Icon, word and colour together: where something stands, and where it belongs.

use domain::{environment::Environment, profile::State};
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use strum::IntoEnumIterator;

use super::icon::{BOX, CHECK, CIRCLE_CHECK, CIRCLE_DASHED, Icon, PAUSE};

/// Word, icon and tone.
pub type BadgeStyle = (&'static str, Icon, &'static str);

#[component]
pub fn Badge(badge_style: BadgeStyle) -> impl IntoView {
    let (word, icon, tone) = badge_style;
    view! {
        <span class=format!("badge {tone}")>
            <Icon path=icon/>
            {word}
        </span>
    }
}

pub const fn badge_style(state: State) -> BadgeStyle {
    match state {
        State::Draft => ("Draft", CIRCLE_DASHED, "idle"),
        State::Verified => ("Verified", CHECK, "note"),
        State::Active => ("Active", CIRCLE_CHECK, "good"),
        State::Suspended => ("Suspended", PAUSE, "warn"),
        State::Archived => ("Archived", BOX, "idle"),
    }
}

#[component]
pub fn StateBadge(state: State) -> impl IntoView {
    view! { <Badge badge_style=badge_style(state)/> }
}

pub const fn environment_name(environment: Environment) -> &'static str {
    match environment {
        Environment::Development => "Development",
        Environment::Staging => "Staging",
        Environment::Production => "Production",
    }
}

/// Value and word of each, to choose from.
#[cfg(feature = "ssr")]
pub fn environments() -> Vec<(String, String)> {
    Environment::iter().map(|environment| (environment.to_string(), environment_name(environment).to_owned())).collect()
}

#[component]
pub fn EnvironmentBadge(environment: Environment) -> impl IntoView {
    view! { <span class=format!("environment {environment}")>{environment_name(environment)}</span> }
}
