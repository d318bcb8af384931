//! Begins a test and follows it to its end.

use domain::{ids::ProfileId, verification::VerificationOutcome};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use super::{LastTest, Live, view::VerificationView};
use crate::{
    action_error::ActionError,
    browser::refresh,
    connections::server_fns::{start_verification, verification},
    ui::toast::{settle, show_toast},
};

/// What fails where it cannot begin, or goes out of sight.
const TEST: &str = "test";
/// Milliseconds between two looks: steps take a few milliseconds to seconds.
const LOOK_EVERY: u32 = 200;
/// Milliseconds between two steps that came in together.
const APART: u32 = 60;

impl Live {
    pub fn start(self, connection: ProfileId) {
        if self.running.get_untracked() {
            return;
        }
        let (before, told) = (self.trial.get_untracked(), self.told.get_untracked());
        self.running.set(true);
        self.trial.set(None);
        self.told.set(LastTest::plain("Testing against the real service"));
        spawn_local(async move {
            match start_verification(connection).await {
                Ok(trial) => {
                    settle(TEST);
                    self.follow(trial).await;
                }
                Err(error) => {
                    self.running.set(false);
                    self.trial.set(before);
                    self.told.set(told);
                    show_toast(TEST, error, move || self.start(connection));
                }
            }
        });
    }

    /// The page may arrive while a test runs.
    pub fn follow_if_running(self) {
        if let Some(trial) = self.trial.get_untracked().filter(|trial| trial.outcome == VerificationOutcome::Running) {
            spawn_local(self.follow(trial));
        }
    }

    async fn follow(self, mut trial: VerificationView) {
        while trial.outcome == VerificationOutcome::Running {
            self.reveal(&trial).await;
            TimeoutFuture::new(LOOK_EVERY).await;
            trial = match verification(trial.id).await {
                Ok(newer) => newer,
                Err(error) => return self.lose(trial, error),
            };
        }
        settle(TEST);
        self.reveal(&trial).await;
        let outcome = match trial.outcome {
            VerificationOutcome::Passed => "The test passed",
            VerificationOutcome::Failed => "The test failed",
            _ => "The test was interrupted",
        };
        self.told.set(LastTest { at: trial.at.clone(), ..LastTest::plain(outcome) });
        self.stale.set(None);
        self.trial.set(Some(trial));
        self.running.set(false);
        refresh().await;
    }

    /// Shows steps that came in together one after the other, as they finished.
    async fn reveal(self, trial: &VerificationView) {
        let shown = self.trial.get_untracked().map_or(0, |before| before.rows.len());
        for count in shown + 1..=trial.rows.len() {
            let rows = trial.rows.iter().take(count).cloned().collect();
            self.trial.set(Some(VerificationView { outcome: VerificationOutcome::Running, rows, ..trial.clone() }));
            TimeoutFuture::new(APART).await;
        }
    }

    /// The test goes on in the console; only the view of it is lost.
    fn lose(self, last_seen: VerificationView, error: ActionError) {
        self.running.set(false);
        self.told.set(LastTest::plain("The test went out of sight"));
        show_toast(TEST, error, move || {
            self.running.set(true);
            spawn_local(self.follow(last_seen));
        });
    }
}
