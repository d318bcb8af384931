//! The form of a channel: what every one has, and the fields of its type.

use std::collections::BTreeSet;

use domain::{
    channel::{ChannelDescriptor, Digest, NotificationChannel},
    environment::Environment,
    ids::ChannelId,
    profile::Settings,
    severity::IncidentSeverity,
};
use leptos::prelude::*;
use strum::IntoEnumIterator;

use super::server_fns::SaveChannel;
use crate::ui::{
    badge::environment_name,
    field::{About, SelectField, TextField},
    form::{ActionForm, FormState, Submit},
    kind_fields::{KindFields, KindFilling},
    markup::{IntoMarkup, Markup, MarkupChildren},
};

/// What the fields hold at first.
pub struct Filling {
    /// The channel that is changed, and the version that the person sees.
    changes: Option<(ChannelId, i64)>,
    name: String,
    settings: Settings,
    stored: bool,
    severities: BTreeSet<IncidentSeverity>,
    environments: BTreeSet<Environment>,
    digest: Digest,
}

impl Filling {
    pub fn fresh() -> Self {
        let severities = IncidentSeverity::iter().collect();
        Self { changes: None, name: String::new(), settings: Settings::new(), stored: false, severities, environments: BTreeSet::new(), digest: Digest::None }
    }

    pub fn of(channel: NotificationChannel) -> Self {
        Self {
            changes: Some((channel.id, channel.version)),
            name: channel.name,
            settings: channel.settings,
            stored: channel.has_credential,
            severities: channel.severities,
            environments: channel.environments.unwrap_or_default(),
            digest: channel.digest,
        }
    }
}

#[component]
pub fn ChannelForm(descriptor: ChannelDescriptor, filling: Filling) -> impl IntoView {
    let form_state = FormState::of::<SaveChannel>();
    let Filling { changes, name, settings, stored, severities, environments, digest } = filling;
    let ChannelDescriptor { id: kind, title, summary, fields } = descriptor;
    let severities = boxes(&form_state, "severities[]", IncidentSeverity::iter(), &severities, IncidentSeverity::label);
    let environments = boxes(&form_state, "environments[]", Environment::iter(), &environments, environment_name);
    view! {
        <section class="card" aria-labelledby="channel">
            <header>
                <h2 id="channel">{title}</h2>
            </header>
            <ActionForm<SaveChannel>>
                <div class="form-section">
                    <p class="hint">{summary}</p>
                    {changes.map(|(id, version)| view! {
                        <input type="hidden" name="id" value=id.to_string()/>
                        <input type="hidden" name="version" value=version.to_string()/>
                    })}
                    <input type="hidden" name="kind" value=kind/>
                    <TextField about=About::new("name", "Name").required() form_state=form_state.clone() value=name/>
                    <KindFields fields=fields form_state=form_state.clone() filling=KindFilling { settings, stored, verified: false }/>
                    <Several name="severities" label="Urgency" hint="It is told of incidents of these." form_state=form_state.clone()>
                        {severities}
                    </Several>
                    <Several
                        name="environments"
                        label="Environments"
                        hint="None chosen means all. What concerns the console itself is told to every channel."
                        form_state=form_state.clone()
                    >
                        {environments}
                    </Several>
                    <SelectField
                        about=About::new("digest", "Digest").hint("What a severity leaves to the digest is told there alone. In the team’s own morning.")
                        form_state=form_state
                        value=digest.to_string()
                        choices=digests()
                    />
                    <Submit label="Save & test" progress="Saving…"/>
                </div>
            </ActionForm<SaveChannel>>
        </section>
    }
}

/// How often a digest comes.
pub fn digests() -> Vec<(String, String)> {
    [(Digest::None, "None"), (Digest::Daily, "Daily"), (Digest::Weekly, "Weekly, on Mondays")]
        .map(|(digest, word)| (digest.to_string(), word.to_owned()))
        .into()
}

/// Boxes of which several may be ticked.
#[component]
pub fn Several(name: &'static str, label: &'static str, hint: &'static str, form_state: FormState, children: MarkupChildren) -> impl IntoView {
    view! {
        <fieldset class="field" aria-describedby=format!("{name}-hint {name}-error")>
            <legend class="label">{label}</legend>
            <div class="choices">{children.write()}</div>
            <p class="hint" id=format!("{name}-hint")>{hint}</p>
            <p class="error" id=format!("{name}-error") data-error-for=name>{form_state.error(name)}</p>
        </fieldset>
    }
}

fn boxes<T: Copy + Ord + Into<&'static str>>(
    form_state: &FormState,
    input: &'static str,
    all: impl Iterator<Item = T>,
    chosen: &BTreeSet<T>,
    word: impl Fn(T) -> &'static str,
) -> Markup {
    all.map(|one| {
        let value: &'static str = one.into();
        let is_ticked = if form_state.is_refused() { form_state.chose(input, value) } else { chosen.contains(&one) };
        view! {
            <label class="choice">
                <input type="checkbox" name=input value=value checked=is_ticked/>
                {word(one)}
            </label>
        }
    })
    .collect_view()
    .into_markup()
}
