//! What a connection depends on: a form of its own, which works as HTML does, beside the one that is checked while it is typed.

use domain::{ids::ProfileId, profile::ServiceConnectionProfile};
use leptos::prelude::*;

use super::server_fns::SetDependencies;
use crate::ui::form::{ActionForm, FormState, Submit};

/// `others` may be chosen.
#[component]
pub fn Dependencies(connection: ServiceConnectionProfile, others: Vec<(ProfileId, String)>) -> impl IntoView {
    let form_state = FormState::of::<SetDependencies>();
    let choices = others
        .into_iter()
        .map(|(id, name)| {
            let value = id.to_string();
            let is_chosen = if form_state.is_refused() { form_state.chose("depends_on[]", &value) } else { connection.depends_on.contains(&id) };
            view! { <option value=value selected=is_chosen>{name}</option> }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="dependencies">
            <header>
                <h2 id="dependencies">"Depends on"</h2>
            </header>
            <div class="body">
                <ActionForm<SetDependencies> class="stack-small">
                    <input type="hidden" name="id" value=connection.id.to_string()/>
                    <input type="hidden" name="version" value=connection.version.to_string()/>
                    <div class="field">
                        <label for="depends_on" class="label">"Connections without which it cannot be well"</label>
                        <select id="depends_on" class="select" name="depends_on[]" multiple size="6" aria-describedby="depends_on-hint depends_on-error">
                            {choices}
                        </select>
                        <p class="hint" id="depends_on-hint">
                            "While one of them has an incident, nobody is told of its own, which shows what it follows from. Hold Ctrl to choose several, or none."
                        </p>
                        <p class="error" id="depends_on-error" data-error-for="depends_on">{form_state.error("depends_on")}</p>
                    </div>
                    <div class="buttons">
                        <Submit label="Save dependencies" progress="Saving…" class=""/>
                    </div>
                </ActionForm<SetDependencies>>
            </div>
        </section>
    }
}
