//! What the browser loads: wakes the islands and improves the forms.

// Its islands are called by name from the page.
use switchboard_app as _;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
    switchboard_app::browser::enhance_forms();
    switchboard_app::browser::add_click_handlers();
    switchboard_app::browser::poll_unfinished();
    switchboard_app::browser::follow_events();
}
