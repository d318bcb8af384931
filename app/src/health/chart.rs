//! Latency over time, drawn on the server: the mean as a line, the 95th percentile above it; a gap stays a gap.

use std::fmt::Write;

use domain::heartbeat::{Heartbeat, HeartbeatRollup};
use leptos::prelude::*;

use super::numbers::latency;

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 96.0;

/// One place along the time axis; absent values are gaps.
#[derive(Clone, Copy)]
pub struct Point {
    /// Seconds since 1970.
    pub at: i64,
    pub mean: Option<f64>,
    pub p95: Option<f64>,
}

pub fn of_hours(hours: &[HeartbeatRollup]) -> Vec<Point> {
    hours.iter().map(|hour| Point { at: hour.at.0, mean: hour.latency_mean_ms, p95: hour.latency_p95_ms }).collect()
}

pub fn of_slots(slots: &[Heartbeat]) -> Vec<Point> {
    slots.iter().map(|beat| Point { at: beat.at.0, mean: beat.latency_ms, p95: None }).collect()
}

/// `step` is how far apart in seconds two points may be and still belong together.
#[component]
pub fn Latency(points: Vec<Point>, step: i64, #[prop(into)] over: String) -> impl IntoView {
    let known = || points.iter().flat_map(|point| [point.mean, point.p95]).flatten();
    let highest = known().fold(0.0_f64, f64::max);
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return view! { <p class="quiet">"No latency yet"</p> }.into_any() };
    if highest <= 0.0 {
        return view! { <p class="quiet">"No latency yet"</p> }.into_any();
    }
    let lowest = points.iter().filter_map(|point| point.mean).fold(f64::INFINITY, f64::min);
    let newest = points.iter().rev().find_map(|point| point.mean);
    let told = format!("Latency {over}: lowest mean {}, highest {}, newest {}", latency(Some(lowest)), latency(Some(highest)), latency(newest));
    let axis = Axis { from: first.at, to: last.at.max(first.at + 1), highest, step };
    view! {
        <figure class="latency-chart">
            <figcaption>
                <span>{format!("highest {}", latency(Some(highest)))}</span>
                <span class="quiet">{over}</span>
            </figcaption>
            <svg role="img" aria-label=told viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none">
                <path class="p95" d=axis.line(points.iter().map(|point| (point.at, point.p95)))></path>
                <path class="mean" d=axis.line(points.iter().map(|point| (point.at, point.mean)))></path>
            </svg>
        </figure>
    }
    .into_any()
}

struct Axis {
    from: i64,
    to: i64,
    highest: f64,
    step: i64,
}

impl Axis {
    /// Begins anew after a gap; a point that stands alone is drawn as a dot.
    fn line(&self, values: impl Iterator<Item = (i64, Option<f64>)>) -> String {
        let (mut path, mut before) = (String::new(), None);
        for (at, value) in values {
            let Some(value) = value else {
                before = None;
                continue;
            };
            let joined = before.is_some_and(|before| at - before <= self.step);
            let (x, y) = (self.x(at), HEIGHT - 4.0 - value / self.highest * (HEIGHT - 8.0));
            let _ = if joined { write!(path, "L{x:.1} {y:.1}") } else { write!(path, "M{x:.1} {y:.1}h.1") };
            before = Some(at);
        }
        path
    }

    #[expect(clippy::cast_precision_loss, reason = "90 days in seconds are far below 2^52")]
    fn x(&self, at: i64) -> f64 {
        (at - self.from) as f64 / (self.to - self.from) as f64 * WIDTH
    }
}
