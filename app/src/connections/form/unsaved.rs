//! What was typed and not saved: asked about before the page is left, and there again when the person comes back to it.

use leptos::wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Event, HtmlFormElement, UrlSearchParams, window};

use super::controls::{Control, controls};
use crate::browser::parameters;

/// Has the browser ask before this page is left, or lets it go.
pub fn ask_before_leaving(form: &HtmlFormElement) {
    let Some(window) = window() else { return };
    if !controls(form).iter().any(Control::is_changed) {
        return window.set_onbeforeunload(None);
    }
    if window.onbeforeunload().is_none() {
        let form = form.clone();
        let ask = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            keep(&form);
            event.prevent_default();
        });
        window.set_onbeforeunload(Some(ask.into_js_value().unchecked_ref()));
    }
}

/// Nothing is asked about any more: it is saved.
pub fn forget() {
    let Some(window) = window() else { return };
    window.set_onbeforeunload(None);
    if let Ok(history) = window.history() {
        drop(history.replace_state_with_url(&JsValue::NULL, "", None));
    }
}

/// Notes what was typed, but no secret, with this entry of the history.
pub fn keep(form: &HtmlFormElement) {
    let (Some(window), Ok(typed)) = (window(), UrlSearchParams::new()) else { return };
    for control in controls(form).iter().filter(|control| control.is_changed() && !control.is_password()) {
        match (control.value(), control) {
            // One that another was ticked instead of.
            (None, Control::Input(input)) if input.type_() == "radio" => {}
            (value, _) => typed.set(&control.name(), &value.unwrap_or_default()),
        }
    }
    if let Ok(history) = window.history() {
        drop(history.replace_state_with_url(&JsValue::from(String::from(typed.to_string())), "", None));
    }
}

/// Puts back what [`keep`] noted, where nothing else was typed meanwhile.
pub fn restore(form: &HtmlFormElement) {
    let noted = window().and_then(|window| window.history().ok()?.state().ok()?.as_string());
    let Some(typed) = noted.and_then(|noted| parameters(&noted)) else { return };
    for control in controls(form).iter().filter(|control| !control.is_changed()) {
        if let Some(value) = typed.get(&control.name()) {
            control.set(&value);
        }
    }
}
