//! The second factor: codes of an app and recovery codes, each of which counts once, and teams that demand one.

use std::{net::IpAddr, time::Duration};

use domain::{
    audit::AuditFilter,
    operator::{Actor, Role},
    time::Timestamp,
};
use engine::{
    Console, OpsError, Scope,
    access::{
        self, FirstStep, SignedIn, accounts, invitations, profile,
        second_factor::{self, PendingSecondFactor, SecondFactor},
        teams::{self, TeamEdit},
        tokens::{self, NewToken},
    },
    audit, connections,
};
use secrecy::{ExposeSecret, SecretString};
use store::second_factors;
use totp_rs::{Builder, Secret};

use crate::test_console::{TestConsole, refused, wrong_fields};

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "correct horse";
/// Of a code.
pub const STEP: Duration = Duration::from_secs(30);

/// Someone with a second factor.
pub struct Ada {
    pub signed_in: SignedIn,
    /// In base32.
    pub seed: SecretString,
    pub recovery_codes: Vec<String>,
}

/// What their app shows now.
pub fn code_of(test: &TestConsole, seed: &SecretString) -> String {
    let secret = Secret::try_from_base32(seed.expose_secret()).expect("base32");
    let now = u64::try_from(test.now().as_millis() / 1_000).expect("after 1970");
    Builder::new().with_secret(secret).build().expect("a seed").generate(now).to_string()
}

/// Six digits that it does not show.
fn wrong_code(test: &TestConsole, seed: &SecretString) -> &'static str {
    if code_of(test, seed) == "000000" { "000001" } else { "000000" }
}

async fn person(test: &TestConsole, role: Role) -> SignedIn {
    access::create_operator(&test.scope(), EMAIL, PASSWORD.into(), role).await.expect("created");
    let signed_in = sign_in(&test.console).await.expect("signed in").completed().expect("no second factor yet");
    test.advance(STEP);
    signed_in
}

async fn sign_in(console: &Console) -> Result<FirstStep, OpsError> {
    access::sign_in(console, EMAIL, PASSWORD.into(), ADDRESS).await
}

async fn half_way(console: &Console) -> PendingSecondFactor {
    match sign_in(console).await.expect("the password is right") {
        FirstStep::PendingSecondFactor(half_way) => half_way,
        FirstStep::SignedIn(_) => panic!("no code was asked for"),
    }
}

async fn finish(console: &Console, half_way: PendingSecondFactor, code: &str) -> Result<SignedIn, OpsError> {
    second_factor::finish(console, half_way, code, ADDRESS).await
}

async fn actor(test: &TestConsole, signed_in: SignedIn) -> Actor {
    access::actor_of_session(&test.console, signed_in).await.expect("asked").expect("known")
}

async fn scope(test: &TestConsole, signed_in: SignedIn) -> Scope {
    test.console.for_team(actor(test, signed_in).await)
}

/// Begins, and answers what the app is given.
async fn begin(scope: &Scope) -> SecretString {
    second_factor::begin(scope, PASSWORD.into(), ADDRESS).await.expect("begun");
    match second_factor::state(scope).await.expect("asked") {
        SecondFactor::Begun { seed, .. } => seed,
        SecondFactor::Off | SecondFactor::On { .. } => panic!("nothing was begun"),
    }
}

/// Sets a second factor up; the code that confirmed it is over.
pub async fn set_up(test: &TestConsole, role: Role) -> Ada {
    let signed_in = person(test, role).await;
    let scope = scope(test, signed_in).await;
    let seed = begin(&scope).await;
    let (signed_in, recovery_codes) = second_factor::confirm(&scope, &code_of(test, &seed), ADDRESS).await.expect("confirmed");
    test.advance(STEP);
    Ada { signed_in, seed, recovery_codes }
}

async fn codes_left(scope: &Scope) -> Option<i64> {
    match second_factor::state(scope).await.expect("asked") {
        SecondFactor::On { codes_left, .. } => Some(codes_left),
        SecondFactor::Off | SecondFactor::Begun { .. } => None,
    }
}

/// Acts of the log, the oldest first.
async fn acts(test: &TestConsole) -> Vec<String> {
    let (mut entries, _) = audit::list(&test.scope(), &AuditFilter::default(), 100, None).await.expect("listed");
    entries.reverse();
    entries.into_iter().map(|entry| entry.act).collect()
}

