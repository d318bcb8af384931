//! What was kept of a result: a way to its page, and its text in place.

use domain::ids::{EvidenceId, RunId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    diagnostics::path_of,
    ui::icon::{FILE, Icon},
};

#[derive(Clone, Serialize, Deserialize)]
pub struct Artefact {
    pub id: EvidenceId,
    pub run: RunId,
    pub name: String,
    pub size: String,
}

/// An artefact as text that does nothing.
#[derive(Clone, Serialize, Deserialize)]
pub struct ArtefactText {
    pub text: String,
    /// Said when it is only the beginning.
    pub cut: Option<String>,
}

pub fn kept(artefacts: Vec<Artefact>) -> Option<AnyView> {
    (!artefacts.is_empty()).then(|| view! { <ul class="kept" aria-label="Evidence">{artefacts.into_iter().map(artefact).collect_view()}</ul> }.into_any())
}

fn artefact(artefact: Artefact) -> AnyView {
    let Artefact { id, run, name, size } = artefact;
    let (text, open) = (RwSignal::new(None::<ArtefactText>), RwSignal::new(false));
    let label = format!("Show {name} here");
    let press = move |_: leptos::ev::MouseEvent| {
        open.update(|open| *open = !*open);
        #[cfg(feature = "hydrate")]
        super::live::read_artefact(id, text, open);
        let _ = (id, text);
    };
    let shown = move || {
        text.get().filter(|_| open.get()).map(|ArtefactText { text, cut }| {
            view! {
                <pre class="artefact" tabindex="0">{text}</pre>
                {cut.map(|cut| view! { <span class="quiet">{cut}</span> })}
            }
        })
    };
    view! {
        <li class:opened=move || open.get()>
            <a href=format!("{}/evidence/{id}", path_of(run))>
                <Icon path=FILE/>
                {name}
            </a>
            <span class="quiet">{size}</span>
            <button
                type="button"
                class="button small needs-script"
                aria-label=label
                aria-expanded=move || if open.get() { "true" } else { "false" }
                on:click=press
            >
                {move || if open.get() { "Hide" } else { "Show" }}
            </button>
            {shown}
        </li>
    }
    .into_any()
}
