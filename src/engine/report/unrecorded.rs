//! Errors that the database would not take while it was away, until it is back.

use std::{collections::VecDeque, mem};

use parking_lot::Mutex;

use domain::error_event::ErrorEvent;

/// Most that wait: those that began an outage tell more than those that follow.
const MOST: usize = 200;

#[derive(Debug, Default)]
pub struct UnrecordedErrors(Mutex<VecDeque<ErrorEvent>>);

impl UnrecordedErrors {
    /// False when there is no room for it.
    pub(super) fn add(&self, event: ErrorEvent) -> bool {
        let mut waiting = self.0.lock();
        let has_room = waiting.len() < MOST;
        if has_room {
            waiting.push_back(event);
        }
        has_room
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// All that waits, the oldest first.
    pub(super) fn take(&self) -> VecDeque<ErrorEvent> {
        mem::take(&mut *self.0.lock())
    }

    /// Before what came meanwhile.
    pub(super) fn put_back(&self, mut waiting: VecDeque<ErrorEvent>) {
        let mut later = self.0.lock();
        waiting.append(&mut later);
        *later = waiting;
    }
}
