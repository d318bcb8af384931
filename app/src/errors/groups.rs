//! Errors that went wrong in the same way, each line with how often it came over a day.

use std::collections::HashMap;

use domain::{
    error_group::{ErrorGroup, GroupStatus},
    ids::ErrorGroupId,
};
use leptos::prelude::*;

use super::{LIST, chart::Hours, group_path, severity::SeverityBadge};
use crate::ui::{
    badge::{Badge, BadgeStyle},
    icon::{CIRCLE_CHECK, CIRCLE_DASHED},
    table::{DataTable, heads},
    time::Time,
};

/// Hours that a line shows.
pub const HOURS: usize = 24;

pub const fn status_style(status: GroupStatus) -> BadgeStyle {
    match status {
        GroupStatus::Open => ("Open", CIRCLE_DASHED, "idle"),
        GroupStatus::Resolved => ("Resolved", CIRCLE_CHECK, "good"),
    }
}

#[component]
pub fn Groups(groups: Vec<ErrorGroup>, counts: HashMap<ErrorGroupId, Vec<i64>>) -> impl IntoView {
    let rows = groups.into_iter().map(|group| row(counts.get(&group.id).cloned().unwrap_or_else(|| vec![0; HOURS]), group)).collect_view();
    view! {
        <DataTable caption="Errors of a kind" heads=heads(["What goes wrong", "Severity", "Where", "Last 24 hours", "All", "Last seen"])>
            {rows}
        </DataTable>
    }
}

fn row(hours: Vec<i64>, group: ErrorGroup) -> impl IntoView {
    let resolved = (group.status == GroupStatus::Resolved).then(|| view! { <Badge badge_style=status_style(group.status)/> });
    view! {
        <tr role="row">
            <td role="cell" class="name">
                <a class="row-link" href=group_path(group.id)>
                    {name(&group)}
                </a>
                <div class="quiet mono small">{group.code}</div>
            </td>
            <td role="cell" class="state">
                <SeverityBadge severity=group.severity/>
                {resolved}
            </td>
            <td role="cell" class="line mono small">{format!("{} · {}", group.service, group.place)}</td>
            <td role="cell" data-label="Last 24 hours">
                <Hours counts=hours/>
            </td>
            <td role="cell" data-label="All">{group.count}</td>
            <td role="cell" data-label="Last seen">
                <Time at=group.last_seen/>
            </td>
        </tr>
    }
}

/// What people read, or the code where nobody read anything.
pub fn name(group: &ErrorGroup) -> String {
    if group.message.is_empty() { group.code.clone() } else { group.message.clone() }
}

/// The kinds that failed most recently, for the overview; nothing at all while nothing fails.
#[component]
pub fn Latest(groups: Vec<ErrorGroup>, counts: HashMap<ErrorGroupId, Vec<i64>>) -> impl IntoView {
    (!groups.is_empty()).then(|| {
        let lines = groups
            .into_iter()
            .map(|group| {
                let hours = counts.get(&group.id).cloned().unwrap_or_else(|| vec![0; HOURS]);
                view! {
                    <li>
                        <div>
                            <a class="row-link" href=group_path(group.id)>
                                {name(&group)}
                            </a>
                            <p>{format!("{} of {} · {} in 24 hours · ", group.code, group.service, hours.iter().sum::<i64>())} <Time at=group.last_seen/></p>
                        </div>
                        <Hours counts=hours is_beside=true/>
                    </li>
                }
            })
            .collect_view();
        view! {
            <section class="card" aria-labelledby="failing">
                <header>
                    <h2 id="failing">
                        <a href=LIST>"Errors today"</a>
                    </h2>
                </header>
                <ul class="attention">{lines}</ul>
            </section>
        }
    })
}