#[tokio::test]
async fn it_counts_once_a_code_has_confirmed_it_and_the_password_alone_signs_nobody_in() {
    for test in TestConsole::both().await {
        let ada = person(&test, Role::Viewer).await;
        let scope = scope(&test, ada).await;
        assert_eq!(wrong_fields(second_factor::begin(&scope, "wrong horse".into(), ADDRESS).await), ["password"]);
        let seed = begin(&scope).await;
        assert!(sign_in(&test.console).await.expect("signed in").completed().is_some(), "it does not count yet");
        assert_eq!(wrong_fields(second_factor::confirm(&scope, wrong_code(&test, &seed), ADDRESS).await), ["code"]);
        let confirmed = code_of(&test, &seed);
        let (goes_on, codes) = second_factor::confirm(&scope, &confirmed, ADDRESS).await.expect("confirmed");
        assert_eq!(access::actor_of_session(&test.console, ada).await.expect("asked"), None, "whoever was signed in before is not any more");
        assert_eq!(actor(&test, goes_on).await.who, scope.actor().who, "{}", test.database);
        assert_eq!((codes.len(), codes_left(&scope).await), (10, Some(10)), "{}", test.database);
        let half_way = half_way(&test.console).await;
        assert_eq!(refused(finish(&test.console, half_way, &confirmed).await), "second_factor_refused", "it was used to confirm");
        test.advance(STEP);
        let signed_in = finish(&test.console, half_way, &code_of(&test, &seed)).await.expect("in");
        assert_eq!((signed_in.operator, actor(&test, signed_in).await.name.as_str()), (ada.operator, EMAIL));
        assert_eq!(wrong_fields(second_factor::begin(&scope, PASSWORD.into(), ADDRESS).await), ["password"], "it is on");
        let expected = [
            "operator_created",
            "signed_in",
            "sign_in_refused",
            "signed_in",
            "second_factor_set_up",
            "second_factor_asked",
            "second_factor_refused",
            "signed_in",
        ];
        assert_eq!(acts(&test).await, expected, "{}", test.database);
    }
}

#[tokio::test]
async fn what_was_begun_and_not_confirmed_is_over_after_a_quarter_of_an_hour() {
    for test in TestConsole::both().await {
        let ada = person(&test, Role::Viewer).await;
        let scope = scope(&test, ada).await;
        let seed = begin(&scope).await;
        test.advance(Duration::from_secs(15 * 60));
        assert!(matches!(second_factor::state(&scope).await.expect("asked"), SecondFactor::Off), "its seed is shown no more");
        assert_eq!(wrong_fields(second_factor::confirm(&scope, &code_of(&test, &seed), ADDRESS).await), ["code"]);
        let other = begin(&scope).await;
        assert_ne!(seed.expose_secret(), other.expose_secret());
        assert_eq!(wrong_fields(second_factor::confirm(&scope, &code_of(&test, &seed), ADDRESS).await), ["code"], "{}", test.database);
    }
}

#[tokio::test]
async fn a_code_counts_once_on_all_nodes_and_none_before_it_afterwards() {
    for test in TestConsole::both().await {
        let ada = set_up(&test, Role::Viewer).await;
        let other = test.another(test.console.scheduler.limits).await;
        let (here, there) = (half_way(&test.console).await, half_way(&other).await);
        let (before, now) = (code_of(&test, &ada.seed), {
            test.advance(STEP);
            code_of(&test, &ada.seed)
        });
        let (first, second) = tokio::join!(finish(&test.console, here, &now), finish(&other, there, &now));
        let came_in = [first.is_ok(), second.is_ok()].iter().filter(|came_in| **came_in).count();
        assert_eq!(came_in, 1, "at the same moment, on {}", test.database);
        for code in [&now, &before] {
            assert_eq!(refused(finish(&test.console, here, code).await), "second_factor_refused", "{}", test.database);
        }
        test.advance(STEP);
        assert!(finish(&test.console, here, &code_of(&test, &ada.seed)).await.is_ok(), "the next one is good");
    }
}

