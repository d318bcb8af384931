//! Signing in in two steps, and setting that up, as a browser without script does it.

use std::time::Duration;

use domain::operator::Role;
use engine::{
    access::{
        self, accounts,
        teams::{self, TeamEdit},
    },
    clock::{Clock, ManualClock, SystemClock},
};
use reqwest::{Method, Response, StatusCode, header};
use totp_rs::{Builder, Secret};

use crate::{
    drafts,
    test_server::{PASSWORD, TestServer, cookie},
};

const PAGE: &str = "/settings/profile/second-factor";
/// Of a code.
const STEP: Duration = Duration::from_secs(30);

/// Someone with a second factor.
pub struct Person {
    email: String,
    /// Of the session in which it was set up.
    cookie: String,
    /// In base32.
    seed: String,
    recovery_codes: Vec<String>,
}

impl Person {
    /// What their app shows now.
    fn code(&self, server: &TestServer) -> String {
        code_of(server, &self.seed)
    }
}

fn code_of(server: &TestServer, seed: &str) -> String {
    let now = u64::try_from(server.console.clock.now().as_millis() / 1_000).expect("after 1970");
    Builder::new().with_secret(Secret::try_from_base32(seed).expect("base32")).build().expect("a seed").generate(now).to_string()
}

fn password() -> String {
    PASSWORD.replace(' ', "+")
}

async fn post(server: &TestServer, cookie: &str, path: &str, body: &str) -> Response {
    server.form(path, body).header(header::COOKIE, cookie).send().await.expect("answer")
}

async fn read(server: &TestServer, cookie: &str, path: &str) -> (StatusCode, String) {
    let answer = server.anonymous(Method::GET, path).header(header::COOKIE, cookie).header("accept", "text/html").send().await.expect("answer");
    (answer.status(), answer.text().await.expect("text"))
}

/// What stands between `<code>` and `</code>`.
fn codes_in(html: &str) -> Vec<String> {
    html.split("<code>").skip(1).filter_map(|rest| rest.split("</code>").next()).map(str::to_owned).collect()
}

/// Those of them that have the shape of a recovery code.
fn recovery_codes_in(html: &str) -> Vec<String> {
    codes_in(html).into_iter().filter(|code| code.len() == 19 && code.matches('-').count() == 3).collect()
}

/// Signs someone in, and sets their second factor up by its page.
pub async fn set_up(server: &TestServer, email: &str, role: Role) -> Person {
    let before = server.sign_in(email, role).await;
    let begun = post(server, &before, &format!("{PAGE}?act=begin_second_factor"), &format!("password={}", password())).await;
    assert_eq!(begun.headers()["location"], PAGE);
    let (_, html) = read(server, &before, PAGE).await;
    let seed = codes_in(&html).remove(0);
    assert!(html.contains("class=\"qr\"") && html.contains("<path d=\"M4 4h1v1h-1z"), "{html}");
    let confirmed = post(server, &before, &format!("{PAGE}?act=confirm_second_factor"), &format!("code={}", code_of(server, &seed))).await;
    assert_eq!(confirmed.status(), StatusCode::SEE_OTHER);
    assert_eq!(read(server, &before, PAGE).await.0, StatusCode::SEE_OTHER, "what was signed in before is signed out");
    let cookie = cookie(&confirmed).expect("a cookie");
    let shown_at = confirmed.headers()["location"].to_str().expect("text").to_owned();
    let recovery_codes = recovery_codes_in(&read(server, &cookie, &shown_at).await.1);
    assert_eq!(recovery_codes.len(), 10);
    assert!(recovery_codes_in(&read(server, &cookie, &shown_at).await.1).is_empty(), "they are shown once");
    Person { email: email.to_owned(), cookie, seed, recovery_codes }
}

