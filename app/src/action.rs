//! How the browser calls the server: by the Rust path of a server function from an island, by a form's own address from a form.

#[cfg(feature = "hydrate")]
pub mod client;
mod protocol;

#[cfg(feature = "ssr")]
use std::str::FromStr;

#[cfg(feature = "ssr")]
use engine::OpsError;
use leptos::server_fn::ServerFn;
pub use switchboard_macros::server;

pub use self::protocol::ActionProtocol;

/// All server functions have addresses below this.
pub const PREFIX: &str = "/actions/";

/// What a form is sent again under, in the query: a key, as `Idempotency-Key` is one.
pub const ONCE: &str = "once";

/// The name of a server function, the last part of its address.
pub fn name_of<F: ServerFn>() -> &'static str {
    F::PATH.strip_prefix(PREFIX).unwrap_or(F::PATH)
}

/// Where a form on `page` (a path, perhaps with a query) posts to: the page itself with the function's name, so that the page can
/// be shown again with what was wrong.
pub fn form_address<F: ServerFn>(page: &str) -> String {
    address_of(page, name_of::<F>())
}

/// [`form_address`] of the function called `name`.
pub fn address_of(page: &str, name: &str) -> String {
    let joint = if page.contains('?') { '&' } else { '?' };
    format!("{page}{joint}act={name}")
}

/// What was chosen or entered in a form, if anything.
///
/// # Errors
/// At `field`, where it cannot be read.
#[cfg(feature = "ssr")]
pub fn chosen<T: FromStr>(field: &str, text: &str) -> Result<Option<T>, OpsError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| OpsError::invalid(field, "Cannot be read."))
}
