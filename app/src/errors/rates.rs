//! How often what was tried against services succeeded, by kind, the connections that failed most, and the codes of errors that came most often.

use domain::{
    ids::ProfileId,
    kind::KindId,
    rate::{CodeCount, Rate},
};
use leptos::prelude::*;

use super::{chart::Hours, over_time::Shares};
use crate::{
    connections::{self, kind::KindName},
    ui::{
        markup::{IntoMarkup, Markup},
        table::{DataTable, heads},
    },
};

/// Nothing while nothing was tried.
#[component]
pub fn SuccessRates(kinds: Vec<Rate>, connections: Vec<Rate>, #[prop(into)] over: String) -> impl IntoView {
    (!kinds.is_empty()).then(|| {
        view! {
            <section class="card table-box" aria-labelledby="rates">
                <header>
                    <h2 id="rates">{format!("Tests and diagnostics, {over}")}</h2>
                </header>
                <DataTable caption="Success of tests and diagnostics" heads=heads(["What", "Tests that failed", "Scenarios that failed", "Succeeded", "Over time"])>
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
            <td role="cell" data-label="Over time">
                <Shares name="Tests and scenarios" tried=rate.tried failed=rate.failed/>
            </td>
        </tr>
    }
}

/// The codes that came most often; nothing while there is none.
#[component]
pub fn Codes(codes: Vec<CodeCount>, step: &'static str, #[prop(into)] over: String) -> impl IntoView {
    (!codes.is_empty()).then(|| {
        let rows = codes
            .into_iter()
            .map(|CodeCount { code, service, count, counts }| {
                view! {
                    <tr role="row">
                        <td role="cell" class="name mono">{code}</td>
                        <td role="cell" data-label="Service">{service}</td>
                        <td role="cell" data-label="All">{count}</td>
                        <td role="cell" data-label="Over time">
                            <Hours counts=counts step=step/>
                        </td>
                    </tr>
                }
            })
            .collect_view();
        view! {
            <section class="card table-box" aria-labelledby="codes">
                <header>
                    <h2 id="codes">{format!("Codes, {over}")}</h2>
                </header>
                <DataTable caption="How often each code came" heads=heads(["Code", "Service", "All", "Over time"])>
                    {rows}
                </DataTable>
            </section>
        }
    })
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
