//! Executions in a list, and what is said of one in a word.

use domain::runbook::execution::{Execution, ExecutionStatus};
use leptos::prelude::*;

use super::path_of_execution;
use crate::ui::{
    badge::{Badge, BadgeStyle},
    icon::{CIRCLE_CHECK, CIRCLE_DASHED, CROSS, PAUSE, PULSE},
    table::{DataTable, heads},
    time::Time,
};

#[component]
pub fn ExecutionBadge(status: ExecutionStatus) -> impl IntoView {
    let style: BadgeStyle = match status {
        ExecutionStatus::Running => ("Running", PULSE, "info"),
        ExecutionStatus::Waiting => ("Waits for a person", PAUSE, "warn"),
        ExecutionStatus::Done => ("To be signed off", CIRCLE_DASHED, "warn"),
        ExecutionStatus::SignedOff => ("Signed off", CIRCLE_CHECK, "good"),
        ExecutionStatus::Cancelled => ("Broken off", CROSS, "idle"),
    };
    view! { <Badge badge_style=style/> }
}

#[component]
pub fn ExecutionTable(executions: Vec<Execution>) -> impl IntoView {
    let rows = executions.into_iter().map(row).collect_view();
    view! {
        <DataTable caption="Executions" heads=heads(["Runbook", "State", "Begun by", "Begun"])>
            {rows}
        </DataTable>
    }
}

fn row(execution: Execution) -> impl IntoView {
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <a class="row-link" href=path_of_execution(execution.id)>
                    {execution.name}
                </a>
            </td>
            <td role="cell" class="state">
                <ExecutionBadge status=execution.status/>
            </td>
            <td role="cell" data-label="Begun by">
                {execution.started_by}
            </td>
            <td role="cell" class="place">
                <Time at=execution.started_at/>
            </td>
        </tr>
    }
}
