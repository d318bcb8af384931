//! What the panel does in the browser: it follows a run to its end, asks for what is to be seen of it, and acts on it.

use domain::{
    error::{ErrorCode, UserError},
    run_page::{RunLine, RunPage, RunPageQuery},
};
use gloo_timers::future::TimeoutFuture;
use leptos::{
    ev::{self, Event, MouseEvent, SubmitEvent},
    prelude::*,
    task::spawn_local,
    wasm_bindgen::JsCast,
};
use web_sys::{HtmlFormElement, window};

use super::{Panel, PanelAction};
use crate::{
    action_error::ActionError,
    browser::{
        focus,
        in_place::{self, Step, TYPING},
        is_hidden, search,
    },
    diagnostics::{
        address_of_query, path_of,
        server_fns::{cancel_run, read_run, run_again},
    },
    ui::toast::{settle, show_toast},
};

/// What can fail: reading the run, and acting on it.
const READ: &str = "read";
const ACT: &str = "act";
/// Milliseconds between two looks: scenarios take a few milliseconds to seconds, and many people may look.
const LOOK_EVERY: u32 = 400;
/// The same where the last look failed.
const LOOK_AGAIN: u32 = 3_000;

/// Call once, when the island wakes.
pub fn follow(panel: Panel) {
    panel.query.set_value(asked());
    window_event_listener(ev::popstate, move |_| show(panel, asked()));
    spawn_local(async move {
        TimeoutFuture::new(0).await;
        // What was chosen while the page was still being loaded counts.
        ask_as_filtered(panel, Step::New);
        look(panel).await;
    });
}

/// Looks until the run has ended, or nobody is signed in any more.
async fn look(panel: Panel) {
    let mut pause = LOOK_EVERY;
    while panel.shown.with_untracked(|page| !page.is_finished) {
        TimeoutFuture::new(pause).await;
        if is_hidden() {
            continue;
        }
        let outcome = try_read(panel).await;
        let was_lost = pause == LOOK_AGAIN;
        pause = if outcome.is_ok() { LOOK_EVERY } else { LOOK_AGAIN };
        if let Err(error) = outcome {
            let error = UserError::from(error);
            if error.code == ErrorCode::SignInRequired {
                return;
            }
            // The run goes on in the console; only the view of it is lost.
            if !was_lost {
                show_toast(READ, error, move || spawn_local(read(panel)));
            }
        }
    }
}

fn asked() -> RunPageQuery {
    search().map(|said| RunPageQuery::read(&|name| said.get(name))).unwrap_or_default()
}

pub fn on_press(panel: Panel, event: &MouseEvent) {
    if let Some(said) = in_place::pressed(event, &path_of(panel.id)) {
        ask(panel, RunPageQuery::read(&|name| said.get(name)), Step::New);
    }
}

pub fn on_input(panel: Panel, event: &Event) {
    ask_as_filtered(panel, in_place::step_of(event));
}

/// The filter asks; the two other forms act.
pub fn on_submit(panel: Panel, event: &SubmitEvent) {
    event.prevent_default();
    let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    if form == panel.filter.get_untracked() {
        ask_as_filtered(panel, Step::New);
    } else {
        perform(panel, if form == panel.again.get_untracked() { PanelAction::Again } else { PanelAction::Cancel });
    }
}

fn ask_as_filtered(panel: Panel, step: Step) {
    let Some(fields) = in_place::fields(panel.filter.get_untracked()) else { return };
    let filtered = RunPageQuery::read(&|name| fields.get(name).as_string());
    if !panel.query.with_value(|before| before.fits_form_of(&filtered)) {
        ask(panel, filtered, step);
    }
}

/// Shows something else, and its address.
fn ask(panel: Panel, asked: RunPageQuery, step: Step) {
    let goes_on = panel.query.with_value(|before| before.q.is_some());
    in_place::write_address(&address_of_query(panel.id, &asked), step.of_search(goes_on));
    if step == Step::New {
        return show(panel, asked);
    }
    panel.query.set_value(asked.clone());
    spawn_local(async move {
        TimeoutFuture::new(TYPING).await;
        if panel.query.get_value() == asked {
            read(panel).await;
        }
    });
}

