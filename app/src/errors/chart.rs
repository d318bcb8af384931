//! How often something happened, hour by hour or day by day: a bar each, drawn on the server. An hour without any has none.

use std::fmt::Write;

use leptos::prelude::*;

pub const HEIGHT: i64 = 24;
/// From one bar to the next.
pub const STEP: usize = 5;

/// The current step stands last.
#[component]
pub fn Hours(
    counts: Vec<i64>,
    #[prop(default = "hour")] step: &'static str,
    /// Whether it stands beside words, rather than takes what room there is.
    #[prop(optional)]
    is_beside: bool,
) -> impl IntoView {
    let (most, total) = (counts.iter().copied().max().unwrap_or_default(), counts.iter().sum::<i64>());
    let told = format!("{total} in the last {} {step}s, at most {most} in one", counts.len());
    view! {
        <svg class=if is_beside { "hours beside" } else { "hours" } role="img" aria-label=told viewBox=format!("0 0 {} {HEIGHT}", counts.len() * STEP) preserveAspectRatio="none">
            <path d=bars(&counts, most)></path>
        </svg>
    }
}

/// The highest bar fills the height; the lowest can still be seen.
fn bars(counts: &[i64], most: i64) -> String {
    let mut path = String::new();
    for (index, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let length = (count * HEIGHT / most.max(1)).max(2);
        // Writing to a string cannot fail.
        let _ = write!(path, "M{} {}v{length}", index * STEP + 2, HEIGHT - length);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::bars;

    #[test]
    fn each_hour_stands_at_its_place_as_high_as_its_share() {
        assert_eq!(bars(&[0, 100, 0, 50, 1], 100), "M7 0v24M17 12v12M22 22v2");
        assert_eq!(bars(&[0, 0], 0), "");
    }
}
