//! What a probe has seen till now, for the moment when its time runs out.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;

use super::{Cause, Failure};

/// What to say should the time run out now. Clones share it.
#[derive(Clone, Default)]
pub struct SoFar(Arc<Mutex<Option<Failure>>>);

impl SoFar {
    /// `failure.found` has no full stop: how long was waited comes after it.
    pub fn note(&self, failure: Failure) {
        *self.0.lock() = Some(failure);
    }

    pub fn connected_to(&self, host: &str, port: u16) {
        self.note(Failure::new(Cause::TimedOut, format!("Connected to {host}:{port}, but no answer")));
    }

    pub fn forget(&self) {
        *self.0.lock() = None;
    }

    /// The failure of a probe that took longer than `time`.
    pub fn out_of_time(&self, time: Duration) -> Failure {
        let so_far = self.0.lock().take().unwrap_or_else(|| Failure::new(Cause::TimedOut, "No answer"));
        let seconds = (time.as_secs_f64() * 10.0).round() / 10.0;
        Failure { found: format!("{} within {seconds} s.", so_far.found), ..so_far }
    }
}