async fn first_step(server: &TestServer, person: &Person, cookie: &str, password: &str) -> Response {
    let form = format!("email={}&password={password}&next=/operations/errors?q=a", person.email);
    post(server, cookie, "/sign-in?act=sign_in", &form).await
}

/// The cookie of whoever has given the password, and no code.
pub async fn half_way(server: &TestServer, person: &Person) -> String {
    cookie(&first_step(server, person, "", &password()).await).expect("a cookie")
}

pub async fn demand(server: &TestServer) {
    let scope = access::command_line(&server.console, None).await.expect("the default team");
    let edit = TeamEdit { requires_second_factor: Some(true), ..TeamEdit::default() };
    teams::edit(&scope, scope.actor().team, edit).await.expect("edited");
}

async fn server() -> (TestServer, ManualClock) {
    let clock = ManualClock::starting_at(SystemClock.now());
    (TestServer::with_settings(&[], Some(clock.clone())).await, clock)
}

#[tokio::test]
async fn someone_signs_in_in_two_steps_and_is_where_they_were_going() {
    let (server, clock) = server().await;
    let ada = set_up(&server, "ada@example.org", Role::Operator).await;
    clock.advance(STEP);
    let asked = first_step(&server, &ada, "", &password()).await;
    assert_eq!(asked.headers()["location"], "/sign-in/code?next=%2Foperations%2Ferrors%3Fq%3Da");
    let half_way = cookie(&asked).expect("a cookie");
    assert_eq!(read(&server, &half_way, "/").await.0, StatusCode::SEE_OTHER, "there is no session yet");
    let refused = post(&server, &half_way, "/sign-in/code?act=finish_sign_in", "code=not+a+code&next=/operations/errors?q=a").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let html = refused.text().await.expect("text");
    assert!(html.contains("The code is not right") && !html.contains("not a code"), "{html}");
    let form = format!("code={}&next=/operations/errors?q=a", ada.code(&server));
    let finished = post(&server, &half_way, "/sign-in/code?act=finish_sign_in", &form).await;
    assert_eq!(finished.headers()["location"], "/operations/errors?q=a");
    let whole = cookie(&finished).expect("a cookie");
    assert_ne!(whole, half_way, "the session has a new id");
    assert_eq!(read(&server, &whole, "/").await.0, StatusCode::OK);
    let again = post(&server, &half_way, "/sign-in/code?act=finish_sign_in", &form).await;
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED, "the half-way one is over");
    let elsewhere = post(&server, "", "/sign-in/code?act=finish_sign_in", &format!("code={}", ada.recovery_codes[0])).await;
    assert_eq!(elsewhere.status(), StatusCode::UNAUTHORIZED, "a code without a password is worth nothing");
}

#[tokio::test]
async fn what_was_typed_waits_for_the_second_step_too() {
    let (server, clock) = server().await;
    let ada = set_up(&server, "ada@example.org", Role::Admin).await;
    clock.advance(STEP);
    let waiting = drafts::leave_behind(&server, &ada.cookie).await.expect("it is kept");
    let asked = first_step(&server, &ada, &waiting, &password()).await;
    let finished = post(&server, &cookie(&asked).expect("a cookie"), "/sign-in/code?act=finish_sign_in", &format!("code={}", ada.code(&server))).await;
    let (_, html) = read(&server, &cookie(&finished).expect("a cookie"), drafts::PAGE).await;
    assert!(html.contains(drafts::TYPED), "{html}");
}

