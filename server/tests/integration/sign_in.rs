//! Signing in behind a proxy, how long a session lasts, and under which id.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use domain::operator::Role;
use engine::{
    access::{self, passkeys},
    clock::{Clock, ManualClock, SystemClock},
};
use reqwest::{Method, RequestBuilder, Response, StatusCode, header};

use crate::{
    authenticator::Authenticator,
    test_server::{PASSWORD, TestServer, cookie, read_until},
};

const HOUR: Duration = Duration::from_secs(60 * 60);
const OWNER: &str = "owner@example.org";

async fn try_from(server: &TestServer, client: &str, password: &str) -> Response {
    let form = format!("email={OWNER}&password={}", password.replace(' ', "+"));
    server.form("/sign-in?act=sign_in", &form).header("x-forwarded-for", client).send().await.expect("answer")
}

#[tokio::test]
async fn behind_a_trusted_proxy_who_guesses_is_stopped_and_the_owner_gets_in() {
    let server = TestServer::with_settings(&[("trusted_proxies", "127.0.0.1")], None).await;
    server.sign_in(OWNER, Role::Admin).await;
    let mut stopped = None;
    for _ in 0..12 {
        let answer = try_from(&server, "192.0.2.66", "a guess at it").await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            stopped = Some(answer);
        }
    }
    let wait: u64 = stopped.expect("stopped").headers()[header::RETRY_AFTER].to_str().expect("text").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    let forged = try_from(&server, "198.51.100.1, 192.0.2.66", PASSWORD).await;
    assert_eq!(forged.status(), StatusCode::TOO_MANY_REQUESTS, "what the client wrote itself does not count");
    assert_eq!(try_from(&server, "192.0.2.7", PASSWORD).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_strangers_word_on_where_it_comes_from_counts_for_nothing() {
    let server = TestServer::new().await;
    server.sign_in(OWNER, Role::Admin).await;
    for turn in 0..12 {
        try_from(&server, &format!("192.0.2.{turn}"), "a guess at it").await;
    }
    assert_eq!(try_from(&server, "192.0.2.99", PASSWORD).await.status(), StatusCode::TOO_MANY_REQUESTS);
}

async fn is_signed_in(server: &TestServer, cookie: &mut String) -> bool {
    let answer = server.anonymous(Method::GET, "/").header(header::COOKIE, cookie.as_str()).send().await.expect("answer");
    if let Some(renewed) = self::cookie(&answer) {
        *cookie = renewed;
    }
    answer.status() == StatusCode::OK
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_without_a_visit_and_is_prolonged_by_each() {
    let clock = ManualClock::starting_at(SystemClock.now());
    let server = TestServer::with_settings(&[], Some(clock.clone())).await;
    let mut cookie = server.sign_in(OWNER, Role::Admin).await;
    for _ in 0..3 {
        clock.advance(HOUR * 11);
        assert!(is_signed_in(&server, &mut cookie).await);
    }
    clock.advance(HOUR * 12 + Duration::from_secs(1));
    assert!(!is_signed_in(&server, &mut cookie).await);
}

#[tokio::test]
async fn a_session_ends_however_often_it_is_used() {
    let clock = ManualClock::starting_at(SystemClock.now());
    let server = TestServer::with_settings(&[("session_lifetime_seconds", "86400")], Some(clock.clone())).await;
    let mut cookie = server.sign_in(OWNER, Role::Admin).await;
    for _ in 0..23 {
        clock.advance(HOUR);
        assert!(is_signed_in(&server, &mut cookie).await);
    }
    clock.advance(HOUR);
    assert!(!is_signed_in(&server, &mut cookie).await);
}

/// A stream of events that has begun.
async fn follow(request: RequestBuilder) -> Response {
    let mut stream = request.send().await.expect("answer");
    assert_eq!(stream.status(), StatusCode::OK);
    read_until(&mut stream, ": alive").await;
    stream
}

async fn expect_ended(mut stream: Response) {
    read_until(&mut stream, "event: ended\n").await;
    while let Some(rest) = stream.chunk().await.expect("a stream") {
        assert_eq!(String::from_utf8_lossy(&rest).matches("event:").count(), 0, "nothing comes after it");
    }
}

#[tokio::test]
async fn signing_out_ends_the_streams_of_that_session_at_once_and_no_other() {
    let server = TestServer::new().await;
    let (mine, other) = (server.sign_in(OWNER, Role::Admin).await, server.sign_in("other@example.org", Role::Admin).await);
    let of = |cookie: &str| follow(server.anonymous(Method::GET, "/api/events").header(header::COOKIE, cookie));
    let (first, second, mut kept) = (of(&mine).await, of(&mine).await, of(&other).await);
    let began = Instant::now();
    server.form("/?act=sign_out", "").header(header::COOKIE, &mine).send().await.expect("answer");
    expect_ended(first).await;
    expect_ended(second).await;
    assert!(began.elapsed() < Duration::from_secs(3), "it was told, rather than found at the next look: {:?}", began.elapsed());
    let heard = read_until(&mut kept, ": alive").await;
    assert!(!heard.contains("ended"), "{heard}");
    let again = server.anonymous(Method::HEAD, "/api/events").header(header::COOKIE, &mine).send().await.expect("answer");
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED, "by which a page knows why its stream is refused");
}

#[tokio::test]
async fn a_session_that_runs_out_and_a_token_that_is_revoked_end_their_streams() {
    let clock = ManualClock::starting_at(SystemClock.now());
    let server = TestServer::with_settings(&[], Some(clock.clone())).await;
    let cookie = server.sign_in(OWNER, Role::Admin).await;
    let revoked = follow(server.by(Role::Viewer, Method::GET, "/api/events")).await;
    let ran_out = follow(server.anonymous(Method::GET, "/api/events").header(header::COOKIE, cookie)).await;
    let scope = access::command_line(&server.console, None).await.expect("scope");
    for token in access::tokens::list(&scope).await.expect("tokens") {
        access::tokens::revoke(&scope, token.id).await.expect("revoked");
    }
    expect_ended(revoked).await;
    clock.advance(HOUR * 12 + Duration::from_secs(1));
    expect_ended(ran_out).await;
}

/// The session of a stranger, as somebody else could have planted it in a browser; and what a passkey has to sign in it.
async fn planted(server: &TestServer) -> (String, String) {
    let request = server.anonymous(Method::POST, "/actions/begin_passkey_sign_in").header("sec-fetch-site", "same-origin");
    let begun = request.header(header::CONTENT_TYPE, "application/json").body("{}").send().await.expect("answer");
    (cookie(&begun).expect("a session"), begun.json().await.expect("options"))
}

/// The cookie that a form gives to whoever posts it with another.
async fn enter(server: &TestServer, with: &str, act: &str, fields: &[(&str, &str)]) -> String {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let entered = server.form(&format!("/sign-in?act={act}"), &body).header(header::COOKIE, with).send().await.expect("answer");
    assert_eq!(entered.status(), StatusCode::SEE_OTHER, "{act}");
    cookie(&entered).unwrap_or_else(|| panic!("{act} goes on under the old id"))
}

#[tokio::test]
async fn each_way_in_gives_the_session_a_new_id_and_the_old_one_opens_nothing() {
    let clock = ManualClock::starting_at(SystemClock.now());
    let server = TestServer::with_settings(&[("public_url", "https://console.example.org")], Some(clock.clone())).await;
    let console = &server.console;
    server.sign_in(OWNER, Role::Admin).await;
    let signed_in = access::sign_in(console, OWNER, PASSWORD.into(), IpAddr::from([192, 0, 2, 1])).await.expect("signed in").completed().expect("no code");
    let scope = console.for_team(access::actor_of_session(console, signed_in).await.expect("asked").expect("known"));
    let begun = passkeys::begin(&scope, "Phone", PASSWORD.into(), "", IpAddr::from([192, 0, 2, 1])).await.expect("begun");
    let mut device = Authenticator::new("https://console.example.org", "console.example.org");
    let made = device.make(&begun.options);
    passkeys::add(&scope, Some(begun), &made).await.expect("added");
    clock.advance(Duration::from_secs(1));

    let (before, _) = planted(&server).await;
    let mut by_password = enter(&server, &before, "sign_in", &[("email", OWNER), ("password", PASSWORD)]).await;
    let (also_before, options) = planted(&server).await;
    clock.advance(Duration::from_secs(1));
    let mut by_passkey = enter(&server, &also_before, "sign_in_with_passkey", &[("answer", &device.sign(&options))]).await;
    for (mut old, new) in [(before, &mut by_password), (also_before, &mut by_passkey)] {
        assert_ne!(old, *new);
        assert!(is_signed_in(&server, new).await);
        assert!(!is_signed_in(&server, &mut old).await, "whoever knew the id of before is in");
    }
}
