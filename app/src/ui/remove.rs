//! The question before something is removed for good.

use std::marker::PhantomData;

use leptos::{prelude::*, server_fn::ServerFn};

use super::form::{ActionForm, Submit};

/// A button that opens it; its form calls the server function `F` with the `id`.
#[component]
pub fn AskToRemove<F: ServerFn + 'static>(
    #[prop(optional)] _action: PhantomData<F>,
    #[prop(into)] id: String,
    /// What it is called.
    name: String,
    /// What goes with it, or stays.
    consequence: &'static str,
    #[prop(default = "Remove")] button: &'static str,
) -> impl IntoView {
    view! {
        <details class="ask" name="ask">
            <summary class="button danger">{button}</summary>
            <div class="ask-body">
                <h2>{format!("Remove “{name}”?")}</h2>
                <p>{consequence}</p>
                <ActionForm<F>>
                    <input type="hidden" name="id" value=id/>
                    <Submit label=format!("Remove “{name}”") progress="Removing…" class="danger primary"/>
                </ActionForm<F>>
            </div>
        </details>
    }
}
