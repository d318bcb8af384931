//! Moves what a page shows of a connection on by one heartbeat, without reading the page again: a thousand connections beat all
//! the time, and a page for each beat of each reader would cost more than the beats.

use std::{cell::RefCell, collections::BTreeMap};

use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, js_sys::Number};

use super::{dom::all, events::member};
use crate::ui::strip::{MARKS, bars};

thread_local! {
    /// Statuses by connection, of those that the page does not show.
    static SEEN: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
}

/// Shows the heartbeat where it can; true when the page must be read again to show what it means.
pub fn show(item: &JsValue) -> bool {
    let text = |name| member(item, name).as_string().unwrap_or_default();
    let (id, status) = (text("connection_id"), text("status"));
    if !all(&format!("[data-watch=\"{id}\"]")).is_empty() {
        return true;
    }
    if all("[data-live]").is_empty() {
        return false;
    }
    let rows = all(&format!("[data-health=\"{id}\"]"));
    if rows.is_empty() {
        let before = SEEN.with_borrow_mut(|seen| seen.insert(id, status.clone()));
        return before.map_or(status != "healthy", |before| before != status);
    }
    let mut changed = false;
    for row in rows {
        changed |= row.get_attribute("data-status").as_deref() != Some(&status);
        let at = text("last_heartbeat_at");
        if row.get_attribute("data-at").as_deref() != Some(&at) {
            beat(&row, item, &at);
        }
    }
    changed
}

fn beat(row: &Element, item: &JsValue, at: &str) {
    drop(row.set_attribute("data-at", at));
    let within = |selector| row.query_selector(selector).ok().flatten();
    if let (Some(place), Some(latency)) = (within("[data-latency]"), member(item, "last_latency_ms").dyn_ref::<Number>()) {
        let told = latency.to_fixed(1).ok().and_then(|told| told.as_string()).unwrap_or_default();
        place.set_text_content(Some(&(told + "\u{a0}ms")));
    }
    if let Some(time) = within("time") {
        drop(time.set_attribute("datetime", at));
        drop(time.set_attribute("title", at));
        time.set_text_content(Some("just now"));
    }
    if let Some(strip) = within("[data-beats]") {
        let failed = member(item, "consecutive_failures").as_f64().unwrap_or_default() > 0.0;
        push(&strip, if failed { 'f' } else { 'p' });
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
