//! The evidence of a run: how much there is, the pack, and how anyone can check it.

use domain::{evidence::Evidence, ids::RunId};
use leptos::prelude::*;

use crate::{
    diagnostics::{evidence::size, verdict::plural},
    ui::icon::{DOWNLOAD, Icon},
};

#[component]
pub fn Pack(run: RunId, evidence: Vec<Evidence>, public_key: String) -> impl IntoView {
    let bytes = evidence.iter().map(|one| one.bytes).sum();
    let told = if evidence.is_empty() {
        "No artefacts: none were kept, or their retention is over.".to_owned()
    } else {
        format!("{}, {}, with a signed manifest.", plural(evidence.len(), "artefact"), size(bytes))
    };
    let command = format!("switchboard evidence verify evidence-{run}.zip --public-key {public_key}");
    view! {
        <section class="card" aria-labelledby="pack">
            <header>
                <h2 id="pack">"Evidence"</h2>
                <a class="button small" href=format!("/api/diagnostics/runs/{run}/evidence") download=format!("evidence-{run}.zip")>
                    <Icon path=DOWNLOAD/>
                    "Download pack"
                </a>
            </header>
            <div class="body stack-small">
                <p>{told}</p>
                <p class="quiet small">"Check it anywhere, without this console:"</p>
                <pre tabindex="0" class="command">{command.clone()}</pre>
                <div>
                    <button type="button" class="button small needs-script" data-copy=command>
                        "Copy"
                    </button>
                </div>
            </div>
        </section>
    }
}
