//! Links and filters that a page answers in place, and its address, which follows.

use leptos::{
    ev::{Event, MouseEvent},
    wasm_bindgen::{JsCast, JsValue},
};
use web_sys::{Element, FormData, HtmlAnchorElement, HtmlFormElement, HtmlInputElement, HtmlSelectElement, UrlSearchParams, window};

use super::parameters;

/// Milliseconds between two letters that are still one search.
pub const TYPING: u32 = 250;

/// How a step is written into the browser's history.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Back leads to what was shown before.
    New,
    /// A search that goes on being typed is one step.
    Same,
}

impl Step {
    /// The first letter of a search begins a step, the others go on with it.
    pub fn of_search(self, goes_on: bool) -> Self {
        if goes_on { self } else { Self::New }
    }
}

/// Letters that are typed are one step, each choice is one of its own.
pub fn step_of(input: &Event) -> Step {
    let is_typed = input.target().is_some_and(|input| input.has_type::<HtmlInputElement>());
    if is_typed { Step::Same } else { Step::New }
}

/// What a press on a link to `path` asks for, which is answered in place; one that is to open elsewhere is the browser's.
pub fn pressed(event: &MouseEvent, path: &str) -> Option<UrlSearchParams> {
    if event.button() != 0 || event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key() {
        return None;
    }
    let link = event.target()?.dyn_into::<Element>().ok()?.closest("a").ok()??.dyn_into::<HtmlAnchorElement>().ok()?;
    if link.pathname() != path {
        return None;
    }
    event.prevent_default();
    parameters(&link.search())
}

/// What stands in a form, by name.
pub fn fields(form: Option<HtmlFormElement>) -> Option<FormData> {
    FormData::new_with_form(&form?).ok()
}

/// Puts what is asked for into a form.
pub fn fill(form: &HtmlFormElement, pairs: &[(&str, String)]) {
    for (name, value) in pairs {
        let Some(field) = form.elements().named_item(name) else { continue };
        match field.dyn_ref::<HtmlSelectElement>() {
            Some(select) => select.set_value(value),
            None => write(field.unchecked_ref(), value),
        }
    }
}

/// Not while it says the same: writing would move the cursor.
fn write(input: &HtmlInputElement, value: &str) {
    if input.value().trim() != value {
        input.set_value(value);
    }
}

pub fn write_address(address: &str, step: Step) {
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        let written = match step {
            Step::New => history.push_state_with_url(&JsValue::NULL, "", Some(address)),
            Step::Same => history.replace_state_with_url(&JsValue::NULL, "", Some(address)),
        };
        drop(written);
    }
}
