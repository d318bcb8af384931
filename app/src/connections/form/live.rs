//! What the form does in the browser.

use domain::{
    error::UserError,
    service_url::split_over,
    settings::{self, from_form, has_its_field, is_shown},
};
use gloo_timers::future::TimeoutFuture;
use leptos::{
    prelude::*,
    task::spawn_local,
    wasm_bindgen::{JsCast, closure::Closure},
};
use web_sys::{Element, Event, FocusEvent, HtmlButtonElement, HtmlElement, HtmlFormElement, HtmlInputElement, InputEvent, SubmitEvent, window};

use super::{
    FieldNote, LiveForm, LiveState,
    controls::{Control, controls, error_slot, named, values},
};
use crate::{
    browser::{document, inside, show_trace},
    connections::{
        input::{AfterSave, ConnectionInput},
        path_of,
        server_fns::{check_settings, save_connection},
    },
    ui::{
        input_name::{field_error, input_name},
        toast::{settle, show_toast},
    },
};

/// What can fail.
const SAVE: &str = "save";
/// A button that shows what is typed into the input it controls.
const REVEAL: &str = "button.reveal";

impl LiveForm {
    /// Takes over what the form holds, whether it came so, was typed before, or was left here earlier; then shows what it finds.
    pub fn wake(self) {
        spawn_local(async move {
            // Only then it stands in its place.
            TimeoutFuture::new(0).await;
            let place = self.place.get_untracked();
            if let Some(form) = place.and_then(|place| place.closest("form").ok()??.dyn_into().ok()) {
                self.take_over(&form);
            }
        });
    }

    fn change(self, form: &HtmlFormElement, change: impl FnOnce(&mut LiveState)) {
        self.state.update(change);
        self.state.with_untracked(|state| show(form, state));
    }

    fn take_over(self, form: &HtmlFormElement) {
        let notes = already_told(form);
        self.state.update_untracked(|state| state.notes = notes);
        self.look(form);
        let its = form.clone();
        let hear = Closure::<dyn Fn(Event)>::new(move |event: Event| self.handle(&its, &event)).into_js_value();
        for event in ["input", "focusout", "click", "submit"] {
            drop(form.add_event_listener_with_callback(event, hear.unchecked_ref()));
        }
    }

    fn handle(self, form: &HtmlFormElement, event: &Event) {
        match event.type_().as_str() {
            "input" => self.on_input(form, event),
            "focusout" => self.on_leave(form, event.unchecked_ref()),
            "click" => reveal(event),
            _ => self.on_submit(form, event.unchecked_ref()),
        }
    }

    fn on_input(self, form: &HtmlFormElement, event: &Event) {
        let Some(control) = Control::of_event(event.target()) else { return };
        self.look(form);
        if event.dyn_ref::<InputEvent>().is_some_and(|event| event.input_type() == "insertFromPaste") {
            self.spread(form, &control);
        }
        let name = control.name();
        self.change(form, |state| state.clear_mended(&name));
    }

    /// Checks the field that is left, unless for a button: that would move away from under the pointer.
    fn on_leave(self, form: &HtmlFormElement, event: &FocusEvent) {
        let goes_to_button = event.related_target().is_some_and(|target| target.has_type::<HtmlButtonElement>());
        let Some(control) = Control::of_event(event.target()).filter(|_| !goes_to_button) else { return };
        self.spread(form, &control);
        let name = control.name();
        match self.state.with_untracked(LiveState::wrong).into_iter().find(|note| note.input == name) {
            Some(note) => self.change(form, |state| state.tell(note)),
            None => spawn_local(self.check_by_kind(form.clone(), control)),
        }
    }

    /// Asks the server for what the kind itself says of a setting. Without an answer it is told on saving.
    async fn check_by_kind(self, form: HtmlFormElement, control: Control) {
        let (input, typed) = (control.name(), control.value().unwrap_or_default());
        if typed.is_empty() || !input.starts_with("settings[") {
            return;
        }
        let asked = self.state.with_untracked(|state| Some((state.subject.kind.clone(), state.input()?)));
        let Some((kind, ConnectionInput { environment, settings, .. })) = asked else { return };
        let Err(refused) = check_settings(kind, environment, settings).await else { return };
        let is_as_it_was = control.value().is_some_and(|now| now == typed);
        if let Some(message) = field_error(&refused.into(), &input).filter(|_| is_as_it_was) {
            self.change(&form, |state| state.tell(FieldNote { input, message, by_server: true }));
        }
    }

