//! What the form of a connection holds: fields drawn on the server, filled with what stands, what is copied, or what was refused.

use domain::{
    environment::Environment,
    ids::ProfileId,
    kind::{Field, KindDescriptor, KindId},
    policy::HeartbeatPolicy,
    profile::{ServiceConnectionProfile, Settings, State},
};
use leptos::prelude::*;

use super::{
    form::{ConnectionForm, FormSubject},
    heartbeat::Heartbeats,
    input::Verified,
    server_fns::SaveConnection,
};
use crate::{
    action::form_address,
    ui::{
        badge::environments,
        draft::ShownTo,
        field::{About, SegmentsField, TextField},
        form::{FormState, RefusedAs},
        kind_fields::{KindFields, KindFilling},
        layout::environment as console_environment,
        url::here,
    },
};

/// What the fields hold at first.
pub struct Filling {
    name: String,
    environment: Environment,
    settings: Settings,
    heartbeat: HeartbeatPolicy,
    tags: Vec<String>,
    owner: String,
    runbook_url: String,
    has_credential: bool,
    verified: Option<Verified>,
    /// What it says of a change that takes the verification away.
    cost: &'static str,
}

impl Filling {
    pub fn fresh(heartbeat: HeartbeatPolicy) -> Self {
        Self {
            name: String::new(),
            environment: console_environment(),
            settings: Settings::new(),
            heartbeat,
            tags: Vec::new(),
            owner: String::new(),
            runbook_url: String::new(),
            has_credential: false,
            verified: None,
            cost: "",
        }
    }

    /// Everything but the secret.
    pub fn copied_from(original: ServiceConnectionProfile) -> Self {
        Self { name: format!("{} (copy)", original.name), has_credential: false, verified: None, ..Self::of(original) }
    }

    pub fn of(current: ServiceConnectionProfile) -> Self {
        let is_verified = current.verified_version == Some(current.version);
        Self {
            name: current.name,
            environment: current.environment,
            verified: is_verified.then(|| Verified { environment: current.environment, settings: current.settings.clone() }),
            settings: current.settings,
            heartbeat: current.heartbeat,
            tags: current.tags,
            owner: current.owner.unwrap_or_default(),
            runbook_url: current.runbook_url.unwrap_or_default(),
            has_credential: current.has_credential,
            cost: cost(current.state),
        }
    }
}

const fn cost(state: State) -> &'static str {
    match state {
        State::Active => "Saving this makes it a draft: it is not watched again until it is tested and activated anew.",
        State::Suspended => "Saving this makes it a draft, until it is tested and activated anew.",
        _ => "Saving this makes it a draft, until it is tested again.",
    }
}

#[component]
pub fn FilledForm(
    kind: KindId,
    descriptor: KindDescriptor,
    /// The connection it changes, and the version the person sees; nothing for a new one.
    #[prop(optional)]
    changes: Option<(ProfileId, i64)>,
    filling: Filling,
    /// Where *Cancel* leads.
    cancel: String,
) -> impl IntoView {
    let form_state = FormState::of::<SaveConnection>();
    let Filling { name, environment, settings, heartbeat, tags, owner, runbook_url, has_credential, verified, cost } = filling;
    let KindDescriptor { title, fields, .. } = descriptor;
    let kind_filling = KindFilling { settings, stored: has_credential, verified: verified.is_some() };
    let hidden = hidden(&kind, changes);
    let (changes, version) = changes.unzip();
    let fields_to_check = fields.iter().map(rules).collect();
    let subject = FormSubject { changes, version: version.unwrap_or_default(), kind, fields: fields_to_check, has_credential, verified, cost: cost.to_owned() };
    let address = form_address::<SaveConnection>(&here());
    view! {
        <form class="form" method="post" action=address novalidate=true>
            <ShownTo/>
            {hidden}
            <div class="form-fields">
                <AboutCard name=name environment=environment form_state=form_state.clone()/>
                <section class="card" aria-labelledby="connection">
                    <header>
                        <h2 id="connection">{title}</h2>
                    </header>
                    <div class="form-section">
                        <KindFields fields=fields form_state=form_state.clone() filling=kind_filling/>
                    </div>
                </section>
                <Heartbeats form_state=form_state.clone() policy=heartbeat/>
                <PeopleCard owner=owner tags=tags runbook_url=runbook_url form_state=form_state.clone()/>
            </div>
            <div class="form-end">
                <ConnectionForm subject=subject/>
                <a class="button plain" href=cancel>
                    "Cancel"
                </a>
            </div>
            <RefusedAs form_state=form_state/>
        </form>
    }
}

#[component]
fn AboutCard(name: String, environment: Environment, form_state: FormState) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="about">
            <header>
                <h2 id="about">"About"</h2>
            </header>
            <div class="form-section">
                <TextField about=About::new("name", "Name").required() form_state=form_state.clone() value=name/>
                <SegmentsField
                    about=About::new("environment", "Environment")
                    form_state=form_state
                    value=environment.to_string()
                    choices=environments()
                />
            </div>
        </section>
    }
}

#[component]
fn PeopleCard(owner: String, tags: Vec<String>, runbook_url: String, form_state: FormState) -> impl IntoView {
    let owned = About::new("owner", "Owner").hint("Who answers for it.").optional().width("half");
    let tagged = About::new("tags", "Tags").hint("Separated by commas.").optional().width("half");
    let runbook = About::new("runbook_url", "Runbook").optional();
    view! {
        <section class="card" aria-labelledby="people">
            <header>
                <h2 id="people">"People"</h2>
            </header>
            <div class="form-section">
                <TextField about=owned form_state=form_state.clone() value=owner/>
                <TextField about=tagged form_state=form_state.clone() value=tags.join(", ")/>
                <TextField about=runbook form_state=form_state value=runbook_url kind="url" placeholder="https://"/>
            </div>
        </section>
    }
}

/// What the browser checks a field by: its hint stands on the page already.
fn rules(field: &Field) -> Field {
    Field { hint: "".into(), ..field.clone() }
}

/// Which kind, or which connection at which version, for a form that is posted without script.
fn hidden(kind: &KindId, changes: Option<(ProfileId, i64)>) -> impl IntoView + use<> {
    let changed = changes.map(|(id, version)| [("id", id.to_string()), ("version", version.to_string())]);
    let inputs = [("kind", kind.to_string())].into_iter().chain(changed.into_iter().flatten());
    inputs.map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()
}
