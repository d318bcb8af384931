//! Browser assets: compressed as they were built, kept for ever; headers of pages that keep strangers' scripts out.

use domain::operator::Role;
use reqwest::{Method, header};
use switchboard_app::shell::SCRIPTS;
use switchboard_server::assets;

use crate::test_server::TestServer;

#[tokio::test]
async fn assets_with_a_hash_in_their_name_are_kept_for_ever() {
    let server = TestServer::new().await;
    // Without the browser part there is nothing to serve; script/build makes it.
    for path in assets::paths().iter().filter(|path| path.starts_with("/pkg/")) {
        for coding in ["br", "gzip"] {
            let answer = server.anonymous(Method::GET, path).header("accept-encoding", coding).send().await.expect("answer");
            assert_eq!(answer.headers()["content-encoding"], coding, "{path}");
            // A script names the parts of the islands, whose hashes are not in its own name.
            let kept = if path.ends_with(".js") { "no-cache" } else { "public, max-age=31536000, immutable" };
            assert_eq!(answer.headers()["cache-control"], kept, "{path}");
            assert_eq!(answer.headers()["vary"], "accept-encoding");
            let etag = answer.headers()["etag"].clone();
            let known = server.anonymous(Method::GET, path).header("accept-encoding", coding).header("if-none-match", etag).send().await.expect("answer");
            assert_eq!(known.status(), 304);
        }
        let plain = server.anonymous(Method::GET, path).send().await.expect("answer");
        assert!(!plain.headers().contains_key("content-encoding"));
        let kind = plain.headers()[header::CONTENT_TYPE].to_str().expect("text").to_owned();
        let expected = [(".js", "javascript"), (".wasm", "application/wasm"), (".css", "text/css")];
        assert!(expected.iter().any(|(suffix, part)| path.ends_with(suffix) && kind.contains(part)), "{path}: {kind}");
        let length = plain.bytes().await.expect("bytes").len();
        let head = server.anonymous(Method::HEAD, path).send().await.expect("answer");
        assert_eq!(head.headers()["content-length"], length.to_string());
    }
    assert_eq!(server.anonymous(Method::GET, "/pkg/switchboard.nothing.js").send().await.expect("answer").status(), 404);
}

#[tokio::test]
async fn scripts_that_pages_name_are_kept_for_ever_until_they_change() {
    let server = TestServer::new().await;
    let page = server.anonymous(Method::GET, "/sign-in").send().await.expect("answer").text().await.expect("text");
    let addresses: Vec<_> = page.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|address| address.contains(".js?v=")).collect();
    // Without the browser part there is nothing to serve; script/build makes it.
    let built = assets::paths();
    assert_eq!(addresses.len(), SCRIPTS.iter().filter(|script| built.contains(&format!("/{script}"))).count(), "{page}");
    let kept = async |address: &str| {
        let answer = server.anonymous(Method::GET, address).send().await.expect("answer");
        assert_eq!(answer.status(), 200, "{address}");
        answer.headers()["cache-control"].to_str().expect("text").to_owned()
    };
    for address in addresses {
        assert_eq!(kept(address).await, "public, max-age=31536000, immutable");
        // Another version's page may ask while its console is being replaced: what it gets must not stay.
        assert!(!kept(&format!("{address}0")).await.contains("immutable"), "{address}");
    }
}

#[tokio::test]
async fn a_page_runs_only_scripts_that_carry_its_nonce() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("viewer@example.org", Role::Viewer).await;
    let page = async || server.anonymous(Method::GET, "/").header("cookie", &cookie).send().await.expect("answer");
    let (first, second) = (page().await, page().await);
    let policy = first.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert_ne!(policy, second.headers()["content-security-policy"], "a nonce is used once");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).expect("nonce").to_owned();
    assert!(policy.contains("'strict-dynamic' 'wasm-unsafe-eval'") && policy.contains("object-src 'none'") && policy.contains("base-uri 'none'"));
    for (name, value) in [("x-content-type-options", "nosniff"), ("cache-control", "no-store"), ("referrer-policy", "same-origin")] {
        assert_eq!(first.headers()[name], value);
    }
    let html = first.text().await.expect("text");
    assert!(html.matches("<script").count() > 0);
    assert_eq!(
        html.matches("<script").count(),
        html.matches(&format!("nonce=\"{nonce}\">")).count() - html.matches("<link rel=\"modulepreload\"").count(),
        "{html}"
    );
}

#[tokio::test]
async fn pages_are_compressed_when_the_browser_asks() {
    let server = TestServer::new().await;
    for coding in ["br", "gzip"] {
        let answer = server.anonymous(Method::GET, "/sign-in").header("accept-encoding", coding).send().await.expect("answer");
        assert_eq!(answer.headers()["content-encoding"], coding);
    }
}
