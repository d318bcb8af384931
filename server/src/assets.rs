//! What the browser loads, carried inside the binary and sent as it was compressed when it was built.

use std::{borrow::Cow, collections::BTreeSet, env, io::Read, sync::LazyLock};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use flate2::read::GzDecoder;
use leptos::config::LeptosOptions;
use rust_embed::{EmbeddedFile, RustEmbed};
use switchboard_app::shell::{BrowserFiles, SCRIPTS};

use crate::{entity_tag::Tags, favicon};

/// A release carries what was built compressed alone, and nothing that no browser asks for.
#[derive(RustEmbed)]
#[folder = "../target/site"]
#[cfg_attr(not(debug_assertions), exclude = "pkg/*.wasm", exclude = "pkg/*.css", exclude = "*.js", exclude = "*.ts", exclude = "*.json*")]
struct Site;

/// Files with the hash of their content in their address never change.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Scripts, which say which other files belong to them; everything while someone works on it.
const ASKED_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
const SOON_STALE: HeaderValue = if cfg!(debug_assertions) { ASKED_AGAIN } else { HeaderValue::from_static("public, max-age=3600") };
/// Compressed forms, the smaller first.
const CODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

const OUTPUT_NAME: &str = "switchboard";

/// What [`browser_files`] names as they were built, found by their kind.
fn built(kind: &str) -> Option<String> {
    Site::iter().find_map(|path| {
        let path = path.strip_suffix(".gz").unwrap_or(&path);
        let (hash, end) = path.strip_prefix("pkg/switchboard.")?.rsplit_once('.')?;
        (end == kind && !hash.contains('.')).then(|| path.to_owned())
    })
}

/// What pages load. A debug build looks again each time, because `cargo leptos watch` replaces the files under a running server.
pub fn browser_files() -> BrowserFiles {
    static FILES: LazyLock<BrowserFiles> = LazyLock::new(built_files);
    if cfg!(debug_assertions) { built_files() } else { FILES.clone() }
}

fn built_files() -> BrowserFiles {
    let address = |kind| built(kind).map_or_else(|| unhashed(kind), |path| format!("/{path}"));
    // The parts of islands import the script by its own name: under another one it would be loaded, and started, twice.
    let (script, wasm) = (address("js"), address("wasm"));
    // `cargo leptos watch` puts a new style in the place of the old by the name without hash.
    let style = if is_watched() { unhashed("css") } else { address("css") };
    let scripts = SCRIPTS.map(|path| version(path).map_or_else(|| format!("/{path}"), |version| format!("/{path}?v={version}")));
    BrowserFiles { style, script, wasm, scripts }
}

/// Says which content of a file is meant where its name does not.
fn version(path: &str) -> Option<String> {
    Some(hash(&as_it_is(path)?))
}

fn hash(file: &EmbeddedFile) -> String {
    file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn unhashed(kind: &str) -> String {
    format!("/pkg/{OUTPUT_NAME}.{kind}")
}

/// Whether `cargo leptos watch` runs us, and pages must listen to it.
pub fn is_watched() -> bool {
    cfg!(debug_assertions) && env::var_os("LEPTOS_WATCH").is_some()
}

/// Whether the browser part was built with `--split`, without which browsers cannot load it.
pub fn is_split() -> bool {
    Site::iter().any(|path| path.starts_with("pkg/__wasm_split."))
}

pub fn leptos_options() -> LeptosOptions {
    let port = env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8081);
    LeptosOptions::builder().output_name(OUTPUT_NAME).site_pkg_dir("pkg").reload_port(port).build()
}

/// One route a file of `public`, one for all that was built; anything else is not there.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let public = paths().into_iter().filter(|path| !path.starts_with("/pkg/"));
    public.fold(Router::new(), |router, path| router.route(&path, get(serve))).route("/pkg/{*file}", get(serve))
}