#[tokio::test]
async fn a_recovery_code_counts_once_and_the_person_is_told_how_many_are_left() {
    for test in TestConsole::both().await {
        let ada = set_up(&test, Role::Viewer).await;
        let other = test.another(test.console.scheduler.limits).await;
        let (here, there, code) = (half_way(&test.console).await, half_way(&other).await, ada.recovery_codes[3].to_lowercase());
        let (first, second) = tokio::join!(finish(&test.console, here, &code), finish(&other, there, &code));
        let came_in: Vec<_> = [first, second].into_iter().flatten().collect();
        assert_eq!(came_in.len(), 1, "at the same moment, on {}", test.database);
        let scope = scope(&test, came_in[0]).await;
        assert_eq!(codes_left(&scope).await, Some(9));
        let by_recovery_code = second_factor::renew_codes(&scope, &ada.recovery_codes[5], ADDRESS).await;
        assert_eq!(wrong_fields(by_recovery_code), ["code"], "one in wrong hands does not become ten");
        let anew = second_factor::renew_codes(&scope, &code_of(&test, &ada.seed), ADDRESS).await.expect("made");
        assert_eq!((anew.len(), codes_left(&scope).await), (10, Some(10)));
        assert_eq!(refused(finish(&test.console, here, &ada.recovery_codes[4]).await), "second_factor_refused", "those before are over");
        assert!(finish(&test.console, here, &anew[0]).await.is_ok());
        let acts = acts(&test).await;
        for act in ["recovery_code_used", "recovery_codes_renewed", "second_factor_refused"] {
            assert!(acts.iter().any(|written| written == act), "{act} in {acts:?}");
        }
    }
}

#[tokio::test]
async fn the_way_from_the_password_to_the_code_is_short_and_ends_with_the_password() {
    for test in TestConsole::both().await {
        let ada = set_up(&test, Role::Viewer).await;
        let late = half_way(&test.console).await;
        test.advance(Duration::from_secs(5 * 60));
        assert_eq!(refused(finish(&test.console, late, &code_of(&test, &ada.seed)).await), "second_step_expired", "{}", test.database);
        let before = half_way(&test.console).await;
        test.advance(STEP);
        accounts::reset_password(&test.console, EMAIL, "another horse".into(), accounts::ResetScope::Password).await.expect("reset");
        assert_eq!(refused(finish(&test.console, before, &code_of(&test, &ada.seed)).await), "second_step_expired", "{}", test.database);
        accounts::reset_password(&test.console, EMAIL, PASSWORD.into(), accounts::ResetScope::Password).await.expect("reset");
        let disabled = half_way(&test.console).await;
        accounts::disable(&test.console, EMAIL).await.expect("disabled");
        assert_eq!(refused(finish(&test.console, disabled, &code_of(&test, &ada.seed)).await), "second_step_expired", "{}", test.database);
    }
}

#[tokio::test]
async fn guesses_at_a_code_are_limited_and_do_not_keep_the_owner_out_elsewhere() {
    let test = TestConsole::sqlite().await;
    let ada = set_up(&test, Role::Viewer).await;
    let half_way = half_way(&test.console).await;
    let guess = async |from: IpAddr| second_factor::finish(&test.console, half_way, wrong_code(&test, &ada.seed), from).await;
    let mut told = Vec::new();
    for _ in 0..12 {
        told.push(refused(guess(IpAddr::from([192, 0, 2, 1])).await));
    }
    assert_eq!(told.iter().filter(|told| *told == "second_factor_refused").count(), 8, "{told:?}");
    assert!(finish(&test.console, half_way, &code_of(&test, &ada.seed)).await.is_ok(), "from elsewhere");
    for host in 2..30 {
        told.push(refused(guess(IpAddr::from([192, 0, 2, host])).await));
    }
    // An hour, from wherever; what was right is not counted.
    assert_eq!(told.iter().filter(|told| *told == "second_factor_refused").count(), 20, "{told:?}");
    assert_eq!(acts(&test).await.iter().filter(|act| *act == "second_factor_refused").count(), 13, "once a minute from one address");
    test.advance(STEP);
    assert_eq!(refused(finish(&test.console, half_way, &code_of(&test, &ada.seed)).await), "too_many_requests");
    assert!(finish(&test.console, half_way, &ada.recovery_codes[0]).await.is_ok(), "nobody guesses one of those");
}

