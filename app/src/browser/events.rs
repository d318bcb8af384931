//! Follows what the console tells of (`/api/events`): one stream for the page, open only while someone looks at it, because a
//! browser keeps few connections to a host and a page that nobody sees needs none.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use domain::{
    events::{AccessEnded, Alive, HealthChange, HealthChanges, IncidentChange, NotificationChange, ReadAgain, StreamEvent},
    health::HealthStatus,
    ids::ProfileId,
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
    debounce::Debounced,
    dom::{all, document, is_hidden, listen},
    refresh::read_parts,
};
use crate::{
    action::client::is_signed_out,
    ui::{
        stream::Stream,
        toast::{announce, show_session_end},
    },
};

/// The stream's address.
const EVENTS: &str = "/api/events";
/// Milliseconds until a stream that was refused is asked for again.
const ASK_AGAIN: u32 = 5_000;
/// Milliseconds of silence after which the stream is lost, though nobody says so: the console tells every five seconds that it lives, and a
/// machine that stops, or a network that changes, closes nothing.
const SILENCE: f64 = 12_000.0;
/// Milliseconds between two looks at that.
const LISTEN_EVERY: u32 = 3_000;
/// Milliseconds without news after which the page is read again: that nothing is told may be the trouble.
const QUIET: f64 = 60_000.0;

/// What the stream told.
pub enum LiveEvent {
    /// `is_news` where the status of a connection has changed.
    Health {
        changes: HealthChanges,
        is_news: bool,
    },
    Incident,
    Notification(NotificationChange),
    /// Something may have been missed.
    ReadAgain,
}

type Listener = Rc<dyn Fn(&LiveEvent)>;

thread_local! {
    static SOURCE: RefCell<Option<EventSource>> = const { RefCell::new(None) };
    static STREAM: ArcRwSignal<Stream> = ArcRwSignal::new(Stream::Connecting);
    static LISTENERS: RefCell<Vec<Listener>> = const { RefCell::new(Vec::new()) };
    /// When the stream last said that it lives, or was asked for.
    static HEARD: Cell<f64> = const { Cell::new(0.0) };
    /// When it last told something.
    static TOLD: Cell<f64> = const { Cell::new(0.0) };
    /// When the page was drawn, by the server's clock, until the stream knows of it.
    static DRAWN_AT: Cell<Option<String>> = const { Cell::new(None) };
    /// Each [`Reading`] that could not be done, as a bit.
    static FAILING: Cell<u8> = const { Cell::new(0) };
    /// Whether something was told before anyone listened.
    static MISSED: Cell<bool> = const { Cell::new(false) };
    static PAGE: Rc<Debounced> = Debounced::new(refresh);
    static STATUSES: RefCell<Vec<(ProfileId, HealthStatus)>> = const { RefCell::new(Vec::new()) };
}

/// How the stream is, for whoever shows it.
pub fn stream() -> ArcRwSignal<Stream> {
    STREAM.with(Clone::clone)
}

/// Calls `listener` with everything that the stream tells, as long as the page lives.
pub fn on_event(listener: impl Fn(&LiveEvent) + 'static) {
    if MISSED.replace(false) {
        listener(&LiveEvent::ReadAgain);
    }
    LISTENERS.with_borrow_mut(|all| all.push(Rc::new(listener)));
}

/// Says how a connection is, so that only what differs from it is news. Returns how it was, as far as that was known.
pub fn remember_status(id: ProfileId, status: HealthStatus) -> Option<HealthStatus> {
    STATUSES.with_borrow_mut(|all| {
        if let Some((_, before)) = all.iter_mut().find(|(known, _)| *known == id) {
            return Some(std::mem::replace(before, status));
        }
        all.push((id, status));
        None
    })
}

/// Call once, when the browser part starts. Pages before the sign-in have no bell, and nothing to follow.
pub fn follow_events() {
    let Some(document) = document().filter(|document| document.get_element_by_id("bell").is_some()) else { return };
    listen(&document, "visibilitychange", |_| on_visibility_change());
    TOLD.set(Date::now());
    DRAWN_AT.set(document.document_element().and_then(|page| page.get_attribute("data-now")));
    open();
    spawn_local(async {
        loop {
            TimeoutFuture::new(LISTEN_EVERY).await;
            look_for_silence();
        }
    });
}

fn look_for_silence() {
    if SOURCE.with_borrow(Option::is_some) && Date::now() - HEARD.get() > SILENCE {
        lose();
        close();
        open();
    }
}

fn on_visibility_change() {
    if is_hidden() {
        close();
    } else if SOURCE.with_borrow(Option::is_none) {
        open();
        tell(&LiveEvent::ReadAgain);
    }
}

