//! What went out, as text that may be shown.

use std::fmt::Write;

use http_body_util::Full;
use hyper::{HeaderMap, Request, header};
use secrecy::SecretString;
use url::Url;

use super::http_url;
use crate::redact::MARK;

/// What went out, and what must not be shown of it wherever it turns up.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    pub(super) head: String,
    /// Secrets that were made from the credential: an access token, a user and password in base64.
    pub(super) derived: Vec<SecretString>,
}

impl Sent {
    pub fn of<B>(request: &Request<Full<B>>, url: &Url) -> Self
    where
        B: hyper::body::Buf,
    {
        let mut head = format!("{} {} HTTP/1.1\n", request.method(), without_query(&request.uri().to_string()));
        show_headers(&mut head, request.headers());
        let _ = write!(head, "\n(sent to {})\n", http_url::origin(url));
        let sensitive = request.headers().values().filter(|value| value.is_sensitive()).filter_map(|value| value.to_str().ok());
        let derived = sensitive.flat_map(|value| value.split([' ', ',', '='])).filter(|part| part.len() > 7).map(SecretString::from).collect();
        Self { head, derived }
    }
}

pub(super) fn show_headers(text: &mut String, headers: &HeaderMap) {
    for (name, value) in headers {
        let hidden = value.is_sensitive() || name == header::SET_COOKIE;
        let mut value = if hidden { MARK.into() } else { String::from_utf8_lossy(value.as_bytes()) };
        if name == header::LOCATION {
            value = without_query(&value).into();
        }
        let _ = writeln!(text, "{name}: {value}");
    }
}

/// A query may carry a secret that nobody told us of.
fn without_query(uri: &str) -> String {
    uri.split_once('?').map_or_else(|| uri.to_owned(), |(path, _)| format!("{path}?{MARK}"))
}