#[tokio::test]
async fn it_is_switched_off_with_password_and_code_together() {
    for test in TestConsole::both().await {
        let ada = set_up(&test, Role::Viewer).await;
        let scope = scope(&test, ada.signed_in).await;
        let off = async |password: &str, code: &str| second_factor::switch_off(&scope, password.into(), code, ADDRESS).await;
        assert_eq!(wrong_fields(off("wrong horse", &code_of(&test, &ada.seed)).await), ["current_password"]);
        assert_eq!(wrong_fields(off(PASSWORD, "not a code").await), ["last_code"], "{}", test.database);
        off(PASSWORD, &ada.recovery_codes[0]).await.expect("switched off");
        assert_eq!(codes_left(&scope).await, None);
        assert!(sign_in(&test.console).await.expect("signed in").completed().is_some());
        assert_eq!(acts(&test).await.last().map(String::as_str), Some("signed_in"));
        for act in ["recovery_code_used", "second_factor_removed"] {
            assert!(acts(&test).await.contains(&act.to_owned()), "{act} on {}", test.database);
        }
    }
}

#[tokio::test]
async fn whoever_lost_everything_is_helped_from_a_shell_and_forgotten_with_it() {
    for test in TestConsole::both().await {
        let ada = set_up(&test, Role::Viewer).await;
        accounts::reset_second_factor(&test.console, " ADA@example.org").await.expect("reset");
        assert_eq!(access::actor_of_session(&test.console, ada.signed_in).await.expect("asked"), None, "whoever has the phone is out");
        assert!(sign_in(&test.console).await.expect("signed in").completed().is_some(), "{}", test.database);
        assert_eq!(refused(accounts::reset_second_factor(&test.console, EMAIL).await), "second_factor_not_found");
        assert_eq!(refused(accounts::reset_second_factor(&test.console, "nobody@example.org").await), "operator_not_found");
        test.advance(STEP);
        let signed_in = sign_in(&test.console).await.expect("signed in").completed().expect("none");
        let scope = scope(&test, signed_in).await;
        let seed = begin(&scope).await;
        second_factor::confirm(&scope, &code_of(&test, &seed), ADDRESS).await.expect("confirmed");
        accounts::remove(&test.console, EMAIL).await.expect("removed");
    }
}

