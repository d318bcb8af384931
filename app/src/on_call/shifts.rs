//! Who is on call when, a line each.

use engine::on_call::OnCall;
use leptos::prelude::*;

use crate::ui::{
    table::{DataTable, heads},
    time::{Shape, Time},
};

/// Of several schedules, or of one.
#[component]
pub fn Shifts(caption: &'static str, shifts: Vec<OnCall>) -> impl IntoView {
    let rows = shifts
        .into_iter()
        .map(|shift| {
            view! {
                <tr role="row">
                    <td role="cell" class="name">
                        <strong>{shift.contact}</strong>
                        {shift.is_override.then(|| view! { <div class="quiet small">"takes over"</div> })}
                    </td>
                    <td role="cell" data-label="Schedule">
                        {shift.schedule}
                    </td>
                    <td role="cell" data-label="From">
                        <Time at=shift.starts_at shape=Shape::Minute/>
                    </td>
                    <td role="cell" data-label="Until">
                        <Time at=shift.ends_at shape=Shape::Minute/>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption=caption heads=heads(["Who", "Schedule", "From", "Until"])>
            {rows}
        </DataTable>
    }
}
