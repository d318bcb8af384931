//! Signing in behind a proxy, and how long a session lasts.

use std::time::Duration;

use domain::operator::Role;
use engine::clock::{Clock, ManualClock, SystemClock};
use reqwest::{Method, Response, StatusCode, header};

use crate::test_server::{PASSWORD, TestServer, cookie};

const HOUR: Duration = Duration::from_secs(60 * 60);
const OWNER: &str = "owner@example.org";

async fn try_from(house: &TestServer, client: &str, password: &str) -> Response {
    let form = format!("email={OWNER}&password={}", password.replace(' ', "+"));
    house.form("/sign-in?act=sign_in", &form).header("x-forwarded-for", client).send().await.expect("answer")
}

#[tokio::test]
async fn behind_a_trusted_proxy_who_guesses_is_stopped_and_the_owner_gets_in() {
    let house = TestServer::with_settings(&[("trusted_proxies", "127.0.0.1")], None).await;
    house.sign_in(OWNER, Role::Admin).await;
    let mut stopped = None;
    for _ in 0..12 {
        let answer = try_from(&house, "192.0.2.66", "a guess at it").await;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            stopped = Some(answer);
        }
    }
    let wait: u64 = stopped.expect("stopped").headers()[header::RETRY_AFTER].to_str().expect("text").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    let forged = try_from(&house, "198.51.100.1, 192.0.2.66", PASSWORD).await;
    assert_eq!(forged.status(), StatusCode::TOO_MANY_REQUESTS, "what the client wrote itself does not count");
    assert_eq!(try_from(&house, "192.0.2.7", PASSWORD).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_strangers_word_on_where_it_comes_from_counts_for_nothing() {
    let house = TestServer::new().await;
    house.sign_in(OWNER, Role::Admin).await;
    for turn in 0..12 {
        try_from(&house, &format!("192.0.2.{turn}"), "a guess at it").await;
    }
    assert_eq!(try_from(&house, "192.0.2.99", PASSWORD).await.status(), StatusCode::TOO_MANY_REQUESTS);
}

async fn is_signed_in(house: &TestServer, cookie: &mut String) -> bool {
    let answer = house.anonymous(Method::GET, "/").header(header::COOKIE, cookie.as_str()).send().await.expect("answer");
    if let Some(renewed) = self::cookie(&answer) {
        *cookie = renewed;
    }
    answer.status() == StatusCode::OK
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_without_a_visit_and_is_prolonged_by_each() {
    let clock = ManualClock::starting_at(SystemClock.now());
    let house = TestServer::with_settings(&[], Some(clock.clone())).await;
    let mut cookie = house.sign_in(OWNER, Role::Admin).await;
    for _ in 0..3 {
        clock.advance(HOUR * 11);
        assert!(is_signed_in(&house, &mut cookie).await);
    }
    clock.advance(HOUR * 12 + Duration::from_secs(1));
    assert!(!is_signed_in(&house, &mut cookie).await);
}

#[tokio::test]
async fn a_session_ends_however_often_it_is_used() {
    let clock = ManualClock::starting_at(SystemClock.now());
    let house = TestServer::with_settings(&[("session_lifetime_seconds", "86400")], Some(clock.clone())).await;
    let mut cookie = house.sign_in(OWNER, Role::Admin).await;
    for _ in 0..23 {
        clock.advance(HOUR);
        assert!(is_signed_in(&house, &mut cookie).await);
    }
    clock.advance(HOUR);
    assert!(!is_signed_in(&house, &mut cookie).await);
}
