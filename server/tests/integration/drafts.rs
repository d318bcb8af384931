//! What was typed into a form without script whose session had ended: there again after the sign-in, once, and for nobody else.

use std::time::Duration;

use domain::operator::Role;
use engine::clock::{Clock, ManualClock, SystemClock};
use reqwest::{Method, Response, StatusCode, header};

use crate::test_server::{PASSWORD, TestServer, cookie};

pub const PAGE: &str = "/settings/team";
pub const TYPED: &str = "half-typed@example.org";
const INVITE: &str = "/settings/team?act=invite_member";
const OWNER: &str = "owner@example.org";
const SAID: &str = "Your session had ended before this was saved";
const MINUTE: Duration = Duration::from_secs(60);

async fn post(server: &TestServer, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Response {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    server.form(path, &body).header(header::COOKIE, cookie).send().await.expect("answer")
}

async fn read(server: &TestServer, cookie: &str, path: &str) -> String {
    let answer = server.anonymous(Method::GET, path).header(header::COOKIE, cookie).header("accept", "text/html").send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.text().await.expect("text")
}

/// What the forms of a page say of whom they are shown to.
async fn mark(server: &TestServer, cookie: &str) -> String {
    let page = read(server, cookie, PAGE).await;
    let mark = page.split_once("name=\"shown_to\" value=\"").and_then(|(_, rest)| rest.split('"').next());
    mark.unwrap_or_else(|| panic!("no form says whom it is shown to: {page}")).to_owned()
}

async fn sign_out(server: &TestServer, cookie: &str) {
    assert_eq!(post(server, cookie, "/?act=sign_out", &[]).await.status(), StatusCode::SEE_OTHER);
}

/// Somebody types into a form of [`PAGE`], signs out elsewhere, and sends it. Answers the session in which it waits, if it does.
pub async fn leave_behind(server: &TestServer, cookie: &str) -> Option<String> {
    let mark = mark(server, cookie).await;
    sign_out(server, cookie).await;
    send_late(server, cookie, INVITE, &[("email", TYPED), ("role", "operator"), ("shown_to", &mark)]).await
}

async fn send_late(server: &TestServer, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Option<String> {
    let late = post(server, cookie, path, fields).await;
    assert_eq!(late.status(), StatusCode::SEE_OTHER);
    assert!(late.headers()["location"].to_str().expect("text").starts_with("/sign-in"));
    // The cookie of a session that has ended is taken back.
    self::cookie(&late).filter(|cookie| !cookie.ends_with('='))
}

async fn sign_in(server: &TestServer, cookie: &str, email: &str) -> String {
    let entered = post(server, cookie, "/sign-in?act=sign_in", &[("email", email), ("password", PASSWORD), ("next", PAGE)]).await;
    assert_eq!(entered.headers()["location"], PAGE);
    self::cookie(&entered).expect("cookie")
}

#[tokio::test]
async fn what_was_typed_is_there_again_for_the_same_person_once() {
    for (database, server) in TestServer::both().await {
        let mine = server.sign_in(OWNER, Role::Admin).await;
        let waiting = leave_behind(&server, &mine).await.expect("it is kept");
        assert!(!server.keeps(TYPED), "sealed, on {database}");
        assert!(read(&server, &waiting, "/sign-in").await.contains("What you typed is kept until you have signed in"));
        let mine = sign_in(&server, &waiting, OWNER).await;
        assert!(!read(&server, &mine, "/").await.contains(SAID), "it is of another page");
        let page = read(&server, &mine, PAGE).await;
        assert!(page.contains(SAID) && page.contains(&format!("value=\"{TYPED}\"")), "{database}: {page}");
        assert!(!page.contains(&format!("<strong>{TYPED}</strong>")), "nobody was invited, on {database}: {page}");
        let page = read(&server, &mine, PAGE).await;
        assert!(!page.contains(SAID) && !page.contains(TYPED), "once, on {database}: {page}");
    }
}

#[tokio::test]
async fn nobody_else_sees_it() {
    let server = TestServer::new().await;
    let mine = server.sign_in(OWNER, Role::Admin).await;
    sign_out(&server, &server.sign_in("other@example.org", Role::Admin).await).await;
    let waiting = leave_behind(&server, &mine).await.expect("it is kept");
    let other = sign_in(&server, &waiting, "other@example.org").await;
    let page = read(&server, &other, PAGE).await;
    assert!(!page.contains(TYPED) && !page.contains(SAID), "{page}");
}

#[tokio::test]
async fn secrets_are_not_kept() {
    let server = TestServer::new().await;
    let mine = server.sign_in(OWNER, Role::Admin).await;
    let mark = mark(&server, &mine).await;
    sign_out(&server, &mine).await;
    let fields = [("name", "Operations of mine"), ("type", "webhook"), ("credential[secret]", "never kept"), ("shown_to", &mark)];
    let page = "/settings/channels/new?type=webhook";
    let waiting = send_late(&server, &mine, &format!("{page}&act=save_channel"), &fields).await.expect("it is kept");
    let mine = sign_in(&server, &waiting, OWNER).await;
    let html = read(&server, &mine, page).await;
    assert!(html.contains("Operations of mine") && !html.contains("never kept"), "{html}");
}

#[tokio::test]
async fn it_waits_for_a_quarter_of_an_hour() {
    let clock = ManualClock::starting_at(SystemClock.now());
    let server = TestServer::with_settings(&[], Some(clock.clone())).await;
    let mine = server.sign_in(OWNER, Role::Admin).await;
    let waiting = leave_behind(&server, &mine).await.expect("it is kept");
    clock.advance(MINUTE * 14);
    let mine = sign_in(&server, &waiting, OWNER).await;
    clock.advance(MINUTE * 2);
    let page = read(&server, &mine, PAGE).await;
    assert!(!page.contains(TYPED) && !page.contains(SAID), "{page}");
}

#[tokio::test]
async fn strangers_leave_nothing_behind() {
    let server = TestServer::new().await;
    let mine = server.sign_in(OWNER, Role::Admin).await;
    let mark = mark(&server, &mine).await;
    sign_out(&server, &mine).await;
    let large = "x".repeat(140_000);
    for (what, email, shown_to) in [("no mark", TYPED, ""), ("made up", TYPED, &mark[1..]), ("too large", large.as_str(), mark.as_str())] {
        assert_eq!(send_late(&server, &mine, INVITE, &[("email", email), ("shown_to", shown_to)]).await, None, "{what}");
    }
    let mut kept = 0;
    for _ in 0..40 {
        kept += usize::from(send_late(&server, "", INVITE, &[("email", TYPED), ("shown_to", &mark)]).await.is_some());
    }
    assert!((1..=30).contains(&kept), "as many as sign-ins from one address: {kept}");
}
