//! A connection as one line of a short list.

use domain::{ids::ProfileId, profile::ServiceConnectionProfile};
use leptos::prelude::*;

use super::path_of;
use crate::ui::badge::{EnvironmentBadge, StateBadge};

/// Its name as a link, `about` it below, and what stands `beside`.
pub fn connection_line(id: ProfileId, name: String, about: impl IntoView, beside: impl IntoView) -> impl IntoView {
    view! {
        <li>
            <div>
                <a class="row-link" href=path_of(id)>
                    {name}
                </a>
                <p>{about}</p>
            </div>
            {beside}
        </li>
    }
}

/// Where it belongs, and how far it has come.
pub fn badges(connection: &ServiceConnectionProfile) -> impl IntoView + use<> {
    view! {
        <div class="buttons">
            <EnvironmentBadge environment=connection.environment/>
            <StateBadge state=connection.state/>
        </div>
    }
}
