//! How often what was tried against services succeeded, by kind, and the connections that failed most.

use domain::{ids::ProfileId, kind::KindId, rate::Rate};
use engine::rates::Rates;
use leptos::prelude::*;

use crate::{
    connections::{self, kind::KindName},
    ui::{
        markup::{IntoMarkup, Markup},
        table::{DataTable, heads},
    },
};

/// Nothing while nothing was tried.
#[component]
pub fn SuccessRates(rates: Rates, #[prop(into)] over: String) -> impl IntoView {
    let Rates { kinds, connections } = rates;
    (!kinds.is_empty()).then(|| {
        view! {
            <section class="card table-box" aria-labelledby="rates">
                <header>
                    <h2 id="rates">{format!("Tests and diagnostics, {over}")}</h2>
                </header>
                <DataTable caption="Success of tests and diagnostics" heads=heads(["What", "Tests that failed", "Scenarios that failed", "Succeeded"])>
                    {kinds.into_iter().map(row).collect_view()}
                    {connections.into_iter().map(row).collect_view()}
                </DataTable>
            </section>
        }
    })
}

fn row(rate: Rate) -> impl IntoView {
    let success = rate.success().map(|percent| format!("{percent} %"));
    view! {
        <tr role="row">
            <td role="cell" class="name">
                {name(rate.kind, rate.connection_id.zip(rate.connection_name))}
            </td>
            <td role="cell" data-label="Tests that failed">{of(rate.verifications_failed, rate.verifications)}</td>
            <td role="cell" data-label="Scenarios that failed">{of(rate.scenarios_failed, rate.scenarios)}</td>
            <td role="cell" data-label="Succeeded">{success}</td>
        </tr>
    }
}

fn name(kind: KindId, connection: Option<(ProfileId, String)>) -> Markup {
    match connection {
        Some((id, name)) => view! { <a class="row-link" href=connections::path_of(id)>{name}</a> }.into_markup(),
        None => view! { <KindName kind=kind/> }.into_markup(),
    }
}

fn of(failed: i64, tried: i64) -> String {
    if tried == 0 { "None tried".to_owned() } else { format!("{failed} of {tried}") }
}
