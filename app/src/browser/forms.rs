//! Improves every form that carries `data-enhance`: it is posted to its own address and answered with JSON without a reload, cannot be sent twice, and shows errors in place.
//! One listener on the document, so a form works wherever it stands and whoever drew it.

use domain::error::UserError;
use leptos::{
    task::spawn_local,
    wasm_bindgen::{JsCast, JsValue},
};
use web_sys::{Element, Event, FormData, HtmlButtonElement, HtmlElement, HtmlFormElement, SubmitEvent, UrlSearchParams, window};

use super::{
    dom::{all, document, inside, listen},
    events::refresh,
    trace::show_trace,
};
use crate::{
    action::client::{Answer, about, new_key, post},
    action_error::not_reached,
    ui::{
        input_name::field_error,
        toast::{settle, show_toast},
    },
};

const BUSY: &str = "aria-busy";
const OUT_OF_USE: &str = "aria-disabled";
const FIELDS: &str = "application/x-www-form-urlencoded";
/// What a form is sent under while it stays as it is: whatever became of the first answer, it is done once.
const KEY: &str = "data-key";

/// Call once, when the browser part starts.
pub fn enhance_forms() {
    let Some(document) = document() else { return };
    listen(&document, "submit", on_submit);
    listen(&document, "input", on_input);
    // A page that the browser kept while away must not come back with a button still turning.
    listen(&document, "visibilitychange", |_| release_all());
    if let Some(window) = window() {
        listen(&window, "pagehide", |_| release_all());
    }
}

fn on_submit(event: Event) {
    let Some(form) = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok()) else { return };
    if !form.has_attribute("data-enhance") {
        return;
    }
    if form.has_attribute(BUSY) {
        event.prevent_default();
        return;
    }
    let button = event.unchecked_ref::<SubmitEvent>().submitter().and_then(|button| button.dyn_into::<HtmlButtonElement>().ok());
    let Some(fields) = fields_of(&form) else { return };
    event.prevent_default();
    spawn_local(send(form, button, fields));
}

/// What is being mended is not called wrong any longer.
fn on_input(event: Event) {
    let Some(control) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    let form = control.closest("form[data-enhance]").ok().flatten().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    if let Some(form) = &form {
        drop(form.remove_attribute(KEY));
    }
    if let (Some(form), true) = (form, control.has_attribute("aria-invalid")) {
        drop(control.remove_attribute("aria-invalid"));
        let name = control.get_attribute("name").unwrap_or_default();
        for slot in inside(&form, &format!("[data-error-for=\"{name}\"]")) {
            slot.set_text_content(None);
        }
        if inside(&form, "[aria-invalid]").is_empty() {
            show_trace(&form, None);
        }
    }
}

async fn send(form: HtmlFormElement, button: Option<HtmlButtonElement>, fields: String) {
    let label = button.as_ref().map(begin);
    let _ = form.set_attribute(BUSY, "true");
    let address = address(&form);
    let answer = post(&address, FIELDS, &fields, Some(&key_of(&form))).await;
    if matches!(answer, Ok(Answer { done: true, .. })) {
        // The same once more would be meant.
        let _ = form.remove_attribute(KEY);
        settle(about(&address));
    }
    let error = match answer {
        Ok(Answer { done: true, location: None, .. }) if form.has_attribute("data-stay") => {
            release(&form, button.as_ref().zip(label.as_deref()));
            // What was typed is done with, and its part may be read again.
            form.reset();
            let _ = form.remove_attribute("data-unsaved");
            return refresh().await;
        }
        Ok(Answer { done: true, location, .. }) => {
            // Still busy: the next page is on its way, and a second press would send again.
            return go(location.as_deref());
        }
        Ok(refused) => serde_json::from_str(&refused.body).unwrap_or_else(|_| not_reached()),
        Err(_lost) => not_reached(),
    };
    release(&form, button.as_ref().zip(label.as_deref()));
    show(&form, button, error);
}

fn address(form: &HtmlFormElement) -> String {
    form.get_attribute("action").unwrap_or_default()
}

fn key_of(form: &HtmlFormElement) -> String {
    form.get_attribute(KEY).unwrap_or_else(|| {
        let key = new_key();
        let _ = form.set_attribute(KEY, &key);
        key
    })
}

