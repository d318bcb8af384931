//! What the panel does in the browser: follows a run to its end, and asks for what is opened, compared or decided.

use domain::{
    diagnostic::RunStatus,
    ids::{EvidenceId, ProfileId},
};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local, wasm_bindgen::JsValue};
use web_sys::{UrlSearchParams, window};

use super::{ArtefactText, ChangesView, GroupDetail, Panel};
use crate::{
    action_error::ActionError,
    diagnostics::{
        path_of,
        server_fns::{cancel_run, compare_runs, evidence_text, run_again, run_group, run_progress},
    },
    ui::toast::show_toast,
};

/// Milliseconds between two looks: scenarios take a few milliseconds to seconds, and many people may look.
const LOOK_EVERY: u32 = 400;

impl Panel {
    /// The page may arrive while a run goes on.
    pub fn follow(self) {
        if self.view.with_untracked(|view| view.outcome.is_some()) {
            return;
        }
        spawn_local(async move {
            while self.view.with_untracked(|view| view.outcome.is_none()) {
                TimeoutFuture::new(LOOK_EVERY).await;
                if let Err(error) = self.look().await {
                    // The run goes on in the console; only the view of it is lost.
                    return show_toast(error, move || self.follow());
                }
            }
        });
    }

    async fn look(self) -> Result<(), ActionError> {
        let newer = run_progress(self.id).await?;
        // Whoever asked first may be answered last.
        if self.view.with_untracked(|view| view.outcome.is_none()) {
            self.view.set(newer);
        }
        Ok(())
    }

    pub fn cancel(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            let cancelled = match cancel_run(self.id).await {
                Ok(()) => self.look().await,
                Err(error) => Err(error),
            };
            self.busy.set(false);
            match cancelled {
                Ok(()) => self.focus_verdict().await,
                Err(error) => show_toast(error, move || self.cancel()),
            }
        });
    }

    /// The button that had the focus is gone with the question.
    async fn focus_verdict(self) {
        TimeoutFuture::new(0).await;
        if self.view.with_untracked(|view| view.status == RunStatus::Interrupted)
            && let Some(verdict) = self.verdict.get_untracked()
        {
            drop(verdict.focus());
        }
    }

    pub fn run_again(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            match run_again(self.id).await {
                // Still busy: the next page is on its way.
                Ok(run) => drop(window().map(|window| window.location().assign(&path_of(run)))),
                Err(error) => {
                    self.busy.set(false);
                    show_toast(error, move || self.run_again());
                }
            }
        });
    }

    /// The address says what is shown, so that it can be handed on.
    pub fn write_address(self) {
        let (Some(window), Ok(query)) = (window(), UrlSearchParams::new()) else { return };
        self.narrowing.with_untracked(|narrowing| {
            let against = self.against.get_untracked();
            for (name, value) in [("q", narrowing.q.trim()), ("outcome", &narrowing.outcome), ("against", &against)] {
                if !value.is_empty() {
                    query.set(name, value);
                }
            }
        });
        let query = String::from(query.to_string());
        let address = if query.is_empty() { path_of(self.id) } else { format!("{}?{query}", path_of(self.id)) };
        if let Ok(history) = window.history() {
            drop(history.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
        }
    }

    pub fn compare(self, changes: RwSignal<ChangesView>) {
        self.write_address();
        let against = self.against.get_untracked();
        spawn_local(async move {
            match compare_runs(self.id, against.clone()).await {
                // Another one may be chosen by now.
                Ok(newer) if self.against.get_untracked() == against => changes.set(newer),
                Ok(_) => {}
                Err(error) => show_toast(error, move || self.compare(changes)),
            }
        });
    }

    /// Asks for what a closed card does not hold.
    pub fn open_group(self, connection: ProfileId, detail: RwSignal<Option<GroupDetail>>) {
        if detail.with_untracked(Option::is_some) {
            return;
        }
        spawn_local(async move {
            match run_group(self.id, connection).await {
                Ok(newer) => detail.set(Some(newer)),
                Err(error) => show_toast(error, move || self.open_group(connection, detail)),
            }
        });
    }
}

/// Asks for the text of an artefact when it is opened for the first time.
pub fn read_artefact(id: EvidenceId, text: RwSignal<Option<ArtefactText>>, open: RwSignal<bool>) {
    if !open.get_untracked() || text.with_untracked(Option::is_some) {
        return;
    }
    spawn_local(async move {
        match evidence_text(id).await {
            Ok(newer) => text.set(Some(newer)),
            Err(error) => {
                open.set(false);
                show_toast(error, move || {
                    open.set(true);
                    read_artefact(id, text, open);
                });
            }
        }
    });
}
