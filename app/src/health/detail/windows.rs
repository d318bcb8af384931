//! Maintenance that is going on or still to come, and the way to declare more.

use domain::{ids::ProfileId, maintenance::MaintenanceWindow, permission::Permission};
use leptos::prelude::*;

use crate::{
    authorize::may,
    health::server_fns::{DeclareMaintenance, EndMaintenance, Reach},
    ui::{
        field::{About, SelectField, TextField},
        form::{ActionForm, FormState, Submit},
        time::{Shape, Time, length, now},
    },
};

/// Minutes that a window may be declared for here; the API takes any length.
const LENGTHS: [u16; 7] = [15, 30, 60, 120, 240, 480, 1_440];

#[component]
pub fn Windows(id: ProfileId, windows: Vec<MaintenanceWindow>) -> impl IntoView {
    let none = windows.is_empty();
    let lines = windows.into_iter().map(line).collect_view();
    view! {
        <section class="card" aria-labelledby="maintenance">
            <header>
                <h2 id="maintenance">"Maintenance"</h2>
                {may(Permission::PlanMaintenance).then(|| view! { <Declare id=id/> })}
            </header>
            {if none {
                view! { <p class="body quiet">"None planned. In a window nothing is tried, and uptime does not count it."</p> }.into_any()
            } else {
                view! { <ul class="attention">{lines}</ul> }.into_any()
            }}
        </section>
    }
}

fn line(window: MaintenanceWindow) -> impl IntoView {
    let is_on = now().is_some_and(|now| window.starts_at <= now);
    let begins = if is_on { "Going on".into_any() } else { view! { "From " <Time at=window.starts_at shape=Shape::Minute/> }.into_any() };
    let reach = if window.connection_id.is_none() { ", every connection of the team" } else { "" };
    let end = may(Permission::PlanMaintenance).then(|| {
        view! {
            <ActionForm<EndMaintenance>>
                <input type="hidden" name="id" value=window.id.to_string()/>
                <Submit label=if is_on { "End now" } else { "Take back" } progress="Ending…" class="small"/>
            </ActionForm<EndMaintenance>>
        }
    });
    view! {
        <li>
            <div>
                <strong>{window.reason}</strong>
                <p>
                    {begins} " until " <Time at=window.ends_at shape=Shape::Minute/> {format!(", by {}{reach}", window.created_by)}
                </p>
            </div>
            {end}
        </li>
    }
}

#[component]
fn Declare(id: ProfileId) -> impl IntoView {
    let form_state = FormState::of::<DeclareMaintenance>();
    let is_refused = form_state.is_refused();
    let reaches = [(Reach::Connection, "This connection"), (Reach::Team, "Every connection of the team")];
    let lengths = LENGTHS.map(|minutes| (minutes.to_string(), length(u64::from(minutes) * 60)));
    view! {
        <details class="ask" name="ask" open=is_refused>
            <summary class="button small">"Declare"</summary>
            <div class="ask-body">
                <h2>"Declare maintenance"</h2>
                <p>"Nothing is tried meanwhile, nobody is told, and uptime does not count it."</p>
                <ActionForm<DeclareMaintenance> class="stack-small">
                    <input type="hidden" name="id" value=id.to_string()/>
                    <TextField about=About::new("reason", "Reason").required() form_state=form_state.clone()/>
                    <input type="hidden" name="offset_minutes" value="0"/>
                    <TextField about=About::new("starts_at", "Begins").hint("UTC. Leave it empty to begin now.").optional() form_state=form_state.clone() kind="datetime-local"/>
                    <SelectField about=About::new("minutes", "Lasts") form_state=form_state.clone() value="60" choices=lengths.to_vec()/>
                    <SelectField
                        about=About::new("reach", "Holds for")
                        form_state=form_state
                        value=Reach::Connection.to_string()
                        choices=reaches.map(|(reach, word)| (reach.to_string(), word.to_owned())).to_vec()
                    />
                    <Submit label="Declare maintenance" progress="Declaring…"/>
                </ActionForm<DeclareMaintenance>>
            </div>
        </details>
    }
}
