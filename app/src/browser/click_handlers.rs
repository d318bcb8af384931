//! A question that a page asks may be left unanswered, by mouse and by keyboard.

use leptos::wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, KeyboardEvent, Node};

use super::dom::{all, document, listen};

const OPEN_QUESTION: &str = "details.ask[open]";

/// Call once, when the browser part starts.
pub fn add_click_handlers() {
    let Some(document) = document() else { return };
    listen(&document, "click", leave_questions);
    listen(&document, "keydown", on_escape);
}

/// A press elsewhere leaves an open question unanswered.
fn leave_questions(event: Event) {
    let pressed = event.target().and_then(|target| target.dyn_into::<Node>().ok());
    for question in all(OPEN_QUESTION) {
        if !question.contains(pressed.as_ref()) {
            drop(question.remove_attribute("open"));
        }
    }
}

/// So does Escape, and the focus goes back to where the question came from.
fn on_escape(event: Event) {
    if event.unchecked_ref::<KeyboardEvent>().key() != "Escape" {
        return;
    }
    for question in all(OPEN_QUESTION) {
        drop(question.remove_attribute("open"));
        if let Some(summary) = question.query_selector("summary").ok().flatten().and_then(|summary| summary.dyn_into::<HtmlElement>().ok()) {
            drop(summary.focus());
        }
    }
}
