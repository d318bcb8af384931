//! Small conveniences of mouse and keyboard: copy a text, leave a question unanswered.

use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, Node, window};

use super::dom::{all, document, listen};

const OPEN_QUESTION: &str = "details.ask[open]";

/// Call once, when the browser part starts.
pub fn add_click_handlers() {
    let Some(document) = document() else { return };
    listen(&document, "click", on_copy);
    listen(&document, "click", leave_questions);
    listen(&document, "keydown", on_escape);
}

/// Puts the text that a button carries on the clipboard, if the browser lets us.
fn on_copy(event: Event) {
    let Some(button) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    if let Some(text) = button.get_attribute("data-copy") {
        copy_text(&text);
        button.set_text_content(Some("Copied"));
    }
}

pub fn copy_text(text: &str) {
    if let Some(window) = window() {
        drop(window.navigator().clipboard().write_text(text));
    }
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
