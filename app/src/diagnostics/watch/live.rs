//! Follows a run to its end.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use super::Progress;
use crate::{browser::refresh, diagnostics::server_fns::run_progress, ui::toast::show_toast};

/// Milliseconds between two looks: scenarios take a few milliseconds to seconds, and many people may look.
const LOOK_EVERY: u32 = 400;

pub fn follow(progress: RwSignal<Progress>) {
    if progress.with_untracked(|progress| progress.finished) {
        return;
    }
    spawn_local(async move {
        loop {
            TimeoutFuture::new(LOOK_EVERY).await;
            match run_progress(progress.with_untracked(|progress| progress.id)).await {
                Ok(last) if last.finished => {
                    refresh().await;
                    return progress.set(last);
                }
                Ok(newer) => {
                    let begun = progress.with_untracked(|before| before.queued) && !newer.queued;
                    progress.set(newer);
                    if begun {
                        refresh().await;
                    }
                }
                // The run goes on in the console; only the view of it is lost.
                Err(error) => return show_toast(error, move || follow(progress)),
            }
        }
    });
}