/// Shows what was asked in the form, and reads it.
fn show(panel: Panel, asked: RunPageQuery) {
    if let Some(form) = panel.filter.get_untracked() {
        in_place::fill(&form, &asked.pairs());
    }
    panel.query.set_value(asked);
    spawn_local(read(panel));
}

async fn read(panel: Panel) {
    if let Err(error) = try_read(panel).await {
        show_toast(READ, error, move || spawn_local(read(panel)));
    }
}

async fn try_read(panel: Panel) -> Result<(), ActionError> {
    let asked = panel.query.get_value();
    let page = read_run(panel.id, asked.clone()).await?;
    // Someone may have asked for something else meanwhile, and a run that has ended does not go on.
    let is_late = panel.shown.with_untracked(|shown| shown.is_finished && !page.is_finished);
    if panel.query.get_value() == asked && !is_late {
        fill(panel, page);
        settle(READ);
    }
    Ok(())
}

fn fill(panel: Panel, mut page: RunPage) {
    let focused = focus::within("ol.steps > li").and_then(|focused| Some((panel.lines.get_value().get(focused.place)?.with_untracked(key), focused)));
    fill_lines(panel.lines, std::mem::take(&mut page.lines));
    if let Some((was, focused)) = focused
        && let Some(place) = panel.lines.get_value().iter().position(|line| line.with_untracked(key) == was)
    {
        focused.go_along(place);
    }
    fill_lines(panel.changes, std::mem::take(&mut page.changes));
    let mut ended = false;
    panel.shown.update(|shown| {
        page.is_sending = shown.is_sending;
        if shown.is_finished && !panel.query.with_value(RunPageQuery::is_filtered) {
            // Nobody is told a second time that it has ended.
            page.words.announced = std::mem::take(&mut shown.words.announced);
        }
        ended = page.is_finished && !shown.is_finished;
        *shown = page;
    });
    // The question whether to cancel goes with the run.
    if ended && focus::is_within("#run-head details") {
        show_verdict(panel);
    }
}

fn key(line: &RunLine) -> String {
    line.key.clone()
}

/// Only what is to be seen takes the focus.
fn show_verdict(panel: Panel) {
    spawn_local(async move {
        TimeoutFuture::new(0).await;
        if let Some(verdict) = panel.verdict.get_untracked() {
            drop(verdict.focus());
        }
    });
}

fn fill_lines(shown: StoredValue<Vec<RwSignal<RunLine>>>, lines: Vec<RunLine>) {
    let mut lines = lines.into_iter();
    for line in shown.get_value() {
        let newer = lines.next().unwrap_or_default();
        if line.with_untracked(|shown| *shown != newer) {
            line.set(newer);
        }
    }
}

fn perform(panel: Panel, what: PanelAction) {
    if panel.shown.with_untracked(|page| page.is_sending) {
        return;
    }
    panel.shown.update(|page| page.is_sending = true);
    spawn_local(async move {
        let outcome = match what {
            PanelAction::Cancel => cancel(panel).await,
            PanelAction::Again => again(panel).await,
        };
        if outcome.is_ok() {
            settle(ACT);
        }
        if let Err(error) = outcome {
            panel.shown.update(|page| page.is_sending = false);
            show_toast(ACT, error, move || perform(panel, what));
        }
    });
}

/// Still sending when it returns: the next page is on its way.
async fn again(panel: Panel) -> Result<(), ActionError> {
    let run = run_again(panel.id).await?;
    if let Some(window) = window() {
        drop(window.location().assign(&path_of(run)));
    }
    Ok(())
}

async fn cancel(panel: Panel) -> Result<(), ActionError> {
    cancel_run(panel.id).await?;
    read(panel).await;
    panel.shown.update(|page| page.is_sending = false);
    show_verdict(panel);
    Ok(())
}
