//! What the overview does in the browser: it follows the stream, asks for other rows, and acknowledges.

use domain::{
    events::HealthChanges,
    health_table::{HealthPage, HealthQuery, HealthRow},
    ids::IncidentId,
};
use gloo_timers::future::TimeoutFuture;
use leptos::{
    ev::{self, Event, MouseEvent, SubmitEvent},
    prelude::*,
    task::spawn_local,
    wasm_bindgen::{JsCast, JsValue},
};
use web_sys::{Element, FormData, HtmlAnchorElement, HtmlButtonElement, HtmlInputElement, HtmlSelectElement, window};

use super::{Overview, focus};
use crate::{
    browser::{Debounced, Told, on_event, parameters, remember_status},
    health::{
        LIST,
        filter::{self, address_of_query, asked},
        server_fns::read_health,
    },
    incidents::server_fns::acknowledge_incident,
    ui::toast::show_toast,
};

/// Milliseconds between two letters that are still one search.
const TYPING: u32 = 250;

/// How a step is written into the browser's history.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Back leads to what was shown before.
    New,
    /// A search that goes on being typed is one step.
    Same,
}

/// Call once, when the island wakes.
pub fn follow(overview: Overview) {
    spawn_local(async move {
        TimeoutFuture::new(0).await;
        // What was chosen while the page was still being loaded counts.
        ask_as_filtered(overview, Step::New);
    });
    window_event_listener(ev::popstate, move |_| show(overview, asked()));
    for row in rows(overview) {
        remember(&row);
    }
    let again = Debounced::new(move || read(overview));
    on_event(move |told| {
        let is_news = match told {
            Told::Health { changes, is_news } => {
                carry_on(overview, changes);
                *is_news
            }
            Told::Incident | Told::ReadAgain => true,
            Told::Notification(_) => false,
        };
        if is_news {
            again.call();
        }
    });
}

fn carry_on(overview: Overview, changes: &HealthChanges) {
    for change in &changes.items {
        if let Some(line) = line_where(overview, |row| row.connection_id() == Some(change.connection_id)) {
            line.update(|row| row.carry_on(change));
        }
    }
}

fn line_where(overview: Overview, is_it: impl Fn(&HealthRow) -> bool) -> Option<RwSignal<HealthRow>> {
    overview.lines.with_value(|lines| lines.iter().copied().find(|line| line.with_untracked(&is_it)))
}

fn rows(overview: Overview) -> Vec<HealthRow> {
    overview.lines.with_value(|lines| lines.iter().map(|line| line.get_untracked()).collect())
}

fn remember(row: &HealthRow) {
    if let Some(latest) = &row.latest {
        remember_status(latest.connection_id, latest.status);
    }
}

/// A press on a link to the overview is answered in place; one that is to open elsewhere is the browser's.
pub fn on_press(overview: Overview, event: &MouseEvent) {
    if event.button() != 0 || event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key() {
        return;
    }
    let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let link = pressed.and_then(|pressed| pressed.closest("a").ok().flatten()).and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(link) = link.filter(|link| link.pathname() == LIST) {
        event.prevent_default();
        let query = parameters(&link.search()).map(|said| filter::read(&|name| said.get(name)));
        ask(overview, query.unwrap_or_default(), Step::New);
    }
}

pub fn on_input(overview: Overview, event: &Event) {
    let is_typed = event.target().is_some_and(|input| input.has_type::<HtmlInputElement>());
    ask_as_filtered(overview, if is_typed { Step::Same } else { Step::New });
}

/// The filter, or the button of an incident.
pub fn on_submit(overview: Overview, event: &SubmitEvent) {
    event.prevent_default();
    let button = event.submitter().and_then(|button| button.dyn_into::<HtmlButtonElement>().ok());
    match button.and_then(|button| Some((button.value().parse().ok()?, button))) {
        Some((incident, button)) => acknowledge(overview, incident, button),
        None => ask_as_filtered(overview, Step::New),
    }
}

