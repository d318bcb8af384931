//! The form of a connection, for a new one and for a change.

use std::marker::PhantomData;

use domain::{
    kind::{Depth, KindDescriptor},
    policy::HeartbeatPolicy,
    profile::ServiceConnectionProfile,
};
use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    fields::{Filling, KindFields},
    heartbeat::HeartbeatFields,
};
use crate::ui::{
    badge::environments,
    field::{About, SegmentsField, TextField},
    form::{ActionForm, FormState, Submit},
    layout::environment as console_environment,
};

/// What stands in the form at first.
#[component]
pub fn ConnectionForm<F: ServerFn + 'static>(
    #[prop(optional)] _action: PhantomData<F>,
    descriptor: KindDescriptor,
    /// The connection to change; absent for a new one.
    #[prop(optional)]
    current: Option<ServiceConnectionProfile>,
    heartbeat: HeartbeatPolicy,
    /// Where *Cancel* leads.
    cancel: String,
    /// Hidden inputs: which kind, or which connection at which version.
    children: Children,
) -> impl IntoView {
    let form_state = FormState::of::<F>();
    let filling = Filling {
        settings: current.as_ref().map(|current| current.settings.clone()).unwrap_or_default(),
        stored: current.as_ref().is_some_and(|current| current.has_credential),
        verified: current.as_ref().is_some_and(|current| current.verified_version == Some(current.version)),
    };
    view! {
        <ActionForm<F> class="form">
            {children()}
            <section class="card" aria-labelledby="about">
                <header>
                    <h2 id="about">"About"</h2>
                </header>
                <div class="form-section">
                    <Identity form_state=form_state.clone() current=current.clone()/>
                </div>
            </section>
            <section class="card" aria-labelledby="connection">
                <header>
                    <h2 id="connection">{descriptor.title}</h2>
                </header>
                <div class="form-section">
                    <KindFields descriptor=descriptor form_state=form_state.clone() filling=filling/>
                </div>
            </section>
            <section class="card" aria-labelledby="heartbeats">
                <header>
                    <h2 id="heartbeats">"Heartbeats"</h2>
                </header>
                <div class="form-section">
                    <HeartbeatFields form_state=form_state.clone() policy=heartbeat/>
                </div>
            </section>
            <section class="card" aria-labelledby="people">
                <header>
                    <h2 id="people">"People"</h2>
                </header>
                <div class="form-section">
                    <People form_state=form_state current=current/>
                </div>
            </section>
            <div class="form-end">
                <Submit label="Save connection" progress="Saving…"/>
                <a class="button plain" href=cancel>
                    "Cancel"
                </a>
            </div>
        </ActionForm<F>>
    }
}

#[component]
fn Identity(form_state: FormState, current: Option<ServiceConnectionProfile>) -> impl IntoView {
    let (name, environment) = current.map_or((String::new(), console_environment()), |current| (current.name, current.environment));
    view! {
        <TextField about=About::new("name", "Name").required() form_state=form_state.clone() value=name/>
        <SegmentsField about=About::new("environment", "Environment") form_state=form_state value=environment.to_string() choices=environments()/>
    }
}

#[component]
fn People(form_state: FormState, current: Option<ServiceConnectionProfile>) -> impl IntoView {
    let (tags, owner, runbook) =
        current.map_or_else(Default::default, |current| (current.tags.join(", "), current.owner.unwrap_or_default(), current.runbook_url.unwrap_or_default()));
    view! {
        <TextField about=About::new("owner", "Owner").hint("Who answers for it.").optional().width("half") form_state=form_state.clone() value=owner/>
        <TextField about=About::new("tags", "Tags").hint("Separated by commas.").optional().width("half") form_state=form_state.clone() value=tags/>
        <TextField about=About::new("runbook_url", "Runbook").optional() form_state=form_state value=runbook kind="url" placeholder="https://"/>
    }
}

/// What the test will try, beside the form.
#[component]
pub fn Plan(descriptor: KindDescriptor) -> impl IntoView {
    let steps = descriptor
        .scenarios_to(Depth::Verify)
        .map(|scenario| {
            view! {
                <li>
                    {scenario.title}
                    {(!scenario.blocking).then(|| view! { <span class="advisory">" advisory"</span> })}
                </li>
            }
        })
        .collect_view();
    view! {
        <aside class="card plan" aria-labelledby="plan">
            <header>
                <h2 id="plan">"What the test tries"</h2>
            </header>
            <ol>{steps}</ol>
            <p>"Every step must pass before the connection may be activated, but for the advisory ones, which warn."</p>
        </aside>
    }
}
