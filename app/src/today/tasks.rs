//! Maintenance that comes again: when each task is due, and who did it last.

use domain::{maintenance_task::TaskState, permission::Permission};
use leptos::prelude::*;

use super::server_fns::FinishTask;
use crate::{
    authorize::may,
    ui::{
        badge::{Badge, BadgeStyle},
        form::{ActionForm, Submit},
        icon::{ALERT, CIRCLE_CHECK, CIRCLE_DASHED, EXCLAMATION},
        markup::IntoMarkup,
        table::{DataTable, heads},
        time::Time,
    },
};

#[component]
pub fn Tasks(tasks: Vec<TaskState>) -> impl IntoView {
    let rows = tasks.into_iter().map(row).collect_view();
    view! {
        <section class="card table-box" aria-labelledby="tasks">
            <header>
                <h2 id="tasks">"Maintenance"</h2>
            </header>
            <DataTable caption="Maintenance" heads=heads(["Task", "Due", "How often", "Last done"])>
                {rows}
            </DataTable>
        </section>
    }
}

fn often(task: &TaskState) -> String {
    let often = match task.every_days {
        None => "When needed".to_owned(),
        Some(1) => "Daily".to_owned(),
        Some(7) => "Weekly".to_owned(),
        Some(30) => "Monthly".to_owned(),
        Some(days) => format!("Every {days} days"),
    };
    let takes = if task.takes_minutes == 0 { String::new() } else { format!(", up to {} min", task.takes_minutes) };
    format!("{often}{takes}")
}

const fn state(task: &TaskState) -> BadgeStyle {
    match (task.due_on.is_some(), task.is_due, task.is_late) {
        (_, _, true) => ("Late", ALERT, "bad"),
        (_, true, _) => ("Due", EXCLAMATION, "warn"),
        (true, ..) => ("Done", CIRCLE_CHECK, "good"),
        (false, ..) => ("When needed", CIRCLE_DASHED, "idle"),
    }
}

fn row(task: TaskState) -> impl IntoView {
    let badge_style = state(&task);
    let last = task
        .last_done_at
        .zip(task.last_done_by.clone())
        .map_or_else(|| view! { <span class="quiet">"Never"</span> }.into_markup(), |(at, by)| view! { <Time at=at/> {format!(" by {by}")} }.into_markup());
    let done = may(Permission::PlanMaintenance).then(|| {
        view! {
            <ActionForm<FinishTask>>
                <input type="hidden" name="task" value=task.task.to_string()/>
                <Submit label="Done" progress="Saving…" class="small"/>
            </ActionForm<FinishTask>>
        }
    });
    view! {
        <tr role="row">
            <td role="cell" class="name">
                {task.title}
                <div class="quiet small">{format!("Impact: {}", task.impact.to_lowercase())}</div>
            </td>
            <td role="cell" class="state">
                <Badge badge_style=badge_style/>
                <div class="quiet small">{task.due_on.map(|day| day.to_string())}</div>
            </td>
            <td role="cell" data-label="How often">
                {often(&task)}
            </td>
            <td role="cell" data-label="Last done">
                {last} {done}
            </td>
        </tr>
    }
}
