//! Follows what the console tells of (`/api/events`): one stream for the page, open only while someone looks at it, because a
//! browser keeps few connections to a host and a page that nobody sees needs none.

use std::cell::{Cell, RefCell};

use domain::{
    events::{HealthChanges, IncidentChange, NotificationChange, ReadAgain, StreamEvent},
    time::Timestamp,
};
use gloo_timers::future::TimeoutFuture;
use leptos::{
    prelude::{ArcRwSignal, GetUntracked, Set},
    task::spawn_local,
    wasm_bindgen::JsCast,
};
use serde::de::DeserializeOwned;
use web_sys::{Event, EventSource, MessageEvent, js_sys::Date};

use super::{
    dom::{document, listen},
    moves, refresh,
};
use crate::ui::{live::Stream, toast::announce};

/// Milliseconds that changes gather for before the page is read again, so that a hundred at once are one reading.
const GATHER: u32 = 400;
/// Milliseconds between two readings of the page at least.
const REST: u32 = 2_600;

thread_local! {
    static SOURCE: RefCell<Option<EventSource>> = const { RefCell::new(None) };
    static STREAM: ArcRwSignal<Stream> = ArcRwSignal::new(Stream::Connecting);
    static IS_DUE: Cell<bool> = const { Cell::new(false) };
    static IS_READING: Cell<bool> = const { Cell::new(false) };
}

/// Call once, when the browser part starts. Pages before the sign-in have no bell, and nothing to follow.
pub fn follow_events() {
    let Some(document) = document().filter(|document| document.get_element_by_id("bell").is_some()) else { return };
    listen(&document, "visibilitychange", |_| on_visibility_change());
    open();
}

fn on_visibility_change() {
    if document().is_some_and(|document| document.hidden()) {
        if let Some(source) = SOURCE.take() {
            source.close();
        }
    } else if SOURCE.with_borrow(Option::is_none) {
        open();
        read_again();
    }
}

fn open() {
    if document().is_none_or(|document| document.hidden()) {
        return;
    }
    let Ok(source) = EventSource::new("/api/events") else { return };
    listen(&source, HealthChanges::NAME, |event| hear(&event, on_health));
    listen(&source, NotificationChange::NAME, |event| hear(&event, on_notification));
    for event in [IncidentChange::NAME, ReadAgain::NAME] {
        listen(&source, event, |_| read_again());
    }
    listen(&source, "error", |_| on_error());
    listen(&source, "open", |_| {
        say(Stream::Live);
        // What was told while the stream was broken is not told again.
        if IS_DUE.replace(false) {
            read_again();
        }
    });
    SOURCE.set(Some(source));
}

/// How the stream is, for whoever shows it.
pub fn stream() -> ArcRwSignal<Stream> {
    STREAM.with(Clone::clone)
}

/// What stands on a page whose stream is lost may not be so any more: styles look at `data-stale`.
fn say(now: Stream) {
    if let Some(page) = document().and_then(|document| document.document_element()) {
        drop(page.toggle_attribute_with_force("data-stale", matches!(now, Stream::Lost(_))));
    }
    stream().set(now);
}

/// The browser connects again by itself; until it has, what is shown grows old.
fn on_error() {
    IS_DUE.set(true);
    if !matches!(stream().get_untracked(), Stream::Lost(_)) {
        say(Stream::Lost(Timestamp::from_millis(Date::now() as i64)));
    }
}

fn on_health(changes: HealthChanges) {
    // All of them, not only until the first that is news.
    let news = changes.items.iter().filter(|change| moves::show(change)).count();
    if news > 0 {
        read_again();
    }
}

fn on_notification(change: NotificationChange) {
    announce(change);
    read_again();
}

fn hear<E: DeserializeOwned>(event: &Event, told: fn(E)) {
    let text = event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string());
    match text.and_then(|text| serde_json::from_str(&text).ok()) {
        Some(event) => told(event),
        // What a newer console tells of in another way is not understood, but it is a change.
        None => read_again(),
    }
}

/// Reads the page again soon, once for everything that happens meanwhile.
fn read_again() {
    IS_DUE.set(true);
    if IS_READING.replace(true) {
        return;
    }
    spawn_local(async {
        while IS_DUE.get() {
            TimeoutFuture::new(GATHER).await;
            IS_DUE.set(false);
            refresh().await;
            TimeoutFuture::new(REST).await;
        }
        IS_READING.set(false);
    });
}
