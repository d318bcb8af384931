//! Forms without script: signed in and out, refused with what was typed, and never from another site.

use std::collections::BTreeSet;

use domain::operator::Role;
use engine::access;
use reqwest::{Method, RequestBuilder, StatusCode};

use crate::test_server::{PASSWORD, TestServer, cookie, problem};

#[tokio::test]
async fn a_stranger_is_sent_to_sign_in_and_back() {
    let server = TestServer::new().await;
    let answer = server.anonymous(Method::GET, "/operations/errors?q=a").send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], "/sign-in?next=%2Foperations%2Ferrors%3Fq%3Da");
    server.sign_in("a@example.org", Role::Operator).await;
    let form = format!("email=a@example.org&password={}&next=/operations/errors?q=a", PASSWORD.replace(' ', "+"));
    let answer = server.form("/sign-in?act=sign_in", &form).send().await.expect("answer");
    assert_eq!(answer.headers()["location"], "/operations/errors?q=a");
    let outside = format!("email=a@example.org&password={}&next=//evil.example", PASSWORD.replace(' ', "+"));
    let answer = server.form("/sign-in?act=sign_in", &outside).send().await.expect("answer");
    assert_eq!(answer.headers()["location"], "/");
}

#[tokio::test]
async fn the_first_administrator_comes_in_by_the_link_once() {
    let server = TestServer::new().await;
    let token = access::setup_link_token(&server.console).await.expect("console").expect("nobody is there yet");
    let form = format!("token={token}&email=first@example.org&password={}", PASSWORD.replace(' ', "+"));
    let path = format!("/setup?token={token}&act=set_up");
    let answer = server.form(&path, &form).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let set = answer.headers()["set-cookie"].to_str().expect("text").to_owned();
    assert!(set.starts_with("switchboard=") && set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"), "{set}");
    let home = server.anonymous(Method::GET, "/").header("cookie", cookie(&answer).expect("cookie")).send().await.expect("answer");
    assert_eq!(home.status(), StatusCode::OK);
    let again = server.form(&path, &form).send().await.expect("answer");
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_but_no_secret() {
    let server = TestServer::new().await;
    // Before anyone can sign in, the page says how to make the first operator.
    server.sign_in("viewer@example.org", Role::Viewer).await;
    let answer = server.form("/sign-in?next=%2Fx&act=sign_in", "email=nobody@example.org&password=hunter2hunter2").send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(answer.headers()["content-type"].to_str().expect("text").starts_with("text/html"));
    let html = answer.text().await.expect("text");
    assert!(html.contains("nobody@example.org") && !html.contains("hunter2"), "{html}");
}

#[tokio::test]
async fn another_site_can_make_a_browser_do_nothing() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("admin@example.org", Role::Admin).await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example"), ("origin", "null")] {
        for path in ["/settings/tokens?act=issue_token", "/actions/issue_token", "/api/service-connections"] {
            let posts = [("application/x-www-form-urlencoded", "name=x&role=admin"), ("application/json", r#"{"name":"x","role":"admin"}"#)];
            for (kind, body) in posts {
                let request = server.anonymous(Method::POST, path).header("cookie", &cookie).header(name, value);
                let answer = request.header("content-type", kind).header("accept", "application/json").body(body).send().await.expect("answer");
                assert_eq!(problem(answer).await, "cross_site_refused", "{path} {kind} {name} {value}");
            }
        }
    }
    let silent = server.anonymous(Method::POST, "/actions/issue_token").header("cookie", &cookie).body("name=x&role=admin").send().await.expect("answer");
    assert_eq!(problem(silent).await, "cross_site_refused", "a cookie without an origin");
    let scope = access::command_line(&server.console, None).await.expect("actor");
    assert_eq!(access::tokens::list(&scope).await.expect("tokens").len(), 3, "no token was made");
}

#[tokio::test]
async fn an_action_takes_nothing_but_a_form_or_json() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("admin@example.org", Role::Admin).await;
    for path in ["/actions/issue_token", "/settings/tokens?act=issue_token"] {
        for kind in ["text/plain", "multipart/form-data", ""] {
            let request = server.anonymous(Method::POST, path).header("cookie", &cookie).header("sec-fetch-site", "same-origin");
            let answer = request.header("content-type", kind).body("name=x&role=admin").send().await.expect("answer");
            assert_eq!(problem(answer).await, "unsupported_media_type", "{path} {kind}");
        }
        let huge = server.anonymous(Method::POST, path).header("cookie", &cookie).header("sec-fetch-site", "same-origin");
        let huge = huge.header("content-type", "application/x-www-form-urlencoded").body(format!("name={}&role=admin", "x".repeat(300_000)));
        assert_eq!(problem(huge.send().await.expect("answer")).await, "payload_too_large");
    }
}

#[tokio::test]
async fn islands_send_json_and_enhanced_forms_are_answered_with_it() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("admin@example.org", Role::Admin).await;
    let post = |path: &str, kind: &str, body: &str, cookie: &str| {
        let request = server.anonymous(Method::POST, path).header("sec-fetch-site", "same-origin").header("cookie", cookie);
        request.header("content-type", kind).header("accept", "application/json").body(body.to_owned()).send()
    };
    let (json, form) = ("application/json", "application/x-www-form-urlencoded");
    for (path, kind, body) in [
        ("/actions/issue_token", json, r#"{"name":"ci","role":"viewer"}"#),
        ("/actions/issue_token", form, "name=ci+2&role=viewer"),
        ("/settings/tokens?act=issue_token", form, "name=ci+3&role=viewer"),
    ] {
        let answer = post(path, kind, body, &cookie).await.expect("answer");
        assert_eq!(answer.status(), StatusCode::OK, "{path} {kind}");
        assert!(answer.headers()["location"].to_str().expect("text").starts_with("/settings/tokens?issued="), "{path} {kind}");
        assert_eq!(answer.text().await.expect("text"), "null", "{path} {kind}");
        let stranger = post(path, kind, body, "switchboard=none").await.expect("answer");
        assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED, "{path} {kind}");
        let error: serde_json::Value = stranger.json().await.expect("JSON");
        assert_eq!(error["code"], "sign_in_required", "{path} {kind}");
    }
    let refused = post("/actions/issue_token", json, "{}", &cookie).await.expect("answer");
    let error: serde_json::Value = refused.json().await.expect("JSON");
    assert_eq!(error["code"], "malformed_request");
    let page = post("/settings/tokens?act=issue_token", json, "{}", &cookie).await.expect("answer");
    assert_eq!(problem(page).await, "unsupported_media_type");
}

