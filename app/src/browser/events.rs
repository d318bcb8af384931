//! Follows what the console tells of (`/api/events`): one stream for the page, open only while someone looks at it, because a
//! browser keeps few connections to a host and a page that nobody sees needs none.

use std::cell::{Cell, RefCell};

use gloo_timers::future::TimeoutFuture;
use leptos::{
    task::spawn_local,
    wasm_bindgen::{JsCast, JsValue},
};
use web_sys::{
    Event, EventSource, MessageEvent,
    js_sys::{Array, JSON, Reflect},
};

use super::{
    dom::{all, document, listen},
    moves, refresh,
};
use crate::ui::toast::announce;

/// Milliseconds that changes gather for before the page is read again, so that a hundred at once are one reading.
const GATHER: u32 = 400;
/// Milliseconds between two readings of the page at least.
const REST: u32 = 2_600;

const NOTIFICATIONS: &str = "/operations/notifications";

thread_local! {
    static STREAM: RefCell<Option<EventSource>> = const { RefCell::new(None) };
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
        if let Some(stream) = STREAM.take() {
            stream.close();
        }
    } else if STREAM.with_borrow(Option::is_none) {
        open();
        read_again();
    }
}

fn open() {
    if document().is_none_or(|document| document.hidden()) {
        return;
    }
    let Ok(stream) = EventSource::new("/api/events") else { return };
    listen(&stream, "health", on_health);
    listen(&stream, "notification", on_notification);
    for event in ["incident", "again"] {
        listen(&stream, event, |_| read_again());
    }
    listen(&stream, "error", |_| {
        IS_DUE.set(true);
        say("Connecting again");
    });
    listen(&stream, "open", |_| {
        say("Live");
        // What was told while the stream was broken is not told again.
        if IS_DUE.replace(false) {
            read_again();
        }
    });
    STREAM.set(Some(stream));
}

/// Whether what the page shows can be relied on to be new.
fn say(text: &str) {
    for place in all("[data-live-state]") {
        place.set_text_content(Some(text));
    }
}

fn on_health(event: Event) {
    let items = data_of(&event).map(|data| Array::from(&member(&data, "items"))).unwrap_or_default();
    let mut news = false;
    for item in items.iter() {
        news |= moves::show(&item);
    }
    if news {
        read_again();
    }
}

fn on_notification(event: Event) {
    let title = data_of(&event).and_then(|data| member(&data, "title").as_string());
    if let Some(title) = title {
        announce(title, NOTIFICATIONS);
    }
    read_again();
}

fn data_of(event: &Event) -> Option<JsValue> {
    JSON::parse(&event.dyn_ref::<MessageEvent>()?.data().as_string()?).ok()
}

pub fn member(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or_default()
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
            if STREAM.with_borrow(|stream| stream.as_ref().is_some_and(|stream| stream.ready_state() == EventSource::OPEN)) {
                say("Live");
            }
            TimeoutFuture::new(REST).await;
        }
        IS_READING.set(false);
    });
}
