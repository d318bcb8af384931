//! Latency over time, drawn on the server: the mean as a line, the 95th percentile above it; a gap stays a gap.

use std::fmt::Write;

use domain::heartbeat::{Heartbeat, HeartbeatRollup, Outcome, Slot};
use leptos::prelude::*;

use crate::ui::markup::IntoMarkup;

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

/// How long a failed try took says nothing of the service: it is a gap, under the red bar of the strip.
pub fn of_slots(slots: &[Heartbeat]) -> Vec<Point> {
    let latency = |beat: &Heartbeat| beat.latency_ms.filter(|_| beat.outcome == Outcome::Pass);
    slots.iter().map(|beat| Point { at: beat.at.0, mean: latency(beat), p95: None }).collect()
}

/// `from` and `to` are the ends of the time axis, in seconds since 1970; `step` is how far apart in seconds two points may be and still belong together.
#[component]
pub fn Latency(points: Vec<Point>, from: f64, to: f64, step: i64, #[prop(into)] over: String) -> impl IntoView {
    let known = || points.iter().flat_map(|point| [point.mean, point.p95]).flatten();
    let highest = known().fold(0.0_f64, f64::max);
    if highest <= 0.0 {
        return view! { <p class="quiet">"No latency yet"</p> }.into_markup();
    }
    let lowest = points.iter().filter_map(|point| point.mean).fold(f64::INFINITY, f64::min);
    let newest = points.iter().rev().find_map(|point| point.mean);
    let told = format!("Latency {over}: lowest mean {}, highest {}, newest {}", latency(Some(lowest)), latency(Some(highest)), latency(newest));
    let axis = Axis { from, to, highest, step };
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
    .into_markup()
}

struct Axis {
    from: f64,
    to: f64,
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
        (at as f64 - self.from) / (self.to - self.from).max(1.0) * WIDTH
    }
}

/// The ends of the axis of a strip of `count` slots up to `newest`: each bar stands in the middle of its slot.
#[expect(clippy::cast_precision_loss, reason = "seconds of this century are far below 2^52")]
pub fn ends_of_strip(newest: Slot, interval: i64, count: i64) -> (f64, f64) {
    let (newest, interval) = (newest.0 as f64, interval as f64);
    (newest - (count as f64 - 0.5) * interval, newest + 0.5 * interval)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{health::heartbeat_strip::of_slots as letters, ui::strip::STEP};

    #[test]
    fn the_line_stands_under_the_bars_of_the_strip() {
        let (newest, interval, count) = (Slot(1_000_000), 60, 60);
        let (from, to) = ends_of_strip(newest, interval, count);
        let axis = Axis { from, to, highest: 1.0, step: 120 };
        for age in [0, 1, 7, 59] {
            let at = newest.plus(-age * interval);
            let beat = Heartbeat { at, outcome: Outcome::Pass, latency_ms: Some(1.0), reason: None };
            let place = letters(&[beat], interval, count, newest).find('p').expect("a bar");
            let bar = (place * STEP + 2) as f64 + 0.5;
            let share = axis.x(at.0) / WIDTH;
            assert!((share - bar / (60 * STEP) as f64).abs() < 0.002, "{age}: {share}");
        }
    }

    #[test]
    fn a_failure_is_a_gap_in_the_line() {
        let beat = |at, outcome| Heartbeat { at: Slot(at), outcome, latency_ms: Some(5_000.0), reason: None };
        let points = of_slots(&[beat(0, Outcome::Pass), beat(60, Outcome::Fail)]);
        assert_eq!(points.iter().map(|point| point.mean.is_some()).collect::<Vec<_>>(), [true, false]);
    }
}
