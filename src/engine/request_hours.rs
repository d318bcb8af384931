//! How many requests were answered, and how: counted in this process, and a minute later in the rows that all nodes share.

use std::{collections::BTreeMap, mem};

use parking_lot::Mutex;

use domain::{error_group::hour_of, rate::Answered, time::Timestamp};
use store::{Db, StoreResult, request_hours as rows};

/// Those that are no rows yet, by their hour.
#[derive(Debug, Default)]
pub struct RequestHours(Mutex<BTreeMap<Timestamp, Answered>>);

impl RequestHours {
    /// One request, by the status that it was answered with.
    pub fn count(&self, at: Timestamp, status: u16) {
        self.add(hour_of(at), Answered::by_status(status));
    }

    /// Makes rows of what was counted since the last time; asks the database nothing where that is nothing. What it does not take is tried again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn keep(&self, db: &Db) -> StoreResult<()> {
        let counted = mem::take(&mut *self.0.lock());
        if counted.is_empty() {
            return Ok(());
        }
        let kept = write(db, &counted).await;
        if kept.is_err() {
            counted.into_iter().for_each(|(hour, more)| self.add(hour, more));
        }
        kept
    }

    /// Those that are no rows yet.
    pub(crate) fn not_kept(&self) -> Vec<(Timestamp, Answered)> {
        self.0.lock().iter().map(|(hour, counted)| (*hour, *counted)).collect()
    }

    fn add(&self, hour: Timestamp, more: Answered) {
        self.0.lock().entry(hour).or_default().add(more);
    }
}

async fn write(db: &Db, counted: &BTreeMap<Timestamp, Answered>) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    for (hour, more) in counted {
        rows::add(&mut tx, *hour, *more).await?;
    }
    tx.commit().await
}
