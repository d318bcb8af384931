//! What runs in the browser beside the islands: forms that do not reload, and their tidy ends.

mod forms;
mod post;
mod refresh;

pub use forms::improve_forms;
pub use post::{not_reached, post};
pub use refresh::refresh;

/// Puts a text on the clipboard, if the browser lets us.
pub fn copy(text: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.navigator().clipboard().write_text(text);
    }
}
