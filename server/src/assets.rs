//! What the browser loads, carried inside the binary and sent as it was compressed when it was built.

use std::borrow::Cow;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::entity_tag::Tags;

#[derive(RustEmbed)]
#[folder = "../target/site"]
struct Site;

/// Files with the hash of their content in their name never change.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// Compressed forms, the smaller first.
const CODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The name that script, WebAssembly and style sheet share: `switchboard-<hash>`.
pub fn output_name() -> String {
    let id = Site::get("build-id").map(|file| String::from_utf8_lossy(&file.data).trim().to_owned());
    format!("switchboard-{}", id.as_deref().unwrap_or("unbuilt"))
}

/// One route a file; anything else is not there.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    paths().iter().fold(Router::new(), |router, path| router.route(path, get(serve)))
}

/// Every path that [`routes`] serves.
pub fn paths() -> Vec<String> {
    let plain = |path: &Cow<'static, str>| path != "build-id" && !CODINGS.iter().any(|(_, suffix)| path.ends_with(suffix));
    Site::iter().filter(plain).map(|path| format!("/{path}")).collect()
}

async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    let coded = CODINGS.iter().filter(|(coding, _)| accepts(request.headers(), coding));
    let coded = coded.filter_map(|(coding, suffix)| Site::get(&format!("{path}{suffix}")).map(|file| (Some(*coding), file))).next();
    match coded.or_else(|| Site::get(path).map(|file| (None, file))) {
        Some((coding, file)) => answer(path, coding, file, request.headers()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answer(path: &str, coding: Option<&'static str>, file: EmbeddedFile, query: &HeaderMap) -> Response {
    let etag: String = file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let fresh = Tags::read(query, header::IF_NONE_MATCH).ok().flatten().is_some_and(|tags| tags.include(&etag));
    let mut response = if fresh { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(body(file)) };
    let headers = response.headers_mut();
    let kind = mime_guess::from_path(path).first_raw().unwrap_or("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, if path.starts_with("pkg/") { FOR_EVER } else { FOR_AN_HOUR });
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{etag}\"")) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(coding) = coding.filter(|_| !fresh) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

fn body(file: EmbeddedFile) -> Body {
    match file.data {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    }
}

/// Whether `Accept-Encoding` names the coding and does not weigh it at nothing.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let text = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(',').any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|digits| digits.parse::<f32>().ok()).unwrap_or(1.0);
        name.trim().eq_ignore_ascii_case(coding) && weight > 0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_counts_only_when_it_is_wanted() {
        let wants = |text: &'static str, coding| accepts(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(text))]), coding);
        assert!(wants("gzip, deflate, br", "br") && wants("BR;q=0.5", "br"));
        assert!(!wants("br;q=0, gzip", "br") && !wants("brotli", "br") && !wants("", "gzip"));
    }
}