#[tokio::test]
async fn a_recovery_code_signs_in_once_and_what_is_left_is_told() {
    let (server, _clock) = server().await;
    let ada = set_up(&server, "ada@example.org", Role::Viewer).await;
    let code = ada.recovery_codes[0].to_lowercase();
    let finish = async |half_way: &str| post(&server, half_way, "/sign-in/code?act=finish_sign_in", &format!("code={code}")).await;
    let finished = finish(&half_way(&server, &ada).await).await;
    assert_eq!(finished.status(), StatusCode::SEE_OTHER);
    let (_, html) = read(&server, &cookie(&finished).expect("a cookie"), PAGE).await;
    assert!(html.contains("9 recovery codes are left."), "{html}");
    assert_eq!(finish(&half_way(&server, &ada).await).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_code_is_asked_for_five_minutes_long() {
    let (server, clock) = server().await;
    let ada = set_up(&server, "ada@example.org", Role::Viewer).await;
    let half_way = half_way(&server, &ada).await;
    clock.advance(Duration::from_secs(5 * 60));
    let late = post(&server, &half_way, "/sign-in/code?act=finish_sign_in", &format!("code={}", ada.code(&server))).await;
    assert_eq!(late.status(), StatusCode::UNAUTHORIZED);
    assert!(late.text().await.expect("text").contains("took too long"));
}

#[tokio::test]
async fn whoever_signs_in_as_somebody_else_is_signed_out_before_the_code() {
    let (server, _clock) = server().await;
    let ada = set_up(&server, "ada@example.org", Role::Viewer).await;
    let bob = server.sign_in("bob@example.org", Role::Admin).await;
    let half_way = cookie(&first_step(&server, &ada, &bob, &password()).await).expect("a cookie");
    for cookie in [&half_way, &bob] {
        assert_eq!(read(&server, cookie, "/").await.0, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn whoever_owes_one_team_a_second_factor_may_go_to_another() {
    let (server, _clock) = server().await;
    let before = server.sign_in("ada@example.org", Role::Admin).await;
    assert_eq!(post(&server, &before, "/settings/team?act=create_team", "new_name=Mobile").await.status(), StatusCode::SEE_OTHER);
    demand(&server).await;
    assert_eq!(read(&server, &before, "/").await.0, StatusCode::SEE_OTHER);
    let (_, html) = read(&server, &before, PAGE).await;
    assert!(html.contains("Go to Mobile"), "{html}");
    let team = html.split("name=\"id\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("the team's id");
    let switched = post(&server, &before, &format!("{PAGE}?act=switch_team"), &format!("id={team}")).await;
    assert_eq!(switched.headers()["location"], "/");
    assert_eq!(read(&server, &cookie(&switched).expect("a cookie"), "/").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_password_is_refused_alike_and_a_reset_leaves_the_password_alone() {
    let (server, _clock) = server().await;
    let ada = set_up(&server, "ada@example.org", Role::Viewer).await;
    assert_eq!(first_step(&server, &ada, "", "wrong+horse+battery").await.status(), StatusCode::UNAUTHORIZED);
    accounts::reset_second_factor(&server.console, &ada.email).await.expect("reset");
    assert_eq!(read(&server, &ada.cookie, "/").await.0, StatusCode::SEE_OTHER, "they are signed out");
    assert_eq!(first_step(&server, &ada, "", &password()).await.headers()["location"], "/operations/errors?q=a");
}

#[tokio::test]
async fn neither_seed_nor_code_lies_in_any_file() {
    let (server, clock) = server().await;
    let ada = set_up(&server, "ada@example.org", Role::Viewer).await;
    clock.advance(STEP);
    let renewed = post(&server, &ada.cookie, &format!("{PAGE}?act=renew_recovery_codes"), &format!("code={}", ada.code(&server))).await;
    // Those are in the session still, sealed.
    assert_eq!(renewed.status(), StatusCode::SEE_OTHER);
    let shown = recovery_codes_in(&read(&server, &ada.cookie, renewed.headers()["location"].to_str().expect("text")).await.1);
    assert_eq!(shown.len(), 10);
    for secret in ada.recovery_codes.iter().chain(&shown).flat_map(|code| [code.clone(), code.replace('-', "")]).chain([ada.seed.clone()]) {
        assert!(!server.keeps(&secret), "{secret}");
    }
    assert!(server.keeps("ada@example.org"), "as what is not secret does");
}
