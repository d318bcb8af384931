//! The few ways in which the browser part touches the page.

use leptos::wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Document, Element, Event, EventTarget, HtmlFormElement, NodeList, UrlSearchParams, window};

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

/// Whether nobody looks at the page.
pub fn is_hidden() -> bool {
    document().is_none_or(|document| document.hidden())
}

/// What the page's address asks for.
pub fn search() -> Option<UrlSearchParams> {
    parameters(&window()?.location().search().ok()?)
}

/// What the query of an address says, by name.
pub fn parameters(query: &str) -> Option<UrlSearchParams> {
    UrlSearchParams::new_with_str(query).ok()
}
