//! The top of a connection's page: what it is, where it stands, what may be done with it.

use domain::{
    ids::ProfileId,
    permission::Permission,
    profile::{ServiceConnectionProfile, State, Transition},
};
use leptos::prelude::*;

use super::{LIST, kind::KindName, path_of, server_fns::ApplyTransition};
use crate::{
    authorize::may,
    diagnostics::RunOne,
    ui::{
        badge::{EnvironmentBadge, StateBadge},
        form::{ActionForm, Submit},
        icon::{BOX, COPY, Icon, PAUSE, PENCIL, PLAY},
    },
};

#[component]
pub fn Head(connection: ServiceConnectionProfile) -> impl IntoView {
    let actions = may(Permission::ConfigureConnections).then(|| actions(&connection));
    view! {
        <div class="page-head" id="connection-head" data-refresh="">
            <div>
                <h1>{connection.name}</h1>
                <p class="facts">
                    <StateBadge state=connection.state/>
                    <EnvironmentBadge environment=connection.environment/>
                    <KindName kind=connection.kind/>
                </p>
            </div>
            {actions}
        </div>
    }
}

fn actions(connection: &ServiceConnectionProfile) -> impl IntoView + use<> {
    let id = connection.id;
    let step = match connection.state {
        State::Active => Some(step_form(id, Transition::Suspend, "Suspend", "Suspending…", PAUSE)),
        State::Suspended => Some(step_form(id, Transition::Resume, "Resume", "Resuming…", PLAY)),
        State::Archived => Some(step_form(id, Transition::Restore, "Restore as a draft", "Restoring…", BOX)),
        _ => None,
    };
    let everyday = (connection.state != State::Archived).then(|| {
        view! {
            <RunOne id=id/>
            <a class="button" href=format!("{}/edit", path_of(id))>
                <Icon path=PENCIL/>
                "Edit"
            </a>
        }
    });
    view! {
        <div class="page-actions">
            {everyday}
            <a class="button" href=format!("{LIST}/new?from={id}")>
                <Icon path=COPY/>
                "Duplicate"
            </a>
            {step}
        </div>
    }
}

fn step_form(id: ProfileId, step: Transition, label: &'static str, progress: &'static str, icon: Icon) -> impl IntoView {
    view! {
        <ActionForm<ApplyTransition>>
            <input type="hidden" name="id" value=id.to_string()/>
            <input type="hidden" name="step" value=step.to_string()/>
            <Submit label=label progress=progress class="" icon=icon/>
        </ActionForm<ApplyTransition>>
    }
}

/// Apart from everyday acts: what takes a connection out of use.
#[component]
pub fn Danger(connection: ServiceConnectionProfile) -> impl IntoView {
    let ServiceConnectionProfile { id, name, state, .. } = connection;
    (may(Permission::ConfigureConnections) && state != State::Archived).then(|| {
        view! {
            <section class="card screen-only" aria-label="Archive">
                <div class="body danger-line">
                    <p class="quiet small">"Archiving takes it out of use and removes its credential. It may be restored as a draft."</p>
                    <details class="ask" name="ask">
                        <summary class="button danger small">
                            <Icon path=BOX/>
                            "Archive"
                        </summary>
                        <div class="ask-body">
                            <h2>{format!("Archive “{name}”?")}</h2>
                            <p>
                                "It is not watched or used any more, its name becomes free, and its credential is removed for good. Its history is kept."
                            </p>
                            <ActionForm<ApplyTransition>>
                                <input type="hidden" name="id" value=id.to_string()/>
                                <input type="hidden" name="step" value="archive"/>
                                <Submit label=format!("Archive “{name}”") progress="Archiving…" class="danger primary"/>
                            </ActionForm<ApplyTransition>>
                        </div>
                    </details>
                </div>
            </section>
        }
    })
}
