//! Forms without script: signed in and out, refused with what was typed, and never from another site.

use domain::operator::Role;
use engine::access;
use reqwest::{Method, StatusCode};

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
        let huge = server.form(path, &format!("name={}&role=admin", "x".repeat(300_000))).header("cookie", &cookie);
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
