//! A request that is refused, however early: people read a page, programs a problem, and both the ID under which the log and the operator find it.

use std::time::Duration;

use domain::{
    error::{ErrorCode, UserError},
    operator::Role,
};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use tokio::time::{sleep, timeout};

use crate::test_server::{PASSWORD, TestServer, problem};

const FORM: &str = "application/x-www-form-urlencoded";
const TOKENS: &str = "/settings/tokens?act=issue_token";

/// As a browser asks.
fn browser(request: RequestBuilder) -> RequestBuilder {
    request.header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
}

fn id_of(answer: &Response) -> String {
    answer.headers()["x-correlation-id"].to_str().expect("text").to_owned()
}

/// The page says what `code` says, under the ID of the answer; both are returned.
async fn page(code: ErrorCode, answer: Response) -> (String, String) {
    let (id, headers) = (id_of(&answer), answer.headers().clone());
    let page = answer.text().await.expect("text");
    assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8", "{code}: {page}");
    assert!(headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text").contains("script-src 'nonce-"), "{code}: {headers:?}");
    let error = UserError::new(code, None);
    for words in [error.message(), error.remediation(), error.contact().unwrap_or_default(), &id] {
        assert!(page.contains(words), "{code}: no “{words}” in {page}");
    }
    (page, id)
}

/// What the log says under an ID, as an operator reads it.
async fn logged(server: &TestServer, id: &str, code: ErrorCode) {
    let wanted = format!("code={code}");
    let told = async {
        // The access line is written after the answer.
        while !server.get(&format!("/api/errors/{id}")).await["log_lines"].to_string().contains(&wanted) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), told).await.unwrap_or_else(|_| panic!("the log says no {wanted} under {id}"));
}

#[tokio::test]
async fn every_refusal_is_a_page_for_people_and_a_problem_for_programs() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("ada@example.org", Role::Admin).await;
    let signed_in = |method, path: &str| server.anonymous(method, path).header(header::COOKIE, &cookie);
    let posted = |path: &str, kind: &str, body: String| {
        signed_in(Method::POST, path).header("sec-fetch-site", "same-origin").header(header::CONTENT_TYPE, kind).body(body)
    };
    let refusals: [(ErrorCode, StatusCode, &dyn Fn() -> RequestBuilder); 7] = [
        (ErrorCode::RouteNotFound, StatusCode::NOT_FOUND, &|| signed_in(Method::GET, "/nowhere")),
        (ErrorCode::MethodNotAllowed, StatusCode::METHOD_NOT_ALLOWED, &|| posted("/settings/tokens", FORM, String::new())),
        (ErrorCode::UnsupportedMediaType, StatusCode::UNSUPPORTED_MEDIA_TYPE, &|| posted(TOKENS, "text/plain", "name=ci".into())),
        (ErrorCode::PayloadTooLarge, StatusCode::PAYLOAD_TOO_LARGE, &|| posted(TOKENS, FORM, format!("name={}", "x".repeat(300_000)))),
        (ErrorCode::ValidationFailed, StatusCode::UNPROCESSABLE_ENTITY, &|| posted(TOKENS, FORM, "name=ci".into()).header("idempotency-key", "not one key")),
        (ErrorCode::CrossSiteRefused, StatusCode::FORBIDDEN, &|| {
            let elsewhere = signed_in(Method::POST, TOKENS).header("sec-fetch-site", "cross-site");
            elsewhere.header(header::CONTENT_TYPE, FORM).body("name=ci&role=admin")
        }),
        (ErrorCode::SignInRequired, StatusCode::UNAUTHORIZED, &|| server.anonymous(Method::GET, "/settings/tokens?q=a").bearer_auth("sbt_none")),
    ];
    for (code, status, request) in refusals {
        let answer = browser(request()).send().await.expect("answer");
        assert_eq!(answer.status(), status, "{code}");
        let (page, id) = page(code, answer).await;
        assert_eq!(page.contains(r#"href="/sign-in?next=%2Fsettings%2Ftokens%3Fq%3Da""#), code == ErrorCode::SignInRequired, "{code}: {page}");
        logged(&server, &id, code).await;

        let answer = request().header("x-correlation-id", format!("mine-{code}")).send().await.expect("answer");
        assert_eq!((answer.status(), id_of(&answer)), (status, format!("mine-{code}")));
        assert_eq!(problem(answer).await, code.to_string());
        logged(&server, &format!("mine-{code}"), code).await;
    }
}

#[tokio::test]
async fn the_api_answers_a_browser_as_it_answers_programs() {
    let server = TestServer::new().await;
    for path in ["/api/nowhere", "/api/kinds", "/api/tokens"] {
        let answer = browser(server.anonymous(Method::GET, path)).send().await.expect("answer");
        assert!(answer.status().is_client_error(), "{path}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json", "{path}");
    }
}

#[tokio::test]
async fn a_right_that_is_missing_is_told_under_its_id() {
    let server = TestServer::new().await;
    let cookie = server.sign_in("vera@example.org", Role::Viewer).await;
    let answer = browser(server.anonymous(Method::GET, "/operations/errors")).header(header::COOKIE, cookie).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    page(ErrorCode::Forbidden, answer).await;
}

#[tokio::test]
async fn too_many_attempts_are_told_on_the_page_and_when_to_come_again() {
    let server = TestServer::new().await;
    server.sign_in("ada@example.org", Role::Viewer).await;
    let form = format!("email=eve%40example.org&password={}", PASSWORD.replace(' ', "+"));
    let mut answer = server.form("/sign-in?act=sign_in", &form).send().await.expect("answer");
    while answer.status() == StatusCode::UNAUTHORIZED {
        answer = server.form("/sign-in?act=sign_in", &form).send().await.expect("answer");
    }
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    let page = answer.text().await.expect("text");
    assert!(page.contains("There were too many attempts.") && !page.contains(PASSWORD), "{page}");
}
