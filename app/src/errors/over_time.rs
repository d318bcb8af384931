//! How often things succeeded over time: a bar for each step, drawn on the server, and the same figures as a table.

use std::fmt::Write;

use domain::{
    permission::Permission,
    rate::{RateStep, success},
};
use leptos::prelude::*;

use super::chart::{HEIGHT, Hours, STEP};
use crate::{
    authorize::may,
    ui::table::{DataTable, head},
};

/// What of each step was tried, and what of that failed.
type Count = fn(&RateStep) -> (i64, i64);

const LINES: [(&str, Count); 3] = [
    ("Tests", |step| (step.verifications, step.verifications_failed)),
    ("Diagnostics", |step| (step.scenarios, step.scenarios_failed)),
    ("Requests to this console", |step| (step.requests, step.requests_failed)),
];
const REPORTED: &str = "Errors reported";

/// For the overview: steps are days.
#[component]
pub fn SuccessOverTime(steps: Vec<RateStep>, #[prop(into)] over: String) -> impl IntoView {
    let lines = LINES.map(|(name, count)| line(name, steps.iter().map(count).unzip())).collect_view();
    let reported = may(Permission::ReadErrors).then(|| {
        let counts: Vec<_> = steps.iter().map(|step| step.reported).collect();
        view! {
            <li>
                <div>
                    <b>{REPORTED}</b>
                    <p>{format!("{} by other programs", counts.iter().sum::<i64>())}</p>
                </div>
                <Hours counts=counts step="day" is_beside=true/>
            </li>
        }
    });
    view! {
        <section class="card" aria-labelledby="over-time">
            <header>
                <h2 id="over-time">{format!("Success, {over}")}</h2>
            </header>
            <ul class="attention">{lines} {reported}</ul>
            <details class="by-day">
                <summary>"Figures of each day"</summary>
                <Figures steps=steps/>
            </details>
        </section>
    }
}

fn line(name: &'static str, (tried, failed): (Vec<i64>, Vec<i64>)) -> impl IntoView {
    let percent = success(tried.iter().sum(), failed.iter().sum()).map_or_else(|| "None yet".to_owned(), |percent| format!("{percent} % succeeded"));
    view! {
        <li>
            <div>
                <b>{name}</b>
                <p>{percent}</p>
            </div>
            <Shares name=name tried=tried failed=failed is_beside=true/>
        </li>
    }
}

/// A bar for each step in which something was tried: what failed of it stands above what succeeded.
#[component]
pub fn Shares(
    #[prop(into)] name: String,
    tried: Vec<i64>,
    failed: Vec<i64>,
    /// Whether it stands beside words, rather than takes what room there is.
    #[prop(optional)]
    is_beside: bool,
) -> impl IntoView {
    let told = format!("{name}: {}", failed_of(failed.iter().sum(), tried.iter().sum()));
    let (well, bad) = bars(&tried, &failed);
    view! {
        <svg
            class=if is_beside { "hours beside success" } else { "hours success" }
            role="img"
            aria-label=told
            viewBox=format!("0 0 {} {HEIGHT}", tried.len() * STEP)
            preserveAspectRatio="none"
        >
            <path class="succeeded" d=well></path>
            <path d=bad></path>
        </svg>
    }
}

/// The part below, which succeeded, and the part above. The smallest share of failures can still be seen.
fn bars(tried: &[i64], failed: &[i64]) -> (String, String) {
    let (mut well, mut bad) = (String::new(), String::new());
    for (index, (tried, failed)) in tried.iter().zip(failed).enumerate().filter(|(_, (tried, _))| **tried > 0) {
        let above = if *failed > 0 { (failed * HEIGHT / tried).max(2) } else { 0 };
        let x = index * STEP + 2;
        // Writing to a string cannot fail.
        if above < HEIGHT {
            let _ = write!(well, "M{x} {above}v{}", HEIGHT - above);
        }
        if above > 0 {
            let _ = write!(bad, "M{x} 0v{above}");
        }
    }
    (well, bad)
}

/// `2 of 40 failed`
pub fn failed_of(failed: i64, tried: i64) -> String {
    if tried == 0 { "none tried".to_owned() } else { format!("{failed} of {tried} failed") }
}

#[component]
fn Figures(steps: Vec<RateStep>) -> impl IntoView {
    let shows_reports = may(Permission::ReadErrors);
    let names = ["Day (UTC)"].into_iter().chain(LINES.map(|(name, _)| name)).chain(shows_reports.then_some(REPORTED));
    let rows = steps
        .iter()
        .rev()
        .map(|step| {
            let day: String = step.at.exact().chars().take(10).collect();
            let cells = LINES
                .map(|(name, count)| {
                    let (tried, failed) = count(step);
                    view! { <td role="cell" data-label=name>{failed_of(failed, tried)}</td> }
                })
                .collect_view();
            view! {
                <tr role="row">
                    <td role="cell" class="name">{day}</td>
                    {cells}
                    {shows_reports.then(|| view! { <td role="cell" data-label=REPORTED>{step.reported}</td> })}
                </tr>
            }
        })
        .collect_view();
    view! { <DataTable caption="Figures of each day" heads=names.map(head).collect()>{rows}</DataTable> }
}

#[cfg(test)]
mod tests {
    use super::{bars, failed_of};

    #[test]
    fn what_failed_stands_above_what_succeeded_and_nothing_where_nothing_was_tried() {
        let (well, bad) = bars(&[4, 0, 2, 1_000, 1], &[0, 0, 1, 1, 1]);
        assert_eq!(well, "M2 0v24M12 12v12M17 2v22");
        assert_eq!(bad, "M12 0v12M17 0v2M22 0v24");
    }

    #[test]
    fn figures_are_told_in_words() {
        assert_eq!([failed_of(0, 0), failed_of(0, 3), failed_of(2, 40)], ["none tried", "0 of 3 failed", "2 of 40 failed"]);
    }
}
