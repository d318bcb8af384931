//! Begins a run: over which connections.

use domain::ids::ProfileId;
use leptos::prelude::*;
use strum::IntoEnumIterator;

use super::{
    NEW,
    server_fns::{Scope, StartDiagnostics},
};
use crate::ui::{
    field::{About, SelectField, TextField},
    form::{ActionForm, FormState, Submit},
    icon::PLAY,
};

impl Scope {
    const fn name(self) -> &'static str {
        match self {
            Self::Chosen => "Chosen",
            Self::All => "All",
            Self::Development => "Development",
            Self::Staging => "Staging",
            Self::Production => "Production",
        }
    }

    /// Value and word of each, to choose from.
    pub fn choices() -> impl Iterator<Item = (String, String)> {
        Self::iter().map(|scope| (scope.to_string(), scope.name().to_owned()))
    }
}

/// A run over an environment, without leaving the list of runs.
#[component]
pub fn QuickStart() -> impl IntoView {
    let form_state = FormState::of::<StartDiagnostics>();
    let scopes = Scope::choices().filter(|(value, _)| *value != Scope::Chosen.to_string()).collect();
    view! {
        <section class="card" aria-labelledby="quick-start">
            <header>
                <h2 id="quick-start">"Run diagnostics"</h2>
            </header>
            <ActionForm<StartDiagnostics>>
                <div class="form-section">
                    <SelectField about=About::new("scope", "Connections").required() form_state=form_state.clone() value="all" choices=scopes/>
                    {release(form_state.clone())}
                    {selection_error(&form_state)}
                    <div class="buttons">
                        <Submit label="Run" progress="Starting…" icon=PLAY/>
                        <a class="button plain" href=NEW>
                            "Choose connections"
                        </a>
                    </div>
                </div>
            </ActionForm<StartDiagnostics>>
        </section>
    }
}

pub fn release(form_state: FormState) -> impl IntoView {
    view! { <TextField about=About::new("release", "Release").hint("What it decides on, such as a version.").optional() form_state=form_state/> }
}

/// Says when there is nothing to run.
pub fn selection_error(form_state: &FormState) -> impl IntoView + use<> {
    let (connections, scenarios) = (form_state.error("connection_ids"), form_state.error("scenarios"));
    view! {
        <div class="field errors">
            <p class="error" data-error-for="connection_ids">{connections}</p>
            <p class="error" data-error-for="scenarios">{scenarios}</p>
        </div>
    }
}

/// A run over one connection: one press.
#[component]
pub fn RunOne(id: ProfileId, #[prop(default = "")] class: &'static str) -> impl IntoView {
    view! {
        <ActionForm<StartDiagnostics>>
            <input type="hidden" name="scope" value=Scope::Chosen.to_string()/>
            <input type="hidden" name="connection_ids[]" value=id.to_string()/>
            <Submit label="Run diagnostics" progress="Starting…" class=class icon=PLAY/>
        </ActionForm<StartDiagnostics>>
    }
}
