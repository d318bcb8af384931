//! The top of a connection's page: what it is, where it stands, what may be done with it.

use domain::{
    ids::ProfileId,
    operator::Role,
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
    let acts = (may(Role::Operator) && connection.state != State::Archived).then(|| acts(&connection));
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
            {acts}
        </div>
    }
}

fn acts(connection: &ServiceConnectionProfile) -> impl IntoView + use<> {
    let id = connection.id;
    let step = match connection.state {
        State::Active => Some(step_form(id, Transition::Suspend, "Suspend", "Suspending…", PAUSE)),
        State::Suspended => Some(step_form(id, Transition::Resume, "Resume", "Resuming…", PLAY)),
        _ => None,
    };
    view! {
        <div class="page-acts">
            <RunOne id=id/>
            <a class="button" href=format!("{}/edit", path_of(id))>
                <Icon path=PENCIL/>
                "Edit"
            </a>
            <a class="button" href=format!("{LIST}/new?from={id}")>
                <Icon path=COPY/>
                "Duplicate"
            </a>
            {step}
            <Archive id=id name=connection.name.clone()/>
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

#[component]
fn Archive(id: ProfileId, name: String) -> impl IntoView {
    view! {
        <details class="ask" name="ask">
            <summary class="button danger">
                <Icon path=BOX/>
                "Archive"
            </summary>
            <div class="ask-body">
                <h2>{format!("Archive “{name}”?")}</h2>
                <p>"It is not watched or used any more, and cannot be brought back. Its history is kept, and its name becomes free."</p>
                <ActionForm<ApplyTransition>>
                    <input type="hidden" name="id" value=id.to_string()/>
                    <input type="hidden" name="step" value="archive"/>
                    <Submit label=format!("Archive “{name}”") progress="Archiving…" class="danger primary"/>
                </ActionForm<ApplyTransition>>
            </div>
        </details>
    }
}
