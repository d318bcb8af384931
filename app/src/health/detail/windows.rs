//! Maintenance that is going on or still to come.

use leptos::prelude::*;
use switchboard::domain::maintenance::MaintenanceWindow;

use crate::ui::time::Time;

#[component]
pub fn Windows(windows: Vec<MaintenanceWindow>) -> impl IntoView {
    let none = windows.is_empty();
    let lines = windows
        .into_iter()
        .map(|window| {
            let whole_team = window.connection_id.is_none().then_some(" Every connection of the team.");
            view! {
                <dt>
                    <Time at=window.starts_at/>
                </dt>
                <dd>{format!("{}, until {}, by {}.", window.reason, window.ends_at.as_datetime().format("%Y-%m-%d %H:%M UTC"), window.created_by)} {whole_team}</dd>
            }
        })
        .collect_view();
    view! {
        <section class="card" aria-labelledby="maintenance">
            <header>
                <h2 id="maintenance">"Maintenance"</h2>
            </header>
            <div class="body">
                {if none {
                    view! { <p class="quiet">"None planned."</p> }.into_any()
                } else {
                    view! { <dl class="facts-list">{lines}</dl> }.into_any()
                }}
            </div>
        </section>
    }
}