fn ask_as_filtered(overview: Overview, step: Step) {
    let form = overview.filter.get_untracked();
    let Some(fields) = form.and_then(|form| FormData::new_with_form(&form).ok()) else { return };
    let filter = filter::read(&|name| fields.get(name).as_string()).filter;
    let before = query(overview);
    if filter != before.filter {
        ask(overview, HealthQuery { filter, sort: before.sort, page: 1 }, step);
    }
}

fn query(overview: Overview) -> HealthQuery {
    overview.shown.0.with_untracked(|shown| shown.query.clone())
}

/// Shows something else, and its address.
fn ask(overview: Overview, asked: HealthQuery, step: Step) {
    let address = address_of_query(&asked);
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        let written = match step {
            Step::New => history.push_state_with_url(&JsValue::NULL, "", Some(&address)),
            Step::Same => history.replace_state_with_url(&JsValue::NULL, "", Some(&address)),
        };
        drop(written);
    }
    if step == Step::New {
        return show(overview, asked);
    }
    overview.shown.0.update(|shown| shown.query = asked.clone());
    spawn_local(async move {
        TimeoutFuture::new(TYPING).await;
        if query(overview) == asked {
            read(overview).await;
        }
    });
}

/// Shows what was asked in the form, and reads its rows.
fn show(overview: Overview, query: HealthQuery) {
    if let Some(form) = overview.filter.get_untracked() {
        for (name, value) in query.pairs() {
            let Some(field) = form.elements().named_item(name) else { continue };
            match field.dyn_ref::<HtmlSelectElement>() {
                Some(select) => select.set_value(&value),
                None => write(field.unchecked_ref(), &value),
            }
        }
    }
    overview.shown.0.update(|shown| shown.query = query);
    spawn_local(read(overview));
}

/// Not while it says the same: writing would move the cursor.
fn write(input: &HtmlInputElement, value: &str) {
    if input.value().trim() != value {
        input.set_value(value);
    }
}

async fn read(overview: Overview) {
    let asked = query(overview);
    let found = read_health(asked.clone()).await;
    // Someone may have asked for something else meanwhile.
    if query(overview) != asked {
        return;
    }
    match found {
        Ok(found) => fill(overview, found),
        Err(error) => show_toast(error, move || spawn_local(read(overview))),
    }
}

fn fill(overview: Overview, found: HealthPage) {
    let before = rows(overview);
    let focused = focus::within(&before);
    let mut after = found.rows.into_iter().map(|row| {
        remember(&row);
        match before.iter().find(|shown| shown.connection_id() == row.connection_id()) {
            // A heartbeat may have come while the page was read.
            Some(shown) if shown.last_heartbeat_at() > row.last_heartbeat_at() => shown.clone(),
            Some(shown) => HealthRow { is_sending: shown.is_sending, ..row },
            None => row,
        }
    });
    for line in overview.lines.get_value() {
        let row = after.next().unwrap_or_default();
        if line.with_untracked(|shown| *shown != row) {
            line.set(row);
        }
    }
    overview.shown.0.update(|shown| {
        shown.total = found.total;
        shown.figures = found.figures;
    });
    if let Some(focused) = focused {
        focused.go_along(&rows(overview));
    }
}

/// Takes on the incident whose button was pressed.
fn acknowledge(overview: Overview, incident: IncidentId, button: HtmlButtonElement) {
    let line = move || line_where(overview, |row| row.incident_id() == Some(incident));
    let Some(pressed) = line().filter(|line| line.with_untracked(|row| !row.is_sending)) else { return };
    pressed.update(|row| row.is_sending = true);
    spawn_local(async move {
        let outcome = acknowledge_incident(incident, String::new()).await;
        if outcome.is_ok() {
            focus::give_to_link(&button);
        }
        if let Some(line) = line() {
            line.update(|row| {
                row.is_sending = false;
                row.is_acknowledged |= outcome.is_ok();
            });
        }
        if let Err(error) = outcome {
            show_toast(error, move || acknowledge(overview, incident, button));
        }
    });
}