/// The token on a page, if it shows one.
fn token_on(page: &str) -> Option<String> {
    let from = page.find("sbt_")?;
    Some(page[from..].chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect())
}

#[tokio::test]
async fn a_token_is_shown_once_by_the_page_that_its_form_leads_to() {
    let server = TestServer::new().await;
    let (cookie, other) = (server.sign_in("admin@example.org", Role::Admin).await, server.sign_in("another@example.org", Role::Admin).await);
    let answer = server.form("/settings/tokens?act=issue_token", "name=ci&role=operator").header("cookie", &cookie).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "reading the page again must post nothing");
    let shown_at = answer.headers()["location"].to_str().expect("text").to_owned();
    assert_eq!(token_on(&answer.text().await.expect("text")), None);
    let page = async |path: &str, cookie: &str| {
        let answer = server.anonymous(Method::GET, path).header("cookie", cookie).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::OK);
        answer.text().await.expect("text")
    };
    assert!(token_on(&page(&shown_at, &other).await).is_none_or(|begin| begin.len() <= 10), "nobody else sees it");
    assert!(token_on(&page("/settings/tokens", &cookie).await).is_none_or(|begin| begin.len() <= 10), "another tab does not take it");
    let token = token_on(&page(&shown_at, &cookie).await).expect("token");
    assert!(server.keeps(&token[..10]) && !server.keeps(&token), "what it begins with is kept, and it waited sealed");
    let kinds = server.anonymous(Method::GET, "/api/kinds").bearer_auth(&token).send().await.expect("answer");
    assert_eq!(kinds.status(), StatusCode::OK);
    assert!(!page(&shown_at, &cookie).await.contains(&token), "once");
    let scope = access::command_line(&server.console, None).await.expect("scope");
    let made = access::tokens::list(&scope).await.expect("tokens").into_iter().filter(|token| token.name == "ci");
    assert_eq!(made.count(), 1);
}