    fn on_submit(self, form: &HtmlFormElement, event: &SubmitEvent) {
        event.prevent_default();
        let tests = event.submitter().is_some_and(|button| button.unchecked_into::<HtmlButtonElement>().value() == "test");
        self.look(form);
        self.submit(form, if tests { AfterSave::Test } else { AfterSave::Nothing });
    }

    /// Reads what stands in the form.
    fn look(self, form: &HtmlFormElement) {
        let values = values(form);
        self.change(form, |state| state.values = values);
    }

    /// Fills the other fields from an address that stands where only a part of it belongs.
    fn spread(self, form: &HtmlFormElement, control: &Control) {
        let name = control.name();
        let Some(into) = name.strip_prefix("settings[").and_then(|name| name.strip_suffix(']')) else { return };
        let address = control.value().unwrap_or_default();
        let mut filled = String::new();
        self.state.with_untracked(|state| {
            let fields = &state.subject.fields;
            for (name, value) in split_over(state.subject.kind.as_str(), fields, into, &address).unwrap_or_default() {
                let Some(field) = settings::field(fields, name) else { continue };
                if let Some(control) = named(form, &input_name(&field.place())) {
                    control.set(&value);
                }
                filled.push_str(if filled.is_empty() { "Filled in from the address: " } else { ", " });
                filled.push_str(&field.label);
            }
        });
        if !filled.is_empty() {
            self.look(form);
            self.change(form, |state| {
                state.filled = filled;
                state.clear_mended(&name);
            });
        }
    }

    fn submit(self, form: &HtmlFormElement, then: AfterSave) {
        if self.state.with_untracked(|state| state.sending.is_some()) {
            return;
        }
        conceal_all(form);
        let wrong = self.state.with_untracked(LiveState::wrong);
        let is_right = wrong.is_empty();
        show_trace(form, None);
        self.change(form, |state| state.notes = wrong);
        match self.state.with_untracked(LiveState::input) {
            Some(input) if is_right => spawn_local(self.send(form.clone(), input, then)),
            _ => drop(self.go_to_first_error(form)),
        }
    }

    async fn send(self, form: HtmlFormElement, input: ConnectionInput, then: AfterSave) {
        self.change(&form, |state| state.sending = Some(then));
        let (id, version, kind) = self.state.with_untracked(|LiveState { subject, .. }| (subject.changes, subject.version, subject.kind.clone()));
        // Begun and not waited for: the page that comes then shows its steps.
        let after = if then == AfterSave::Test { AfterSave::Begin } else { then };
        match save_connection(id, version, kind, after, input).await {
            Ok(id) => {
                settle(SAVE);
                // Saved: leaving it asks nothing (`unsaved.js`).
                drop(form.set_attribute("aria-busy", "true"));
                if let Some(window) = window() {
                    drop(window.location().assign(&path_of(id)));
                }
            }
            Err(error) => {
                self.change(&form, |state| state.sending = None);
                self.refuse(&form, error.into(), then);
            }
        }
    }

    /// Says what is wrong beside the fields that the person sees; what belongs to none of them becomes a toast.
    fn refuse(self, form: &HtmlFormElement, error: UserError, then: AfterSave) {
        let mut notes = Vec::new();
        for input in controls(form).iter().map(Control::name) {
            let is_asked_for = self.state.with_untracked(|state| state.asks_for(&input));
            if let Some(message) = field_error(&error, &input).filter(|_| is_asked_for && note_of(&notes, &input).is_none()) {
                notes.push(FieldNote { input, message, by_server: true });
            }
        }
        let is_told = notes.len() >= error.fields.len().max(1);
        show_trace(form, error.correlation_id.as_ref().filter(|_| !notes.is_empty()));
        self.change(form, |state| state.notes = notes);
        if !self.go_to_first_error(form) {
            focus_button(form, then);
        }
        if !is_told {
            let form = form.clone();
            show_toast(SAVE, error, move || self.submit(&form, then));
        }
    }

