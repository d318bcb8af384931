//! Why nobody is told of a connection, on every page about it, and what it depends on.

use domain::{ids::ProfileId, maintenance::MaintenanceWindow, matchers::Matched, profile::ServiceConnectionProfile, silence::Silence};
use engine::{OpsError, Scope, connections, maintenance, suppression::silences};
use leptos::prelude::*;

use crate::{
    connections::path_of as connection_path,
    ui::{
        icon::{BELL, Icon, PAUSE, PLUG},
        time::{Shape, Time},
    },
};

/// What holds for one connection now.
#[derive(Clone)]
pub struct SuppressionState {
    windows: Vec<MaintenanceWindow>,
    silences: Vec<Silence>,
    depends_on: Vec<(ProfileId, String)>,
}

impl SuppressionState {
    /// # Errors
    /// The database failed.
    pub async fn of(scope: &Scope, connection: &ServiceConnectionProfile) -> Result<Self, OpsError> {
        let now = scope.console().clock.now();
        let matched = Matched { id: connection.id, environment: connection.environment, tags: &connection.tags };
        let mut windows = maintenance::list(scope).await?;
        windows.retain(|window| window.opens_at <= now && window.closes_at > now && window.matchers().hold_for(matched));
        let mut silences = silences::list(scope).await?;
        silences.retain(|silence| silence.ends_at > now && silence.matchers.hold_for(matched));
        let mut depends_on = Vec::new();
        for id in &connection.depends_on {
            // One that the actor does not reach is not named.
            if let Ok(connection) = connections::get(scope, *id).await {
                depends_on.push((*id, connection.name));
            }
        }
        Ok(Self { windows, silences, depends_on })
    }
}

#[component]
pub fn SuppressionNotice(quiet: SuppressionState) -> impl IntoView {
    let SuppressionState { windows, silences, depends_on } = quiet;
    let windows = windows
        .into_iter()
        .map(|window| {
            view! {
                <div class="notice warn">
                    <Icon path=PAUSE/>
                    <p class="grow">
                        <strong>"In maintenance until " <Time at=window.closes_at shape=Shape::Minute/></strong>
                        {format!(": {} Declared by {}.", sentence(&window.reason), window.created_by)}
                    </p>
                </div>
            }
        })
        .collect_view();
    let silences = silences
        .into_iter()
        .map(|silence| {
            view! {
                <div class="notice warn">
                    <Icon path=BELL/>
                    <p class="grow">
                        <strong>"Silenced until " <Time at=silence.ends_at shape=Shape::Minute/></strong>
                        {format!(": {} Made by {}.", sentence(&silence.reason), silence.created_by)}
                    </p>
                </div>
            }
        })
        .collect_view();
    let dependencies = (!depends_on.is_empty()).then(|| {
        let links = depends_on.into_iter().map(|(id, name)| view! { <li><a href=connection_path(id)>{name}</a></li> }).collect_view();
        view! {
            <div class="notice">
                <Icon path=PLUG/>
                <div class="grow">
                    <p>"While one of these has an incident, nobody is told of its own:"</p>
                    <ul>{links}</ul>
                </div>
            </div>
        }
    });
    view! {
        {windows}
        {silences}
        {dependencies}
    }
}

fn sentence(reason: &str) -> String {
    if reason.ends_with(['.', '!', '?']) { reason.to_owned() } else { format!("{reason}.") }
}