#[tokio::test]
async fn a_form_that_is_sent_again_under_its_key_is_done_once() {
    for (database, server) in TestServer::both().await {
        let cookie = server.sign_in("admin@example.org", Role::Admin).await;
        let form = |accept: &str, name: &str, path: &str| {
            let request = server.anonymous(Method::POST, path).header("sec-fetch-site", "same-origin").header("cookie", &cookie).header("accept", accept);
            request.header("content-type", "application/x-www-form-urlencoded").body(format!("name={name}&role=viewer"))
        };
        let mut led_to = BTreeSet::new();
        for _ in 0..2 {
            // By the browser part, whose first answer was lost; and without script, where the page offers to send it again.
            let enhanced = form("application/json", "ci", "/settings/tokens?act=issue_token").header("idempotency-key", "form-1");
            let again = form("text/html", "cd", "/settings/tokens?act=issue_token&once=0190a-1");
            for (expected, request) in [(StatusCode::OK, enhanced), (StatusCode::SEE_OTHER, again)] {
                let answer = request.send().await.expect("answer");
                assert_eq!(answer.status(), expected, "{database}");
                led_to.insert(answer.headers()["location"].to_str().expect("text").to_owned());
            }
        }
        assert_eq!(led_to.len(), 2, "{database}: {led_to:?}");
        let scope = access::command_line(&server.console, None).await.expect("scope");
        let made = access::tokens::list(&scope).await.expect("tokens").into_iter().filter(|token| matches!(&*token.name, "ci" | "cd")).count();
        assert_eq!(made, 2, "{database}");
    }
}

#[tokio::test]
async fn with_the_database_away_a_page_says_so_and_a_form_can_be_sent_again_as_it_was() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("admin@example.org", Role::Admin).await;
    server.console.db.close().await;
    let read = async |request: RequestBuilder| {
        let answer = request.header("cookie", &cookie).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers()["content-type"].to_str().expect("text").starts_with("text/html"));
        let id = answer.headers()["x-correlation-id"].to_str().expect("text").to_owned();
        let page = answer.text().await.expect("text");
        assert!(page.contains("The console cannot reach its database.") && page.contains(&id) && page.contains("Try again"), "{page}");
        (page, id)
    };
    let (page, _) = read(server.anonymous(Method::GET, "/settings/tokens?q=a").header("accept", "text/html")).await;
    assert!(page.contains(r#"href="/settings/tokens?q=a""#), "{page}");
    let (page, id) = read(server.form("/settings/tokens?act=issue_token", "name=ci+%3C4%3E&role=viewer")).await;
    assert!(page.contains(&format!("/settings/tokens?act=issue_token&amp;once={id}")), "{page}");
    assert!(page.contains(r#"name="name" value="ci &lt;4&gt;""#) && page.contains(r#"form="again""#), "{page}");
    // A secret is not kept, and without it the form would be another.
    let (page, _) = read(server.form("/settings/profile?act=change_password", "current_password=hunter2hunter2&password=hunter3hunter3")).await;
    assert!(!page.contains("hunter") && !page.contains(r#"id="again""#), "{page}");
    // Nor does a press here do what another site asked for.
    let elsewhere = server.anonymous(Method::POST, "/settings/tokens?act=issue_token").header("sec-fetch-site", "cross-site").header("accept", "text/html");
    let elsewhere = elsewhere.header("content-type", "application/x-www-form-urlencoded").body("name=ci&role=admin");
    let (page, _) = read(elsewhere).await;
    assert!(!page.contains(r#"id="again""#), "{page}");
}

#[tokio::test]
async fn whoever_signs_out_is_out() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("a@example.org", Role::Viewer).await;
    let home = || server.anonymous(Method::GET, "/").header("cookie", &cookie).send();
    assert_eq!(home().await.expect("answer").status(), StatusCode::OK);
    let out = server.form("/?act=sign_out", "").header("cookie", &cookie).send().await.expect("answer");
    assert_eq!(out.headers()["location"], "/sign-in");
    assert_eq!(home().await.expect("answer").status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_wrong_token_is_refused_even_with_a_cookie() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("a@example.org", Role::Viewer).await;
    for token in ["sbt_wrong", "wrong", ""] {
        let answer = server.anonymous(Method::GET, "/api/kinds").header("cookie", &cookie).bearer_auth(token).send().await.expect("answer");
        assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        assert_eq!(problem(answer).await, "sign_in_required");
    }
}
