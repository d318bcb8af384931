//! Brings parts of the page up to date from the server without a reload: those marked `data-refresh`, found again by id.

use leptos::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomParser, Element, Response, SupportedType, window};

/// Fetches this page again. Failing is harmless: the parts stay as they are until the next visit.
pub async fn refresh() {
    let _ = try_refresh().await;
}

async fn try_refresh() -> Result<(), JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let document = window.document().ok_or(JsValue::NULL)?;
    let response: Response = JsFuture::from(window.fetch_with_str(&document.url()?)).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    let fresh = DomParser::new()?.parse_from_string(&text, SupportedType::TextHtml)?;
    let stale = document.query_selector_all("[data-refresh]")?;
    for index in 0..stale.length() {
        let Some(part) = stale.item(index).and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
        if let Some(newer) = fresh.get_element_by_id(&part.id()) {
            part.replace_with_with_node_1(&newer)?;
        }
    }
    Ok(())
}
