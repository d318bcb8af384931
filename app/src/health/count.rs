//! How many connections are how; each figure leads to them.

use domain::health_table::{HealthFilter, HealthQuery};
#[cfg(feature = "ssr")]
use domain::{health_table::HealthCount, time::Timestamp};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::read::figures;
use super::{
    filter::address_of_query,
    shown::Shown,
    status::{STATUSES, badge_style},
};
use crate::ui::icon::Icon;

#[cfg(feature = "ssr")]
#[component]
pub fn Counts(counts: Vec<HealthCount>, now: Timestamp) -> impl IntoView {
    figure_list(Shown::of_figures(figures(&counts, now)))
}

/// The first line of an overview.
pub fn verdict_line(shown: Shown) -> impl IntoView {
    view! { <p class=shown.text(|shown, _| format!("verdict {}", shown.figures.tone))>{shown.text(|shown, _| shown.figures.verdict.clone())}</p> }
}

pub fn figure_list(shown: Shown) -> impl IntoView {
    let figure = |index| figure(shown, index);
    view! { <ul class="figures">{[figure(0), figure(1), figure(2), figure(3), figure(4), figure(5)]}</ul> }
}

fn figure(shown: Shown, index: usize) -> impl IntoView {
    let status = STATUSES[index];
    let (word, icon, tone) = badge_style(status);
    let query = HealthQuery { filter: HealthFilter { status: Some(status), ..HealthFilter::default() }, ..HealthQuery::default() };
    let class = shown.text_at(index, |shown, index| if at(&shown.figures.totals, index) == "0" { "figure none" } else { "figure" }.to_owned());
    view! {
        <li class=tone>
            <a href=address_of_query(&query)>
                <span class="name">
                    <Icon path=icon/>
                    {word}
                </span>
                <span class=class>{shown.text_at(index, |shown, index| at(&shown.figures.totals, index))}</span>
                <span class="parts">{shown.text_at(index, |shown, index| at(&shown.figures.places, index))}</span>
            </a>
        </li>
    }
}

/// A newer console may tell of fewer.
fn at(texts: &[String], index: usize) -> String {
    texts.get(index).cloned().unwrap_or_default()
}
