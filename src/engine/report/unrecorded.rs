//! Errors that the database would not take while it was away: they are recorded once it is back, so that an outage leaves its traces.

use std::{collections::VecDeque, mem};

use parking_lot::Mutex;

use crate::{Console, OpsError};
use domain::{error_event::ErrorEvent, ids::TeamId};
use store::{Db, StoreResult, teams};

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
}

/// Records what waits; asks the database nothing where that is nothing. What it does not take is tried again while it is away, and given up otherwise.
/// Where it could not be known whose request it was, it is the one team's that there is. With several it is left to the log: in their lists, each would show
/// to the others what it asks for.
///
/// # Errors
/// The database failed.
pub async fn record(console: &Console) -> Result<(), OpsError> {
    if console.unrecorded.0.lock().is_empty() {
        return Ok(());
    }
    let only = only_team(&console.db).await?;
    let mut waiting = mem::take(&mut *console.unrecorded.0.lock());
    while let Some(mut event) = waiting.pop_front() {
        event.team_id = event.team_id.or(only);
        if event.team_id.is_none() {
            continue;
        }
        let Err(error) = super::insert(console, event.clone()).await else { continue };
        if error.is_passing() {
            waiting.push_front(event);
        }
        let mut later = console.unrecorded.0.lock();
        waiting.append(&mut later);
        *later = waiting;
        return Err(error);
    }
    Ok(())
}

async fn only_team(db: &Db) -> StoreResult<Option<TeamId>> {
    let slugs = teams::slugs(db).await?;
    let [only] = &slugs[..] else { return Ok(None) };
    Ok(teams::by_slug(db, only).await?.map(|team| team.id))
}
