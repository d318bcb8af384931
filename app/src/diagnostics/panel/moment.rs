//! A moment whose distance goes on being told while the page stands.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A moment as the server tells it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Moment {
    /// For programs: RFC 3339.
    pub iso: String,
    pub exact: String,
    /// How long ago it was when the page was drawn.
    pub told: String,
}

#[cfg(feature = "ssr")]
impl Moment {
    pub fn at(at: domain::time::Timestamp) -> Self {
        let exact = at.as_datetime().format("%Y-%m-%d %H:%M:%S UTC").to_string();
        let told = crate::ui::time::now().map_or_else(|| exact.clone(), |now| at.relative_to(now));
        Self { iso: at.to_string(), exact, told }
    }
}

pub fn moment(moment: Moment) -> impl IntoView {
    let Moment { iso, exact, told } = moment;
    #[cfg(feature = "hydrate")]
    let text = {
        let at = ticking::millis(&iso);
        move || ticking::since(at).unwrap_or_else(|| told.clone())
    };
    #[cfg(not(feature = "hydrate"))]
    let text = move || told.clone();
    view! { <time datetime=iso title=exact>{text}</time> }
}

#[cfg(feature = "hydrate")]
pub use ticking::tick;

#[cfg(feature = "hydrate")]
mod ticking {
    use std::cell::Cell;

    use gloo_timers::future::TimeoutFuture;
    use leptos::{prelude::*, task::spawn_local};
    use web_sys::js_sys::Date;

    /// Milliseconds between two tellings: minutes are the finest that is told.
    const EVERY: u32 = 15_000;

    thread_local! {
        /// Milliseconds since 1970; nothing until the first tick, so that what the server drew stands.
        static NOW: Cell<Option<ArcRwSignal<Option<f64>>>> = const { Cell::new(None) };
    }

    /// Call once, when the panel starts.
    pub fn tick() {
        let now = signal();
        spawn_local(async move {
            loop {
                TimeoutFuture::new(EVERY).await;
                now.set(Some(Date::now()));
            }
        });
    }

    pub fn millis(iso: &str) -> f64 {
        Date::parse(iso)
    }

    /// The same words as the server's.
    pub fn since(at: f64) -> Option<String> {
        #[expect(clippy::cast_possible_truncation, reason = "seconds since a run, which fit")]
        let seconds = ((signal().get()? - at) / 1_000.0) as i32;
        Some(match seconds {
            ..45 => "just now".into(),
            45..5_400 => format!("{} min ago", (seconds + 30) / 60),
            5_400..129_600 => format!("{} h ago", (seconds + 1_800) / 3_600),
            _ => format!("{} d ago", (seconds + 43_200) / 86_400),
        })
    }

    fn signal() -> ArcRwSignal<Option<f64>> {
        let signal = NOW.take().unwrap_or_else(|| ArcRwSignal::new(None));
        NOW.set(Some(signal.clone()));
        signal
    }
}
