//! Addresses inside the console.

#[cfg(feature = "ssr")]
use axum::http::request::Parts;
#[cfg(feature = "ssr")]
use leptos::prelude::use_context;

#[cfg(feature = "ssr")]
use crate::action::ONCE;

/// Path and query of the page being shown, without the server function that a refused form posted to, nor the key of it.
#[cfg(feature = "ssr")]
pub fn here() -> String {
    let Some(parts) = use_context::<Parts>() else { return "/".to_owned() };
    let is_of_form = |pair: &str| matches!(pair.split('=').next(), Some("act" | ONCE));
    let query: Vec<_> = parts.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !is_of_form(pair)).collect();
    if query.is_empty() { parts.uri.path().to_owned() } else { format!("{}?{}", parts.uri.path(), query.join("&")) }
}

/// A query with every reserved character encoded, starting with `?`, or nothing.
pub fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={}", encode(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::query;

    #[test]
    fn a_query_is_encoded_and_leaves_out_what_is_empty() {
        assert_eq!(query([("q", "a&b=c d"), ("kind", "")]), "?q=a%26b%3Dc%20d");
        assert_eq!(query([("q", "")]), "");
    }
}
