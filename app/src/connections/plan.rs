//! What the test of a kind will try, beside its form.

use domain::kind::{Depth, KindDescriptor};
use leptos::prelude::*;

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
