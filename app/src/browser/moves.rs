//! Moves what a page shows of a connection on by one heartbeat, without reading the page again: a thousand connections beat all
//! the time, and a page for each beat of each reader would cost more than the beats.

use std::{cell::RefCell, collections::BTreeMap};

use domain::{events::HealthChange, health::HealthStatus};
use web_sys::Element;

use super::dom::all;
use crate::ui::{
    latency::milliseconds_told,
    strip::{MARKS, bars},
};

thread_local! {
    /// Statuses by connection, of those that the page does not show.
    static SEEN: RefCell<BTreeMap<String, HealthStatus>> = const { RefCell::new(BTreeMap::new()) };
}

/// Shows the heartbeat where it can; true when the page must be read again to show what it means.
pub fn show(change: &HealthChange) -> bool {
    let id = change.connection_id.to_string();
    if !all(&format!("[data-watch=\"{id}\"]")).is_empty() {
        return true;
    }
    if all("[data-live]").is_empty() {
        return false;
    }
    let rows = all(&format!("[data-health=\"{id}\"]"));
    if rows.is_empty() {
        let before = SEEN.with_borrow_mut(|seen| seen.insert(id, change.status));
        return before.unwrap_or(HealthStatus::Healthy) != change.status;
    }
    let status: &str = change.status.into();
    let at = change.last_heartbeat_at.map(|at| at.to_string()).unwrap_or_default();
    let mut changed = false;
    for row in rows {
        changed |= row.get_attribute("data-status").as_deref() != Some(status);
        if row.get_attribute("data-at").as_deref() != Some(&at) {
            beat(&row, change, &at);
        }
    }
    changed
}

fn beat(row: &Element, change: &HealthChange, at: &str) {
    drop(row.set_attribute("data-at", at));
    let within = |selector| row.query_selector(selector).ok().flatten();
    if let (Some(place), Some(latency)) = (within("[data-latency]"), change.last_latency_ms) {
        place.set_text_content(Some(&milliseconds_told(latency)));
    }
    if let Some(time) = within("time") {
        drop(time.set_attribute("datetime", at));
        drop(time.set_attribute("title", at));
        time.set_text_content(Some("just now"));
    }
    if let Some(strip) = within("[data-beats]") {
        push(&strip, if change.consecutive_failures > 0 { 'f' } else { 'p' });
    }
}

/// The newest bar comes on the right, the oldest leaves on the left.
fn push(strip: &Element, mark: char) {
    let before = strip.get_attribute("data-beats").unwrap_or_default();
    let beats: String = before.chars().skip(1).chain([mark]).collect();
    let marks = MARKS.iter().map(|(mark, _)| *mark).chain(['-']);
    for mark in marks {
        let path = strip.query_selector(&format!("[data-mark=\"{mark}\"]")).ok().flatten();
        if let Some(path) = path {
            drop(path.set_attribute("d", &bars(&beats, mark)));
        }
    }
    drop(strip.set_attribute("data-beats", &beats));
}