/// The form may be sent again.
fn release(form: &HtmlFormElement, button: Option<(&HtmlButtonElement, &str)>) {
    let _ = form.remove_attribute(BUSY);
    if let Some((button, words)) = button {
        end(button, words);
    }
}

fn fields_of(form: &HtmlFormElement) -> Option<String> {
    let data = FormData::new_with_form(form).ok()?;
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&JsValue::from(data)).ok()?;
    Some(fields.to_string().into())
}

/// Marks a button as working and returns its own words.
fn begin(button: &HtmlButtonElement) -> String {
    let label = label_of(button);
    let words = label.text_content().unwrap_or_default();
    // Not `disabled`, which would take the focus from whoever pressed it by a key.
    let _ = button.set_attribute(OUT_OF_USE, "true");
    let _ = button.set_attribute(BUSY, "true");
    if let Some(progress) = button.get_attribute("data-progress") {
        label.set_text_content(Some(&progress));
    }
    let _ = button.set_attribute("data-label", &words);
    words
}

fn end(button: &HtmlButtonElement, words: &str) {
    let _ = button.remove_attribute(OUT_OF_USE);
    let _ = button.remove_attribute(BUSY);
    label_of(button).set_text_content(Some(words));
}

fn label_of(button: &HtmlButtonElement) -> Element {
    button.query_selector("span").ok().flatten().unwrap_or_else(|| button.clone().into())
}

/// Only what this module made busy: islands see to theirs.
fn release_all() {
    for element in all("form[data-enhance][aria-busy], button[data-label][aria-busy]") {
        match element.dyn_ref::<HtmlButtonElement>() {
            Some(button) => end(button, &button.get_attribute("data-label").unwrap_or_default()),
            None => drop(element.remove_attribute(BUSY)),
        }
    }
}

/// Where the server leads, or to this page as it is now.
fn go(location: Option<&str>) {
    let Some(here) = window().map(|window| window.location()) else { return };
    let done = match location {
        Some(location) => here.assign(location),
        None => here.replace(&here.href().unwrap_or_default()),
    };
    drop(done);
}

/// Puts each message under its input; what belongs to none becomes a toast.
fn show(form: &HtmlFormElement, button: Option<HtmlButtonElement>, error: UserError) {
    for control in inside(form, "[aria-invalid]") {
        drop(control.remove_attribute("aria-invalid"));
    }
    let slots = inside(form, "[data-error-for]");
    let placed = slots.iter().filter(|slot| fill(form, slot, &error)).count();
    let is_beside_fields = !inside(form, "[aria-invalid]").is_empty();
    show_trace(form, error.correlation_id.as_ref().filter(|_| is_beside_fields));
    let shown = |control: Element| control.dyn_into::<HtmlElement>().ok().filter(|control| control.offset_parent().is_some());
    let focus = inside(form, "[aria-invalid]").into_iter().find_map(shown).or_else(|| button.map(HtmlElement::from));
    if let Some(focus) = focus {
        drop(focus.focus());
    }
    if placed < error.fields.len().max(1) {
        let form = form.clone();
        show_toast(about(&address(&form)), error, move || send_again(form));
    }
}

/// As it is now; where the page was brought up to date meanwhile, as it was.
fn send_again(form: HtmlFormElement) {
    if form.is_connected() {
        drop(form.request_submit());
    } else if let Some(fields) = fields_of(&form) {
        spawn_local(send(form, None, fields));
    }
}

/// Says under an input what is wrong with it, or that nothing is; whether a person can read it there.
fn fill(form: &HtmlFormElement, slot: &Element, error: &UserError) -> bool {
    let input = slot.get_attribute("data-error-for").unwrap_or_default();
    let told = field_error(error, &input);
    slot.set_text_content(told.as_deref());
    if told.is_some() {
        for control in inside(form, &format!("[name=\"{input}\"]")) {
            drop(control.set_attribute("aria-invalid", "true"));
        }
    }
    told.is_some() && slot.dyn_ref::<HtmlElement>().is_some_and(|slot| slot.offset_parent().is_some())
}