/// Every file that is served.
pub fn paths() -> Vec<String> {
    // cargo-leptos describes the script's types and the islands' parts too, which no browser asks for.
    let unwanted = |path: &str| path.ends_with(".ts") || path.ends_with(".json");
    // A release carries most of them as compressed alone.
    let plain = |path: Cow<'static, str>| CODINGS.iter().find_map(|(_, suffix)| path.strip_suffix(suffix)).unwrap_or(&path).to_owned();
    let paths: BTreeSet<String> = Site::iter().map(plain).filter(|path| !unwanted(path)).map(|path| format!("/{path}")).collect();
    paths.into_iter().collect()
}

async fn serve(request: Request) -> Response {
    if request.uri().path() == favicon::PATH
        && let Some(icon) = favicon::counting(request.uri())
    {
        return icon;
    }
    let asked = request.uri().path().trim_start_matches('/');
    let path = find(asked);
    let coded = CODINGS.iter().filter(|(coding, _)| accepts(request.headers(), coding));
    let coded = coded.filter_map(|(coding, suffix)| Site::get(&format!("{path}{suffix}")).map(|file| (Some(*coding), file))).next();
    match coded.or_else(|| as_it_is(&path).map(|file| (None, file))) {
        Some((coding, file)) => {
            let is_version = request.uri().query().and_then(|query| query.strip_prefix("v=")).is_some_and(|asked| version(&path).as_deref() == Some(asked));
            let kept = if is_version { FOR_EVER } else { kept(asked) };
            answer(asked, kept, coding, file, request.headers())
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// For the few who take nothing compressed.
fn as_it_is(path: &str) -> Option<EmbeddedFile> {
    Site::get(path).or_else(|| {
        let mut file = Site::get(&format!("{path}.gz"))?;
        let mut bytes = Vec::new();
        GzDecoder::new(&*file.data).read_to_end(&mut bytes).ok()?;
        file.data = Cow::Owned(bytes);
        Some(file)
    })
}

/// The file that is meant by a name without hash: what `cargo leptos watch` has just built, or what was built before it.
fn find(asked: &str) -> Cow<'_, str> {
    let kind = asked.strip_prefix("pkg/switchboard.").filter(|kind| !kind.contains('.') && Site::get(asked).is_none());
    kind.and_then(built).map_or(Cow::Borrowed(asked), Cow::Owned)
}

/// How long, where the address does not say a [`version`]. A name says which content it stands for where a hash is in it: `switchboard.<hash>.wasm`. Not that of a script: cargo-leptos takes its
/// hash first, and writes the names of the islands' parts into it afterwards.
fn kept(path: &str) -> HeaderValue {
    match path.strip_prefix("pkg/") {
        Some(name) if name.ends_with(".js") => ASKED_AGAIN,
        Some(name) if name.split('.').count() == 3 => FOR_EVER,
        _ => SOON_STALE,
    }
}

fn answer(path: &str, kept: HeaderValue, coding: Option<&'static str>, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let etag = hash(&file) + coding.unwrap_or_default();
    let fresh = Tags::read(asked, header::IF_NONE_MATCH).ok().flatten().is_some_and(|tags| tags.include(&etag));
    let mut response = if fresh { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(body(file)) };
    let headers = response.headers_mut();
    let kind = mime_guess::from_path(path).first_raw().unwrap_or("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, kept);
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
    fn only_a_name_with_a_hash_is_kept_for_ever() {
        assert_eq!(kept("pkg/switchboard.aT-_09.wasm"), FOR_EVER);
        assert_eq!([kept("pkg/switchboard.wasm"), kept("favicon.svg")], [SOON_STALE; 2]);
        assert_eq!(kept("pkg/switchboard.aT-_09.js"), ASKED_AGAIN);
    }

    #[test]
    fn a_coding_counts_only_when_it_is_wanted() {
        let wants = |text: &'static str, coding| accepts(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(text))]), coding);
        assert!(wants("gzip, deflate, br", "br") && wants("BR;q=0.5", "br"));
        assert!(!wants("br;q=0, gzip", "br") && !wants("brotli", "br") && !wants("", "gzip"));
    }
}
