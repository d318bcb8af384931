//! Where a person whose session has ended signs in, to come back to this page.

use web_sys::{js_sys::encode_uri_component, window};

pub fn sign_in() -> String {
    format!("/sign-in?next={}", String::from(encode_uri_component(&here())))
}

/// Path and query of this page.
pub fn here() -> String {
    window().map(|window| window.location()).and_then(|here| Some(here.pathname().ok()? + &here.search().ok()?)).unwrap_or_default()
}