    fn go_to_first_error(self, form: &HtmlFormElement) -> bool {
        self.state.with_untracked(|state| {
            let wrong = controls(form).into_iter().find(|control| note_of(&state.notes, &control.name()).is_some());
            wrong.inspect(Control::focus).is_some()
        })
    }
}

impl LiveState {
    /// What the domain finds wrong.
    fn wrong(&self) -> Vec<FieldNote> {
        let errors = self.input().map(|input| input.check(&self.subject.fields, self.subject.has_credential)).unwrap_or_default();
        errors.into_iter().map(|error| FieldNote { input: input_name(&error.field), message: error.message, by_server: false }).collect()
    }

    fn tell(&mut self, note: FieldNote) {
        self.notes.retain(|before| before.input != note.input);
        self.notes.push(note);
    }

    /// An error goes once its field is right, and with it those that depended on it.
    fn clear_mended(&mut self, changed: &str) {
        if !self.notes.is_empty() {
            let wrong = self.wrong();
            self.notes.retain(|note| if note.by_server { note.input != changed } else { note_of(&wrong, &note.input).is_some() });
        }
    }

    /// Whether the form shows this input, as its choices stand.
    fn asks_for(&self, input: &str) -> bool {
        let fields = &self.subject.fields;
        let field = fields.iter().find(|field| input_name(&field.place()) == input);
        field.is_none_or(|field| {
            let settings = self.input().map(|entered| from_form(fields, &entered.settings));
            settings.is_none_or(|settings| is_shown(fields, field, &settings) && has_its_field(field, &settings))
        })
    }
}

fn note_of<'a>(notes: &'a [FieldNote], input: &str) -> Option<&'a FieldNote> {
    notes.iter().find(|note| note.input == input)
}

/// What the server has written under the inputs of a form that was posted before it woke.
fn already_told(form: &HtmlFormElement) -> Vec<FieldNote> {
    let mut notes = Vec::new();
    for input in controls(form).iter().map(Control::name) {
        let message = error_slot(&input).and_then(|slot| slot.text_content()).unwrap_or_default();
        if !message.trim().is_empty() {
            notes.push(FieldNote { input, message, by_server: true });
        }
    }
    notes
}

/// What is wrong stands under its field; and the fields stay as they are while they are on their way, when what is typed would be lost.
fn show(form: &HtmlFormElement, state: &LiveState) {
    for control in controls(form) {
        let name = control.name();
        let note = note_of(&state.notes, &name);
        control.mark(note.is_some());
        if let Some(slot) = error_slot(&name) {
            slot.set_text_content(note.map(|note| note.message.as_str()));
        }
    }
    if let Ok(Some(fields)) = form.query_selector(".form-fields") {
        drop(fields.toggle_attribute_with_force("inert", state.sending.is_some()));
    }
}

fn reveal(event: &Event) {
    let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok()?.closest(REVEAL).ok()?);
    if let Some((button, input)) = pressed.and_then(revealed_by) {
        set_revealed(&button, &input, input.type_() == "password");
    }
}

/// Nothing that was shown may be sent as plain text, which browsers would remember.
fn conceal_all(form: &HtmlFormElement) {
    for (button, input) in inside(form, REVEAL).into_iter().filter_map(revealed_by) {
        set_revealed(&button, &input, false);
    }
}

fn revealed_by(button: Element) -> Option<(Element, HtmlInputElement)> {
    let input = document()?.get_element_by_id(&button.get_attribute("aria-controls")?)?.dyn_into().ok()?;
    Some((button, input))
}

fn set_revealed(button: &Element, input: &HtmlInputElement, revealed: bool) {
    input.set_type(if revealed { "text" } else { "password" });
    button.set_text_content(Some(if revealed { "Hide" } else { "Show" }));
}

fn focus_button(form: &HtmlFormElement, then: AfterSave) {
    let selector = if then == AfterSave::Test { "button[value=test]" } else { "button[type=submit]" };
    if let Some(button) = form.query_selector(selector).ok().flatten().and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        drop(button.focus());
    }
}
