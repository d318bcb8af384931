//! Keeps a page up to date while it shows something that has not ended: whatever carries `data-unfinished`.

use gloo_timers::future::TimeoutFuture;
use leptos::task::spawn_local;

use super::{dom::all, events::refresh};

/// Milliseconds between two looks.
const LOOK_EVERY: u32 = 2_000;

/// Call once, when the browser part starts.
pub fn poll_unfinished() {
    spawn_local(async {
        while !all("[data-unfinished]").is_empty() {
            TimeoutFuture::new(LOOK_EVERY).await;
            refresh().await;
        }
    });
}
