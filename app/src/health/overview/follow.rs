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
    wasm_bindgen::JsCast,
};
use web_sys::HtmlButtonElement;

use super::Overview;
use crate::{
    action_error::ActionError,
    browser::{
        Debounced, LiveEvent, Reading, focus,
        in_place::{self, Step, TYPING},
        note_reading, on_event, remember_status,
    },
    health::{
        LIST,
        filter::{self, address_of_query, asked},
        server_fns::read_health,
    },
    incidents::server_fns::acknowledge_incident,
    ui::toast::{settle, show_toast},
};

/// What can fail: reading rows.
const READ: &str = "read";

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
    // The page says that it is not up to date; nobody asked, so there is nothing to answer.
    let again = Debounced::new(move || async move { note_reading(Reading::Island, read(overview).await.is_ok()) });
    on_event(move |told| {
        let is_news = match told {
            LiveEvent::Health { changes, is_news } => {
                carry_on(overview, changes);
                *is_news
            }
            LiveEvent::Incident | LiveEvent::ReadAgain => true,
            LiveEvent::Notification(_) => false,
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

/// A press on a link to the overview is answered in place.
pub fn on_press(overview: Overview, event: &MouseEvent) {
    if let Some(said) = in_place::pressed(event, LIST) {
        ask(overview, filter::read(&|name| said.get(name)), Step::New);
    }
}

pub fn on_input(overview: Overview, event: &Event) {
    ask_as_filtered(overview, in_place::step_of(event));
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
    let Some(fields) = in_place::fields(overview.filter.get_untracked()) else { return };
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
    let goes_on = query(overview).filter.q.is_some();
    in_place::write_address(&address_of_query(&asked), step.of_search(goes_on));
    if step == Step::New {
        return show(overview, asked);
    }
    overview.shown.0.update(|shown| shown.query = asked.clone());
    spawn_local(async move {
        TimeoutFuture::new(TYPING).await;
        if query(overview) == asked {
            answer(overview).await;
        }
    });
}

/// Shows what was asked in the form, and reads its rows.
fn show(overview: Overview, query: HealthQuery) {
    if let Some(form) = overview.filter.get_untracked() {
        in_place::fill(&form, &query.pairs());
    }
    overview.shown.0.update(|shown| shown.query = query);
    spawn_local(answer(overview));
}

/// Reads what a person asked for.
async fn answer(overview: Overview) {
    if let Err(error) = read(overview).await {
        show_toast(READ, error, move || spawn_local(answer(overview)));
    }
}

async fn read(overview: Overview) -> Result<(), ActionError> {
    let asked = query(overview);
    let found = read_health(asked.clone()).await;
    // Someone may have asked for something else meanwhile.
    if query(overview) == asked {
        fill(overview, found?);
        settle(READ);
    }
    Ok(())
}

fn fill(overview: Overview, found: HealthPage) {
    let before = rows(overview);
    let focused = focus::within("tbody tr").and_then(|focused| Some((before.get(focused.place)?.connection_id()?, focused)));
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
    if let Some((connection, focused)) = focused
        && let Some(place) = rows(overview).iter().position(|row| row.connection_id() == Some(connection))
    {
        focused.go_along(place);
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
            settle(&incident.to_string());
            give_to_link(&button);
        }
        if let Some(line) = line() {
            line.update(|row| {
                row.is_sending = false;
                row.is_acknowledged |= outcome.is_ok();
            });
        }
        if let Err(error) = outcome {
            show_toast(&incident.to_string(), error, move || acknowledge(overview, incident, button));
        }
    });
}

/// The row's own link takes the focus of a button that goes.
fn give_to_link(button: &HtmlButtonElement) {
    if let Ok(Some(row)) = button.closest("tr") {
        focus::focus(&row, "a");
    }
}
