//! What can be typed, ticked or chosen in a form, whatever element it is.

use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

use crate::{browser::document, connections::input::Values, ui::input_name::input_id};

pub enum Control {
    Input(HtmlInputElement),
    Area(HtmlTextAreaElement),
    Select(HtmlSelectElement),
}

/// In the order in which they stand.
pub fn controls(form: &HtmlFormElement) -> Vec<Control> {
    let elements = form.elements();
    (0..elements.length()).filter_map(|index| Control::of(elements.item(index)?)).collect()
}

/// The first of that name.
pub fn named(form: &HtmlFormElement, name: &str) -> Option<Control> {
    controls(form).into_iter().find(|control| control.name() == name)
}

/// What would be posted.
pub fn values(form: &HtmlFormElement) -> Values {
    controls(form).iter().filter_map(|control| Some((control.name(), control.value()?))).collect()
}

/// Where it is said what is wrong with the input of that name.
pub fn error_slot(name: &str) -> Option<Element> {
    document()?.get_element_by_id(&format!("{}-error", input_id(name)))
}

impl Control {
    pub fn of_event(target: Option<EventTarget>) -> Option<Self> {
        Self::of(target?.dyn_into().ok()?)
    }

    fn of(element: Element) -> Option<Self> {
        let element = match element.dyn_into::<HtmlInputElement>() {
            Ok(input) => return (input.type_() != "hidden").then_some(Self::Input(input)),
            Err(element) => element,
        };
        let element = match element.dyn_into::<HtmlTextAreaElement>() {
            Ok(area) => return Some(Self::Area(area)),
            Err(element) => element,
        };
        element.dyn_into().ok().map(Self::Select)
    }

    pub fn element(&self) -> &HtmlElement {
        match self {
            Self::Input(input) => input,
            Self::Area(area) => area,
            Self::Select(select) => select,
        }
    }

    pub fn name(&self) -> String {
        self.element().get_attribute("name").unwrap_or_default()
    }

    fn is_ticked_or_not(&self) -> Option<&HtmlInputElement> {
        match self {
            Self::Input(input) if matches!(input.type_().as_str(), "checkbox" | "radio") => Some(input),
            _ => None,
        }
    }

    /// Its text; nothing for a box or a choice that is not ticked.
    pub fn value(&self) -> Option<String> {
        if self.is_ticked_or_not().is_some_and(|input| !input.checked()) {
            return None;
        }
        Some(match self {
            Self::Input(input) => input.value(),
            Self::Area(area) => area.value(),
            Self::Select(select) => select.value(),
        })
    }

    pub fn set(&self, value: &str) {
        match self {
            Self::Input(input) => match input.type_().as_str() {
                "radio" => input.set_checked(input.value() == value),
                "checkbox" => input.set_checked(matches!(value, "on" | "true")),
                _ => input.set_value(value),
            },
            Self::Area(area) => area.set_value(value),
            Self::Select(select) => select.set_value(value),
        }
    }

    pub fn mark(&self, is_wrong: bool) {
        let done = if is_wrong { self.element().set_attribute("aria-invalid", "true") } else { self.element().remove_attribute("aria-invalid") };
        drop(done);
    }

    /// Takes the person there, opening what it is folded away in.
    pub fn focus(&self) {
        if let Ok(Some(folded)) = self.element().closest("details:not([open])") {
            drop(folded.set_attribute("open", ""));
        }
        drop(self.element().focus());
    }
}
