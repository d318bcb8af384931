//! The silences that hold, and the way to make another.

use domain::{environment::Environment, ids::ProfileId, permission::Permission, silence::Silence};
use engine::{OpsError, Scope, connections, suppression::silences};
use leptos::prelude::*;
use strum::IntoEnumIterator;

use super::server_fns::{EndSilence, Silence as MakeSilence};
use crate::{
    authorize::may,
    ui::{
        badge::environment_name,
        field::{About, SelectField, TextField},
        form::{ActionForm, FormState, Submit},
        markup::IntoMarkup,
        time::{Shape, Time, length},
    },
};

/// Minutes that a silence may be made for here; the API takes any end.
const LENGTHS: [u32; 7] = [30, 60, 120, 240, 480, 1_440, 10_080];

/// A silence and what it is about, in words.
pub struct ListedSilence {
    silence: Silence,
    about: String,
}

impl ListedSilence {
    /// Those that hold now, that which ends last first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn all(scope: &Scope) -> Result<Vec<Self>, OpsError> {
        let now = scope.console().clock.now();
        let mut listed = Vec::new();
        for silence in silences::list(scope).await?.into_iter().filter(|silence| silence.ends_at > now) {
            listed.push(Self { about: about(scope, &silence).await?, silence });
        }
        Ok(listed)
    }
}

async fn about(scope: &Scope, silence: &Silence) -> Result<String, OpsError> {
    let mut parts = Vec::new();
    if let Some(id) = silence.matchers.connection_id {
        parts.push(connections::get(scope, id).await?.name);
    }
    parts.extend(silence.matchers.tag.as_ref().map(|tag| format!("the tag {tag}")));
    parts.extend(silence.matchers.environment.map(|environment| environment_name(environment).to_owned()));
    Ok(parts.join(", "))
}

/// `connections` may be chosen; `chosen` is, to begin with.
#[component]
pub fn Silences(silences: Vec<ListedSilence>, connections: Vec<(ProfileId, String)>, chosen: Option<ProfileId>) -> impl IntoView {
    let lines = silences.into_iter().map(line).collect_view();
    let is_empty = lines.is_empty();
    let make = may(Permission::HandleIncidents).then(|| view! { <Make connections=connections chosen=chosen/> });
    view! {
        <section class="card" aria-labelledby="silences" id="silences-card">
            <header>
                <h2 id="silences">"Silences"</h2>
                {make}
            </header>
            {if is_empty {
                view! { <p class="body quiet">"None. What is silenced is watched as ever, and nobody is told of it until the silence ends."</p> }.into_markup()
            } else {
                view! { <ul class="attention">{lines}</ul> }.into_markup()
            }}
        </section>
    }
}

fn line(ListedSilence { silence, about }: ListedSilence) -> impl IntoView {
    let end = may(Permission::HandleIncidents).then(|| {
        view! {
            <ActionForm<EndSilence>>
                <input type="hidden" name="id" value=silence.id.to_string()/>
                <Submit label="End now" progress="Ending…" class="small"/>
            </ActionForm<EndSilence>>
        }
    });
    view! {
        <li>
            <div>
                <strong>{about}</strong>
                <p>{silence.reason}</p>
                <p class="quiet">"Until " <Time at=silence.ends_at shape=Shape::Minute/> {format!(", by {}", silence.created_by)}</p>
            </div>
            {end}
        </li>
    }
}

#[component]
fn Make(connections: Vec<(ProfileId, String)>, chosen: Option<ProfileId>) -> impl IntoView {
    let form_state = FormState::of::<MakeSilence>();
    let is_refused = form_state.is_refused();
    let any = || (String::new(), "Any".to_owned());
    let connections: Vec<_> = [any()].into_iter().chain(connections.into_iter().map(|(id, name)| (id.to_string(), name))).collect();
    let environments: Vec<_> =
        [any()].into_iter().chain(Environment::iter().map(|environment| (environment.to_string(), environment_name(environment).to_owned()))).collect();
    let lengths = LENGTHS.map(|minutes| (minutes.to_string(), length(u64::from(minutes) * 60)));
    view! {
        <details class="ask" name="ask" open=is_refused>
            <summary class="button small">"Silence"</summary>
            <div class="ask-body">
                <h2>"Silence failures"</h2>
                <p>"Incidents open and show, and nobody is told. Whatever still stands at the end is told then."</p>
                <ActionForm<MakeSilence> class="stack-small">
                    <SelectField
                        about=About::new("connection", "Connection")
                        form_state=form_state.clone()
                        value=chosen.map(|id| id.to_string()).unwrap_or_default()
                        choices=connections
                    />
                    <TextField about=About::new("tag", "Tag").optional() form_state=form_state.clone()/>
                    <SelectField about=About::new("environment", "Environment") form_state=form_state.clone() value="" choices=environments/>
                    <p class="error" id="matchers-error" data-error-for="matchers">{form_state.error("matchers")}</p>
                    <SelectField about=About::new("minutes", "For") form_state=form_state.clone() value="60" choices=lengths.to_vec()/>
                    <TextField about=About::new("reason", "Reason").required() form_state=form_state/>
                    <Submit label="Silence" progress="Silencing…"/>
                </ActionForm<MakeSilence>>
            </div>
        </details>
    }
}
