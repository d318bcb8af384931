//! The few ways in which the browser part touches the page.

use leptos::wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Document, Element, Event, EventTarget, HtmlFormElement, NodeList, window};

/// Listens as long as the page lives.
pub fn listen(target: &EventTarget, event: &str, listener: fn(Event)) {
    let listener = Closure::<dyn Fn(Event)>::new(listener).into_js_value();
    let _ = target.add_event_listener_with_callback(event, listener.unchecked_ref());
}

pub fn inside(form: &HtmlFormElement, selector: &str) -> Vec<Element> {
    form.query_selector_all(selector).map(elements).unwrap_or_default()
}

pub fn all(selector: &str) -> Vec<Element> {
    document().and_then(|document| document.query_selector_all(selector).ok()).map(elements).unwrap_or_default()
}

fn elements(nodes: NodeList) -> Vec<Element> {
    (0..nodes.length()).filter_map(|index| nodes.item(index)?.dyn_into().ok()).collect()
}

pub fn document() -> Option<Document> {
    window()?.document()
}
