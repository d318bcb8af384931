//! A heartbeat strip with its text for screen readers.

#[cfg(feature = "ssr")]
use domain::heartbeat::{Heartbeat, HeartbeatRollup, Outcome, Slot};
use leptos::prelude::*;

use crate::ui::strip::{HEIGHT, MARKS, STEP, bars};

/// `beats` has a letter for each bar, the oldest first; `places` is how many bars there is room for.
#[component]
pub fn Strip(#[prop(into)] beats: Signal<String>, places: usize, #[prop(into)] told: Signal<String>, #[prop(optional)] class: &'static str) -> impl IntoView {
    let path = move |(mark, tone): (char, &'static str)| {
        let bars = Signal::derive(move || beats.with(|beats| bars(&format!("{beats:->places$}"), mark)));
        view! { <path class=tone d=bars></path> }
    };
    let [passed, partly, failed, maintenance] = MARKS;
    view! {
        <svg
            class=format!("strip {class}")
            role="img"
            aria-label=told
            viewBox=format!("0 0 {} {HEIGHT}", places * STEP)
            preserveAspectRatio="none"
        >
            {[path(('-', "gaps")), path(passed), path(partly), path(failed), path(maintenance)]}
        </svg>
    }
}

/// `24 of the last 32 checks passed`.
pub fn in_words(beats: &str, unit: &str) -> String {
    let tried = beats.chars().filter(|beat| matches!(beat, 'p' | 's' | 'f')).count();
    let passed = beats.chars().filter(|beat| *beat == 'p').count();
    match tried {
        0 => format!("No {unit} yet"),
        _ => format!("{passed} of the last {tried} {unit} passed"),
    }
}

/// How the slots that were tried ended.
#[cfg(feature = "ssr")]
pub fn of_tried(passes: &[bool]) -> String {
    passes.iter().map(|passed| if *passed { 'p' } else { 'f' }).collect()
}

/// One letter for each of the `count` slots up to `newest`; a slot without a row, or one that was missed, is a gap.
#[cfg(feature = "ssr")]
pub fn of_slots(slots: &[Heartbeat], interval: i64, count: i64, newest: Slot) -> String {
    let mut letters = vec!['-'; usize::try_from(count).unwrap_or_default()];
    for beat in slots {
        let age = (newest.0 - beat.at.0 + interval / 2).div_euclid(interval.max(1));
        let place = usize::try_from(count - 1 - age).ok().and_then(|index| letters.get_mut(index));
        if let Some(place) = place {
            // A sweep tries between two slots: a bar may stand for several heartbeats.
            *place = match (beat.outcome, *place) {
                (Outcome::Pass, 'f' | 's') | (Outcome::Fail, 'p' | 's') => 's',
                (Outcome::Pass, _) => 'p',
                (Outcome::Fail, _) => 'f',
                (Outcome::Maintenance, '-') => 'm',
                (Outcome::Maintenance | Outcome::Missed, before) => before,
            };
        }
    }
    letters.into_iter().collect()
}

/// One letter for each stretch of `seconds` up to the one that holds `newest`.
#[cfg(feature = "ssr")]
pub fn of_rollups(rollups: &[HeartbeatRollup], seconds: i64, count: i64, newest: Slot) -> String {
    let last = newest.floor(seconds);
    let letter = |age: i64| {
        let at = last.plus(-age * seconds);
        let Some(rollup) = rollups.iter().find(|rollup| rollup.at == at) else { return '-' };
        match (rollup.passed, rollup.failed) {
            (0, 0) if rollup.maintenance > 0 => 'm',
            (0, 0) => '-',
            (_, 0) => 'p',
            (0, _) => 'f',
            _ => 's',
        }
    };
    (0..count).rev().map(letter).collect()
}