fn open() {
    if is_hidden() || SOURCE.with_borrow(Option::is_some) {
        return;
    }
    // What was told after the page was drawn, and before this, comes as one look at all of it.
    let drawn_at = DRAWN_AT.take().map_or_else(String::new, |at| format!("?since={at}"));
    let Ok(source) = EventSource::new(&format!("{EVENTS}{drawn_at}")) else { return };
    HEARD.set(Date::now());
    listen(&source, HealthChanges::NAME, |event| hear(&event, on_health));
    listen(&source, IncidentChange::NAME, |_| tell(&LiveEvent::Incident));
    listen(&source, NotificationChange::NAME, |event| hear(&event, LiveEvent::Notification));
    listen(&source, ReadAgain::NAME, |_| tell(&LiveEvent::ReadAgain));
    listen(&source, Alive::NAME, |_| on_alive());
    listen(&source, AccessEnded::NAME, |_| on_end());
    listen(&source, "error", |_| on_error());
    listen(&source, "open", |_| {
        HEARD.set(Date::now());
        let was_old = stream().get_untracked().is_old();
        say(Stream::Live);
        // What was told while the stream was broken is not told again.
        if was_old {
            tell(&LiveEvent::ReadAgain);
        }
    });
    SOURCE.set(Some(source));
}

fn on_alive() {
    HEARD.set(Date::now());
    if stream().get_untracked().is_old() || Date::now() - TOLD.get() > QUIET {
        tell(&LiveEvent::ReadAgain);
    }
}

/// What of a page is read anew, each by itself.
#[derive(Clone, Copy)]
pub enum Reading {
    /// The parts that carry `data-refresh`.
    Parts = 1,
    /// What an island shows.
    Island = 2,
}

/// Says whether it could be read: until all of it is, the page grows old though the stream lives.
pub fn note_reading(of: Reading, done: bool) {
    let failing = if done { FAILING.get() & !(of as u8) } else { FAILING.get() | of as u8 };
    FAILING.set(failing);
    match stream().get_untracked() {
        Stream::Live if failing != 0 => say(Stream::Old(heard())),
        Stream::Old(_) if failing == 0 => say(Stream::Live),
        _ => {}
    }
}

/// Brings the marked parts of this page up to date; where that fails, the page says so.
pub async fn refresh() {
    note_reading(Reading::Parts, read_parts().await.is_ok());
}

/// When the stream last lived.
fn heard() -> Timestamp {
    Timestamp::from_millis(HEARD.get() as i64)
}

fn close() {
    if let Some(source) = SOURCE.take() {
        source.close();
    }
}

/// What stands on a page whose stream is lost may not be so any more: styles look at `data-stale`.
fn say(now: Stream) {
    if let Some(page) = document().and_then(|document| document.document_element()) {
        drop(page.toggle_attribute_with_force("data-stale", now.is_old()));
    }
    stream().set(now);
}

/// Until the stream is there again, what is shown grows old.
fn lose() {
    let now = stream().get_untracked();
    if !matches!(now, Stream::Lost(_)) {
        say(Stream::Lost(now.since().unwrap_or_else(heard)));
    }
}

/// After a failure the browser connects again by itself; after a refusal it does not, nor does it say which it was.
fn on_error() {
    lose();
    let was_refused = SOURCE.with_borrow(|source| source.as_ref().is_some_and(|source| source.ready_state() == EventSource::CLOSED));
    if was_refused {
        close();
        spawn_local(async {
            if is_signed_out(EVENTS).await {
                return on_end();
            }
            TimeoutFuture::new(ASK_AGAIN).await;
            open();
        });
    }
}

/// Nothing comes any more before the person has signed in again.
fn on_end() {
    close();
    say(Stream::Ended);
    show_session_end();
}

fn hear<E: DeserializeOwned>(event: &Event, told: fn(E) -> LiveEvent) {
    let text = event.dyn_ref::<MessageEvent>().and_then(|message| message.data().as_string());
    // What a newer console tells of in another way is not understood, but it is a change.
    let told = text.and_then(|text| serde_json::from_str(&text).ok()).map_or(LiveEvent::ReadAgain, told);
    tell(&told);
}

/// What is healthy when it is first heard of has not changed.
fn on_health(changes: HealthChanges) -> LiveEvent {
    let is_news = |change: &HealthChange| remember_status(change.connection_id, change.status).unwrap_or(HealthStatus::Healthy) != change.status;
    // All of them, not only until the first that is news.
    let news = changes.items.iter().filter(|change| is_news(change)).count();
    LiveEvent::Health { changes, is_news: news > 0 }
}

fn tell(told: &LiveEvent) {
    TOLD.set(Date::now());
    // A listener may begin to listen for more.
    let listeners = LISTENERS.with_borrow(Clone::clone);
    if listeners.is_empty() {
        MISSED.set(true);
    }
    for listener in listeners {
        listener(told);
    }
    let concerns_page = match told {
        LiveEvent::Health { changes, is_news } => *is_news && !all("[data-live]").is_empty() || changes.items.iter().any(is_watched),
        LiveEvent::Notification(change) => {
            announce(change.clone());
            true
        }
        LiveEvent::Incident | LiveEvent::ReadAgain => true,
    };
    if concerns_page && !all("[data-refresh]").is_empty() {
        PAGE.with(Debounced::call);
    }
}

/// A page of one connection shows each of its heartbeats.
fn is_watched(change: &HealthChange) -> bool {
    !all(&format!("[data-watch=\"{}\"]", change.connection_id)).is_empty()
}
