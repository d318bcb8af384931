//! Brings parts of the page up to date from the server without a reload: those marked `data-refresh`, found again by id.

use leptos::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement, HtmlTemplateElement, Response, window};

use crate::action::client::about;

/// Fetches this page again. Where that fails, the parts stay as they are.
pub async fn read_parts() -> Result<(), JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let document = window.document().ok_or(JsValue::NULL)?;
    let response: Response = JsFuture::from(window.fetch_with_str(&document.url()?)).await?.dyn_into()?;
    // Instead of the page there may be what went wrong, or the sign-in.
    if !response.ok() || response.redirected() {
        return Err(JsValue::NULL);
    }
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    // In a template nothing lives yet: elsewhere the browser would hold the page's own styles against the policy of this one.
    let fresh: HtmlTemplateElement = document.create_element("template")?.dyn_into()?;
    fresh.set_inner_html(&text);
    let fresh = fresh.content();
    let stale = document.query_selector_all("[data-refresh]")?;
    for index in 0..stale.length() {
        let Some(part) = stale.item(index).and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
        if let Some(newer) = fresh.get_element_by_id(&part.id()).filter(|newer| !newer.is_equal_node(Some(&part)) && !is_in_use(&part)) {
            let focused = document.active_element().filter(|focused| part.contains(Some(focused)));
            part.replace_with_with_node_1(&newer)?;
            if let Some(focused) = focused {
                if let Some(again) = way_to(&focused).and_then(|way| newer.query_selector(&way).ok().flatten()) {
                    again.unchecked_into::<HtmlElement>().focus()?;
                }
                // What had it may be gone or folded away: then the part, so that nobody begins at the top of the page again.
                if !newer.contains(document.active_element().as_deref()) {
                    newer.set_attribute("tabindex", "-1")?;
                    newer.unchecked_into::<HtmlElement>().focus()?;
                }
            }
        }
    }
    Ok(())
}

/// A person is in the middle of something there: a question is open, a form is half typed (`unsaved.js`) or on its way.
fn is_in_use(part: &Element) -> bool {
    part.query_selector("details.ask[open], [data-unsaved], [aria-busy]").ok().flatten().is_some()
}

/// How the same link, or the button of the same act, is found in the newer page, so that it keeps the focus. Not of another act: a key held down would do it.
fn way_to(focused: &Element) -> Option<String> {
    if let Some(path) = focused.get_attribute("href") {
        return Some(format!("a[href=\"{path}\"]"));
    }
    let form = focused.closest("form").ok().flatten()?;
    let (address, input) = (form.get_attribute("action")?, form.query_selector("input[name=id]").ok().flatten()?);
    Some(format!("form[action^=\"{}\"]:has(input[value=\"{}\"]) button", about(&address), input.get_attribute("value")?))
}