#[tokio::test]
async fn an_invitation_is_no_way_round_it() {
    for test in TestConsole::both().await {
        let ada = set_up(&test, Role::Viewer).await;
        let team = teams::create(&test.scope(), serde_json::from_str(r#"{"name": "Mobile"}"#).expect("a team")).await.expect("made");
        let there = access::command_line(&test.console, Some(&team.slug)).await.expect("a team");
        let token = invitations::invite(&there, EMAIL, Role::Viewer).await.expect("invited").1;
        let accept = async |password: &str| invitations::accept(&test.console, token.expose_secret(), password.into(), ADDRESS).await;
        assert_eq!(wrong_fields(accept(PASSWORD).await), ["password"], "{}", test.database);
        let joined = invitations::join(&scope(&test, ada.signed_in).await, token.expose_secret(), ada.signed_in).await.expect("joined");
        assert_eq!(joined.team, team.id);
    }
}

#[tokio::test]
async fn a_right_password_that_stops_at_the_code_is_written_down_though_a_wrong_one_came_before() {
    for test in TestConsole::both().await {
        set_up(&test, Role::Viewer).await;
        let guessed = access::sign_in(&test.console, EMAIL, "wrong horse".into(), ADDRESS).await;
        assert_eq!(refused(guessed), "sign_in_refused");
        // Nobody who is refused waits for the log.
        while acts(&test).await.last().is_none_or(|act| act != "sign_in_refused") {
            tokio::task::yield_now().await;
        }
        half_way(&test.console).await;
        assert_eq!(acts(&test).await.split_off(3), ["sign_in_refused", "second_factor_asked"], "{}", test.database);
    }
}

#[tokio::test]
async fn a_code_counts_for_the_seed_that_it_was_read_from_alone() {
    for test in TestConsole::both().await {
        let ada = set_up(&test, Role::Viewer).await;
        let row = second_factors::get(&test.console.db, ada.signed_in.operator).await.expect("asked").expect("a row");
        let take = async |created_at: Timestamp| {
            let mut tx = test.console.db.begin().await.expect("begun");
            let is_taken = second_factors::take_step(&mut tx, ada.signed_in.operator, created_at, i64::MAX).await.expect("asked");
            tx.commit().await.expect("committed");
            is_taken
        };
        assert!(!take(row.created_at - STEP).await, "{}", test.database);
        assert!(take(row.created_at).await, "{}", test.database);
    }
}

#[tokio::test]
async fn a_rename_at_the_same_moment_waives_nothing() {
    for test in TestConsole::both().await {
        let scope = test.scope();
        let rename = async || {
            let edit = TeamEdit { name: Some("Renamed".into()), ..TeamEdit::default() };
            teams::edit(&scope, scope.actor().team, edit).await.expect("renamed")
        };
        let still_demands = async || teams::get(&scope, scope.actor().team).await.expect("the team").requires_second_factor;
        for round in 0..10 {
            demand(&scope, false).await;
            tokio::join!(demand(&scope, true), rename());
            assert!(still_demands().await, "round {round} on {}", test.database);
            demand(&scope, false).await;
            tokio::join!(rename(), demand(&scope, true));
            assert!(still_demands().await, "round {round} on {}", test.database);
        }
    }
}

async fn demand(scope: &Scope, demand: bool) {
    let edit = TeamEdit { requires_second_factor: Some(demand), ..TeamEdit::default() };
    let team = teams::edit(scope, scope.actor().team, edit).await.expect("edited");
    assert_eq!(team.requires_second_factor, demand);
}

#[tokio::test]
async fn where_the_team_demands_it_whoever_has_none_can_set_it_up_and_nothing_else() {
    for test in TestConsole::both().await {
        let ada = person(&test, Role::Admin).await;
        let (before, since) = (actor(&test, ada).await, test.now());
        let (_, secret) = tokens::issue(&scope(&test, ada).await, NewToken::of("hers", Role::Admin)).await.expect("issued");
        let other = teams::create(&scope(&test, ada).await, serde_json::from_str(r#"{"name": "Mobile"}"#).expect("a team")).await.expect("made");
        demand(&test.scope(), true).await;
        assert!(!access::is_still(&test.console, &before, since).await.expect("asked"), "an open stream ends");
        let owing = scope(&test, ada).await;
        assert!(owing.actor().owes_second_factor);
        let list = async |scope: &Scope| connections::counts(scope).await.map(|counts| counts.len());
        assert_eq!(refused(list(&owing).await), "second_factor_required", "{}", test.database);
        assert_eq!(
            refused(teams::edit(&owing, ada.team, TeamEdit { requires_second_factor: Some(false), ..TeamEdit::default() }).await),
            "second_factor_required"
        );
        assert_eq!(profile::sessions(&owing, None).await.expect("one's own").len(), 0);
        assert_eq!(teams::others(&owing).await.expect("one's own"), std::slice::from_ref(&other), "which demands no such thing");
        let there = teams::switch(&owing, other.id, ada).await.expect("switched");
        assert!(list(&scope(&test, there).await).await.is_ok(), "{}", test.database);
        let token = access::actor_of_token(&test.console, secret.expose_secret()).await.expect("asked").expect("known");
        assert!(list(&test.console.for_team(token)).await.is_ok(), "tokens go on");
        assert!(list(&test.scope()).await.is_ok(), "and so does the command line");

        let seed = begin(&owing).await;
        assert_eq!(refused(list(&scope(&test, ada).await).await), "second_factor_required", "begun is not set up");
        let (ada, _) = second_factor::confirm(&owing, &code_of(&test, &seed), ADDRESS).await.expect("confirmed");
        let set_up = scope(&test, ada).await;
        assert!(list(&set_up).await.is_ok(), "{}", test.database);
        test.advance(STEP);
        second_factor::switch_off(&set_up, PASSWORD.into(), &code_of(&test, &seed), ADDRESS).await.expect("switched off");
        assert_eq!(refused(list(&scope(&test, ada).await).await), "second_factor_required", "it is owed again");
        demand(&test.scope(), false).await;
        assert!(list(&scope(&test, ada).await).await.is_ok());
        let acts = acts(&test).await;
        assert!(acts.contains(&"second_factor_demanded".to_owned()) && acts.contains(&"second_factor_waived".to_owned()), "{acts:?}");
        assert!(!acts.contains(&"team_edited".to_owned()), "nothing else was changed: {acts:?}");
    }
}
